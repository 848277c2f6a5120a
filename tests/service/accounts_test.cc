// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "auth/login_limits.h"
#include "tests/service/world_fixture.h"

// Accounts from the invitation to their end, as a second person makes them possible.
namespace spor::service {
namespace {

using auth::AccountKeeper;
using auth::AccountState;
using auth::Role;
using doubles::Colleague;

class AccountsTest : public WorldTest {
 protected:
  AccountKeeper& Accounts() { return world.home().accounts(); }
  Colleague Join(const std::string& user, const std::vector<Role>& roles) { return Join(world.actor, user, roles); }
  Colleague Join(const auth::Actor& by, const std::string& user, const std::vector<Role>& roles) {
    Result<Colleague> joined = world.Join(by, user, roles);
    EXPECT_TRUE(joined.ok()) << joined.status().message();
    CHECK(joined.ok());
    return std::move(*joined);
  }
  std::string WhoAmI(const std::string& token) { return world.Call("GET", "/v1/whoami", "", token).body; }
  bool HeadSaysBootstrap() {
    EXPECT_TRUE(world.ledger().Publish().ok());
    const auto head = ledger::NewestHead(world.ledger().reader(), world.ledger().size() - 1);
    CHECK(head.ok());
    return (head->body.flags & ledger::kFlagBootstrap) != 0;
  }
  size_t Rows(uint8_t prefix) const {
    return static_cast<size_t>(std::count_if(world.memory->Table(ledger::Family::kAccount).begin(),
                                             world.memory->Table(ledger::Family::kAccount).end(),
                                             [&](const auto& row) { return row.first.front() == prefix; }));
  }
};

// ---- the second person ----

TEST_F(AccountsTest, BootstrapEndsWhenAnotherAccountCanAdminister) {
  EXPECT_TRUE(HeadSaysBootstrap());
  const auto invitation = Accounts().Invite(world.actor, "ola", {Role::kSecurityAdmin});
  ASSERT_WORKS(invitation);
  EXPECT_TRUE(HeadSaysBootstrap()) << "an invitation alone changes nothing";
  ASSERT_WORKS(world.ActivateWith("ola", invitation->code, "fire ord som ingen gjetter"));
  EXPECT_FALSE(HeadSaysBootstrap());
  EXPECT_NE(WhoAmI(world.token).find("\"roles\":[]"), std::string::npos) << WhoAmI(world.token);
  EXPECT_EQ(world.Call("POST", "/v1/retention/run", "", world.token).status, 403);
  const std::vector<SeenSection> activations = world.AuditSections("activation", "done");
  ASSERT_EQ(activations.size(), 2u);
  EXPECT_EQ(activations[0]["bootstrap_ended"], "");
  EXPECT_EQ(activations[1]["bootstrap_ended"], AsText(world.actor.account));
  EXPECT_EQ(activations[1]["actor"], AsText(invitation->account.id));
}

TEST_F(AccountsTest, TheFirstAccountGetsTheRolesThatTheSecondGivesIt) {
  const Colleague ola = Join("ola", {Role::kSecurityAdmin});
  ASSERT_WORKS(Accounts().ChangeRoles(ola.actor, world.user, {Role::kDpo, Role::kOperator}, {}, "first steps"));
  EXPECT_NE(WhoAmI(world.token).find(R"("roles":["operator","dpo"])"), std::string::npos) << WhoAmI(world.token);
  EXPECT_EQ(world.Call("POST", "/v1/retention/run", "", world.token).status, 200);
  ASSERT_WORKS(world.Open());
  EXPECT_FALSE(HeadSaysBootstrap());
  EXPECT_NE(WhoAmI(world.token).find(R"("roles":["operator","dpo"])"), std::string::npos);
}

TEST_F(AccountsTest, BootstrapStaysWhileNobodyElseCanAdminister) {
  const Colleague per = Join("per", {Role::kOperator});
  EXPECT_TRUE(HeadSaysBootstrap());
  ASSERT_WORKS(Accounts().ChangeRoles(world.actor, "per", {Role::kSecurityAdmin}, {}, "takes over"));
  EXPECT_FALSE(HeadSaysBootstrap());
  const std::vector<SeenSection> changes = world.AuditSections("account_roles", "done");
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0]["bootstrap_ended"], AsText(world.actor.account));
  EXPECT_EQ(changes[0]["roles_before"], "operator");
  EXPECT_EQ(changes[0]["roles"], "operator\nsecurity-admin");
}

// ---- invitations ----

