// SPDX-License-Identifier: Apache-2.0
#include "tests/service/hold_world.h"
#include "tools/report/verify.h"

namespace spor::service {
namespace {

class HoldRequests : public HoldWorldTest {
 protected:
  std::string Get(const std::string& method, const std::string& target, const std::string& body) {
    const HttpResponse response = world.Call(method, target, body, world.token);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.body;
  }
};

TEST_F(HoldRequests, WhatIsWrongIsRefusedAndRecorded) {
  const auto expect = [&](Code code, const std::string& reason, const privacy::HoldRequest& request) {
    const size_t before = Refusals("hold_set", reason);
    const auto answer = world.home().holds().Set(world.actor, request);
    EXPECT_EQ(CodeName(answer.error().code()), CodeName(code)) << reason;
    EXPECT_EQ(Refusals("hold_set", reason), before + 1) << reason << ": " << answer.error().message();
  };
  const privacy::HoldRequest good{"external_id:1", "", "dispute", "case", "2027-06-30"};
  const auto with = [&](auto change) {
    privacy::HoldRequest request = good;
    change(request);
    return request;
  };
  expect(Code::kInvalidArgument, "unknown_ground", with([](auto& r) { r.ground = "because"; }));
  expect(Code::kInvalidArgument, "unknown_ground", with([](auto& r) { r.ground = ""; }));
  expect(Code::kInvalidArgument, "no_reason", with([](auto& r) { r.reason = ""; }));
  expect(Code::kInvalidArgument, "no_reason", with([](auto& r) { r.reason = std::string(2001, 'x'); }));
  expect(Code::kInvalidArgument, "no_reason", with([](auto& r) { r.reason = "\xff"; }));
  expect(Code::kInvalidArgument, "no_end", with([](auto& r) { r.until = ""; }));
  expect(Code::kInvalidArgument, "no_end", with([](auto& r) { r.until = "2027-02-30"; }));
  expect(Code::kInvalidArgument, "end_out_of_range", with([](auto& r) { r.until = "2026-11-23"; }));
  expect(Code::kInvalidArgument, "end_out_of_range", with([](auto& r) { r.until = "2031-11-25"; }));
  expect(Code::kInvalidArgument, "unknown_category", with([](auto& r) { r.category = "contcat"; }));
  expect(Code::kNotFound, "nothing_to_hold", with([](auto& r) { r.category = "evaluations"; }));
  expect(Code::kNotFound, "unknown_person", with([](auto& r) { r.subject = "external_id:9"; }));
  expect(Code::kInvalidArgument, "malformed_or_ambiguous_subject", with([](auto& r) { r.subject = ""; }));
  EXPECT_EQ(world.AuditSections("hold_set", "done").size(), 0u);
  EXPECT_EQ(StateRows(world, "hold"), 0u);
  ASSERT_WORKS(world.home().holds().Set(world.actor, with([](auto& r) { r.until = "2026-11-24"; })));
  ASSERT_WORKS(world.home().holds().Set(world.actor, with([](auto& r) { r.until = "2031-11-24"; })));
  expect(Code::kConflict, "hold_exists", with([](auto& r) { r.until = "2031-11-24"; }));
  EXPECT_CODE(kNotFound, Lift("external_id:2", world.ProfileOf("external_id:1")->holds[0].id));
  EXPECT_EQ(Refusals("hold_lift", "unknown_hold"), 1u);
  const auto lift = [&](const std::string& reason) {
    return world.home().holds().Lift(world.actor, {"external_id:1", "00000000", reason});
  };
  EXPECT_CODE(kInvalidArgument, lift(""));
  EXPECT_CODE(kNotFound, lift("over"));
  EXPECT_EQ(Refusals("hold_lift", "no_reason"), 1u);
}

TEST_F(HoldRequests, IsForTheDataProtectionOfficer) {
  const privacy::HoldRequest request{"external_id:1", "", "dispute", "case", "2027-06-30"};
  privacy::HoldKeeper& holds = world.home().holds();
  for (const auth::Role role : {auth::Role::kOperator, auth::Role::kAuditor, auth::Role::kSecurityAdmin,
                                auth::Role::kCaseWorker, auth::Role::kAppWriter}) {
    EXPECT_CODE(kDenied, holds.Set(As(role), request));
    EXPECT_CODE(kDenied, holds.Lift(As(role), {"external_id:1", "00000000", "r"}));
    EXPECT_CODE(kDenied, holds.List(As(role), {}));
  }
  EXPECT_EQ(Refusals("hold", "role"), 15u);
  const Result<doubles::Colleague> dpo = world.Join(world.actor, "dpo", {auth::Role::kDpo});
  ASSERT_WORKS(dpo);
  EXPECT_CODE(kOk, holds.Set(dpo->actor, request));
}

TEST_F(HoldRequests, AreListedByTheDayTheyEnd) {
  ASSERT_WORKS(Hold("external_id:1", "2027-06-30", "", "later"));
  ASSERT_WORKS(Hold("external_id:2", "2026-12-10"));
  ASSERT_WORKS(Hold("external_id:1", "2026-12-24", "contact"));
  privacy::HoldKeeper& holds = world.home().holds();
  const auto all = holds.List(world.actor, {});
  ASSERT_WORKS(all);
  ASSERT_EQ(all->holds.size(), 3u);
  EXPECT_FALSE(all->more);
  std::vector<std::string> days;
  for (const auto& one : all->holds) {
    days.push_back(privacy::FormatDate(one.hold.until));
    EXPECT_EQ(one.hold.reason, "") << "of everybody without the reasons";
  }
  EXPECT_EQ(days, (std::vector<std::string>{"2026-12-10", "2026-12-24", "2027-06-30"}));
  EXPECT_EQ(holds.List(world.actor, {"", "2026-12-24"})->holds.size(), 2u);
  EXPECT_EQ(holds.List(world.actor, {"", "2026-12-09"})->holds.size(), 0u);
  const auto hers = holds.List(world.actor, {"external_id:1", ""});
  ASSERT_WORKS(hers);
  ASSERT_EQ(hers->holds.size(), 2u);
  EXPECT_EQ(hers->holds[1].hold.reason, "later");
  EXPECT_EQ(world.AuditSections("hold_list", "done").size(), 4u);
  const auto profile = world.ProfileOf("external_id:1");
  ASSERT_WORKS(profile);
  const privacy::SubjectUnit* log = profile->FindUnit(privacy::kAccessLogCategory, "2026-11");
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(world.SubjectSections(log->unit)[0]["action"], "hold_list");
  EXPECT_CODE(kInvalidArgument, holds.List(world.actor, {"", "soon"}));
  EXPECT_CODE(kNotFound, holds.List(world.actor, {"external_id:9", ""}));
  const auto status = world.State();
  EXPECT_EQ(status->holds_ending, 2u) << "within 30 days";
  ASSERT_EQ(status->next_to_end.size(), 2u);
  EXPECT_EQ(privacy::FormatDate(status->next_to_end[0].until), "2026-12-10");
}

TEST_F(HoldRequests, OverTheInterface) {
  const std::string set = Get(
      "POST", "/v1/holds",
      R"({"subject":"external_id:1","category":"contact","ground":"dispute","reason":"case","until":"2026-12-10"})");
  EXPECT_NE(set.find(R"("category":"contact","until":"2026-12-10","units":2,"ground":"dispute","ground_nb":"Tvist",)"),
            std::string::npos)
      << set;
  const std::string id = set.substr(set.find("\"hold\":\"") + 8, 8);
  EXPECT_NE(Get("POST", "/v1/holds/list", "{}").find("\"hold\":\"" + id + "\""), std::string::npos);
  EXPECT_EQ(Get("POST", "/v1/holds/list", "{}").find("\"reason\""), std::string::npos);
  EXPECT_NE(Get("POST", "/v1/holds/list", R"({"subject":"external_id:1"})").find("\"reason\":\"case\""),
            std::string::npos);
  const std::string status = Get("GET", "/v1/retention/status", "");
  EXPECT_NE(status.find("\"holds_ending_in_30_days\":1,\"next_holds_to_end\":[{\"until\":\"2026-12-10\",\"hold\":\"" +
                        id + "\""),
            std::string::npos)
      << status;
  Get("POST", "/v1/holds/lift", R"({"subject":"external_id:1","reason":"settled","hold":")" + id + "\"}");
  EXPECT_NE(Get("POST", "/v1/holds/list", "{}").find("\"holds\":[]"), std::string::npos);
  EXPECT_EQ(world.Call("POST", "/v1/holds", "{}", world.token).status, 400);
  EXPECT_EQ(Refusals("hold_set", "no_reason"), 1u) << "what is missing is refused with an event";
}

TEST_F(HoldRequests, CertificatesAndReviewsOfRunsAroundItVerify) {
  EndedLongAgo({"1", "2"});
  const auto hold = Hold("external_id:1", "2027-06-30");
  ASSERT_WORKS(hold);
  ASSERT_WORKS(world.Run());
  const std::string first = Get("POST", "/v1/certificate", R"({"run":"last"})");
  ASSERT_WORKS(Lift("external_id:1", hold->hold.id));
  ASSERT_WORKS(world.Run());
  const std::string second = Get("POST", "/v1/certificate", R"({"run":"last"})");
  const std::string review = Get("POST", "/v1/review", R"({"from":"2026-11-24","to":"2026-11-24"})");
  const std::string trust = Get("GET", "/v1/trust", "");
  EXPECT_NE(first.find("\"held\":2"), std::string::npos);
  for (const std::string& artefact : {first, second, review}) {
    const auto verification = report::Verify(artefact, trust);
    ASSERT_WORKS(verification);
    for (const report::Check& check : verification->checks) EXPECT_NE(check.result, "failed") << check.name;
    EXPECT_EQ(verification->result, "verified");
  }
  EXPECT_NE(first.find("\"nothing_overdue\":true"), std::string::npos);
}

}  // namespace
}  // namespace spor::service
