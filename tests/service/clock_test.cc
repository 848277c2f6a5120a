// SPDX-License-Identifier: Apache-2.0
#include "tests/service/world_fixture.h"

namespace spor::service {
namespace {

class ClockTest : public WorldTest {
 protected:
  void SetUp() override {
    WorldTest::SetUp();
    ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")}));
    ASSERT_WORKS(world.Import("purchase_history", kPurchaseColumns, {{"1", "A", "100", "2026-01-01"}}));
  }
  // started, moved, unchanged, cleared, refused
  using Counts = std::array<uint64_t, 5>;
  static Counts Of(const Result<privacy::ClockCounts>& counts) {
    EXPECT_CODE(kOk, counts);
    return counts.ok() ? Counts{counts->started, counts->moved, counts->unchanged, counts->cleared, counts->refused}
                       : Counts{};
  }
  // The due day of a unit as the due map of the log has it, which must be the profile's, too.
  std::string DueOf(const std::string& id, const std::string& category) {
    const auto profile = world.ProfileOf("external_id:" + id);
    EXPECT_CODE(kOk, profile);
    const auto* unit = profile->FindUnit(world.parts().policy->FindCategory(category)->number, "");
    return Shown(unit->unit, unit->due);
  }
  std::string IdentityDueOf(const std::string& id) {
    const auto profile = world.ProfileOf("external_id:" + id);
    return Shown(profile->identity, profile->identity_due);
  }
  std::string Shown(const ledger::UnitId& unit, const ledger::DueKey& due) {
    const auto row = world.parts().store->Get(ledger::Family::kDue, ledger::EncodeDueMapKey(due, unit));
    EXPECT_TRUE(row.ok() && row->has_value()) << "the map has another day than the profile";
    if (due.due == ledger::kNotStarted) return "not started";
    if (due.due == ledger::kUndecided) return "undecided";
    return privacy::FormatDate({static_cast<int32_t>(due.due)});
  }
};

constexpr const char* kEnded = "customer_relationship_ended";

TEST_F(ClockTest, StartsMovesAndClearsWithTheDueDaysThatFollow) {
  EXPECT_EQ(DueOf("1", "contact"), "not started");
  EXPECT_EQ(Of(world.StartClock(kEnded, {{"1", "2026-05-31"}})), (Counts{1, 0, 0, 0, 0}));
  EXPECT_EQ(DueOf("1", "contact"), "2027-03-01");
  EXPECT_EQ(DueOf("1", "purchase_history"), "2027-03-01");
  EXPECT_EQ(IdentityDueOf("1"), "2027-03-01");
  EXPECT_EQ(DueOf("2", "contact"), "not started");
  EXPECT_EQ(Of(world.StartClock(kEnded, {{"1", "2026-05-31"}})), (Counts{0, 0, 1, 0, 0}));
  EXPECT_EQ(Of(world.StartClock(kEnded, {{"1", "2026-06-30"}})), (Counts{0, 1, 0, 0, 0}));
  EXPECT_EQ(DueOf("1", "contact"), "2027-03-31");
  EXPECT_EQ(Of(world.ClearClock(kEnded, {{"1"}})), (Counts{0, 0, 0, 1, 0}));
  EXPECT_EQ(DueOf("1", "contact"), "not started");
  EXPECT_EQ(IdentityDueOf("1"), "not started");
  EXPECT_EQ(Of(world.ClearClock(kEnded, {{"1"}})), (Counts{0, 0, 1, 0, 0}));
}

TEST_F(ClockTest, WhoNeverWasACustomerGoesAtOptOutAndACustomerNineMonthsLater) {
  EXPECT_EQ(Of(world.StartClock("marketing_opt_out", {{"1", "2026-11-20"}, {"2", "2026-11-20"}})),
            (Counts{2, 0, 0, 0, 0}));
  EXPECT_EQ(DueOf("2", "contact"), "2026-11-21");
  EXPECT_EQ(DueOf("1", "contact"), "not started") << "product_access still needs it";
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-11-20"}}));
  EXPECT_EQ(DueOf("1", "contact"), "2027-08-21");
}

TEST_F(ClockTest, EachChangeIsAnEventThatCommitsToItsOperations) {
  const auto before = world.ProfileOf("external_id:1");
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-05-31"}, {"2", "2026-05-31"}}));
  std::vector<SeenSection> sections = world.SubjectSections(before->identity);
  std::erase_if(sections, [](const auto& section) { return section["action"] != "clock_start"; });
  ASSERT_EQ(sections.size(), 1u);
  EXPECT_EQ(sections[0]["clock"], kEnded);
  EXPECT_EQ(sections[0]["operations"].size(), 3 * 22u) << "contact, purchases and identity moved";
  const auto begin = world.AuditSections("clock_begin", "done"), end = world.AuditSections("clock_end", "done");
  ASSERT_EQ(begin.size(), 1u);
  ASSERT_EQ(end.size(), 1u);
  EXPECT_LT(begin[0].entry, sections[0].entry);
  EXPECT_LT(sections[0].entry, end[0].entry);
  EXPECT_EQ(end[0]["started"], "2");
}

TEST_F(ClockTest, RowsThatSayNothingUsefulAreRefused) {
  const auto counts = world.StartClock(kEnded, {{"1", "31.05.2026"},
                                                {"1", "2026-02-30"},
                                                {"9", "2026-05-31"},
                                                {"", "2026-05-31"},
                                                {"1"},
                                                {"1", "2026-05-31", "x"},
                                                {" 1 ", "2026-05-31"}});
  EXPECT_EQ(Of(counts), (Counts{1, 0, 0, 0, 6}));
  ASSERT_EQ(counts->reasons.size(), 6u);
  EXPECT_EQ(counts->reasons[2].row, 3u);
  EXPECT_EQ(counts->reasons[2].reason, "there is nobody with this external_id");
}

TEST_F(ClockTest, AnUnknownClockAndOneThatRecordsStartAreRefusedAndRecorded) {
  const auto unknown = world.StartClock("customer_relation_ended", {{"1", "2026-05-31"}});
  EXPECT_CODE(kInvalidArgument, unknown);
  EXPECT_NE(unknown.error().message().find(kEnded), std::string::npos) << "it should list the clocks there are";
  EXPECT_CODE(kInvalidArgument, world.StartClock("fiscal_year_end", {{"1", "2026-05-31"}}));
  EXPECT_EQ(Refusals("clock", "unknown_clock"), 2u);
}

TEST_F(ClockTest, LaterDataOfAPersonFollowsTheClockThatRuns) {
  ASSERT_WORKS(world.StartClock(kEnded, {{"2", "2026-05-31"}}));
  ASSERT_WORKS(world.Import("subscription", {"external_id", "product"}, {{"2", "P"}}));
  EXPECT_EQ(DueOf("2", "subscription"), "2027-03-01");
  EXPECT_EQ(DueOf("2", "contact"), "2027-03-01");
}

TEST_F(ClockTest, TheSamePersonTwiceInOneFileTakesTheLastDate) {
  EXPECT_EQ(Of(world.StartClock(kEnded, {{"1", "2026-05-31"}, {"1", "2026-01-31"}, {"1", "2026-01-31"}})),
            (Counts{1, 1, 1, 0, 0}));
  EXPECT_EQ(DueOf("1", "contact"), "2026-11-01");
}

}  // namespace
}  // namespace spor::service
