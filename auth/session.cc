// SPDX-License-Identifier: Apache-2.0
#include "auth/session.h"

#include <algorithm>

#include "auth/account.h"
#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::auth {
namespace {

constexpr uint8_t kRowVersion = 1;
constexpr uint8_t kRowPrefix = 's';

Bytes RowKey(const Hash32& hash) { return Writer().U8(kRowPrefix).Raw(hash).Take(); }

Status Ended() { return Status(Code::kUnauthenticated, "the session has ended: log in again"); }

}  // namespace

UnixSeconds SessionRecord::Expires(const SessionLimits& limits) const {
  return std::min(last_used + limits.idle_seconds, created + limits.absolute_seconds);
}

Status SessionBook::Load(const ledger::Store& store, const vault::KeyTree& keys) {
  ledger_id_ = keys.ledger_id();
  ASSIGN_OR_RETURN(token_key_, keys.OpenService(vault::ServiceKey::kSessionToken));
  ASSIGN_OR_RETURN(const SecretBytes state_key, keys.OpenService(vault::ServiceKey::kState));
  seal_key_ = Derive(state_key.Reveal(), label::kState, {AsBytes("session")});
  Status status;
  const Bytes begin = {kRowPrefix};
  RETURN_IF_ERROR(
      store.Scan(ledger::Family::kAccount, begin, ledger::PrefixEnd(begin), [&](ByteView key, ByteView row) {
        status = LoadRow(key, row);
        return status.ok();
      }));
  return status;
}

Bytes SessionBook::AssociatedData(ByteView row_key) const { return Writer().Raw(ledger_id_).Raw(row_key).Take(); }

Status SessionBook::LoadRow(ByteView row_key, ByteView row) {
  ASSIGN_OR_RETURN(const Hash32 hash, ToHash32(row_key.subspan(1)));
  ASSIGN_OR_RETURN(const SecretBytes plain, OpenCommitting(seal_key_.Reveal(), AssociatedData(row_key), row));
  Reader in(plain.Reveal());
  if (in.U8() > kRowVersion) return Status(Code::kTooNew, "a session was written by a newer version of this program");
  Held held;
  held.record.account = in.Fixed<16>();
  const uint64_t created = in.U64();
  const uint64_t last_used = in.U64();
  held.record.peer_uid = in.U32();
  RETURN_IF_ERROR(in.Finish("session"));
  if (created > kLatestTime || last_used > kLatestTime)
    return Status(Code::kCorrupt, "session: its times make no sense");
  held.record.created = static_cast<UnixSeconds>(created);
  held.record.last_used = held.written = static_cast<UnixSeconds>(last_used);
  MutexLock lock(mutex_);
  sessions_[hash] = held;
  return OkStatus();
}

SecretBytes SessionBook::NewToken() {
  const SecretBytes bits = SecretBytes::Random(kTokenBytes);
  std::string text = Base64Encode(bits.Reveal());
  CHECK(text.size() == kTokenChars);
  SecretBytes token = SecretBytes::CopyOf(AsBytes(text));
  WipeMemory(text);
  return token;
}

Hash32 SessionBook::HashOf(std::string_view token) const {
  if (token.size() != kTokenChars) return Hash32{};
  return DerivePublic(token_key_.Reveal(), label::kSessionToken, {AsBytes(token)});
}

Standing SessionBook::StandingOf(const SessionRecord& record, UnixSeconds now) const {
  if (now - record.created >= limits_.absolute_seconds) return Standing::kTooOld;
  return now - record.last_used >= limits_.idle_seconds ? Standing::kIdle : Standing::kValid;
}

SessionBook::Entered SessionBook::Enter(const Hash32& hash, uint32_t peer_uid, UnixSeconds now) {
  MutexLock lock(mutex_);
  const auto found = sessions_.find(hash);
  if (found == sessions_.end()) return {};
  SessionRecord& record = found->second.record;
  Entered entered{StandingOf(record, now), record};
  if (record.peer_uid != peer_uid) entered.standing = Standing::kForeign;
  if (entered.standing == Standing::kValid) {
    record.last_used = std::max(record.last_used, now);
    entered.record = record;
  }
  return entered;
}

void SessionBook::PutRow(const Hash32& hash, const SessionRecord& record, ledger::Batch& batch) const {
  Writer plain;
  plain.U8(kRowVersion).Raw(record.account).U64(static_cast<uint64_t>(record.created));
  plain.U64(static_cast<uint64_t>(record.last_used)).U32(record.peer_uid);
  Bytes key = RowKey(hash);
  Bytes row = SealCommitting(seal_key_.Reveal(), AssociatedData(key), plain.bytes());
  batch.Put(ledger::Family::kAccount, std::move(key), std::move(row));
}

void SessionBook::Insert(const Hash32& hash, const SessionRecord& record) {
  MutexLock lock(mutex_);
  sessions_[hash] = {record, record.last_used};
}

Status SessionBook::Use(const Hash32& hash, UnixSeconds now, ledger::Batch& batch) {
  MutexLock lock(mutex_);
  const auto found = sessions_.find(hash);
  if (found == sessions_.end()) return Ended();
  Held& held = found->second;
  if (StandingOf(held.record, now) != Standing::kValid) return Ended();
  held.record.last_used = std::max(held.record.last_used, now);
  // Once a second is enough: a busy application would write its session with each of its events.
  if (held.written != held.record.last_used) {
    PutRow(hash, held.record, batch);
    held.written = held.record.last_used;
  }
  return OkStatus();
}

Status SessionBook::End(const Hash32& hash, ledger::Batch& batch) {
  MutexLock lock(mutex_);
  if (sessions_.erase(hash) == 0) return Ended();
  batch.Delete(ledger::Family::kAccount, RowKey(hash));
  return OkStatus();
}

void SessionBook::EndOf(const Id16& account, ledger::Batch& batch) {
  MutexLock lock(mutex_);
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    if (it->second.record.account != account) {
      ++it;
      continue;
    }
    batch.Delete(ledger::Family::kAccount, RowKey(it->first));
    it = sessions_.erase(it);
  }
}

std::vector<std::pair<Hash32, SessionRecord>> SessionBook::Valid(UnixSeconds now) const {
  MutexLock lock(mutex_);
  std::vector<std::pair<Hash32, SessionRecord>> valid;
  for (const auto& [hash, held] : sessions_) {
    if (StandingOf(held.record, now) == Standing::kValid) valid.emplace_back(hash, held.record);
  }
  return valid;
}

void SessionBook::Sweep(UnixSeconds now, ledger::Batch& batch) {
  MutexLock lock(mutex_);
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    Held& held = it->second;
    if (StandingOf(held.record, now) != Standing::kValid) {
      batch.Delete(ledger::Family::kAccount, RowKey(it->first));
      it = sessions_.erase(it);
      continue;
    }
    if (held.written != held.record.last_used) {
      PutRow(it->first, held.record, batch);
      held.written = held.record.last_used;
    }
    ++it;
  }
}

size_t SessionBook::SweepSize(UnixSeconds now) const {
  MutexLock lock(mutex_);
  return static_cast<size_t>(std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& session) {
    const Held& held = session.second;
    return held.written != held.record.last_used || StandingOf(held.record, now) != Standing::kValid;
  }));
}

size_t SessionBook::size() const {
  MutexLock lock(mutex_);
  return sessions_.size();
}

}  // namespace spor::auth
