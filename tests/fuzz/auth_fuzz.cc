// SPDX-License-Identifier: Apache-2.0
#include "auth/account.h"
#include "auth/session.h"
#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/labels.h"
#include "tests/doubles/memory_store.h"
#include "tests/fuzz/home.h"
#include "tests/fuzz/keys.h"
#include "tests/fuzz/targets.h"

namespace spor::fuzz {

// The input as the sealed content of an account's row: what opens writes back.
int FuzzAccountRow(ByteView input) {
  const Id16 id{3};
  const ledger::UnitId unit{4};
  const Bytes row_key = auth::AccountRow(id, unit);
  CHECK(!auth::OpenAccountRow(CorpusLedgerId(), row_key, UnitKeyOfCorpora(), input).ok());
  const SecretBytes key = auth::AccountSealKey(UnitKeyOfCorpora());
  const Bytes ad = Writer().Raw(CorpusLedgerId()).Raw(id).Take();
  const Bytes row = SealCommitting(key.Reveal(), ad, input);
  const Result<auth::Account> account = auth::OpenAccountRow(CorpusLedgerId(), row_key, UnitKeyOfCorpora(), row);
  if (!account.ok()) return 0;
  // Far beyond every clock: whatever is reckoned with them stays a number.
  for (const UnixSeconds time : {account->activation_expires, account->paused_until}) {
    CHECK(time >= 0 && time <= UnixSeconds{1} << 40);
  }
  ledger::Batch batch;
  auth::PutAccountRow(CorpusLedgerId(), *account, batch);
  const Result<auth::Account> back =
      auth::OpenAccountRow(CorpusLedgerId(), row_key, UnitKeyOfCorpora(), batch.changes()[0].value);
  CHECK(back.ok() && back->name == account->name && back->roles == account->roles);
  CHECK(back->state == account->state && back->password_hash == account->password_hash);
  CHECK(SecretEquals(back->totp_secret.Reveal(), account->totp_secret.Reveal()));
  CHECK(back->last_step == account->last_step && back->paused_until == account->paused_until);
  CHECK(back->since == account->since && back->due == account->due);
  CHECK(back->recovery_hashes == account->recovery_hashes);
  return 0;
}

// The input as the sealed content of a session's row, read back at start.
int FuzzSessionRow(ByteView input) {
  struct Home {
    Home() : keys(store, CorpusLedgerId()) {
      ledger::Batch batch;
      keys.Found(vault::RootKey::CopyOf(CorpusRoot().Reveal()), SecretBytes::CopyOf(Hash32{}), batch);
      CHECK(store.Write(batch, ledger::Durability::kSynced).ok());
      CHECK(keys.Open(vault::RootKey::CopyOf(CorpusRoot().Reveal()), 1).ok());
      const Result<SecretBytes> state = keys.OpenService(vault::ServiceKey::kState);
      CHECK(state.ok());
      seal_key = Derive(state->Reveal(), label::kState, {AsBytes("session")});
    }
    doubles::MemoryStore store;
    vault::KeyTree keys;
    SecretBytes seal_key;
  };
  static Home home;
  const Bytes row_key = Writer().U8('s').Raw(Hash32{5}).Take();
  const Bytes ad = Writer().Raw(CorpusLedgerId()).Raw(row_key).Take();
  ledger::Batch batch;
  batch.Put(ledger::Family::kAccount, row_key, SealCommitting(home.seal_key.Reveal(), ad, input));
  CHECK(home.store.Write(batch, ledger::Durability::kSynced).ok());
  auth::SessionBook book(auth::SessionLimits{900, 28800});
  if (!book.Load(home.store, home.keys).ok()) return 0;
  CHECK(book.size() == 1);
  (void)book.Enter(Hash32{5}, 1000, 1750000000);
  (void)book.SweepSize(1750000000);
  return 0;
}

}  // namespace spor::fuzz
