// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/labels.h"
#include "tests/doubles/memory_store.h"
#include "tests/fuzz/home.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/keys.h"
#include "tests/fuzz/targets.h"
#include "vault/custody.h"
#include "vault/key_copy.h"
#include "vault/key_rows.h"
#include "vault/sealed_field.h"
#include "vault/slot_secret.h"

namespace spor::fuzz {

// A slot file as somebody who holds the root could write it: the input, its MAC, zeroes. What opens writes back.
int FuzzSlotFile(ByteView input) {
  const Hash32 ledger_id = CorpusLedgerId();
  CHECK(vault::OpenSlotFile(input, ledger_id, SlotSecret()).ok() == false || input.size() == vault::kSlotFileBytes);
  Bytes file = ToBytes(input.first(std::min(input.size(), vault::kSlotFileBytes - 32)));
  const SecretBytes mac_key = Derive(CorpusRoot().Reveal(), label::kSlotsMac, {});
  Append(file, HmacSha256(mac_key.Reveal(), {file}));
  file.resize(vault::kSlotFileBytes);
  const Result<vault::OpenedSlots> opened = vault::OpenSlotFile(file, ledger_id, SlotSecret());
  if (!opened.ok()) return 0;
  CHECK(opened->digest == vault::SlotsDigest(file));
  CHECK(SecretEquals(opened->root.Reveal(), CorpusRoot().Reveal()));
  const Bytes again = vault::EncodeSlotFile(opened->generation, ledger_id, opened->slots, opened->root);
  const Result<vault::OpenedSlots> reopened = vault::OpenSlotFile(again, ledger_id, SlotSecret());
  CHECK(reopened.ok() && reopened->generation == opened->generation);
  CHECK(reopened->slots.size() == opened->slots.size());
  return 0;
}

// The input as the rows of a copy of the keys that somebody with the root key wrote; and as the whole copy.
int FuzzKeyCopy(ByteView input) {
  static const Bytes slots = vault::EncodeSlotFile(
      3, CorpusLedgerId(), {{vault::SlotType::kCredentialFile, BoxPublicKey(SlotSecret()), "file", {}}}, CorpusRoot());
  CHECK(!vault::OpenKeyCopy(input, SlotSecret()).ok());
  Bytes copy = Writer().Raw("SPORKEYS").U16(1).U32(3).Raw(CorpusLedgerId()).Raw(slots).Raw(input).Take();
  const SecretBytes mac_key = Derive(CorpusRoot().Reveal(), label::kKeyCopyMac, {});
  Append(copy, HmacSha256(mac_key.Reveal(), {copy}));
  const Result<vault::OpenedKeyCopy> opened = vault::OpenKeyCopy(copy, SlotSecret());
  if (!opened.ok()) return 0;
  CHECK(vault::EncodeKeyCopy(opened->copy, opened->slots.root) == copy);
  CHECK(vault::UnitsOf(opened->copy.rows).size() <= opened->copy.rows.size());
  return 0;
}

// The input as a row of the custody register, as far as it is read without a key.
int FuzzCustodyRow(ByteView input) {
  doubles::MemoryStore store;
  ledger::Batch batch;
  batch.Put(ledger::Family::kKey, vault::CustodyRow(Id16{1}), ToBytes(input));
  CHECK(store.Write(batch, ledger::Durability::kSynced).ok());
  const Result<vault::CustodyFacts> facts = vault::CustodyOf(store, 7, 20000);
  if (!facts.ok()) return 0;
  Reader in(input);
  const bool counts = in.U32() <= 7;
  in.U64();
  const uint32_t keep_until = in.U32();
  CHECK(!in.failed() && facts->copies == (counts ? 1 : 0) && facts->everywhere_day >= 20000);
  CHECK(!counts || facts->everywhere_day > keep_until);
  return 0;
}

// The first byte chooses: the input as the sealed content of a row, or as the row.
int FuzzSealedField(ByteView input) {
  Input in(input);
  const vault::FieldPlace place{CorpusLedgerId(), Id16{1}, 5, Id16{2}, "email"};
  if (in.Byte() % 2 == 0) {
    CHECK(!vault::OpenField(UnitKeyOfCorpora(), place, in.Rest()).ok());
    return 0;
  }
  const uint8_t type = in.Byte();
  const auto version = static_cast<uint32_t>(in.Number());
  const ByteView plain = in.Rest();
  const SecretBytes key = Derive(UnitKeyOfCorpora().Reveal(), label::kVaultFieldKey, {place.record, AsBytes("email")});
  Writer ad;
  ad.Raw(place.ledger_id).Raw(place.subject).U16(place.category).Raw(place.record).Str8(place.field);
  ad.U8(type).U32(version);
  Writer row;
  row.U8(type).U32(version).Raw(SealCommitting(key.Reveal(), ad.bytes(), plain));
  Result<vault::VaultValue> value = vault::OpenField(UnitKeyOfCorpora(), place, row.bytes());
  if (!value.ok()) return 0;
  CHECK(value->version == version);
  const Bytes again = vault::SealField(UnitKeyOfCorpora(), place, *value);
  CHECK(again.size() == row.bytes().size());
  const Result<vault::VaultValue> back = vault::OpenField(UnitKeyOfCorpora(), place, again);
  CHECK(back.ok() && back->salt == value->salt && SecretEquals(back->value.Reveal(), value->value.Reveal()));
  return 0;
}

int FuzzUnitInfo(ByteView input) {
  const ledger::UnitId unit{7};
  CHECK(!vault::OpenUnitInfo(CorpusLedgerId(), UnitKeyOfCorpora(), unit, input).ok());
  const SecretBytes key = Derive(UnitKeyOfCorpora().Reveal(), label::kUnitInfo, {});
  const Bytes ad = Writer().Raw(CorpusLedgerId()).Raw(unit).Take();
  const Bytes row = Seal(key.Reveal(), ad, input);
  const Result<vault::UnitInfo> info = vault::OpenUnitInfo(CorpusLedgerId(), UnitKeyOfCorpora(), unit, row);
  if (!info.ok()) return 0;
  CHECK(PublicEquals(Writer().Raw(info->subject).U16(info->category).Str16(AsBytes(info->period)).bytes(), input));
  return 0;
}

// Rows of keys under any key and with any content: the tree answers, and gives out nothing that was not wrapped in it.
int FuzzKeyRows(ByteView input) {
  Input in(input);
  ledger::Batch batch;
  while (!in.empty()) {
    const ByteView key = in.Piece();
    batch.Put(ledger::Family::kKey, ToBytes(key), ToBytes(in.Piece()));
  }
  doubles::MemoryStore store;
  CHECK(store.Write(batch, ledger::Durability::kSynced).ok());
  (void)vault::KeyTree::StoredGeneration(store);
  vault::KeyTree tree(store, CorpusLedgerId());
  if (!tree.Open(vault::RootKey::CopyOf(CorpusRoot().Reveal()), 1).ok()) return 0;
  CHECK(!tree.OpenUnit(ledger::UnitId{}).ok());
  CHECK(!tree.OpenService(vault::ServiceKey::kState).ok());
  return 0;
}

// As somebody types it from paper: what is taken is the same key in the one form in which it is written.
int FuzzRecoveryKey(ByteView input) {
  const Result<BoxSecretKey> secret = vault::ParseRecoveryKey(AsText(input));
  if (!secret.ok()) return 0;
  const std::string written = vault::FormatRecoveryKey(*secret);
  const Result<BoxSecretKey> back = vault::ParseRecoveryKey(written);
  CHECK(back.ok() && SecretEquals(back->Reveal(), secret->Reveal()));
  // One character mistyped is noticed, wherever it is.
  std::string mistyped = written;
  char& c = mistyped[input.size() * 7 % mistyped.size()];
  c = c == '-' ? '!' : c == '2' ? '3' : '2';
  CHECK(!vault::ParseRecoveryKey(mistyped).ok());
  return 0;
}

}  // namespace spor::fuzz