TEST_F(AccountsTest, ACodeWorksOnceForItsNameAndSevenDays) {
  const auto ola = Accounts().Invite(world.actor, "ola", {Role::kOperator});
  ASSERT_WORKS(ola);
  EXPECT_EQ(ola->account.code_expires, world.clock.Now() + 7 * 24 * 3600);
  EXPECT_CODE(kUnauthenticated, world.auth().BeginActivation("per", ola->code));
  EXPECT_EQ(Refusals("activation_begin", "other_user_name"), 1u);
  ASSERT_WORKS(world.ActivateWith("ola", ola->code, world.password));
  EXPECT_CODE(kUnauthenticated, world.auth().BeginActivation("ola", ola->code));

  const auto per = Accounts().Invite(world.actor, "per", {Role::kOperator});
  ASSERT_WORKS(per);
  world.clock.Advance(7 * 24 * 3600 - 1);
  ASSERT_WORKS(world.auth().BeginActivation("per", per->code));
  world.clock.Advance(1);
  EXPECT_CODE(kUnauthenticated, world.auth().BeginActivation("per", per->code));
  EXPECT_EQ(Refusals("activation_begin", "activation_code_expired"), 1u);
}

TEST_F(AccountsTest, InvitingAgainEndsTheOldCodeAndItsRoles) {
  const auto first = Accounts().Invite(world.actor, "ola", {Role::kSecurityAdmin});
  const auto second = Accounts().Invite(world.actor, "ola", {Role::kCaseWorker});
  ASSERT_WORKS(second);
  EXPECT_EQ(second->account.id, first->account.id);
  EXPECT_CODE(kUnauthenticated, world.auth().BeginActivation("ola", first->code));
  ASSERT_WORKS(world.ActivateWith("ola", second->code, world.password));
  EXPECT_TRUE(HeadSaysBootstrap());
  EXPECT_CODE(kConflict, Accounts().Invite(world.actor, "ola", {Role::kOperator}));
  EXPECT_EQ(Refusals("account_invite", "user_name_taken"), 1u);
}

TEST_F(AccountsTest, AnInvitationSurvivesARestart) {
  const auto ola = Accounts().Invite(world.actor, "ola", {Role::kDpo});
  ASSERT_WORKS(ola);
  ASSERT_WORKS(world.Open());
  ASSERT_WORKS(world.ActivateWith("ola", ola->code, world.password));
}

TEST_F(AccountsTest, RolesThatNobodyCanBeGivenAreRefusedAndRecorded) {
  EXPECT_CODE(kInvalidArgument, Accounts().Invite(world.actor, "ola", {Role::kBootstrap}));
  EXPECT_CODE(kInvalidArgument, Accounts().Invite(world.actor, "ola", {Role::kApprover, Role::kOperator}));
  EXPECT_CODE(kInvalidArgument, Accounts().Invite(world.actor, "ola", {}));
  EXPECT_CODE(kInvalidArgument, Accounts().Invite(world.actor, "o l a", {Role::kOperator}));
  EXPECT_EQ(Refusals("account_invite", "role_not_assignable"), 1u);
  EXPECT_EQ(Refusals("account_invite", "roles_exclude_each_other"), 1u);
  EXPECT_EQ(world.auth().AccountCount(), 1u);
  const Colleague per = Join("per", {Role::kOperator});
  EXPECT_CODE(kInvalidArgument, Accounts().ChangeRoles(world.actor, "per", {Role::kAuditor}, {}, "r"));
  EXPECT_CODE(kInvalidArgument, Accounts().ChangeRoles(world.actor, "per", {Role::kBootstrap}, {}, "r"));
  EXPECT_CODE(kInvalidArgument, Accounts().ChangeRoles(world.actor, "per", {Role::kOperator}, {}, "r"));
  EXPECT_CODE(kInvalidArgument, Accounts().ChangeRoles(world.actor, "per", {Role::kDpo}, {}, ""));
  EXPECT_CODE(kNotFound, Accounts().ChangeRoles(world.actor, "nobody", {Role::kDpo}, {}, "r"));
  EXPECT_EQ(Refusals("account_roles", "roles_exclude_each_other"), 1u);
  EXPECT_EQ(Refusals("account_roles", "role_not_assignable"), 1u);
  EXPECT_EQ(Refusals("account_roles", "nothing_to_change"), 1u);
  EXPECT_EQ(Refusals("account_roles", "unknown_account"), 1u);
  EXPECT_TRUE(world.AuditSections("account_roles", "done").empty());
}

// ---- nobody his own, and never the last ----

