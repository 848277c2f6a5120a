// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <shared_mutex>

#include "crypto/mutex.h"

namespace spor::privacy {

// Shared by whoever changes or reads people, exclusive for an erasure and for widening the index. Whoever wants it
// exclusively is next: std::shared_mutex would let a steady stream of events keep a retention run waiting for ever.
//
// Threads: any; not recursive, not even shared. For std::shared_lock and std::unique_lock.
class PeopleLock {
 public:
  void lock() {
    MutexLock lock(mutex_);
    ++waiting_;
    while (exclusive_ || sharing_ > 0) moved_.Wait(mutex_);
    --waiting_;
    exclusive_ = true;
  }
  void unlock() {
    MutexLock lock(mutex_);
    exclusive_ = false;
    moved_.NotifyAll();
  }
  void lock_shared() {
    MutexLock lock(mutex_);
    while (exclusive_ || waiting_ > 0) moved_.Wait(mutex_);
    ++sharing_;
  }
  void unlock_shared() {
    MutexLock lock(mutex_);
    if (--sharing_ == 0) moved_.NotifyAll();
  }

 private:
  Mutex mutex_;
  CondVar moved_;
  int sharing_ GUARDED_BY(mutex_) = 0;
  int waiting_ GUARDED_BY(mutex_) = 0;
  bool exclusive_ GUARDED_BY(mutex_) = false;
};

}  // namespace spor::privacy
