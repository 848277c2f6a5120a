// SPDX-License-Identifier: Apache-2.0
#include "auth/session.h"

#include <algorithm>
#include <thread>

#include "tests/auth/home.h"

namespace spor::auth {
namespace {

class SessionTest : public AuthTest {
 protected:
  void SetUp() override {
    AuthTest::SetUp();
    session = home.LoggedIn();
    token = std::string(AsText(session.token.Reveal()));
  }
  Result<Actor> Authenticate(uint32_t uid = kUid) { return home.auth().Authenticate(token, uid); }
  // Submits one event as this session, as every command of the service does.
  Status Act(const Actor& actor) {
    ledger::Proposal proposal;
    const Id16 seal_id = RandomArray<16>();
    ASSIGN_OR_RETURN(ledger::SealedSection section,
                     home.audit().Seal(AuditClass::kAccess, seal_id, 0, AuditFields(&actor, "read", "done")));
    proposal.entries.push_back({ledger::EntryKind::kEvent, seal_id, {section}, {}});
    const std::unique_ptr<ledger::Precondition> valid = home.auth().StillValid(actor);
    proposal.precondition = valid.get();
    return home.ledger().Submit(std::move(proposal)).status();
  }
  AuthService::Session session;
  std::string token;
};

TEST_F(SessionTest, LastsWhileItIsUsed) {
  for (int i = 0; i < 10; ++i) {
    home.clock.Advance(14 * 60);
    EXPECT_TRUE(Authenticate().ok()) << i;
  }
}

TEST_F(SessionTest, EndsAfterFifteenIdleMinutes) {
  home.clock.Advance(15 * 60 - 1);
  EXPECT_TRUE(Authenticate().ok());
  home.clock.Advance(15 * 60);
  EXPECT_CODE(kUnauthenticated, Authenticate());
  const std::vector<SeenEvent> refused = home.Events("authenticate", "refused");
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0]["reason"], "session_idle");
  EXPECT_EQ(refused[0]["account"], AsText(session.actor.account));
  ASSERT_TRUE(home.auth().Tick().ok());
  EXPECT_EQ(home.SessionRows(), 0U);
}

TEST_F(SessionTest, EndsAfterEightHoursHoweverBusy) {
  const UnixSeconds end = home.clock.Now() + 8 * 3600;
  while (home.clock.Now() + 600 < end) {
    home.clock.Advance(600);
    ASSERT_TRUE(Authenticate().ok());
  }
  home.clock.Set(end - 1);
  const Result<Actor> last = Authenticate();
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->expires, end);
  home.clock.Set(end);
  EXPECT_CODE(kUnauthenticated, Authenticate());
  EXPECT_EQ(home.Refusals("session_too_old"), 1U);
  EXPECT_CODE(kUnauthenticated, Act(*last));
  EXPECT_TRUE(home.Events("read", "done").empty());
}

TEST_F(SessionTest, BelongsToOnePeer) {
  EXPECT_CODE(kUnauthenticated, Authenticate(1001));
  EXPECT_EQ(home.Refusals("foreign_peer"), 1U);
  EXPECT_TRUE(Authenticate().ok());
}

TEST_F(SessionTest, AForeignPeerDoesNotKeepItAlive) {
  home.clock.Advance(14 * 60);
  EXPECT_FALSE(Authenticate(1001).ok());
  home.clock.Advance(60);
  EXPECT_FALSE(Authenticate().ok());
}

TEST_F(SessionTest, UnknownTokensAreRefusedAndCounted) {
  std::string other = token;
  other[0] = other[0] == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {std::string(), other, token + "=", token.substr(1), std::string(100000, 'A')}) {
    EXPECT_CODE(kUnauthenticated, home.auth().Authenticate(wrong, kUid));
  }
  EXPECT_EQ(home.Refusals("unknown_session"), 1U);
  ASSERT_TRUE(home.auth().WriteCounted().ok());
  const std::vector<SeenEvent> refused = home.Events("authenticate", "refused");
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(refused[1]["count"], "4");
}

TEST_F(SessionTest, LogoutEndsItForGood) {
  const Result<Actor> actor = Authenticate();
  ASSERT_TRUE(actor.ok());
  EXPECT_TRUE(home.auth().Logout(*actor).ok());
  EXPECT_EQ(home.Events("logout", "done").size(), 1U);
  EXPECT_EQ(home.SessionRows(), 0U);
  EXPECT_CODE(kUnauthenticated, Authenticate());
  EXPECT_CODE(kUnauthenticated, home.auth().Logout(*actor));
  EXPECT_CODE(kUnauthenticated, Act(*actor));
  home.Open();
  EXPECT_CODE(kUnauthenticated, Authenticate());
}