TEST_F(AccountsTest, NobodyChangesHisOwnAccount) {
  for (const bool alone : {true, false}) {
    auth::Actor admin = world.actor;
    if (!alone) {
      const Colleague ola = Join("ola", {Role::kSecurityAdmin});
      const Colleague eva = Join(ola.actor, "eva", {Role::kSecurityAdmin});
      admin = ola.actor;
    }
    const Code code = alone ? Code::kConflict : Code::kDenied;
    EXPECT_EQ(Accounts().ChangeRoles(admin, admin.name, {Role::kDpo}, {}, "r").error().code(), code);
    EXPECT_EQ(Accounts().ChangeRoles(admin, admin.name, {}, admin.roles, "r").error().code(), code);
    EXPECT_EQ(Accounts().Suspend(admin, admin.name, "r").error().code(), code);
    EXPECT_EQ(Accounts().Remove(admin, admin.name, "r").error().code(), code);
  }
  EXPECT_EQ(Refusals("account_roles", "last_administrator"), 2u);
  EXPECT_EQ(Refusals("account_roles", "own_account"), 2u);
  EXPECT_EQ(Refusals("account_remove", "own_account"), 1u);
}

TEST_F(AccountsTest, OfTwoWhoRemoveEachOtherAtOnceOneStays) {
  Colleague ola = Join("ola", {Role::kSecurityAdmin});
  Colleague eva = Join(ola.actor, "eva", {Role::kSecurityAdmin});
  for (int round = 0; round < 20; ++round) {
    Status of_eva, of_ola;
    std::thread one([&] { of_eva = Accounts().Suspend(ola.actor, "eva", "r").status(); });
    std::thread other([&] { of_ola = Accounts().Suspend(eva.actor, "ola", "r").status(); });
    one.join();
    other.join();
    ASSERT_NE(of_eva.ok(), of_ola.ok()) << round;
    Colleague& stays = of_eva.ok() ? ola : eva;
    Colleague& out = of_eva.ok() ? eva : ola;
    ASSERT_WORKS(Accounts().Resume(stays.actor, out.user, "next round"));
    ASSERT_WORKS(world.Login(out));
  }
}

TEST_F(AccountsTest, OnlyWhoMayAdministerDoes) {
  const Colleague per = Join("per", {Role::kOperator});
  const Colleague dpo = Join("dpo", {Role::kDpo});
  for (const Colleague* who : {&per, &dpo}) {
    EXPECT_CODE(kDenied, Accounts().Invite(who->actor, "eva", {Role::kOperator}));
    EXPECT_CODE(kDenied, Accounts().ChangeRoles(who->actor, world.user, {Role::kDpo}, {}, "r"));
    EXPECT_CODE(kDenied, Accounts().Suspend(who->actor, world.user, "r"));
    EXPECT_CODE(kDenied, Accounts().Resume(who->actor, world.user, "r"));
    EXPECT_CODE(kDenied, Accounts().Remove(who->actor, world.user, "r"));
  }
  EXPECT_EQ(Refusals("accounts", "role"), 10u);
  EXPECT_CODE(kDenied, Accounts().List(per.actor));
  ASSERT_WORKS(Accounts().List(dpo.actor));
  EXPECT_EQ(world.AuditSections("account_list", "done").size(), 1u);
  EXPECT_EQ(Refusals("list_accounts", "role"), 1u);
}

// ---- at once ----

TEST_F(AccountsTest, ARemovedRoleIsGoneForTheNextCall) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("K1")}));
  const Colleague per = Join("per", {Role::kOperator});
  const std::string read = R"({"subject":"external_id:K1","purpose":"newsletter","reason":"case 1"})";
  EXPECT_EQ(world.Call("POST", "/v1/read", read, per.token).status, 200);
  ASSERT_WORKS(Accounts().ChangeRoles(world.actor, "per", {}, {Role::kOperator}, "another task"));
  EXPECT_EQ(world.Call("POST", "/v1/read", read, per.token).status, 403);
  // What was decided before the change and comes to be written after it.
  EXPECT_CODE(kConflict, world.home().reader().Read(per.actor, {"external_id:K1", "newsletter", "case 1", "", {}}));
  EXPECT_EQ(world.AuditSections("read", "done").size(), 1u);
}

