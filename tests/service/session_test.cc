// SPDX-License-Identifier: Apache-2.0
#include "tests/service/world_fixture.h"

// Sessions and codes as a client of the API meets them.
namespace spor::service {
namespace {

class SessionTest : public WorldTest {
 protected:
  int Answer(const HttpResponse& response) {
    last = response.body;
    return response.status;
  }
  HttpResponse WhoAmI() { return world.Call("GET", "/v1/whoami", "", world.token); }
  HttpResponse Login(const std::string& code, const std::string& password) {
    std::string body = "{\"user\":\"" + world.user + "\",\"password\":\"" + password + "\"";
    if (!code.empty()) body += ",\"totp\":\"" + code + "\"";
    return world.Call("POST", "/v1/login", body + "}", "");
  }
  HttpResponse Login(const std::string& code) { return Login(code, world.password); }
  // A well-formed code of no step in the window.
  std::string WrongCode() const {
    for (int guess = 0;; ++guess) {
      const std::string code = std::to_string(1000000 + guess).substr(1);
      bool near = false;
      for (int step : {-30, 0, 30}) near |= code == World::CodeOf(world.totp, world.clock.Now() + step);
      if (!near) return code;
    }
  }
  size_t RefusedLogins() const { return world.AuditSections("login", "refused").size(); }