TEST_F(SessionTest, NoActComesAfterItsLogout) {
  const Actor actor = session.actor;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      while (Act(actor).ok()) {
        home.clock.Advance(1);  // so that each use writes the session's row
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(home.auth().Logout(actor).ok());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(home.SessionRows(), 0U);
  const std::vector<SeenEvent> events = home.Events();
  EXPECT_EQ(events.back()["action"], "logout");
}

TEST_F(SessionTest, ARestartKeepsItWithItsIdleTime) {
  home.clock.Advance(10 * 60);
  ASSERT_TRUE(Act(session.actor).ok());
  home.Open();
  home.clock.Advance(15 * 60 - 1);
  EXPECT_TRUE(Authenticate().ok());
  home.Open();  // a use that was never written is forgotten: more idle, never less
  home.clock.Advance(1);
  EXPECT_CODE(kUnauthenticated, Authenticate());
}

TEST_F(SessionTest, TickWritesTheLastUse) {
  home.clock.Advance(10 * 60);
  ASSERT_TRUE(Authenticate().ok());
  ASSERT_TRUE(home.auth().Tick().ok());
  home.Open();
  home.clock.Advance(15 * 60 - 1);
  EXPECT_TRUE(Authenticate().ok());
}

TEST_F(SessionTest, IsCheckedAgainWhenItsActIsWritten) {
  const Result<Actor> actor = Authenticate();
  ASSERT_TRUE(actor.ok());
  home.clock.Advance(15 * 60);
  EXPECT_CODE(kUnauthenticated, Act(*actor));
  EXPECT_TRUE(home.Events("read", "done").empty());
}

TEST_F(SessionTest, ARoleThatMovedMeansDecideAgain) {
  Actor actor = session.actor;
  actor.roles.push_back(Role::kDpo);
  EXPECT_CODE(kConflict, Act(actor));
}

TEST_F(SessionTest, ARowMovedToAnotherTokenDoesNotOpen) {
  doubles::MemoryStore::Rows& rows = store.Table(ledger::Family::kAccount);
  const auto row = std::find_if(rows.begin(), rows.end(), [](const auto& r) { return r.first.front() == 's'; });
  ASSERT_NE(row, rows.end());
  Bytes key = row->first;
  key.back() ^= 1;
  rows[key] = row->second;
  EXPECT_CODE(kCorrupt, home.TryOpen());
}

TEST_F(SessionTest, WhatARoleMayNotDoIsRefusedAndRecorded) {
  Actor actor = session.actor;
  actor.roles = {Role::kCaseWorker};
  EXPECT_TRUE(home.auth().Allow(actor, Action::kRead).ok());
  EXPECT_CODE(kDenied, home.auth().Allow(actor, Action::kRunRetention));
  const std::vector<SeenEvent> refused = home.Events("retention_run", "refused");
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0]["reason"], "role");
  EXPECT_EQ(refused[0]["role"], "case-worker");
  EXPECT_EQ(refused[0]["actor"], AsText(actor.account));
}

TEST_F(SessionTest, RecordedRefusalsCarryMoreAndASubject) {
  const ledger::UnitId unit = RandomArray<16>();
  const SecretBytes seal_key = ledger::SealKey(home.ledger_id(), ledger::UnitKey::Random());
  AuthService::Refusal refusal{"read", "field_outside_purpose", {ledger::TextField("purpose", "support")}, {}, {}};
  refusal.seal_id = RandomArray<16>();
  const ledger::SealContext context{home.ledger_id(), ledger::EntryKind::kEvent, refusal.seal_id, 1, unit};
  refusal.subject = ledger::SealSection(context, seal_key.Reveal(), ledger::BlobPlace::kSubject,
                                        {ledger::TextField("reason", "spoerring")});
  ASSERT_TRUE(home.auth().RecordRefusal(session.actor, std::move(refusal)).ok());
  const std::vector<SeenEvent> refused = home.Events("read", "refused");
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0]["purpose"], "support");
  EXPECT_EQ(refused[0]["reason"], "field_outside_purpose");
  const Result<ledger::Entry> entry = home.ledger().reader().EntryAt(refused[0].entry);
  ASSERT_TRUE(entry.ok());
  ASSERT_EQ(entry->sections.size(), 2U);
  EXPECT_EQ(entry->sections[1].tag, ledger::SectionTag(context, seal_key.Reveal()));
}

TEST_F(SessionTest, AFloodOfRefusalsHasToWait) {
  for (int i = 0; i < 120; ++i) {
    EXPECT_TRUE(home.auth().RecordRefusal(session.actor, {"read", "unknown_purpose", {}, RandomArray<16>(), {}}).ok());
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_CODE(kLater,
                home.auth().RecordRefusal(session.actor, {"read", "unknown_purpose", {}, RandomArray<16>(), {}}));
  }
  home.clock.Advance(60);
  EXPECT_TRUE(home.auth().RecordRefusal(session.actor, {"read", "unknown_purpose", {}, RandomArray<16>(), {}}).ok());
  ASSERT_TRUE(home.auth().Tick().ok());
  const std::vector<SeenEvent> refused = home.Events("read", "refused");
  ASSERT_EQ(refused.size(), 122U);
  EXPECT_EQ(refused.back()["count"], "3");
  EXPECT_EQ(refused.back()["account"], AsText(session.actor.account));
}

}  // namespace
}  // namespace spor::auth