TEST_F(AccountsTest, EveryReadIsBeforeTheChangeOfRolesOrRefused) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("K1")}));
  const Colleague per = Join("per", {Role::kOperator});
  for (int round = 0; round < 5; ++round) {
    const Result<auth::Actor> actor = world.Now(per.token);
    ASSERT_WORKS(actor);
    std::atomic<int> reads{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        while (world.home().reader().Read(*actor, {"external_id:K1", "newsletter", "case 1", "", {}}).ok()) ++reads;
      });
    }
    while (reads < 20) std::this_thread::yield();
    ASSERT_WORKS(Accounts().ChangeRoles(world.actor, "per", {}, {Role::kOperator}, "r"));
    for (std::thread& thread : threads) thread.join();
    const std::vector<SeenSection> sections = world.AuditSections();
    EXPECT_EQ(sections.back()["action"], "account_roles") << round;
    ASSERT_WORKS(Accounts().ChangeRoles(world.actor, "per", {Role::kOperator}, {}, "r"));
  }
}

TEST_F(AccountsTest, SuspendingEndsSessionsAndLoginsAtOnce) {
  Colleague per = Join("per", {Role::kOperator});
  ASSERT_WORKS(Accounts().Suspend(world.actor, "per", "leave"));
  EXPECT_EQ(world.Call("GET", "/v1/whoami", "", per.token).status, 401);
  EXPECT_CODE(kUnauthenticated, world.Login(per));
  EXPECT_EQ(Refusals("login", "account_suspended"), 1u);
  EXPECT_EQ(Rows('s'), 1u) << "the administrator's";
  EXPECT_CODE(kConflict, Accounts().Suspend(world.actor, "per", "again"));
  ASSERT_WORKS(world.Open());
  EXPECT_CODE(kUnauthenticated, world.Login(per));
  ASSERT_WORKS(Accounts().Resume(world.actor, "per", "back"));
  EXPECT_EQ(world.Call("GET", "/v1/whoami", "", per.token).status, 401) << "a session that ended stays so";
  ASSERT_WORKS(world.Login(per));
  EXPECT_CODE(kConflict, Accounts().Resume(world.actor, "per", "again"));
}

TEST_F(AccountsTest, ResumingLiftsASuspendedSecondFactor) {
  Colleague per = Join("per", {Role::kOperator});
  const SecretBytes password = SecretBytes::CopyOf(AsBytes(per.password));
  for (uint32_t wrong = 0; wrong < auth::kSuspendAfterCodes; ++wrong) {
    world.clock.Advance(auth::kLongestPause);
    EXPECT_CODE(kUnauthenticated, world.auth().Login("per", password, "", World::kUid));
  }
  world.clock.Advance(auth::kLongestPause);
  EXPECT_CODE(kUnauthenticated, world.Login(per));
  ASSERT_WORKS(world.Login());
  EXPECT_TRUE(Accounts().Show(world.actor, "per")->second_factor_suspended);
  ASSERT_WORKS(Accounts().Resume(world.actor, "per", "it was she, with a phone that runs late"));
  EXPECT_FALSE(Accounts().Show(world.actor, "per")->second_factor_suspended);
  ASSERT_WORKS(world.Login(per));
}

// ---- the end ----

TEST_F(AccountsTest, ARemovedAccountIsErasedWhenTheRuleOfStaffSays) {
  Colleague per = Join("per", {Role::kOperator});
  const Result<AccountKeeper::Seen> removed = Accounts().Remove(world.actor, "per", "left the company");
  ASSERT_WORKS(removed);
  EXPECT_EQ(removed->state, AccountState::kRemoved);
  EXPECT_TRUE(removed->roles.empty());
  EXPECT_EQ(privacy::FormatDate({static_cast<int32_t>(removed->due)}), "2027-12-25");  // the day after 13 months
  EXPECT_EQ(world.Call("GET", "/v1/whoami", "", per.token).status, 401);
  EXPECT_CODE(kUnauthenticated, world.Login(per));
  EXPECT_CODE(kConflict, Accounts().Remove(world.actor, "per", "again"));
  EXPECT_CODE(kConflict, Accounts().Resume(world.actor, "per", "back"));
  EXPECT_CODE(kConflict, Accounts().ChangeRoles(world.actor, "per", {Role::kDpo}, {}, "back"));
  EXPECT_CODE(kConflict, Accounts().Invite(world.actor, "per", {Role::kDpo}));
  ASSERT_WORKS(world.GoTo("2027-12-23"));
  ASSERT_WORKS(world.Run());
  EXPECT_EQ(Accounts().List(world.actor)->size(), 2u) << "not a day too early";
  ASSERT_WORKS(world.GoTo("2027-12-24"));
  const auto run = world.Run();
  ASSERT_WORKS(run);
  EXPECT_EQ(run->erased, 1u);
  EXPECT_EQ(Accounts().List(world.actor)->size(), 1u);
  EXPECT_EQ(Rows('a'), 1u);
  ASSERT_WORKS(world.Open());
  EXPECT_EQ(world.auth().AccountCount(), 1u);
  ASSERT_WORKS(world.Login());
  const Colleague next = Join("per", {Role::kOperator});
  EXPECT_NE(next.actor.account, per.actor.account);
}

