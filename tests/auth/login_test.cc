// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "tests/auth/home.h"

namespace spor::auth {
namespace {

using LoginTest = AuthTest;

TEST_F(LoginTest, PasswordAndCodeGiveASessionAndAnEntry) {
  const Result<AuthService::Session> session = home.Login(home.CodeNow());
  ASSERT_TRUE(session.ok()) << session.error().message();
  EXPECT_EQ(session->token.size(), 44U);
  EXPECT_EQ(session->actor.name, kUser);
  EXPECT_EQ(session->actor.expires, home.clock.Now() + 15 * 60);
  const std::vector<SeenEvent> done = home.Events("login", "done");
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0]["factors"], "password+totp");
  EXPECT_EQ(done[0]["role"], "bootstrap");
  EXPECT_EQ(done[0]["peer_uid"], "1000");
  EXPECT_EQ(done[0]["actor"], AsText(session->actor.account));
  EXPECT_EQ(done[0]["session"], AsText(session->actor.session));
  const Result<Actor> actor = home.auth().Authenticate(AsText(session->token.Reveal()), kUid);
  ASSERT_TRUE(actor.ok());
  EXPECT_EQ(actor->account, session->actor.account);
}

struct Attempted {
  const char* name;
  const char* user;
  const char* password;
  const char* code;  // null: the right one
  const char* reason;
  bool known;  // whether the entry names an account
};

class RefusedLoginTest : public AuthTest, public ::testing::WithParamInterface<Attempted> {};

TEST_P(RefusedLoginTest, GetsTheGenericAnswerAndItsEntry) {
  const Attempted& attempted = GetParam();
  const std::string code = attempted.code == nullptr ? home.CodeNow() : attempted.code;
  const Result<AuthService::Session> session =
      home.auth().Login(attempted.user, Secret(attempted.password), code, kUid);
  ASSERT_FALSE(session.ok());
  EXPECT_CODE(kUnauthenticated, session);
  EXPECT_EQ(session.error().message(), "user name, password or code is wrong");
  const std::vector<SeenEvent> refused = home.Events("login", "refused");
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0]["reason"], attempted.reason);
  EXPECT_EQ(refused[0]["peer_uid"], "1000");
  EXPECT_EQ(refused[0].fields.contains("account"), attempted.known);
  EXPECT_EQ(home.SessionRows(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Each, RefusedLoginTest,
    ::testing::Values(Attempted{"WrongPassword", "kari.nordmann", "feil passord her", nullptr, "wrong_password", true},
                      Attempted{"EmptyPassword", "kari.nordmann", "", nullptr, "wrong_password", true},
                      Attempted{"UnknownUser", "ola", "korrekt hest batteri", nullptr, "unknown_user", false},
                      Attempted{"EmptyUser", "", "korrekt hest batteri", nullptr, "unknown_user", false},
                      Attempted{"MissingCode", "kari.nordmann", "korrekt hest batteri", "", "missing_code", true},
                      Attempted{"Spaces", "kari.nordmann", "korrekt hest batteri", "123 456", "wrong_code", true},
                      Attempted{"ShortCode", "kari.nordmann", "korrekt hest batteri", "12345", "wrong_code", true},
                      Attempted{"LongCode", "kari.nordmann", "korrekt hest batteri", "1234567", "wrong_code", true},
                      Attempted{"Letters", "kari.nordmann", "korrekt hest batteri", "abcdef", "wrong_code", true}),
    [](const auto& test) { return test.param.name; });

TEST_F(LoginTest, AWellFormedWrongCodeIsRefused) {
  EXPECT_CODE(kUnauthenticated, home.Login(home.WrongCode()));
  EXPECT_EQ(home.Refusals("wrong_code"), 1U);
}

TEST_F(LoginTest, ACodeWithSpacesAroundItIsRefused) {
  EXPECT_CODE(kUnauthenticated, home.Login(" " + home.CodeNow()));
  EXPECT_CODE(kUnauthenticated, home.Login(home.CodeNow() + "\n"));
  EXPECT_EQ(home.Refusals("wrong_code"), 2U);
}

TEST_F(LoginTest, AReplayedCodeIsRefused) {
  const std::string code = home.CodeNow();
  ASSERT_TRUE(home.Login(code).ok());
  EXPECT_CODE(kUnauthenticated, home.Login(code));
  EXPECT_EQ(home.Refusals("replayed_code"), 1U);
  EXPECT_EQ(home.SessionRows(), 1U);
}

TEST_F(LoginTest, AnEarlierCodeThanTheLastOneIsRefused) {
  const std::string earlier = home.CodeNow();
  home.clock.Advance(30);
  ASSERT_TRUE(home.Login(home.CodeNow()).ok());
  EXPECT_CODE(kUnauthenticated, home.Login(earlier));
  EXPECT_EQ(home.Refusals("replayed_code"), 1U);
}

TEST_F(LoginTest, TheCodesOfActivationAreSpent) {
  home.clock.Advance(-30);
  EXPECT_CODE(kUnauthenticated, home.Login(home.CodeNow()));
  EXPECT_EQ(home.Refusals("replayed_code"), 1U);
}

TEST_F(LoginTest, FiftyParallelLoginsWithOneCodeGiveOneSession) {
  const std::string code = home.CodeNow();
  std::atomic<int> admitted = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&] {
      const Result<AuthService::Session> session = home.Login(code);
      if (session.ok()) ++admitted;
      if (!session.ok() && session.error().code() == Code::kUnauthenticated) ++refused;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, 1);
  EXPECT_EQ(refused, 49);
  EXPECT_EQ(home.SessionRows(), 1U);
  EXPECT_EQ(home.Events("login", "done").size(), 1U);
  EXPECT_TRUE(home.auth().WriteCounted().ok());
  uint64_t recorded = 0;
  for (const SeenEvent& event : home.Events("login", "refused")) {
    EXPECT_EQ(event["reason"], "replayed_code");
    recorded += event["count"].empty() ? 1 : std::stoull(event["count"]);
  }
  EXPECT_EQ(recorded, 49U);
  // None of them counts as a wrong code: the next code logs in.
  home.clock.Advance(30);
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
}

