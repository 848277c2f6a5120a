// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.h"
#include "crypto/codec.h"
#include "ledger/bodies.h"
#include "ledger/log_reader.h"
#include "ledger/section.h"
#include "ledger/unit_maps.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/keys.h"
#include "tests/fuzz/targets.h"

namespace spor::fuzz {
namespace {

template <typename Parsed>
void CheckWritesBack(const Result<Parsed>& parsed, ByteView bytes) {
  if (parsed.ok()) CHECK(PublicEquals(Encode(*parsed), bytes));
}

ledger::SealContext Context() {
  return {Sha256(AsBytes("ledger")), ledger::EntryKind::kEvent, Id16{1, 2, 3}, 1, Id16{9}};
}

}  // namespace

int FuzzEntry(ByteView input) {
  const Result<ledger::Entry> entry = ledger::ParseEntry(input);
  if (entry.ok()) CHECK(PublicEquals(ledger::EncodeEntry(*entry), input));
  return 0;
}

// The first byte chooses the kind.
int FuzzBody(ByteView input) {
  Input in(input);
  const uint8_t kind = in.Byte();
  const ByteView body = in.Rest();
  switch (kind) {
    case 1: CheckWritesBack(ledger::ParseGenesis(body), body); break;
    case 4: CheckWritesBack(ledger::ParseHead(body), body); break;
    case 5: CheckWritesBack(ledger::ParseIntent(body), body); break;
    case 6: CheckWritesBack(ledger::ParseErase(body), body); break;
    case 7: CheckWritesBack(ledger::ParseDestroyed(body), body); break;
    case 8: CheckWritesBack(ledger::ParsePolicyBody(body), body); break;
    case 9: CheckWritesBack(ledger::ParseSlotsBody(body), body); break;
    case 10: CheckWritesBack(ledger::ParseLogKey(body), body); break;
    case 12: CheckWritesBack(ledger::ParseCloseOrigin(body), body); break;
    default: break;
  }
  return 0;
}

// Rows that the ledger reads back at start; the first byte chooses which.
int FuzzLedgerRows(ByteView input) {
  Input in(input);
  const uint8_t kind = in.Byte();
  const ByteView row = in.Rest();
  switch (kind % 4) {
    case 0: CheckWritesBack(ledger::ParseLogState(row), row); break;
    case 1: CheckWritesBack(ledger::ParseLiveValue(row), row); break;
    case 2: CheckWritesBack(ledger::ParseDueValue(row), row); break;
    case 3: {
      const Result<ledger::DueMapKey> key = ledger::ParseDueMapKey(row);
      if (key.ok()) CHECK(PublicEquals(ledger::EncodeDueMapKey(key->due, key->unit), row));
      break;
    }
  }
  return 0;
}

// The input as the plaintext of a section, sealed by somebody who holds the key: the reader of the fields is reached,
// and what it takes does not open, because the entry commits to something else.
int FuzzSectionFields(ByteView input) {
  const Hash32 seed = Sha256(AsBytes("seed"));
  std::array<uint8_t, 32> blob_key{};
  Keystream(seed, std::array<uint8_t, 24>{}, blob_key);
  const ledger::SealContext context = Context();
  Writer ad;
  ad.Raw(context.ledger_id).U8(2).Raw(context.seal_id).U8(context.section).Raw(context.unit);
  const Bytes blob = SealOnce(blob_key, ad.bytes(), input);
  const ledger::SectionClear clear{{}, ledger::SectionRoot(blob, Hash32{})};
  CHECK(ledger::OpenSection(context, seed, clear, blob).status().code() == Code::kFailed);
  return 0;
}

// Fields from the input are sealed and open to what they were; with a bit of the blob flipped they don't.
int FuzzSection(ByteView input) {
  Input in(input);
  const uint64_t flip = in.Number();
  std::vector<ledger::Field> fields;
  while (!in.empty() && fields.size() < ledger::kMaxFields) {
    ledger::Field field;
    field.type = static_cast<ledger::FieldType>(1 + in.Byte() % 7);
    field.name = AsText(in.Take(in.Byte() % (ledger::kMaxFieldName + 1)));
    field.value = ToBytes(in.Piece());
    const bool known = std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return f.name == field.name; });
    if (!known) fields.push_back(std::move(field));
  }
  const ledger::SealContext context = Context();
  const SecretBytes key = ledger::SealKey(context.ledger_id, UnitKeyOfCorpora());
  ledger::SealedSection sealed = ledger::SealSection(context, key.Reveal(), ledger::BlobPlace::kSubject, fields);
  const SecretBytes seed = ledger::SectionSeed(context, key.Reveal());
  const Result<std::vector<ledger::Field>> opened =
      ledger::OpenSection(context, seed.Reveal(), sealed.clear, sealed.blob);
  std::sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  CHECK(opened.ok() && *opened == fields);
  sealed.blob[flip / 8 % sealed.blob.size()] ^= static_cast<uint8_t>(1 << flip % 8);
  CHECK(!ledger::OpenSection(context, seed.Reveal(), sealed.clear, sealed.blob).ok());
  return 0;
}

}  // namespace spor::fuzz