// ---- what the log says ----

TEST_F(AccountsTest, EventsNameAccountsByTheirIdsAndSealTheRest) {
  const Colleague per = Join("per.hansen", {Role::kOperator});
  ASSERT_WORKS(Accounts().Suspend(world.actor, "per.hansen", "his cat is ill"));
  const std::vector<SeenSection> events = world.AuditSections("account_suspend", "done");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["actor"], AsText(world.actor.account));
  EXPECT_EQ(events[0]["account"], AsText(per.actor.account));
  EXPECT_EQ(events[0]["role"], "bootstrap");
  for (const SeenSection& section : world.AuditSections()) {
    for (const auto& [name, value] : section.fields) {
      EXPECT_EQ(value.find("hansen"), std::string::npos) << name;
      EXPECT_EQ(value.find("is ill"), std::string::npos) << name;
    }
  }
  std::vector<SeenSection> sealed;
  for (const auto& [key, row] : world.memory->Table(ledger::Family::kAccount)) {
    if (key.front() != 'a') continue;
    const Result<Id16> unit = ToId16(ByteView(key).subspan(17));
    for (const SeenSection& section : world.SubjectSections(*unit)) sealed.push_back(section);
  }
  ASSERT_EQ(sealed.size(), 2u);
  EXPECT_EQ(sealed[0]["action"], "account_invite");
  EXPECT_EQ(sealed[0]["user"], "per.hansen");
  EXPECT_EQ(sealed[1]["action"], "account_suspend");
  EXPECT_EQ(sealed[1]["reason"], "his cat is ill");
  EXPECT_EQ(sealed[1].entry, events[0].entry);
}

TEST_F(AccountsTest, AStoppedSessionChangesNothing) {
  const auth::Actor gone = world.actor;
  ASSERT_WORKS(world.auth().Logout(world.actor));
  EXPECT_CODE(kUnauthenticated, Accounts().Invite(gone, "ola", {Role::kDpo}));
  ASSERT_WORKS(world.Login());
  EXPECT_EQ(Accounts().List(world.actor)->size(), 1u);
  EXPECT_EQ(Rows('a'), 1u);
}

// ---- sessions ----

TEST_F(AccountsTest, EverybodySeesAndEndsHisOwnSessions) {
  Colleague per = Join("per", {Role::kCaseWorker});
  const Colleague before = per;
  ASSERT_WORKS(world.Login(per));
  const auto own = Accounts().Sessions(per.actor);
  ASSERT_WORKS(own);
  ASSERT_EQ(own->size(), 2u);
  for (const AccountKeeper::SeenSession& seen : *own) EXPECT_EQ(seen.user, "per");
  EXPECT_EQ(Accounts().Sessions(world.actor)->size(), 3u);
  const auto other = std::find_if(own->begin(), own->end(), [](const auto& seen) { return !seen.is_this; });
  ASSERT_WORKS(Accounts().EndSession(per.actor, other->name));
  EXPECT_EQ(world.Call("GET", "/v1/whoami", "", before.token).status, 401);
  EXPECT_EQ(world.Call("GET", "/v1/whoami", "", per.token).status, 200);
  EXPECT_CODE(kNotFound, Accounts().EndSession(per.actor, other->name));
  EXPECT_CODE(kDenied, Accounts().EndSessionsOf(per.actor, world.user));
  EXPECT_CODE(kDenied, Accounts().EndSessionsOf(per.actor, "nobody"));
}

TEST_F(AccountsTest, AnAdministratorEndsTheSessionsOfOthers) {
  Colleague per = Join("per", {Role::kCaseWorker});
  ASSERT_WORKS(world.Login(per));
  const Result<size_t> ended = Accounts().EndSessionsOf(world.actor, "per");
  ASSERT_WORKS(ended);
  EXPECT_EQ(*ended, 2u);
  EXPECT_EQ(world.Call("GET", "/v1/whoami", "", per.token).status, 401);
  ASSERT_WORKS(world.Login(per));
  const std::vector<SeenSection> events = world.AuditSections("session_end", "done");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["account"], AsText(per.actor.account));
  EXPECT_EQ(events[0]["sessions"], "2");
}

}  // namespace
}  // namespace spor::service
