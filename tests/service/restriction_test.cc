// SPDX-License-Identifier: Apache-2.0
#include "tests/service/hold_world.h"

namespace spor::service {
namespace {

class RestrictionTest : public HoldWorldTest {
 protected:
  Result<privacy::ReadAnswer> Despite(const std::string& ground, const std::string& subject = "external_id:1") {
    return world.home().reader().Read(world.actor, {subject, "newsletter", "case 1", "", {}, ground});
  }
  Status LiftIt(const std::string& ground = "accuracy_contested", const std::string& informed_on = "2026-11-20") {
    return world.home().restrictions().Lift(world.actor, {"external_id:1", ground, "corrected", informed_on}).status();
  }
  std::vector<SeenSection> HerLog(const std::string& action) {
    const auto profile = world.ProfileOf("external_id:1");
    const auto* log = profile->FindUnit(privacy::kAccessLogCategory, "2026-11");
    std::vector<SeenSection> sections = log == nullptr ? std::vector<SeenSection>() : world.SubjectSections(log->unit);
    std::erase_if(sections, [&](const SeenSection& section) { return section["action"] != action; });
    return sections;
  }
};

TEST_F(RestrictionTest, ReadsAreRefusedForEveryPurposeUntilItIsLifted) {
  ASSERT_WORKS(world.Read("external_id:1", "newsletter"));
  ASSERT_WORKS(Restrict("external_id:1"));
  size_t refused = 0;
  for (const auto& category : world.parts().policy->categories) {
    for (const auto& purpose : category.purposes) {
      const auto read = world.Read("external_id:1", purpose.key, "case", category.key);
      ASSERT_FALSE(read.ok()) << purpose.key;
      EXPECT_CODE(kDenied, read);
      EXPECT_NE(read.error().message().find("accuracy_contested"), std::string::npos);
      EXPECT_NE(read.error().message().find("--despite-restriction"), std::string::npos);
      ++refused;
    }
  }
  EXPECT_EQ(Refusals("read", "restricted"), refused);
  EXPECT_EQ(world.AuditSections("read", "done").size(), 1u);
  EXPECT_CODE(kOk, world.Read("external_id:2", "newsletter"));
  ASSERT_WORKS(LiftIt());
  EXPECT_CODE(kOk, world.Read("external_id:1", "newsletter"));
}

TEST_F(RestrictionTest, TheFourGroundsOfTheLawAreLeftAndRecorded) {
  ASSERT_WORKS(Restrict("external_id:1"));
  size_t reads = 0;
  for (const auto& ground : privacy::RestrictionExceptions()) {
    EXPECT_CODE(kOk, Despite(std::string(ground.key)));
    const std::vector<SeenSection> audit = world.AuditSections("read", "done");
    ASSERT_EQ(audit.size(), ++reads);
    EXPECT_EQ(audit.back()["despite_restriction"], ground.key);
    EXPECT_EQ(HerLog("read").back()["despite_restriction"], ground.key);
  }
  EXPECT_CODE(kInvalidArgument, Despite("curiosity"));
  EXPECT_EQ(Refusals("read", "unknown_exception"), 1u);
  EXPECT_CODE(kInvalidArgument, Despite("curiosity", "external_id:2"));
  ASSERT_WORKS(Despite("consent", "external_id:2"));
  EXPECT_EQ(world.AuditSections("read", "done").back().fields.count("despite_restriction"), 0u)
      << "who is not restricted needs no exception";
}

// The read has looked at her profile when the restriction becomes durable: it decides again, and refuses.
TEST_F(RestrictionTest, OneThatComesInWhileAReadIsUnderWayStopsIt) {
  // The clock is asked for the day of the purpose, the month of the access log and that of the audit section.
  for (int call = 1; call <= 3; ++call) {
    bool set = false;
    clock.At(call, [&] { set = Restrict("external_id:1").ok(); });
    const auto read = world.Read("external_id:1", "newsletter", "case 1", "contact");
    ASSERT_TRUE(set) << "clock call " << call;
    EXPECT_CODE(kDenied, read);
    EXPECT_EQ(Refusals("read", "restricted"), static_cast<size_t>(call));
    ASSERT_WORKS(LiftIt());
  }
  EXPECT_EQ(world.AuditSections("read", "done").size(), 0u);
}

TEST_F(RestrictionTest, IsRecordedForHerAndForTheAudit) {
  const auto restriction = Restrict("person1@example.no", "objection_pending");
  ASSERT_WORKS(restriction);
  ASSERT_WORKS(LiftIt("objection_pending", "2026-11-24"));
  const auto profile = world.ProfileOf("external_id:1");
  for (const auto& [action, reason] :
       {std::pair("restriction_set", "case 26/18"), std::pair("restriction_lift", "corrected")}) {
    std::vector<SeenSection> hers = world.SubjectSections(profile->identity);
    std::erase_if(hers, [&, name = action](const auto& section) { return section["action"] != name; });
    const std::vector<SeenSection> audit = world.AuditSections(action, "done");
    ASSERT_EQ(hers.size(), 1u);
    ASSERT_EQ(audit.size(), 1u);
    EXPECT_EQ(hers[0]["reason"], reason);
    EXPECT_EQ(audit[0].fields.count("reason"), 0u);
    EXPECT_EQ(audit[0]["ground"], "objection_pending");
    EXPECT_EQ(audit[0]["actor"], std::string(AsText(world.actor.account)));
  }
  EXPECT_EQ(world.AuditSections("restriction_lift", "done")[0].fields.count("informed_on"), 1u);
}

TEST_F(RestrictionTest, EventsAboutHerAreKeptAndMarked) {
  ASSERT_WORKS(Restrict("external_id:1"));
  ASSERT_WORKS(Restrict("external_id:1", "needed_for_claim"));
  const auto ingested = world.Ingest(EventLine("e1", "1") + EventLine("e2", "2"));
  ASSERT_WORKS(ingested);
  EXPECT_EQ(ingested->accepted, 2u);
  EXPECT_EQ(ingested->restricted, 1u);
  const std::vector<SeenSection> audit = world.AuditSections("send", "done");
  ASSERT_EQ(audit.size(), 2u);
  EXPECT_EQ(audit[0]["restricted"], "accuracy_contested\nneeded_for_claim");
  EXPECT_EQ(audit[1].fields.count("restricted"), 0u);
  const HttpResponse answer = world.Call("POST", "/v1/ingest", EventLine("e3", "1"), world.token);
  EXPECT_NE(answer.body.find("\"restricted\":1"), std::string::npos) << answer.body;
}

TEST_F(RestrictionTest, RetentionGoesOnAndSaysHowManyItTouched) {
  ASSERT_WORKS(Restrict("external_id:1"));
  EndedLongAgo({"1", "2"});
  const auto run = world.Run();
  ASSERT_WORKS(run);
  EXPECT_EQ(run->people_forgotten, 2u);
  EXPECT_EQ(run->restricted_people, 1u);
  EXPECT_EQ(world.AuditSections("retention_end", "done")[0]["restricted_people"], "1");
  EXPECT_EQ(privacy::FindRun(*world.parts().store, "last")->restricted_people, 1u);
  EXPECT_EQ(StateRows(world, "restricted"), 0u);
}

TEST_F(RestrictionTest, StandsAfterACrash) {
  ASSERT_WORKS(Restrict("external_id:1"));
  doubles::TempDir dir;
  const auto left = world.CrashCopy(dir / "copy");
  ASSERT_WORKS(left->Open());
  ASSERT_WORKS(left->Login());
  EXPECT_CODE(kDenied, left->Read("external_id:1", "newsletter"));
  EXPECT_CODE(kOk, left->Read("external_id:2", "newsletter"));
}

TEST_F(RestrictionTest, WhatIsWrongIsRefusedAndRecorded) {
  privacy::RestrictionKeeper& keeper = world.home().restrictions();
  EXPECT_CODE(kInvalidArgument, Restrict("external_id:1", "because"));
  EXPECT_EQ(Refusals("restriction_set", "unknown_ground"), 1u);
  EXPECT_CODE(kInvalidArgument, keeper.Set(world.actor, {"external_id:1", "erasure_opposed", ""}));
  EXPECT_EQ(Refusals("restriction_set", "no_reason"), 1u);
  EXPECT_CODE(kNotFound, Restrict("external_id:9"));
  EXPECT_EQ(Refusals("restriction_set", "unknown_person"), 1u);
  ASSERT_WORKS(Restrict("external_id:1"));
  EXPECT_CODE(kConflict, Restrict("external_id:1"));
  EXPECT_EQ(Refusals("restriction_set", "restriction_exists"), 1u);
  EXPECT_CODE(kNotFound, LiftIt("erasure_opposed"));
  EXPECT_EQ(Refusals("restriction_lift", "unknown_restriction"), 1u);
  for (const char* informed_on : {"", "yesterday", "2026-11-25"}) {
    EXPECT_CODE(kInvalidArgument, LiftIt("accuracy_contested", informed_on));
  }
  EXPECT_EQ(Refusals("restriction_lift", "not_informed"), 3u);
  EXPECT_CODE(kDenied, world.Read("external_id:1", "newsletter"));  // nothing of this lifted it
}

TEST_F(RestrictionTest, IsForTheDataProtectionOfficer) {
  privacy::RestrictionKeeper& keeper = world.home().restrictions();
  const privacy::RestrictionRequest request{"external_id:1", "erasure_opposed", "r"};
  for (const auth::Role role : {auth::Role::kOperator, auth::Role::kAuditor, auth::Role::kCaseWorker}) {
    EXPECT_CODE(kDenied, keeper.Set(As(role), request));
    EXPECT_CODE(kDenied, keeper.Lift(As(role), {"external_id:1", "erasure_opposed", "r", "2026-11-20"}));
    EXPECT_CODE(kDenied, keeper.List(As(role), ""));
  }
  EXPECT_EQ(Refusals("restrict", "role"), 9u);
  const Result<doubles::Colleague> dpo = world.Join(world.actor, "dpo", {auth::Role::kDpo});
  ASSERT_WORKS(dpo);
  EXPECT_CODE(kOk, keeper.Set(dpo->actor, request));
}

TEST_F(RestrictionTest, AreListed) {
  ASSERT_WORKS(Restrict("external_id:1"));
  ASSERT_WORKS(Restrict("external_id:1", "needed_for_claim"));
  ASSERT_WORKS(Restrict("external_id:2"));
  privacy::RestrictionKeeper& keeper = world.home().restrictions();
  const auto all = keeper.List(world.actor, "");
  ASSERT_WORKS(all);
  EXPECT_EQ(all->restrictions.size(), 3u);
  EXPECT_EQ(all->restrictions[0].restriction.reason, "");
  const auto hers = keeper.List(world.actor, "external_id:1");
  ASSERT_WORKS(hers);
  ASSERT_EQ(hers->restrictions.size(), 2u);
  EXPECT_EQ(hers->restrictions[0].restriction.reason, "case 26/18");
  EXPECT_EQ(HerLog("restriction_list").size(), 1u);
  ASSERT_WORKS(LiftIt());
  EXPECT_EQ(keeper.List(world.actor, "")->restrictions.size(), 2u);
  const HttpResponse listed =
      world.Call("POST", "/v1/restrictions/list", R"({"subject":"external_id:2"})", world.token);
  EXPECT_NE(listed.body.find("\"ground\":\"accuracy_contested\""), std::string::npos) << listed.body;
  const HttpResponse set =
      world.Call("POST", "/v1/restrictions", R"({"subject":"external_id:2","ground":"erasure_opposed","reason":"r"})",
                 world.token);
  EXPECT_EQ(set.status, 200) << set.body;
  const HttpResponse lifted = world.Call(
      "POST", "/v1/restrictions/lift",
      R"({"subject":"external_id:2","ground":"erasure_opposed","reason":"r","informed_on":"2026-11-24"})", world.token);
  EXPECT_EQ(lifted.status, 200) << lifted.body;
  const HttpResponse read = world.Call(
      "POST", "/v1/read",
      R"({"subject":"external_id:2","purpose":"newsletter","reason":"r","despite_restriction":"legal_claim"})",
      world.token);
  EXPECT_EQ(read.status, 200) << read.body;
}

}  // namespace
}  // namespace spor::service
