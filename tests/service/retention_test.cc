// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "tests/privacy/due_twin.h"
#include "tests/service/world_fixture.h"

namespace spor::service {
namespace {

constexpr const char* kEnded = "customer_relationship_ended";

class RetentionTest : public WorldTest {
 protected:
  uint16_t Category(const std::string& key) const { return world.parts().policy->FindCategory(key)->number; }
  uint64_t Due(const std::string& date) {
    const auto plan = world.Plan(date);
    EXPECT_CODE(kOk, plan);
    uint64_t by_rule = 0;
    for (const auto& count : plan->rules) by_rule += count.units;
    EXPECT_EQ(by_rule, plan->due);
    return plan->due;
  }
  std::set<ledger::UnitId> LiveUnits() const {
    std::set<ledger::UnitId> units;
    for (const auto& [key, value] : world.memory->Table(ledger::Family::kLive)) units.insert(*ToId16(key));
    return units;
  }
  // Rows of any table whose key starts with a unit id.
  size_t RowsOf(const ledger::UnitId& unit) const {
    size_t rows = 0;
    for (const auto family : {ledger::Family::kRecord, ledger::Family::kSubjectBlob, ledger::Family::kAuditBlob}) {
      for (const auto& [key, value] : world.memory->Table(family)) {
        rows += key.size() >= 16 && PublicEquals(ByteView(key).first(16), unit);
      }
    }
    return rows;
  }
};

TEST_F(RetentionTest, APromisedMaximumIsDueOnTheEveningBefore) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-05-31"}}));
  EXPECT_EQ(Due("2027-02-27"), 0u);
  EXPECT_EQ(Due("2027-02-28"), 2u);  // contact and identity
  EXPECT_EQ(Due("2027-03-01"), 2u);
  ASSERT_WORKS(world.GoTo("2027-02-27"));
  EXPECT_EQ(world.Run()->erased, 0u);
  ASSERT_WORKS(world.GoTo("2027-02-28"));
  EXPECT_EQ(world.State()->overdue, 0u);
  EXPECT_EQ(world.Run()->erased, 2u);
}

TEST_F(RetentionTest, WhatIsNotErasedInTimeIsOverdue) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-05-31"}}));
  ASSERT_WORKS(world.GoTo("2027-03-01"));
  auto status = world.State();
  ASSERT_WORKS(status);
  EXPECT_EQ(status->overdue, 2u);
  EXPECT_EQ(status->overdue_rules.size(), 2u);
  EXPECT_EQ(privacy::FormatDate({static_cast<int32_t>(status->earliest)}), "2027-03-01");
  ASSERT_WORKS(world.Run());
  EXPECT_EQ(world.State()->overdue, 0u);
}

TEST_F(RetentionTest, AMinimumByLawIsDueOnItsDayAndNotBefore) {
  ASSERT_WORKS(world.Import("payment_history", kPaymentColumns, {{"1", "N", "2020-06-01", "a"}}));
  EXPECT_EQ(Due("2025-12-31"), 0u);
  EXPECT_EQ(Due("2026-01-01"), 2u);
  EXPECT_EQ(world.Run()->erased, 2u);
}

TEST_F(RetentionTest, RunErasesExactlyWhatTheTwinSays) {
  std::mt19937 random(11);
  const auto date = [&](int from) {
    return privacy::FormatDate(privacy::MakeDate(from + static_cast<int>(random() % 3),
                                                 1 + static_cast<int>(random() % 12),
                                                 1 + static_cast<int>(random() % 28)));
  };
  Rows contacts, purchases, payments, exams, ended, opted_out;
  for (int i = 0; i < 80; ++i) {
    const std::string id = std::to_string(i);
    contacts.push_back(ContactRow(id));
    if (random() % 2 == 0) purchases.push_back({id, "P", "1", date(2024)});
    for (int n = 0; n < 2 && random() % 3 == 0; ++n) payments.push_back({id, "N", date(2019), "a" + std::to_string(n)});
    if (random() % 4 == 0) exams.push_back({id, "P", date(2024), random() % 2 == 0 ? "pass" : "fail"});
    if (random() % 2 == 0) ended.push_back({id, date(2025)});
    if (random() % 3 == 0) opted_out.push_back({id, date(2025)});
  }
  ASSERT_WORKS(world.Import("contact", kContactColumns, contacts));
  ASSERT_WORKS(world.Import("purchase_history", kPurchaseColumns, purchases));
  ASSERT_WORKS(world.Import("payment_history", kPaymentColumns, payments));
  ASSERT_WORKS(world.Import("exam_results", {"external_id", "product", "date", "result"}, exams));
  ASSERT_WORKS(world.StartClock(kEnded, ended));
  ASSERT_WORKS(world.StartClock("marketing_opt_out", opted_out));

  const privacy::LegalDate today = privacy::OsloDay(world.clock.Now());
  std::set<ledger::UnitId> expected = LiveUnits();
  size_t forgotten = 0;
  for (int i = 0; i < 80; ++i) {
    const auto profile = world.ProfileOf("external_id:" + std::to_string(i));
    ASSERT_WORKS(profile);
    const privacy::DueTwin twin(*world.parts().policy, *profile);
    bool all = true;
    for (const auto& unit : profile->units) {
      const ledger::DueKey due = twin.Unit(unit).due;
      const bool goes = due.due < ledger::kUndecided &&
                        static_cast<int32_t>(due.due) <= today.days + (due.retention_class == 0 ? 1 : 0);
      if (goes) expected.erase(unit.unit);
      all &= goes;
    }
    if (all) expected.erase(profile->identity);
    forgotten += all;
  }
  ASSERT_GT(forgotten, 5u);
  const uint64_t planned = Due(privacy::FormatDate(today));
  const size_t before = LiveUnits().size();
  const auto run = world.Run();
  ASSERT_WORKS(run);
  EXPECT_EQ(LiveUnits(), expected);
  EXPECT_EQ(run->erased, before - expected.size());
  EXPECT_EQ(run->erased, planned);
  EXPECT_EQ(run->people_forgotten, forgotten);
  EXPECT_EQ(world.parts().subjects->people(), static_cast<int64_t>(80 - forgotten));
  EXPECT_EQ(Due(privacy::FormatDate(today)), 0u);
  EXPECT_EQ(world.State()->overdue, 0u);
}