TEST_F(LoginTest, ARestartKeepsTheSpentStep) {
  const std::string code = home.CodeNow();
  ASSERT_TRUE(home.Login(code).ok());
  home.Open();
  EXPECT_CODE(kUnauthenticated, home.Login(code));
  EXPECT_EQ(home.Refusals("replayed_code"), 1U);
}

TEST_F(LoginTest, RepeatedRefusalsAreCountedAndWrittenWhenTheMinuteIsOver) {
  for (int i = 0; i < 4; ++i) EXPECT_CODE(kUnauthenticated, home.LoginWrongly());
  EXPECT_EQ(home.Refusals("wrong_password"), 1U);
  ASSERT_TRUE(home.auth().Tick().ok());
  EXPECT_EQ(home.Refusals("wrong_password"), 1U);  // the minute is not over
  const UnixSeconds minute = home.clock.Now() / 60 * 60;
  home.clock.Set(minute + 60);
  ASSERT_TRUE(home.auth().Tick().ok());
  const std::vector<SeenEvent> refused = home.Events("login", "refused");
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(refused[1]["count"], "3");
  EXPECT_EQ(refused[1]["minute"], std::to_string(minute));
  ASSERT_TRUE(home.auth().Tick().ok());
  EXPECT_EQ(home.Refusals("wrong_password"), 2U);  // nothing twice
}

TEST_F(LoginTest, EachOriginHasItsOwnFirstRefusal) {
  EXPECT_CODE(kUnauthenticated, home.LoginWrongly(1000));
  EXPECT_CODE(kUnauthenticated, home.LoginWrongly(1001));
  EXPECT_EQ(home.Refusals("wrong_password"), 2U);
}

TEST_F(LoginTest, NoLongPasswordOrNameDoesHarm) {
  EXPECT_CODE(kUnauthenticated, home.auth().Login(std::string(1 << 16, 'k'), Secret(kPassword), home.CodeNow(), kUid));
  EXPECT_CODE(kUnauthenticated, home.auth().Login(kUser, SecretBytes(1 << 16), home.CodeNow(), kUid));
}

}  // namespace
}  // namespace spor::auth
