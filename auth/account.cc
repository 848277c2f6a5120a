// SPDX-License-Identifier: Apache-2.0
#include "auth/account.h"

#include <algorithm>

#include "auth/auth_service.h"
#include "auth/login_limits.h"
#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::auth {
namespace {

constexpr uint8_t kRowVersion = 2;
constexpr uint8_t kRowPrefix = 'a';
constexpr size_t kMaxRoles = 16;
constexpr size_t kMaxPasswordHash = 256;
constexpr size_t kMaxTotpSecret = 64;
constexpr size_t kMaxRecoveryCodes = 32;
constexpr size_t kCodeGroup = 4;
constexpr size_t kPadTo = 64;  // so that the length of a row says nothing about the name

Bytes AssociatedData(const Hash32& ledger_id, const Id16& account) {
  return Writer().Raw(ledger_id).Raw(account).Take();
}

Bytes Encode(const Account& account) {
  Writer out;
  out.U8(kRowVersion).Str8(account.name).U8(static_cast<uint8_t>(account.state));
  out.U8(static_cast<uint8_t>(account.roles.size()));
  for (const Role role : account.roles) out.U8(static_cast<uint8_t>(role));
  out.Str16(AsBytes(account.password_hash)).Str16(account.totp_secret.Reveal()).U64(account.last_step);
  out.Raw(account.activation_hash).U64(static_cast<uint64_t>(account.activation_expires));
  out.U32(account.wrong_codes).U64(static_cast<uint64_t>(account.paused_until));
  out.U64(static_cast<uint64_t>(account.since)).U8(account.due.retention_class).U32(account.due.due);
  out.U8(static_cast<uint8_t>(account.recovery_hashes.size()));
  for (const Hash32& hash : account.recovery_hashes) out.Raw(hash);
  return out.Take();
}

// What version 2 added.
void ParseLaterFields(Reader& in, Account& account) {
  const uint64_t since = in.U64();
  if (since > kLatestTime) in.Fail();
  account.since = static_cast<UnixSeconds>(since);
  account.due.retention_class = in.U8();
  account.due.due = in.U32();
  const uint8_t codes = in.U8();
  if (codes > kMaxRecoveryCodes) in.Fail();
  for (uint8_t i = 0; i < codes && !in.failed(); ++i) account.recovery_hashes.push_back(in.Fixed<32>());
}

Result<Account> Parse(ByteView bytes) {
  Reader in(bytes);
  const uint8_t version = in.U8();
  if (version > kRowVersion) {
    return Status(Code::kTooNew, "an account was written by a newer version of this program");
  }
  Account account;
  account.name = AsText(in.Str8(kMaxUserBytes));
  account.state = static_cast<AccountState>(in.U8());
  if (account.state < AccountState::kInvited || account.state > AccountState::kRemoved) in.Fail();
  const uint8_t roles = in.U8();
  if (roles > kMaxRoles) in.Fail();
  for (uint8_t i = 0; i < roles && !in.failed(); ++i) account.roles.push_back(static_cast<Role>(in.U8()));
  account.password_hash = AsText(in.Str16(kMaxPasswordHash));
  account.totp_secret = SecretBytes::CopyOf(in.Str16(kMaxTotpSecret));
  account.last_step = in.U64();
  account.activation_hash = in.Fixed<32>();
  const uint64_t activation_expires = in.U64();
  account.wrong_codes = in.U32();
  const uint64_t paused_until = in.U64();
  if (activation_expires > kLatestTime || paused_until > kLatestTime || account.last_step > kLatestTime) in.Fail();
  account.activation_expires = static_cast<UnixSeconds>(activation_expires);
  account.paused_until = static_cast<UnixSeconds>(paused_until);
  if (version >= 2) ParseLaterFields(in, account);
  const ByteView padding = in.Raw(std::min(in.left(), kPadTo - 1));
  if (std::any_of(padding.begin(), padding.end(), [](uint8_t b) { return b != 0; })) in.Fail();
  RETURN_IF_ERROR(in.Finish("account"));
  return account;
}

}  // namespace