TEST_F(RetentionTest, TheIdentityGoesWithTheLastUnitAndTheAccessLogStays) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  ASSERT_WORKS(world.Import("payment_history", kPaymentColumns, {{"1", "N", "2024-06-01", "a"}}));
  ASSERT_WORKS(world.Read("external_id:1", "newsletter"));
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-01-31"}}));
  const auto before = world.ProfileOf("external_id:1");
  const auto log = before->FindUnit(privacy::kAccessLogCategory, "2026-11")->unit;
  const auto contact = before->FindUnit(Category("contact"), "")->unit;
  EXPECT_EQ(world.Run()->erased, 1u);
  const auto profile = world.ProfileOf("external_id:1");
  ASSERT_WORKS(profile);
  EXPECT_EQ(profile->FindUnit(Category("contact"), ""), nullptr);
  ASSERT_EQ(profile->erased.size(), 1u);
  EXPECT_EQ(profile->erased[0].unit, contact);
  EXPECT_CODE(kNotFound, world.ProfileOf("person1@example.no"));  // the address came from the contact data
  EXPECT_CODE(kNotFound, world.parts().vault->keys().OpenUnit(contact));
  EXPECT_EQ(RowsOf(contact), 0u);
  EXPECT_GT(world.SubjectSections(log).size(), 0u);

  ASSERT_WORKS(world.GoTo("2030-01-01"));
  const auto run = world.Run();
  ASSERT_WORKS(run);
  EXPECT_EQ(run->people_forgotten, 1u);
  EXPECT_CODE(kNotFound, world.ProfileOf("external_id:1"));
  EXPECT_CODE(kNotFound, world.parts().vault->keys().OpenUnit(log));  // 13 months are over, too
}

TEST_F(RetentionTest, AnAccessLogOutlivesThePersonAndThenGoes) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  ASSERT_WORKS(world.Read("external_id:1", "newsletter"));
  const auto log = world.ProfileOf("external_id:1")->FindUnit(privacy::kAccessLogCategory, "2026-11")->unit;
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-01-31"}}));
  EXPECT_EQ(world.Run()->people_forgotten, 1u);
  EXPECT_EQ(world.SubjectSections(log).size(), 1u);
  ASSERT_WORKS(world.GoTo("2027-12-29"));
  EXPECT_EQ(world.Run()->erased, 0u);
  ASSERT_WORKS(world.GoTo("2027-12-30"));
  EXPECT_EQ(world.Run()->erased, 2u);  // her log of November 2026, and the audit sections of that month
  EXPECT_CODE(kNotFound, world.parts().vault->keys().OpenUnit(log));
}

TEST_F(RetentionTest, WhatIsUndecidedStaysAndIsListed) {
  ASSERT_WORKS(world.Import("exam_results", {"external_id", "product", "date", "result"},
                            {{"1", "P", "2020-01-01", "Bestått"}, {"2", "P", "2020-01-01", "fail"}}));
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2020-01-01"}, {"2", "2020-01-01"}}));
  const auto run = world.Run();
  ASSERT_WORKS(run);
  EXPECT_EQ(run->people_forgotten, 1u);
  EXPECT_CODE(kNotFound, world.ProfileOf("external_id:2"));
  const auto status = world.State();
  EXPECT_EQ(status->undecided, 2u);  // the result and the identity
  ASSERT_EQ(status->undecided_rules.size(), 2u);
  std::set<std::string> rules;
  for (const auto& count : status->undecided_rules) rules.insert(world.parts().policy->FindRule(count.rule)->key);
  EXPECT_EQ(rules, (std::set<std::string>{"R-certification", "R-identity"}));
  EXPECT_EQ(Due("2099-01-01"), Due("2098-01-01")) << "no day makes it due";
  EXPECT_CODE(kOk, world.ProfileOf("external_id:1"));
}

