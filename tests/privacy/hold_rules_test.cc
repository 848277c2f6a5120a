// SPDX-License-Identifier: Apache-2.0
#include "privacy/hold_rules.h"

#include <gtest/gtest.h>

#include "privacy/due.h"
#include "tests/privacy/due_policies.h"

namespace spor::privacy {
namespace {

using ledger::RedueReason;

LegalDate Date(const std::string& text) { return ParseDate(text).value(); }
ledger::DueDay Day(const std::string& text) { return static_cast<ledger::DueDay>(Date(text).days); }

// Category 1: nine months after "ended" at most. 2: five years after "booked" at least. 3: asked again after a year.
// 4: undecided.
Policy Four() {
  Result<Policy> policy =
      ParsePolicy(kPolicyHead + ServiceRules() + RuleText(1, "nine", R"({clock = "ended", period = "P9M"})") +
                      RuleText(2, "law", R"({clock = "booked", period = "P5Y"})", "minimum_by_law", "law") +
                      RuleText(3, "ask", R"({clock = "ended", period = "P12M"})", "review") +
                      RuleText(4, "open", "", "maximum", "undecided") + CategoryText(1, "one", {{"nine", ""}}) +
                      CategoryText(2, "two", {{"law", ""}}) + CategoryText(3, "three", {{"ask", ""}}) +
                      CategoryText(4, "four", {{"open", ""}}),
                  "hold.toml");
  EXPECT_TRUE(policy.ok()) << policy.error().message();
  return std::move(*policy);
}

class HoldRules : public ::testing::Test {
 protected:
  HoldRules() {
    profile.identity = UnitId{99};
    profile.clocks = {{"ended", Date("2026-01-31")}, {"booked", Date("2020-12-31")}};
    for (uint16_t category = 1; category <= 4; ++category) {
      SubjectUnit& unit = profile.units.emplace_back();
      unit.unit = UnitId{static_cast<uint8_t>(category)};
      unit.category = category;
    }
    Recompute();
  }
  std::vector<ledger::UnitOp> Recompute(RedueReason reason = RedueReason::kClock) {
    return RecomputeDues(policy, profile, {}, reason).redues;
  }
  void Put(uint32_t id, uint16_t category, const std::string& until) {
    Hold hold;
    hold.id = id;
    hold.category = category;
    hold.until = Date(until);
    profile.holds.push_back(hold);
  }
  static const ledger::UnitOp* OpOf(const std::vector<ledger::UnitOp>& ops, uint8_t unit) {
    for (const ledger::UnitOp& op : ops) {
      if (op.unit == UnitId{unit}) return &op;
    }
    return nullptr;
  }
  SubjectUnit& Unit(size_t category) { return profile.units[category - 1]; }