Account Account::Clone() const {
  Account copy;
  copy.id = id;
  copy.unit = unit;
  copy.seal_key = seal_key.Clone();
  copy.name = name;
  copy.roles = roles;
  copy.state = state;
  copy.password_hash = password_hash;
  copy.totp_secret = totp_secret.Clone();
  copy.last_step = last_step;
  copy.activation_hash = activation_hash;
  copy.activation_expires = activation_expires;
  copy.wrong_codes = wrong_codes;
  copy.paused_until = paused_until;
  copy.since = since;
  copy.due = due;
  copy.recovery_hashes = recovery_hashes;
  return copy;
}

bool Account::IsLocked() const { return wrong_codes >= kSuspendAfterCodes; }

bool Account::CanAdminister() const {
  return state == AccountState::kActive && !IsLocked() && RolesAllow(roles, Action::kAccounts);
}

std::string_view AccountStateName(AccountState state) {
  switch (state) {
    case AccountState::kInvited: return "invited";
    case AccountState::kActive: return "active";
    case AccountState::kSuspended: return "suspended";
    case AccountState::kRemoved: return "removed";
  }
  return "unknown";
}

SecretBytes AccountSealKey(const ledger::UnitKey& unit_key) { return Derive(unit_key.Reveal(), label::kAccount, {}); }

Bytes AccountRow(const Id16& account, const ledger::UnitId& unit) {
  return Writer().U8(kRowPrefix).Raw(account).Raw(unit).Take();
}

void PutAccountRow(const Hash32& ledger_id, const Account& account, ledger::Batch& batch) {
  Bytes plain = Encode(account);
  plain.reserve(plain.size() + kPadTo);
  plain.resize((plain.size() + kPadTo - 1) / kPadTo * kPadTo);
  batch.Put(ledger::Family::kAccount, AccountRow(account.id, account.unit),
            SealCommitting(account.seal_key.Reveal(), AssociatedData(ledger_id, account.id), plain));
  WipeMemory(plain);
}

Result<Account> OpenAccountRow(const Hash32& ledger_id, ByteView row_key, const ledger::UnitKey& unit_key,
                               ByteView row) {
  Reader key(row_key);
  if (key.U8() != kRowPrefix) key.Fail();
  const Id16 id = key.Fixed<16>();
  const ledger::UnitId unit = key.Fixed<16>();
  RETURN_IF_ERROR(key.Finish("key of an account"));
  SecretBytes seal_key = AccountSealKey(unit_key);
  ASSIGN_OR_RETURN(const SecretBytes plain, OpenCommitting(seal_key.Reveal(), AssociatedData(ledger_id, id), row));
  ASSIGN_OR_RETURN(Account account, Parse(plain.Reveal()));
  account.id = id;
  account.unit = unit;
  account.seal_key = std::move(seal_key);
  return account;
}

Status CheckUserName(std::string_view user) {
  static constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+";
  if (user.empty() || user.size() > kMaxUserBytes || user.find_first_not_of(kAllowed) != std::string_view::npos) {
    return Status(Code::kInvalidArgument, "a user name has 1 to 64 of the characters a-z A-Z 0-9 . _ - @ +");
  }
  return OkStatus();
}

std::string NewActivationCode() {
  SecretBytes bits = SecretBytes::Random(kActivationCodeBytes);
  std::string text = Base32Encode(bits.Reveal());
  std::string grouped;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && i % kCodeGroup == 0) grouped += '-';
    grouped += text[i];
  }
  WipeMemory(text);
  return grouped;
}

