// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "auth/actor.h"
#include "vault/key_tree.h"

namespace spor::auth {

inline constexpr size_t kTokenBytes = 32;
inline constexpr size_t kTokenChars = 44;  // base64

struct SessionLimits {
  UnixSeconds idle_seconds = 0;
  UnixSeconds absolute_seconds = 0;
};

struct SessionRecord {
  Id16 account{};
  UnixSeconds created = 0;
  UnixSeconds last_used = 0;
  uint32_t peer_uid = 0;

  UnixSeconds Expires(const SessionLimits& limits) const;
};

enum class Standing { kValid, kUnknown, kForeign, kIdle, kTooOld };

// Sessions: opaque tokens, known only by their keyed hash. Row (Family::kAccount): 's' | hash -> sealed record.
//
// Threads: any; Use(), End() and Sweep() on the sequencer's thread alone, as parts of a Precondition: there they are in
// order with each other, so that no row of an ended session is ever written again.
// Durability: a use is in memory at once and in the store with the next batch of its session or the next Sweep(); after
// a crash a session can look a few seconds more idle than it was, never less.
class SessionBook {
 public:
  explicit SessionBook(const SessionLimits& limits) : limits_(limits) {}
  Status Load(const ledger::Store& store, const vault::KeyTree& keys);

  static SecretBytes NewToken();
  // Names a session by its token; for a text that can't be a token, by nothing that exists.
  Hash32 HashOf(std::string_view token) const;

  // Looks the session up and, if it is valid, notes the use.
  struct Entered {
    Standing standing = Standing::kUnknown;
    SessionRecord record;
  };
  Entered Enter(const Hash32& hash, uint32_t peer_uid, UnixSeconds now);

  void PutRow(const Hash32& hash, const SessionRecord& record, ledger::Batch& batch) const;
  // Makes a session usable whose row is durable.
  void Insert(const Hash32& hash, const SessionRecord& record);

  // kUnauthenticated unless the session is still valid; notes the use and writes its row.
  Status Use(const Hash32& hash, UnixSeconds now, ledger::Batch& batch);
  // Removes the session and its row; kUnauthenticated if there is none.
  Status End(const Hash32& hash, ledger::Batch& batch);
  // The same for all of an account, of which there may be none.
  void EndOf(const Id16& account, ledger::Batch& batch);
  // Removes expired sessions, writes the rows of those used since their row was written.
  void Sweep(UnixSeconds now, ledger::Batch& batch);
  // Whether Sweep() would do anything.
  size_t SweepSize(UnixSeconds now) const;
  size_t size() const;
  // Those that are valid at `now`.
  std::vector<std::pair<Hash32, SessionRecord>> Valid(UnixSeconds now) const;

 private:
  struct Held {
    SessionRecord record;
    UnixSeconds written = 0;  // last_used in the stored row
  };
  Standing StandingOf(const SessionRecord& record, UnixSeconds now) const;
  Bytes AssociatedData(ByteView row_key) const;
  Status LoadRow(ByteView row_key, ByteView row);

  const SessionLimits limits_;
  Hash32 ledger_id_{};
  SecretBytes token_key_;
  SecretBytes seal_key_;
  mutable Mutex mutex_;
  std::map<Hash32, Held> sessions_ GUARDED_BY(mutex_);
};

}  // namespace spor::auth