  const Policy policy = Four();
  Profile profile;
};

TEST_F(HoldRules, AHoldMovesTheDayBehindItsEndAndMarksEverything) {
  const auto before = profile;
  Put(7, 0, "2027-06-30");
  const auto ops = Recompute();
  ASSERT_EQ(ops.size(), 5u) << "four units and the identity";
  for (const ledger::UnitOp& op : ops) {
    EXPECT_EQ(op.held, 1);
    EXPECT_EQ(op.reason, static_cast<uint8_t>(RedueReason::kHoldOn));
  }
  EXPECT_EQ(Unit(1).due, (ledger::DueKey{0, Day("2027-07-02")})) << "a run on 1 July may take it, one on 30 June not";
  EXPECT_FALSE(IsDue(Unit(1).due, Date("2027-06-30")));
  EXPECT_TRUE(IsDue(Unit(1).due, Date("2027-07-01")));
  EXPECT_FALSE(IsOverdue(Unit(1).due, Date("2027-07-01")));
  EXPECT_EQ(Unit(2).due, (ledger::DueKey{1, Day("2027-07-01")}));
  EXPECT_FALSE(IsDue(Unit(2).due, Date("2027-06-30")));
  EXPECT_EQ(Unit(3).due, before.units[2].due) << "nothing is erased at a review";
  EXPECT_EQ(Unit(4).due, before.units[3].due) << "undecided stays undecided";
  EXPECT_TRUE(Recompute().empty()) << "nothing more to say";
}

TEST_F(HoldRules, ADayBehindTheEndStays) {
  profile.clocks["ended"] = Date("2028-01-31");
  Recompute();
  Put(7, 1, "2027-06-30");
  const auto ops = Recompute();
  EXPECT_EQ(OpOf(ops, 1)->due.due, Day("2028-11-01"));
  EXPECT_EQ(OpOf(ops, 1)->held, 1);
}

TEST_F(HoldRules, AMovedClockDoesNotLiftTheHold) {
  Put(7, 0, "2027-06-30");
  Recompute();
  profile.clocks["ended"] = Date("2027-06-01");
  const auto ops = Recompute(RedueReason::kClock);
  ASSERT_NE(OpOf(ops, 1), nullptr);
  EXPECT_EQ(OpOf(ops, 1)->due.due, Day("2028-03-02"));
  for (const ledger::UnitOp& op : ops) {
    EXPECT_EQ(op.held, 1);
    EXPECT_EQ(op.reason, static_cast<uint8_t>(RedueReason::kClock));
  }
}

TEST_F(HoldRules, OfOneCategoryHoldsThatAndTheIdentity) {
  Put(7, 2, "2027-06-30");
  const auto ops = Recompute();
  EXPECT_TRUE(Unit(2).held && profile.identity_held);
  EXPECT_FALSE(Unit(1).held || Unit(3).held || Unit(4).held);
  EXPECT_EQ(OpOf(ops, 1), nullptr);
  profile.units.erase(profile.units.begin() + 1);
  const auto after = Recompute();
  EXPECT_FALSE(profile.identity_held) << "there is nothing left to hold";
  EXPECT_EQ(OpOf(after, 99)->reason, static_cast<uint8_t>(RedueReason::kHoldOff));
}

TEST_F(HoldRules, TheLastOfSeveralCounts) {
  Put(7, 0, "2027-06-30");
  Put(8, 1, "2028-06-30");
  Recompute();
  EXPECT_EQ(Unit(1).due.due, Day("2028-07-02"));
  RemoveHold(profile, 8, Date("2026-12-01"));
  const auto ops = Recompute(RedueReason::kHoldOff);
  EXPECT_EQ(OpOf(ops, 1)->held, 1);
  EXPECT_EQ(OpOf(ops, 1)->reason, static_cast<uint8_t>(RedueReason::kHoldOff));
  EXPECT_EQ(Unit(1).due.due, Day("2027-07-02"));
  EXPECT_EQ(Unit(1).released, LegalDate{}) << "it is not free yet";
}

TEST_F(HoldRules, WhatBecomesFreeIsDueThatDayAndNotOverdue) {
  const auto before = profile;
  Put(7, 0, "2027-06-30");
  Recompute();
  RemoveHold(profile, 7, Date("2026-12-01"));
  const auto ops = Recompute(RedueReason::kHoldOff);
  for (const ledger::UnitOp& op : ops) {
    EXPECT_EQ(op.held, 0);
    EXPECT_EQ(op.reason, static_cast<uint8_t>(RedueReason::kHoldOff));
  }
  EXPECT_TRUE(IsDue(Unit(1).due, Date("2026-12-01")));
  EXPECT_FALSE(IsOverdue(Unit(1).due, Date("2026-12-01")));
  EXPECT_TRUE(IsOverdue(Unit(1).due, Date("2026-12-02")));
  EXPECT_EQ(Unit(2).due, before.units[1].due);
  EXPECT_TRUE(Recompute().empty()) << "and so it stays";
}

TEST_F(HoldRules, AUnitMadeUnderAHoldWaitsForItsMark) {
  Put(7, 0, "2027-06-30");
  Recompute();
  SubjectUnit& made = profile.units.emplace_back();
  made.unit = UnitId{50};
  made.category = 1;
  const auto ops = RecomputeDues(policy, profile, {UnitId{50}}, RedueReason::kClock).redues;
  EXPECT_EQ(OpOf(ops, 50), nullptr) << "its create operation is in the same batch";
  EXPECT_EQ(profile.units.back().due.due, Day("2027-07-02")) << "and gives the day that the hold asks for";
  EXPECT_TRUE(HasUnsettledHold(profile));
  const auto settled = Recompute();
  ASSERT_EQ(settled.size(), 1u);
  EXPECT_EQ(settled[0].held, 1);
  EXPECT_EQ(settled[0].reason, static_cast<uint8_t>(RedueReason::kHoldOn));
  EXPECT_FALSE(HasUnsettledHold(profile));
}

TEST_F(HoldRules, AnAccessLogGoesBackToTheDayOfItsMonth) {
  SubjectUnit& log = profile.units.emplace_back();
  log.unit = UnitId{60};
  log.category = kAccessLogCategory;
  log.period = "2026-11";
  const DueDecision own = DecideMonthDue(policy, policy.access_log_rule, 2026, 11);
  log.due = own.due;
  log.rule = own.rule;
  Recompute();
  EXPECT_EQ(profile.units.back().due, own.due);
  Put(7, 0, "2030-06-30");
  EXPECT_NE(OpOf(Recompute(), 60), nullptr);
  EXPECT_EQ(profile.units.back().due.due, Day("2030-07-02"));
  RemoveHold(profile, 7, Date("2026-12-01"));
  Recompute();
  EXPECT_EQ(profile.units.back().due, own.due);
  EXPECT_FALSE(profile.units.back().held);
}

TEST_F(HoldRules, CountsWhatWouldBeDueWithoutTheHold) {
  profile.units.resize(2);
  Recompute();
  EXPECT_EQ(CountHeldBack(policy, profile, Date("2026-12-01")), 0u);
  Put(7, 0, "2027-06-30");
  Recompute();
  EXPECT_EQ(CountHeldBack(policy, profile, Date("2026-12-01")), 3u) << "both units and the identity";
  EXPECT_EQ(CountHeldBack(policy, profile, Date("2026-10-01")), 1u) << "only the accounts";
  EXPECT_EQ(CountHeldBack(policy, profile, Date("2027-06-30")), 3u);
  EXPECT_EQ(CountHeldBack(policy, profile, Date("2027-07-01")), 0u) << "the hold has ended";
}

TEST(HoldGrounds, AreFoundByTheirKeys) {
  for (const auto list : {HoldGrounds(), RestrictionGrounds(), RestrictionExceptions()}) {
    for (size_t i = 0; i < list.size(); ++i) {
      EXPECT_EQ(GroundNumber(list, list[i].key), i + 1);
      EXPECT_FALSE(list[i].nb.empty() || list[i].en.empty());
    }
    EXPECT_EQ(GroundNumber(list, "because"), 0);
    EXPECT_EQ(GroundNumber(list, ""), 0);
  }
  EXPECT_EQ(WordsOf(HoldGround::kDispute).key, "dispute");
  EXPECT_EQ(WordsOf(RestrictionGround::kObjectionPending).key, "objection_pending");
  EXPECT_EQ(WordsOf(RestrictionException::kPublicInterest).key, "public_interest");
}

}  // namespace
}  // namespace spor::privacy