namespace {

// The keyed hash of a code of this kind; zero for a text that is no code.
Hash32 CodeHash(const Account& account, std::string_view kind, std::string_view code) {
  std::string plain;
  plain.reserve(kActivationCodeChars + 1);
  for (const char c : code) {
    if (c == '-' || c == ' ') continue;
    if (plain.size() > kActivationCodeChars) break;
    plain += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  Hash32 hash{};
  if (plain.size() == kActivationCodeChars) {
    hash = DerivePublic(account.seal_key.Reveal(), label::kAccount, {AsBytes(kind), AsBytes(plain)});
  }
  WipeMemory(plain);
  return hash;
}

}  // namespace

Hash32 ActivationHash(const Account& account, std::string_view code) { return CodeHash(account, "activation", code); }

std::vector<std::string> NewRecoveryCodes(Account& account) {
  std::vector<std::string> codes;
  account.recovery_hashes.clear();
  for (size_t i = 0; i < kRecoveryCodes; ++i) {
    codes.push_back(NewActivationCode());
    account.recovery_hashes.push_back(CodeHash(account, "recovery", codes.back()));
  }
  return codes;
}

std::optional<size_t> FindRecoveryCode(const Account& account, std::string_view code) {
  const Hash32 hash = CodeHash(account, "recovery", code);
  std::optional<size_t> found;
  for (size_t i = 0; i < account.recovery_hashes.size(); ++i) {
    const bool equal = SecretEquals(hash, account.recovery_hashes[i]);
    if (equal && hash != Hash32{}) found = i;
  }
  return found;
}

Status AccountBook::Load(const ledger::Store& store, const vault::KeyTree& keys) {
  std::vector<std::pair<Bytes, Bytes>> rows;
  const Bytes begin = {kRowPrefix};
  RETURN_IF_ERROR(
      store.Scan(ledger::Family::kAccount, begin, ledger::PrefixEnd(begin), [&](ByteView key, ByteView row) {
        rows.emplace_back(ToBytes(key), ToBytes(row));
        return true;
      }));
  for (const auto& [key, row] : rows) {
    Reader unit(key);
    unit.Raw(1 + sizeof(Id16));
    const Result<ledger::UnitKey> unit_key = keys.OpenUnit(unit.Fixed<16>());
    if (!unit_key.ok() && unit_key.error().code() == Code::kNotFound) continue;
    if (!unit_key.ok()) return unit_key.error();
    ASSIGN_OR_RETURN(Account account, OpenAccountRow(keys.ledger_id(), key, *unit_key, row));
    Put(std::make_shared<const Account>(std::move(account)));
  }
  return OkStatus();
}

AccountBook::Pointer AccountBook::Get(const Id16& account) const {
  MutexLock lock(mutex_);
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? nullptr : found->second;
}

AccountBook::Pointer AccountBook::FindByName(std::string_view user) const {
  MutexLock lock(mutex_);
  if (user.empty()) return nullptr;
  for (const auto& [id, account] : accounts_) {
    if (account->name == user) return account;
  }
  return nullptr;
}

AccountBook::Pointer AccountBook::FindByCode(std::string_view code) const {
  MutexLock lock(mutex_);
  for (const auto& [id, account] : accounts_) {
    if (account->state != AccountState::kInvited) continue;
    const Hash32 hash = ActivationHash(*account, code);
    if (hash != Hash32{} && SecretEquals(hash, account->activation_hash)) return account;
  }
  return nullptr;
}

std::vector<AccountBook::Pointer> AccountBook::All() const {
  MutexLock lock(mutex_);
  std::vector<Pointer> all;
  for (const auto& [id, account] : accounts_) all.push_back(account);
  return all;
}

void AccountBook::Drop(const Id16& account) {
  MutexLock lock(mutex_);
  accounts_.erase(account);
}

void AccountBook::Put(Pointer account) {
  MutexLock lock(mutex_);
  const Id16 id = account->id;
  accounts_[id] = std::move(account);
}

size_t AccountBook::size() const {
  MutexLock lock(mutex_);
  return accounts_.size();
}

}  // namespace spor::auth
