// SPDX-License-Identifier: Apache-2.0
#include "auth/login_limits.h"

#include <thread>

#include "tests/auth/home.h"

namespace spor::auth {
namespace {

using LimitsTest = AuthTest;

constexpr UnixSeconds kLong = 1000;  // more than any pause

TEST_F(LimitsTest, WrongPasswordsMakeTheirOriginWait) {
  for (int i = 0; i < 5; ++i) EXPECT_CODE(kUnauthenticated, home.LoginWrongly());
  EXPECT_CODE(kLater, home.LoginWrongly());
  EXPECT_CODE(kLater, home.Login(home.CodeNow()));  // also with everything right
  EXPECT_EQ(home.Refusals("origin_delayed"), 1U);
  home.clock.Advance(4);
  EXPECT_CODE(kLater, home.LoginWrongly());
  home.clock.Advance(1);
  EXPECT_CODE(kUnauthenticated, home.LoginWrongly());  // the sixth: ten seconds now
  home.clock.Advance(9);
  EXPECT_CODE(kLater, home.LoginWrongly());
  home.clock.Advance(1);
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
}

TEST_F(LimitsTest, WrongPasswordsNeverLockTheAccount) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_CODE(kUnauthenticated, home.LoginWrongly(static_cast<uint32_t>(2000 + i)));
  }
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
}

TEST_F(LimitsTest, UnknownUsersMakeTheirOriginWaitToo) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_CODE(kUnauthenticated, home.auth().Login("ola", Secret(kPassword), "123456", kUid));
  }
  EXPECT_CODE(kLater, home.auth().Login("ola", Secret(kPassword), "123456", kUid));
}

TEST_F(LimitsTest, ParallelGuessesGetNoMoreThanTheirShare) {
  home.options.password_cost = {1, 8 << 20};  // long enough for all of them to stand in the queue
  home.Open();
  std::atomic<int> guessed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&] {
      const Result<AuthService::Session> session = home.auth().Login("ola", Secret(kPassword), "123456", kUid);
      if (!session.ok() && session.error().code() == Code::kUnauthenticated) ++guessed;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(guessed, 5);
  EXPECT_LE(guessed, 5 + PasswordGate::kAtOnce - 1);
}

TEST_F(LimitsTest, FiveWrongCodesPauseTheSecondFactor) {
  for (int i = 0; i < 5; ++i) EXPECT_CODE(kUnauthenticated, home.Login(home.WrongCode()));
  EXPECT_CODE(kLater, home.Login(home.CodeNow()));
  EXPECT_EQ(home.Refusals("second_factor_paused"), 1U);
  home.Open();  // a restart does not end the pause
  home.clock.Advance(29);
  EXPECT_CODE(kLater, home.Login(home.CodeNow()));
  home.clock.Advance(1);
  EXPECT_CODE(kUnauthenticated, home.Login(home.WrongCode()));  // the sixth: a minute now
  home.clock.Advance(59);
  EXPECT_CODE(kLater, home.Login(home.CodeNow()));
  home.clock.Advance(1);
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
  EXPECT_EQ(home.Refusals("wrong_code"), 6U);  // each with its own entry
}

TEST_F(LimitsTest, ARightCodeStartsTheCountAnew) {
  for (int i = 0; i < 4; ++i) EXPECT_CODE(kUnauthenticated, home.Login(home.WrongCode()));
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
  home.clock.Advance(30);
  for (int i = 0; i < 4; ++i) EXPECT_CODE(kUnauthenticated, home.Login(home.WrongCode()));
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
}

TEST_F(LimitsTest, TwentyWrongCodesSuspendTheSecondFactor) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_CODE(kUnauthenticated, home.Login(home.WrongCode()));
    home.clock.Advance(kLong);
  }
  EXPECT_EQ(home.Refusals("wrong_code"), 20U);
  EXPECT_CODE(kUnauthenticated, home.Login(home.CodeNow()));
  EXPECT_EQ(home.Refusals("second_factor_suspended"), 1U);
  home.Open();
  home.clock.Advance(100 * 86400);
  ASSERT_TRUE(home.auth().Tick().ok());
  EXPECT_CODE(kUnauthenticated, home.Login(home.CodeNow()));
  EXPECT_EQ(home.SessionRows(), 0U);
}

TEST_F(LimitsTest, NineteenWrongCodesDoNot) {
  for (int i = 0; i < 19; ++i) {
    EXPECT_CODE(kUnauthenticated, home.Login(home.WrongCode()));
    home.clock.Advance(kLong);
  }
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
}

TEST_F(LimitsTest, ParallelWrongCodesAreAllCounted) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 30; ++i) {
    threads.emplace_back([&, code = home.WrongCode()] {
      const Result<AuthService::Session> session = home.Login(code);
      if (!session.ok() && session.error().code() == Code::kUnauthenticated) ++wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 5);  // then the pause
  EXPECT_EQ(home.Refusals("wrong_code"), 5U);
}

TEST(PauseAfter, GrowsFromHalfAMinuteToAQuarterOfAnHour) {
  EXPECT_EQ(PauseAfter(0), 0);
  EXPECT_EQ(PauseAfter(4), 0);
  EXPECT_EQ(PauseAfter(5), 30);
  EXPECT_EQ(PauseAfter(6), 60);
  EXPECT_EQ(PauseAfter(9), 480);
  EXPECT_EQ(PauseAfter(10), 900);
  EXPECT_EQ(PauseAfter(4000000000), 900);
}

TEST(OriginDelays, DoubleUpToFiveMinutesAndAreForgotten) {
  OriginDelays delays;
  for (int i = 0; i < 4; ++i) delays.Failed(1, 1000);
  EXPECT_EQ(delays.Wait(1, 1000), 0);
  delays.Failed(1, 1000);
  EXPECT_EQ(delays.Wait(1, 1000), 5);
  EXPECT_EQ(delays.Wait(1, 1003), 2);
  EXPECT_EQ(delays.Wait(2, 1000), 0);
  for (int i = 0; i < 100; ++i) delays.Failed(1, 1000);
  EXPECT_EQ(delays.Wait(1, 1000), 300);
  EXPECT_EQ(delays.Wait(1, 1299), 1);
  EXPECT_EQ(delays.Wait(1, 1300), 0);
  delays.Sweep(1899);
  delays.Failed(1, 1899);
  EXPECT_EQ(delays.Wait(1, 1899), 300);
  delays.Failed(1, 1899 + 900);
  EXPECT_EQ(delays.Wait(1, 1899 + 900), 0);
}

TEST(PasswordGate, LetsTwoInAtOnceAndTurnsAwayWhoWouldWaitTooLong) {
  constexpr int kCallers = 100;
  constexpr int kTooMany = kCallers - PasswordGate::kWaiting;
  PasswordGate gate;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::atomic<int> turned_away = 0;
  std::vector<std::thread> threads;
  {
    // Both places are taken until everybody has either queued or been turned away.
    const Result<PasswordGate::Slot> first = gate.Enter();
    const Result<PasswordGate::Slot> second = gate.Enter();
    ASSERT_TRUE(first.ok() && second.ok());
    for (int i = 0; i < kCallers; ++i) {
      threads.emplace_back([&] {
        const Result<PasswordGate::Slot> slot = gate.Enter();
        if (!slot.ok()) {
          EXPECT_EQ(slot.error().code(), Code::kLater);
          ++turned_away;
          return;
        }
        const int now = ++inside;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
        std::this_thread::yield();
        --inside;
      });
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (turned_away < kTooMany && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(most, 0);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 2);
  EXPECT_EQ(turned_away, kTooMany);
}

}  // namespace
}  // namespace spor::auth
