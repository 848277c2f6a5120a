// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

// Clang's thread-safety attributes; nothing under other compilers.
#if defined(__clang__)
#define SPOR_TSA(x) __attribute__((x))
#else
#define SPOR_TSA(x)
#endif
#define GUARDED_BY(m) SPOR_TSA(guarded_by(m))
#define REQUIRES(...) SPOR_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) SPOR_TSA(locks_excluded(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS SPOR_TSA(no_thread_safety_analysis)

namespace spor {

// std::mutex that Clang's analysis can follow.
class SPOR_TSA(capability("mutex")) Mutex {
 public:
  void lock() SPOR_TSA(acquire_capability()) { mutex_.lock(); }
  void unlock() SPOR_TSA(release_capability()) { mutex_.unlock(); }
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

class SPOR_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SPOR_TSA(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() SPOR_TSA(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// A condition over a Mutex that the caller holds.
class CondVar {
 public:
  void Wait(Mutex& mutex) REQUIRES(mutex) { cond_.wait(mutex); }
  template <typename Duration>
  void WaitFor(Mutex& mutex, Duration time) REQUIRES(mutex) {
    cond_.wait_for(mutex, time);
  }
  void NotifyAll() { cond_.notify_all(); }
  void NotifyOne() { cond_.notify_one(); }

 private:
  std::condition_variable_any cond_;
};

}  // namespace spor
