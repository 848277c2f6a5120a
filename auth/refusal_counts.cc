// SPDX-License-Identifier: Apache-2.0
#include "auth/refusal_counts.h"

namespace spor::auth {
namespace {

constexpr UnixSeconds kMinute = 60;
// Kinds are few: origins are users of this machine, reasons stand in the code. Should there be more all the same, the
// rest is counted as one kind.
constexpr size_t kMaxKinds = 4096;

UnixSeconds MinuteOf(UnixSeconds now) { return now / kMinute * kMinute; }

}  // namespace

RefusalCounts::Key RefusalCounts::KeyFor(const Refused& refused, UnixSeconds now) const {
  Key key{MinuteOf(now), refused};
  if (counts_.size() >= kMaxKinds && !counts_.contains(key)) key.second = {kNoOrigin, "any", "many_kinds", {}};
  return key;
}

RefusalCounts::Verdict RefusalCounts::Note(const Refused& refused, UnixSeconds now) {
  MutexLock lock(mutex_);
  const auto [row, first] = counts_.try_emplace(KeyFor(refused, now), 0);
  if (first) return Verdict::kRecordNow;
  ++row->second;
  return Verdict::kCounted;
}

void RefusalCounts::Count(const Refused& refused, UnixSeconds now) {
  MutexLock lock(mutex_);
  ++counts_[KeyFor(refused, now)];
}

uint64_t RefusalCounts::CountSession(const Hash32& session, UnixSeconds now) {
  MutexLock lock(mutex_);
  if (sessions_minute_ != MinuteOf(now)) sessions_.clear();
  sessions_minute_ = MinuteOf(now);
  return ++sessions_[session];
}

std::vector<RefusalCounts::Counted> RefusalCounts::TakeBefore(UnixSeconds end) {
  MutexLock lock(mutex_);
  std::vector<Counted> taken;
  auto row = counts_.begin();
  for (; row != counts_.end() && row->first.first < end; ++row) {
    if (row->second > 0) taken.push_back({row->first.second, row->first.first, row->second});
  }
  counts_.erase(counts_.begin(), row);
  return taken;
}

void RefusalCounts::PutBack(const Counted& counted) {
  MutexLock lock(mutex_);
  counts_[{counted.minute, counted.refused}] += counted.count;
}

}  // namespace spor::auth
