// SPDX-License-Identifier: Apache-2.0
#include "auth/login_limits.h"

#include <algorithm>

namespace spor::auth {
namespace {

// first, 2 * first, 4 * first ... up to `longest`.
UnixSeconds Doubled(UnixSeconds first, uint32_t times, UnixSeconds longest) {
  UnixSeconds wait = first;
  for (uint32_t i = 0; i < times && wait < longest; ++i) wait *= 2;
  return std::min(wait, longest);
}

}  // namespace

UnixSeconds PauseAfter(uint32_t wrong_codes) {
  if (wrong_codes < kPauseAfterCodes) return 0;
  return Doubled(kFirstPause, wrong_codes - kPauseAfterCodes, kLongestPause);
}

UnixSeconds OriginDelays::Wait(uint32_t origin, UnixSeconds now) const {
  MutexLock lock(mutex_);
  const auto found = origins_.find(origin);
  if (found == origins_.end()) return 0;
  const auto& [failures, last] = found->second;
  if (failures < kFreeFailures || now - last >= kOriginForgets) return 0;
  const UnixSeconds until = last + Doubled(kFirstOriginWait, failures - kFreeFailures, kLongestOriginWait);
  return std::max<UnixSeconds>(0, until - now);
}

void OriginDelays::Failed(uint32_t origin, UnixSeconds now) {
  MutexLock lock(mutex_);
  Origin& entry = origins_[origin];
  if (now - entry.last >= kOriginForgets) entry.failures = 0;
  ++entry.failures;
  entry.last = now;
}

void OriginDelays::Sweep(UnixSeconds now) {
  MutexLock lock(mutex_);
  std::erase_if(origins_, [&](const auto& origin) { return now - origin.second.last >= kOriginForgets; });
}

Result<PasswordGate::Slot> PasswordGate::Enter() {
  MutexLock lock(mutex_);
  if (running_ >= kAtOnce && waiting_ >= kWaiting) {
    return Status(Code::kLater, "too many passwords are being checked: try again in a few seconds");
  }
  ++waiting_;
  while (running_ >= kAtOnce) free_.Wait(mutex_);
  --waiting_;
  ++running_;
  return Slot(this);
}

void PasswordGate::Leave() {
  MutexLock lock(mutex_);
  --running_;
  free_.NotifyOne();
}

}  // namespace spor::auth
