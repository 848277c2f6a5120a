// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/auth/home.h"

namespace spor::auth {
namespace {

// What of an account's life can be seen in a store, after opening it again.
struct Traces {
  size_t sessions = 0;
  size_t logins = 0;
  size_t logouts = 0;
  size_t activations = 0;
};

Traces TracesIn(Home& home) {
  return {home.SessionRows(), home.Events("login", "done").size(), home.Events("logout", "done").size(),
          home.Events("activation", "done").size()};
}

// One life: activation, a refused login, a login, an act, a logout, another login. Stops at the first error and says
// how many answers came back good.
struct Answers {
  size_t activations = 0;
  size_t refusals = 0;  // whose answer was the refusal itself
  size_t logins = 0;
  size_t logouts = 0;
};

Answers Live(Home& home) {
  Answers got;
  const Result<AuthService::Enrolment> enrolment = home.auth().BeginActivation(kUser, home.code);
  if (!enrolment.ok()) return got;
  home.totp = SecretFromBase32(enrolment->totp_secret);
  const UnixSeconds now = home.clock.Now();
  if (!home.auth()
           .FinishActivation(kUser, home.code, Secret(kPassword), CodeAt(home.totp, now - 30), CodeAt(home.totp, now),
                             kUid)
           .ok()) {
    return got;
  }
  ++got.activations;
  home.clock.Advance(30);
  if (StatusOf(home.LoginWrongly()).code() != Code::kUnauthenticated) return got;
  ++got.refusals;
  if (StatusOf(home.Login(home.WrongCode())).code() != Code::kUnauthenticated) return got;
  ++got.refusals;
  for (int round = 0; round < 2; ++round) {
    home.clock.Advance(30);
    const Result<AuthService::Session> session = home.Login(home.CodeNow());
    if (!session.ok()) return got;
    ++got.logins;
    const Result<Actor> actor = home.auth().Authenticate(AsText(session->token.Reveal()), kUid);
    if (!actor.ok()) return got;
    if (round == 1) break;
    if (!home.auth().Logout(*actor).ok()) return got;
    ++got.logouts;
  }
  return got;
}

class EveryWriteFails : public ::testing::TestWithParam<doubles::FaultStore::How> {};

TEST_P(EveryWriteFails, AndNothingIsThereWithoutItsEntry) {
  bool passed_untouched = false;
  for (uint64_t call = 1; !passed_untouched; ++call) {
    ASSERT_LT(call, 1000U);
    doubles::MemoryStore store;
    doubles::FaultStore faulty(store);
    Home home(faulty);
    ASSERT_NO_FATAL_FAILURE(home.Found());
    ASSERT_NO_FATAL_FAILURE(home.Open());
    faulty.FailAt(call, GetParam());
    const Answers got = Live(home);
    passed_untouched = !faulty.has_failed();
    faulty.FailAt(0, GetParam());
    home.Close();
    ASSERT_NO_FATAL_FAILURE(home.Open());

    const Traces left = TracesIn(home);
    // Every good answer has its entry; an entry more can be there, where the failure came after the write.
    EXPECT_GE(left.logins, got.logins) << call;
    EXPECT_GE(left.logouts, got.logouts) << call;
    EXPECT_GE(left.activations, got.activations) << call;
    EXPECT_GE(home.Refusals("wrong_password") + home.Refusals("wrong_code"), got.refusals) << call;
    EXPECT_LE(left.logins, got.logins + 1) << call;
    // No session without the entry of its login, none that outlives its logout.
    EXPECT_EQ(left.sessions, left.logins - left.logouts) << call;
    if (passed_untouched) {
      EXPECT_EQ(got.logins, 2U);
      EXPECT_EQ(left.sessions, 1U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BeforeOrAfter, EveryWriteFails,
                         ::testing::Values(doubles::FaultStore::How::kNotPersisted,
                                           doubles::FaultStore::How::kPersisted),
                         [](const auto& test) {
                           return test.param == doubles::FaultStore::How::kPersisted ? "Persisted" : "NotPersisted";
                         });

TEST(Evidence, NothingIsReleasedAfterTheStoreFailed) {
  doubles::MemoryStore store;
  doubles::FaultStore faulty(store);
  Home home(faulty);
  ASSERT_NO_FATAL_FAILURE(home.FoundAndActivate());
  const AuthService::Session session = home.LoggedIn();
  home.clock.Advance(30);
  faulty.FailAt(1, doubles::FaultStore::How::kNotPersisted);
  EXPECT_CODE(kIo, home.Login(home.CodeNow()));
  EXPECT_CODE(kIo, home.Login(home.CodeNow()));
  EXPECT_CODE(kIo, home.LoginWrongly());  // not even a refusal without its entry
  EXPECT_CODE(kIo, home.auth().Authenticate(std::string(44, 'A'), kUid));
  EXPECT_CODE(kIo, home.auth().Logout(session.actor));
  EXPECT_CODE(kIo, home.auth().RecordRefusal(session.actor, {"read", "unknown_purpose", {}, RandomArray<16>(), {}}));
  Actor actor = session.actor;
  actor.roles = {Role::kApprover};
  EXPECT_CODE(kIo, home.auth().Allow(actor, Action::kRead));
}

// Every byte of every file below `directory`.
std::string AllBytes(const std::string& directory) {
  std::ostringstream all;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (file.is_regular_file()) all << std::ifstream(file.path(), std::ios::binary).rdbuf();
  }
  return all.str();
}

TEST(Evidence, NoSecretAndNoNameIsInAnyByteOfTheDataDirectory) {
  doubles::TempDir dir;
  std::map<std::string, std::string> planted;
  {
    Result<std::unique_ptr<ledger::Store>> store =
        ledger::OpenRocksStore(dir / "data", {ledger::StoreOptions::Mode::kCreate});
    ASSERT_TRUE(store.ok()) << store.error().message();
    Home home(**store);
    ASSERT_NO_FATAL_FAILURE(home.FoundAndActivate());
    const AuthService::Session session = home.LoggedIn();
    EXPECT_FALSE(home.auth().Login("ola.ukjent.bruker", Secret("et hemmelig gjettet"), "123456", kUid).ok());
    EXPECT_FALSE(home.Login(home.WrongCode()).ok());
    ASSERT_TRUE(home.auth().WriteCounted().ok());
    const std::string token(AsText(session.token.Reveal()));
    const Result<Bytes> raw_token = Base64Decode(token);
    ASSERT_TRUE(raw_token.ok());
    std::string plain_code;
    for (const char c : home.code) plain_code += c == '-' ? "" : std::string(1, c);
    planted = {{"user name", std::string(kUser)},
               {"part of the user name", "nordmann"},
               {"unknown user name", "ola.ukjent.bruker"},
               {"password", std::string(kPassword)},
               {"guessed password", "et hemmelig gjettet"},
               {"password hash", "$argon2id$"},
               {"TOTP secret, base32", home.totp_base32},
               {"TOTP secret, raw", std::string(AsText(home.totp))},
               {"token", token},
               {"token, raw", std::string(AsText(*raw_token))},
               {"activation code", home.code},
               {"activation code without hyphens", plain_code},
               {"role", "bootstrap"}};
    const ledger::Family all[] = {ledger::Family::kMeta, ledger::Family::kEntry, ledger::Family::kAccount,
                                  ledger::Family::kAuditBlob, ledger::Family::kState};
    EXPECT_FALSE(AllBytes(dir / "data").empty());
    for (const auto& [what, bytes] : planted) {
      EXPECT_EQ(AllBytes(dir / "data").find(bytes), std::string::npos) << what << " in the write-ahead log";
    }
    ASSERT_TRUE((*store)->Rewrite({std::begin(all), std::end(all)}).ok());
  }
  const std::string bytes = AllBytes(dir.path());
  ASSERT_NE(bytes.find("test.example/log"), std::string::npos);  // the search can find what is in the clear
  for (const auto& [what, secret] : planted) EXPECT_EQ(bytes.find(secret), std::string::npos) << what;
}

}  // namespace
}  // namespace spor::auth