  std::string last;
};

TEST_F(SessionTest, ASessionWorksUntilItHasBeenIdleForAQuarterOfAnHour) {
  EXPECT_EQ(Answer(WhoAmI()), 200);
  world.clock.Advance(15 * 60 - 1);
  EXPECT_EQ(Answer(WhoAmI()), 200);
  world.clock.Advance(15 * 60);
  EXPECT_EQ(Answer(WhoAmI()), 401);
  EXPECT_NE(last.find("unauthenticated"), std::string::npos);
  EXPECT_EQ(Refusals("authenticate", "session_idle"), 1u);
}

TEST_F(SessionTest, ASessionEndsAfterEightHoursHoweverBusy) {
  for (int quarter = 0; quarter < 32; ++quarter) {
    EXPECT_EQ(Answer(WhoAmI()), 200) << quarter;
    world.clock.Advance(14 * 60 + 59);
  }
  world.clock.Advance(14 * 60);
  EXPECT_EQ(Answer(WhoAmI()), 401);
  EXPECT_EQ(Refusals("authenticate", "session_too_old"), 1u);
}

TEST_F(SessionTest, EveryCallThatNeedsASessionIsRefusedWithoutOne) {
  world.clock.Advance(16 * 60);
  const uint64_t people = static_cast<uint64_t>(world.parts().subjects->people());
  for (const char* target : {"read",
                             "import/begin",
                             "import/chunk",
                             "import/end",
                             "clock/begin",
                             "clock/chunk",
                             "clock/end",
                             "ingest",
                             "retention/plan",
                             "retention/run",
                             "certificate",
                             "review",
                             "extract",
                             "keys/slots/add",
                             "keys/slots/remove",
                             "keys/rotate",
                             "accounts/invite",
                             "accounts/show",
                             "accounts/suspend",
                             "accounts/resume",
                             "accounts/remove",
                             "accounts/roles",
                             "sessions/end",
                             "recovery-codes",
                             "logout"}) {
    for (const std::string& token : {world.token, std::string(), std::string("nonsense")}) {
      EXPECT_EQ(Answer(world.Call("POST", std::string("/v1/") + target, "{}", token)), 401) << target;
    }
  }
  EXPECT_EQ(Answer(world.Call("GET", "/v1/retention/status", "", world.token)), 401);
  EXPECT_EQ(static_cast<uint64_t>(world.parts().subjects->people()), people);
}

TEST_F(SessionTest, ASessionThatEndsBetweenDecisionAndWriteGivesNothing) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  const auth::Actor actor = world.actor;
  ASSERT_WORKS(world.auth().Logout(actor));
  EXPECT_CODE(kUnauthenticated, world.Read("external_id:1", "newsletter"));
  EXPECT_CODE(kUnauthenticated, world.Ingest(EventLine("e1", "1")));
  EXPECT_CODE(kUnauthenticated, world.StartClock("marketing_opt_out", {{"1", "2026-11-24"}}));
  EXPECT_CODE(kUnauthenticated, world.Import("contact", kContactColumns, {ContactRow("2")}));
  EXPECT_CODE(kUnauthenticated, world.Run());
  EXPECT_EQ(world.AuditSections("read", "done").size(), 0u);
  EXPECT_EQ(world.memory->Table(ledger::Family::kEventId).size(), 0u);
}

TEST_F(SessionTest, ACodeWorksOnce) {
  EXPECT_EQ(Answer(Login(world.CodeNow())), 401) << "it was used by the login of the fixture";
  world.clock.Advance(30);
  EXPECT_EQ(Answer(Login(world.CodeNow())), 200);
  EXPECT_EQ(Answer(Login(world.CodeNow())), 401);
  EXPECT_EQ(Refusals("login", "replayed_code"), RefusedLogins());
  EXPECT_GT(RefusedLogins(), 0u);
}

TEST_F(SessionTest, AWrongOrMissingCodeIsRefusedLikeAWrongPassword) {
  world.clock.Advance(30);
  std::set<std::string> answers;
  EXPECT_EQ(Answer(Login(WrongCode())), 401);
  answers.insert(last);
  EXPECT_EQ(Answer(Login("")), 401);
  answers.insert(last);
  EXPECT_EQ(Answer(Login("12345")), 401);
  answers.insert(last);
  EXPECT_EQ(Answer(Login(world.CodeNow(), "not the password")), 401);
  answers.insert(last);
  EXPECT_EQ(answers.size(), 1u) << "the answer tells what was wrong";
  ASSERT_WORKS(world.auth().WriteCounted());
  uint64_t recorded = 0;
  for (const SeenSection& section : world.AuditSections("login", "refused")) {
    recorded += section["count"].empty() ? 1 : std::stoull(section["count"]);
  }
  EXPECT_EQ(recorded, 4u);
  EXPECT_EQ(Answer(Login(world.CodeNow())), 200) << "a wrong try locks nobody out";
}

TEST_F(SessionTest, AStolenTokenOfAnotherUserIdIsRefused) {
  HttpRequest request;
  request.method = "GET";
  request.target = "/v1/whoami";
  request.bearer_token = world.token;
  request.peer_uid = World::kUid + 1;
  EXPECT_EQ(Answer(Api(world.home()).Handle(request)), 401);
  EXPECT_EQ(Refusals("authenticate", "foreign_peer"), 1u);
  EXPECT_EQ(Answer(WhoAmI()), 200);
}

TEST_F(SessionTest, RefusedReadsAnswerWithWhatToAskInstead) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  const auto read = [&](const std::string& more) {
    return world.Call("POST", "/v1/read", R"({"subject":"external_id:1","reason":"case")" + more + "}", world.token);
  };
  EXPECT_EQ(Answer(read(R"(,"purpose":"recruitment")")), 403);
  EXPECT_NE(last.find("newsletter"), std::string::npos);
  EXPECT_EQ(Answer(read("")), 400);
  EXPECT_NE(last.find("--purpose"), std::string::npos);
  EXPECT_EQ(Answer(read(R"(,"purpose":"newsletter","fields":["gender"])")), 403);
  EXPECT_NE(last.find("first_name"), std::string::npos);
  EXPECT_EQ(Answer(read(R"(,"purpose":"newsletter","category":"contact")")), 200);
  EXPECT_NE(last.find("Fornavn1"), std::string::npos);
  EXPECT_EQ(last.find("9001"), std::string::npos) << "the newsletter needs no phone";
}

}  // namespace
}  // namespace spor::service