TEST_F(RetentionTest, DataUnderReviewKeepsThePersonAndNothingIsOverdue) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  ASSERT_WORKS(world.Import("company", {"external_id", "org_no", "company_name"}, {{"1", "977573076", "Berg ENK"}}));
  ASSERT_WORKS(world.StartClock("company_last_reviewed", {{"1", "2024-01-01"}}));
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-01-31"}}));
  EXPECT_EQ(world.Run()->erased, 1u);
  const auto status = world.State();
  EXPECT_EQ(status->overdue, 0u);
  EXPECT_EQ(status->review_due, 2u);
  ASSERT_WORKS(world.GoTo("2027-11-24"));
  EXPECT_EQ(world.State()->overdue, 0u);
  EXPECT_CODE(kOk, world.ProfileOf("external_id:1"));
}

TEST_F(RetentionTest, NothingOfAnErasedPersonOpensOrIsFound) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")}));
  ASSERT_WORKS(world.Ingest(EventLine("e1", "1")));
  const auto before = world.ProfileOf("external_id:1");
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-01-31"}}));
  const auto index_before = world.memory->Table(ledger::Family::kIndex).size();
  ASSERT_WORKS(world.Run());
  for (const char* subject : {"external_id:1", "person1@example.no"}) {
    EXPECT_CODE(kNotFound, world.ProfileOf(subject));
    EXPECT_CODE(kNotFound, world.Read(subject, "newsletter"));
  }
  EXPECT_CODE(kNotFound, world.ProfileOf(HexEncode(before->subject)));
  for (const auto& unit : {before->identity, before->units[0].unit}) {
    EXPECT_CODE(kNotFound, world.parts().vault->keys().OpenUnit(unit));
    EXPECT_EQ(RowsOf(unit), 0u);
    EXPECT_EQ(world.SubjectSections(unit).size(), 0u);
  }
  EXPECT_EQ(world.memory->Table(ledger::Family::kIndex).size(), index_before - 2);
  EXPECT_CODE(kOk, world.ProfileOf("person2@example.no"));
}

TEST_F(RetentionTest, AnImportAfterErasureMakesANewPerson) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  const auto before = world.ProfileOf("external_id:1");
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-01-31"}}));
  ASSERT_WORKS(world.Run());
  EXPECT_EQ(world.Import("contact", kContactColumns, {ContactRow("1")})->created, 1u);
  const auto after = world.ProfileOf("person1@example.no");
  ASSERT_WORKS(after);
  EXPECT_NE(after->subject, before->subject);
  EXPECT_NE(after->identity, before->identity);
  EXPECT_TRUE(after->clocks.empty());
  EXPECT_TRUE(after->erased.empty());
}

// Whoever was looked up before is remembered, and must be forgotten with her data.
TEST_F(RetentionTest, EventsAfterErasureGoToANewPerson) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  for (const char* event : {"e1", "e2", "e3"}) ASSERT_WORKS(world.Ingest(EventLine(event, "1")));
  const auto before = world.ProfileOf("external_id:1");
  ASSERT_EQ(world.SubjectSections(before->FindUnit(Category("contact"), "")->unit).size(), 4u);
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-01-31"}}));
  ASSERT_WORKS(world.Run());
  for (const char* event : {"e4", "e5"}) {
    const auto ingested = world.Ingest(EventLine(event, "1"));
    ASSERT_WORKS(ingested);
    EXPECT_EQ(ingested->accepted, 1u);
  }
  const auto after = world.ProfileOf("external_id:1");
  ASSERT_WORKS(after);
  EXPECT_NE(after->subject, before->subject);
  EXPECT_NE(after->identity, before->identity);
  EXPECT_EQ(world.SubjectSections(after->FindUnit(Category("contact"), "")->unit).size(), 2u);
}

TEST_F(RetentionTest, ASecondRunFindsNothingAndSaysSo) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-01-31"}}));
  const auto first = world.Run(), second = world.Run();
  ASSERT_WORKS(first);
  ASSERT_WORKS(second);
  EXPECT_EQ(first->number, 1u);
  EXPECT_EQ(second->number, 2u);
  EXPECT_EQ(second->erased, 0u);
  EXPECT_TRUE(second->generations.empty());
  EXPECT_EQ(world.AuditSections("retention_begin", "done").size(), 2u);
  EXPECT_EQ(world.AuditSections("retention_end", "done")[0]["erased"], "2");
  ASSERT_WORKS(world.Open());
  const auto stored = privacy::FindRun(*world.parts().store, "1");
  ASSERT_WORKS(stored);
  EXPECT_EQ(stored->erased, 2u);
  EXPECT_NE(stored->finished, 0);
}

TEST_F(RetentionTest, StatusCountsEveryUnit) {
  const auto empty = world.State();
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")}));
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-05-31"}}));
  const auto status = world.State();
  EXPECT_EQ(status->alive, empty->alive + 4);
  EXPECT_EQ(status->not_started, empty->not_started + 2);
  EXPECT_EQ(status->alive, LiveUnits().size());
  EXPECT_EQ(status->overdue + status->held + status->undecided, 0u);
}

}  // namespace
}  // namespace spor::service
