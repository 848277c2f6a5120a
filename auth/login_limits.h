// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "crypto/clock.h"
#include "crypto/mutex.h"
#include "crypto/result.h"

// How guessing is slowed down; docs/decisions/0030-sessions-and-limits.md.
namespace spor::auth {

inline constexpr uint32_t kFreeFailures = 5;        // of an origin, before it has to wait
inline constexpr UnixSeconds kFirstOriginWait = 5;  // doubles with each further failure
inline constexpr UnixSeconds kLongestOriginWait = 300;
inline constexpr UnixSeconds kOriginForgets = 900;  // without a failure

inline constexpr uint32_t kPauseAfterCodes = 5;  // wrong codes with the right password
inline constexpr uint32_t kSuspendAfterCodes = 20;
inline constexpr UnixSeconds kFirstPause = 30;  // doubles with each further wrong code
inline constexpr UnixSeconds kLongestPause = 900;

// How long the second factor pauses after this many wrong codes in a row.
UnixSeconds PauseAfter(uint32_t wrong_codes);

// Wrong passwords make their origin wait, never an account: nobody can lock out somebody else.
//
// Threads: any.
class OriginDelays {
 public:
  // Seconds that this origin still has to wait; 0 if it may try.
  UnixSeconds Wait(uint32_t origin, UnixSeconds now) const;
  void Failed(uint32_t origin, UnixSeconds now);
  // Forgets origins that have been quiet.
  void Sweep(UnixSeconds now);

 private:
  struct Origin {
    uint32_t failures = 0;
    UnixSeconds last = 0;
  };
  mutable Mutex mutex_;
  std::map<uint32_t, Origin> origins_ GUARDED_BY(mutex_);
};

// The bounded queue before Argon2: each computation takes the memory that PasswordCost says.
//
// Threads: any.
class PasswordGate {
 public:
  static constexpr int kAtOnce = 2;
  static constexpr int kWaiting = 64;

  // A place at the computation; given back when it goes out of scope.
  class Slot {
   public:
    explicit Slot(PasswordGate* gate) : gate_(gate) {}
    Slot(Slot&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() {
      if (gate_ != nullptr) gate_->Leave();
    }

   private:
    PasswordGate* gate_;
  };
  // Waits for a place; kLater if too many wait already.
  Result<Slot> Enter();

 private:
  void Leave();

  Mutex mutex_;
  CondVar free_;
  int running_ GUARDED_BY(mutex_) = 0;
  int waiting_ GUARDED_BY(mutex_) = 0;
};

}  // namespace spor::auth
