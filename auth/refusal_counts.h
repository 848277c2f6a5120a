// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "crypto/bytes.h"
#include "crypto/clock.h"
#include "crypto/mutex.h"

namespace spor::auth {

// The origin of a request whose peer is not known.
inline constexpr uint32_t kNoOrigin = 0xffffffff;

// A refusal that is recorded by kind: who asks again and again within a minute gets one entry with a count.
struct Refused {
  uint32_t origin = kNoOrigin;  // user id of the peer
  std::string action;
  std::string reason;
  std::optional<Id16> account;  // where it is known
  auto operator<=>(const Refused&) const = default;
};

// Decides which refusals are recorded at once and keeps the count of the others.
//
// Threads: any. Durability: none; what was counted in the current minute is lost in a crash.
class RefusalCounts {
 public:
  enum class Verdict { kRecordNow, kCounted };
  // The first refusal of its kind in a minute, origin by origin, is recorded at once, all others are counted.
  Verdict Note(const Refused& refused, UnixSeconds now);
  // Counts without recording the first one.
  void Count(const Refused& refused, UnixSeconds now);

  // How many refused requests this session has made in this minute, this one included.
  uint64_t CountSession(const Hash32& session, UnixSeconds now);

  struct Counted {
    Refused refused;
    UnixSeconds minute = 0;  // first second of it
    uint64_t count = 0;
  };
  // Takes out what was counted in minutes that began before `end`.
  std::vector<Counted> TakeBefore(UnixSeconds end);
  void PutBack(const Counted& counted);

 private:
  using Key = std::pair<UnixSeconds, Refused>;
  Key KeyFor(const Refused& refused, UnixSeconds now) const REQUIRES(mutex_);

  Mutex mutex_;
  std::map<Key, uint64_t> counts_ GUARDED_BY(mutex_);
  std::map<Hash32, uint64_t> sessions_ GUARDED_BY(mutex_);  // of sessions_minute_ alone
  UnixSeconds sessions_minute_ GUARDED_BY(mutex_) = 0;
};

}  // namespace spor::auth
