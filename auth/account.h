// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "auth/actor.h"
#include "vault/key_tree.h"

namespace spor::auth {

inline constexpr size_t kMaxUserBytes = 64;
// No time that is stored is later: far beyond every clock, far below every overflow.
inline constexpr uint64_t kLatestTime = uint64_t{1} << 40;
inline constexpr size_t kActivationCodeBytes = 16;
inline constexpr size_t kActivationCodeChars = 26;  // base32 without its hyphens

enum class AccountState : uint8_t { kInvited = 1, kActive = 2, kSuspended = 3, kRemoved = 4 };
std::string_view AccountStateName(AccountState state);

// One person who may log in. The row (Family::kAccount, 'a' | account id | staff unit) is sealed under the account's
// own staff unit, so that an account is erased like everybody else's data: by destroying that key.
struct Account {
  Id16 id{};
  ledger::UnitId unit{};
  SecretBytes seal_key;  // derived from the unit's key; not in the row
  std::string name;      // of the first account empty until activation has begun
  std::vector<Role> roles;
  AccountState state = AccountState::kInvited;
  std::string password_hash;  // PHC string
  SecretBytes totp_secret;    // empty until activation has begun
  uint64_t last_step = 0;     // of the last accepted code
  Hash32 activation_hash{};   // of an invited account
  UnixSeconds activation_expires = 0;
  uint32_t wrong_codes = 0;  // in a row, each with the right password
  UnixSeconds paused_until = 0;
  UnixSeconds since = 0;                // when `state` became what it is; 0 in rows of version 1
  ledger::DueKey due;                   // of the staff unit
  std::vector<Hash32> recovery_hashes;  // of the codes that are left

  Account Clone() const;
  // The second factor was suspended after wrong codes.
  bool IsLocked() const;
  // Whether it can do anything to the accounts of others.
  bool CanAdminister() const;
};

// The seal key of an account from the key of its staff unit.
SecretBytes AccountSealKey(const ledger::UnitKey& unit_key);
Bytes AccountRow(const Id16& account, const ledger::UnitId& unit);
void PutAccountRow(const Hash32& ledger_id, const Account& account, ledger::Batch& batch);
// kCorrupt unless `row` is what PutAccountRow() made for this account and unit.
Result<Account> OpenAccountRow(const Hash32& ledger_id, ByteView row_key, const ledger::UnitKey& unit_key,
                               ByteView row);

// 1 to 64 of a-z A-Z 0-9 . _ - @ +
Status CheckUserName(std::string_view user);

// Activation codes: 128 random bits, shown as base32 in groups. Upper or lower case, hyphens and spaces may differ.
std::string NewActivationCode();
// The keyed hash that is stored; zero for a text that is no code.
Hash32 ActivationHash(const Account& account, std::string_view code);

// Ten new recovery codes, whose hashes take the place of those in `account`.
std::vector<std::string> NewRecoveryCodes(Account& account);
// The place of `code` among the account's hashes.
std::optional<size_t> FindRecoveryCode(const Account& account, std::string_view code);

// All accounts, in memory. An account in the book never changes: a change is a new object that takes its place once it
// is durable, so that whoever holds a pointer sees one state.
//
// Threads: any.
class AccountBook {
 public:
  using Pointer = std::shared_ptr<const Account>;

  // Rows whose staff unit is erased are passed over.
  Status Load(const ledger::Store& store, const vault::KeyTree& keys);
  Pointer Get(const Id16& account) const;
  Pointer FindByName(std::string_view user) const;
  // The invited account with this code, expired or not.
  Pointer FindByCode(std::string_view code) const;
  // Without removed accounts whose unit is erased; in the order of their ids.
  std::vector<Pointer> All() const;
  void Put(Pointer account);
  void Drop(const Id16& account);
  size_t size() const;

 private:
  mutable Mutex mutex_;
  std::map<Id16, Pointer> accounts_ GUARDED_BY(mutex_);
};

}  // namespace spor::auth
