// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <set>
#include <thread>

#include "auth/account.h"
#include "auth/login_limits.h"
#include "tests/auth/home.h"

namespace spor::auth {
namespace {

class RecoveryTest : public AuthTest {
 protected:
  Result<AuthService::Session> LoginWith(std::string_view code, std::string_view password = kPassword) {
    return home.auth().LoginWithRecoveryCode(kUser, Secret(password), code, kUid);
  }
};

TEST_F(RecoveryTest, TenCodesEachOnceAlsoAfterARestart) {
  ASSERT_EQ(home.recovery_codes.size(), 10U);
  EXPECT_EQ(std::set<std::string>(home.recovery_codes.begin(), home.recovery_codes.end()).size(), 10U);
  for (const std::string& code : home.recovery_codes) {
    EXPECT_TRUE(LoginWith(code).ok()) << code;
    home.Open();
    EXPECT_CODE(kUnauthenticated, LoginWith(code));
    home.clock.Advance(kLongestOriginWait);
  }
  const std::vector<SeenEvent> logins = home.Events("login", "done");
  ASSERT_EQ(logins.size(), 10U);
  EXPECT_EQ(logins[0]["factors"], "password+recovery_code");
  EXPECT_EQ(logins[0]["recovery_codes_left"], "9");
  EXPECT_EQ(logins[9]["recovery_codes_left"], "0");
}

TEST_F(RecoveryTest, IsTypedInAnyForm) {
  std::string code = home.recovery_codes[0];
  for (char& c : code) c = c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  EXPECT_TRUE(LoginWith(code).ok());
}

TEST_F(RecoveryTest, NeedsThePassword) {
  EXPECT_CODE(kUnauthenticated, LoginWith(home.recovery_codes[0], "feil passord her"));
  EXPECT_TRUE(LoginWith(home.recovery_codes[0]).ok());
}

TEST_F(RecoveryTest, OtherCodesAreRefusedAndMakeTheirOriginWait) {
  for (const std::string& wrong :
       {std::string(), home.CodeNow(), home.code, home.recovery_codes[0].substr(1), NewActivationCode()}) {
    EXPECT_CODE(kUnauthenticated, LoginWith(wrong));
  }
  EXPECT_CODE(kLater, LoginWith(home.recovery_codes[0]));
  EXPECT_EQ(home.Refusals("wrong_recovery_code"), 1U);
  EXPECT_CODE(kUnauthenticated, home.auth().Login(kUser, Secret(kPassword), home.recovery_codes[0], kUid + 1));
}

TEST_F(RecoveryTest, OfParallelLoginsWithOneCodeOneIsTaken) {
  std::atomic<int> in{0};
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      in += home.auth().LoginWithRecoveryCode(kUser, Secret(kPassword), home.recovery_codes[0], kUid + i).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(in, 1);
}

TEST_F(RecoveryTest, LetsInWhomSomebodyElseShutOutByGuessing) {
  for (uint32_t i = 0; i < kSuspendAfterCodes; ++i) {
    EXPECT_CODE(kUnauthenticated, home.Login(home.WrongCode()));
    home.clock.Advance(kLongestPause);
  }
  EXPECT_CODE(kUnauthenticated, home.Login(home.CodeNow()));
  EXPECT_TRUE(LoginWith(home.recovery_codes[0]).ok());
  EXPECT_TRUE(home.Login(home.CodeNow()).ok()) << "and the second factor works again";
}

// ---- new codes ----

TEST_F(RecoveryTest, NewCodesWantAFreshOneTimeCodeAndEndTheOldOnes) {
  const AuthService::Session session = home.LoggedIn();
  EXPECT_CODE(kUnauthenticated, home.auth().RenewRecoveryCodes(session.actor, home.CodeNow()));  // that of the login
  home.clock.Advance(30);
  const Result<RecoveryCodes> fresh = home.auth().RenewRecoveryCodes(session.actor, home.CodeNow());
  ASSERT_TRUE(fresh.ok()) << fresh.error().message();
  EXPECT_EQ(fresh->size(), 10U);
  EXPECT_CODE(kUnauthenticated, home.auth().RenewRecoveryCodes(session.actor, home.CodeNow()));
  EXPECT_CODE(kUnauthenticated, home.Login(home.CodeNow()));
  EXPECT_CODE(kUnauthenticated, LoginWith(home.recovery_codes[0]));
  EXPECT_TRUE(LoginWith(fresh->front()).ok());
  EXPECT_EQ(home.Events("recovery_codes", "done").size(), 1U);
  EXPECT_EQ(home.Events("recovery_codes", "refused").size(), 2U);
}

TEST_F(RecoveryTest, GuessingAtTheOneTimeCodePausesAsAtALogin) {
  const AuthService::Session session = home.LoggedIn();
  for (uint32_t i = 0; i < kPauseAfterCodes; ++i) {
    EXPECT_CODE(kUnauthenticated, home.auth().RenewRecoveryCodes(session.actor, home.WrongCode()));
  }
  EXPECT_CODE(kLater, home.auth().RenewRecoveryCodes(session.actor, home.CodeNow()));
  EXPECT_CODE(kLater, home.Login(home.CodeNow()));
  EXPECT_TRUE(LoginWith(home.recovery_codes[0]).ok());
}

TEST_F(RecoveryTest, AnEndedSessionMakesNone) {
  const AuthService::Session session = home.LoggedIn();
  ASSERT_TRUE(home.auth().Logout(session.actor).ok());
  home.clock.Advance(30);
  EXPECT_CODE(kUnauthenticated, home.auth().RenewRecoveryCodes(session.actor, home.CodeNow()));
  EXPECT_TRUE(LoginWith(home.recovery_codes[0]).ok());
}

}  // namespace
}  // namespace spor::auth
