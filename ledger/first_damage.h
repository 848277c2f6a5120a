// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>

#include "crypto/mutex.h"
#include "ledger/bodies.h"

namespace spor::ledger {

// What is wrong and stands first in the log, whichever thread finds what first: by entry, then in the order of Kind.
//
// Threads: any.
class FirstDamage {
 public:
  enum class Kind {
    kEntry,
    kRule,
    kLiveMap,
    kDueMap,
    kTile,
    kSection,
    kState,
    kCheckpoint,
    kAnchor,
    kMapRows,
    kCount,
    kFiles
  };

  // `entry` is kNoEntry for what belongs to none.
  void Note(uint64_t entry, Kind kind, std::string what);
  // The smallest entry noted so far, kNoEntry if there is none: nothing from here on needs checking.
  uint64_t entry() const { return entry_.load(std::memory_order_relaxed); }
  // Empty: nothing is damaged.
  std::string text() const;

 private:
  mutable Mutex mutex_;
  std::atomic<uint64_t> entry_{kNoEntry};
  Kind kind_ GUARDED_BY(mutex_) = Kind::kFiles;
  std::string text_ GUARDED_BY(mutex_);
};

}  // namespace spor::ledger
