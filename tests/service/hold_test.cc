// SPDX-License-Identifier: Apache-2.0
#include "tests/service/hold_world.h"

namespace spor::service {
namespace {

class HoldTest : public HoldWorldTest {
 protected:
  static ledger::DueDay Day(const std::string& text) {
    return static_cast<ledger::DueDay>(privacy::ParseDate(text)->days);
  }
};

TEST_F(HoldTest, AHeldPersonSurvivesTheRunAndGoesInTheOneAfterTheLift) {
  EndedLongAgo({"1", "2"});
  const auto hold = Hold("external_id:1", "2027-06-30");
  ASSERT_WORKS(hold);
  EXPECT_EQ(hold->units, 2u) << "contact and identity";
  ExpectMapsAgree(world, "external_id:1");
  EXPECT_EQ(world.Plan("2026-11-24")->due, 2u) << "the other person";
  EXPECT_EQ(world.Plan("2026-11-24")->held, 2u);
  const auto run = world.Run();
  ASSERT_WORKS(run);
  EXPECT_EQ(run->erased, 2u);
  EXPECT_EQ(run->held, 2u);
  const auto status = world.State();
  EXPECT_EQ(status->held, 2u);
  EXPECT_EQ(status->overdue, 0u) << "what is held breaks no promise";
  const auto profile = world.ProfileOf("person1@example.no");
  ASSERT_WORKS(profile);
  EXPECT_EQ(profile->units[0].due, (ledger::DueKey{0, Day("2027-07-02")}));
  EXPECT_CODE(kOk, world.parts().vault->keys().OpenUnit(profile->units[0].unit));

  const auto lifted = Lift("external_id:1", hold->hold.id);
  ASSERT_WORKS(lifted);
  EXPECT_EQ(lifted->units, 2u);
  ExpectMapsAgree(world, "external_id:1");
  EXPECT_EQ(world.State()->held, 0u);
  EXPECT_EQ(world.State()->overdue, 0u) << "the day it became free is for the run";
  EXPECT_EQ(world.Plan("2026-11-24")->due, 2u);
  EXPECT_EQ(world.Plan("2026-11-24")->held, 0u);
  EXPECT_EQ(world.Run()->people_forgotten, 1u);
  EXPECT_CODE(kNotFound, world.ProfileOf("external_id:1"));
  EXPECT_EQ(StateRows(world, "hold"), 0u);
}

TEST_F(HoldTest, IsRecordedForHerAndForTheAudit) {
  const auto hold = Hold("person1@example.no", "2027-06-30", "contact", "Kari mener at fakturaen er feil");
  ASSERT_WORKS(hold);
  const std::string id = privacy::HoldIdText(hold->hold.id);
  const auto profile = world.ProfileOf("external_id:1");
  std::vector<SeenSection> hers = world.SubjectSections(profile->identity);
  std::erase_if(hers, [](const auto& section) { return section["action"] != "hold_set"; });
  const std::vector<SeenSection> audit = world.AuditSections("hold_set", "done");
  ASSERT_EQ(hers.size(), 1u);
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(hers[0].entry, hold->entry);
  EXPECT_EQ(audit[0].entry, hold->entry);
  for (const SeenSection& section : {hers[0], audit[0]}) {
    EXPECT_EQ(section["hold"], id);
    EXPECT_EQ(section["ground"], "legal_claim");
    EXPECT_EQ(section["category"], "contact");
    EXPECT_EQ(section["until"], AsText(ledger::DateField("until", Day("2027-06-30")).value));
  }
  EXPECT_EQ(hers[0]["reason"], "Kari mener at fakturaen er feil");
  EXPECT_EQ(hers[0]["operations"].size(), 2 * 22u) << "what follows from it: contact and identity";
  EXPECT_EQ(audit[0].fields.count("reason"), 0u) << "free text can name a person";
  EXPECT_EQ(audit[0]["actor"], std::string(AsText(world.actor.account)));
  EXPECT_EQ(audit[0]["units"], "2");
  EXPECT_EQ(profile->holds[0].set_by, world.actor.account);
  EXPECT_EQ(profile->holds[0].reason, "Kari mener at fakturaen er feil");
  EXPECT_EQ(StateRows(world, "hold"), 1u);
}

TEST_F(HoldTest, EndsByItselfAfterItsLastDay) {
  EndedLongAgo({"1", "2"});
  ASSERT_WORKS(Hold("external_id:1", "2026-12-31"));
  ASSERT_WORKS(world.GoTo("2026-12-31"));
  const auto last_day = world.Run();
  ASSERT_WORKS(last_day);
  EXPECT_EQ(last_day->erased, 2u);
  EXPECT_EQ(last_day->held, 2u);
  EXPECT_EQ(world.Plan("2026-12-31")->held, 2u);
  EXPECT_EQ(world.Plan("2027-01-01")->due, 2u) << "by then it will have ended";
  EXPECT_EQ(world.Plan("2027-01-01")->held, 0u);
  ASSERT_WORKS(world.GoTo("2027-01-01"));
  const std::vector<SeenSection> ended = world.AuditSections("hold_end", "done");
  ASSERT_EQ(ended.size(), 1u) << "by a tick";
  EXPECT_EQ(ended[0].fields.count("actor"), 0u);
  EXPECT_EQ(ended[0]["reason"], "ended");
  EXPECT_EQ(ended[0]["ground"], "legal_claim");
  EXPECT_TRUE(world.ProfileOf("external_id:1")->holds.empty());
  ExpectMapsAgree(world, "external_id:1");
  EXPECT_EQ(world.State()->overdue, 0u);
  EXPECT_EQ(world.Run()->people_forgotten, 1u);
}

TEST_F(HoldTest, ARunEndsItFirstWhereNoTickDid) {
  EndedLongAgo({"1"});
  ASSERT_WORKS(Hold("external_id:1", "2026-12-31"));
  world.clock.Set(privacy::OsloStart(*privacy::ParseDate("2027-01-01")) + 36000);
  ASSERT_WORKS(world.Login());
  EXPECT_EQ(world.AuditSections("hold_end", "done").size(), 0u);
  const auto run = world.Run();
  ASSERT_WORKS(run);
  EXPECT_EQ(run->people_forgotten, 1u);
  EXPECT_EQ(run->held, 0u);
  ASSERT_EQ(world.AuditSections("hold_end", "done").size(), 1u);
  EXPECT_LT(world.AuditSections("hold_end", "done")[0].entry, run->begin_entry);
}

TEST_F(HoldTest, OneNoticedLateIsOverdueSinceTheDayAfter) {
  EndedLongAgo({"1"});
  ASSERT_WORKS(Hold("external_id:1", "2026-12-31"));
  ASSERT_WORKS(world.GoTo("2027-01-05"));
  EXPECT_EQ(world.State()->overdue, 2u);
  EXPECT_EQ(world.Run()->erased, 2u);
}

TEST_F(HoldTest, ADayThatMovesLeavesTheHold) {
  ASSERT_WORKS(world.Import("purchase_history", kPurchaseColumns, {{"1", "A", "100", "2026-01-01"}}));
  ASSERT_WORKS(Hold("external_id:1", "2026-12-31"));
  const auto expect_held = [&](const char* after) {
    const auto profile = world.ProfileOf("external_id:1");
    EXPECT_TRUE(profile->identity_held) << after;
    for (const auto& unit : profile->units) EXPECT_TRUE(unit.held) << after;
    ExpectMapsAgree(world, "external_id:1");
    EXPECT_EQ(world.State()->held, 3u) << after;
  };
  EndedLongAgo({"1"});
  expect_held("a clock started");
  ASSERT_WORKS(world.StartClock(kEnded, {{"1", "2026-11-01"}}));
  expect_held("a clock moved");
  EXPECT_EQ(Redues().back().reason, static_cast<uint8_t>(ledger::RedueReason::kClock));
  EXPECT_EQ(Redues().back().held, 1);
  ASSERT_WORKS(world.ClearClock(kEnded, {{"1"}}));
  expect_held("a clock cleared");
  EndedLongAgo({"1"});
  ASSERT_WORKS(world.Import("contact", kContactColumns, {{"1", "Ny", "Ny", "ny@example.no", "1"}}));
  expect_held("a record changed");
  EXPECT_EQ(world.Run()->erased, 0u);
  ASSERT_WORKS(world.GoTo("2027-01-01"));
  EXPECT_EQ(world.Run()->erased, 3u);
}

TEST_F(HoldTest, OfTwoTheLastCounts) {
  ASSERT_WORKS(world.Import("purchase_history", kPurchaseColumns, {{"1", "A", "100", "2026-01-01"}}));
  EndedLongAgo({"1"});
  ASSERT_WORKS(Hold("external_id:1", "2027-01-31", "contact"));
  const auto all = Hold("external_id:1", "2027-06-30");
  ASSERT_WORKS(all);
  EXPECT_EQ(world.Run()->held, 3u);
  ASSERT_WORKS(Lift("external_id:1", all->hold.id));
  const auto profile = world.ProfileOf("external_id:1");
  EXPECT_TRUE(UnitOf(*profile, "contact")->held && profile->identity_held);
  EXPECT_EQ(UnitOf(*profile, "contact")->due.due, Day("2027-02-02"));
  EXPECT_FALSE(UnitOf(*profile, "purchase_history")->held);
  ExpectMapsAgree(world, "external_id:1");
  const auto run = world.Run();
  EXPECT_EQ(run->erased, 1u) << "her purchases";
  EXPECT_EQ(run->held, 2u);
  ExpectMapsAgree(world, "external_id:1");
  ASSERT_WORKS(world.GoTo("2027-02-01"));
  EXPECT_EQ(world.Run()->people_forgotten, 1u);
}

TEST_F(HoldTest, WhatComesInWhileItStandsFallsUnderIt) {
  EXPECT_CODE(kNotFound, Hold("external_id:1", "2026-12-31", "payment_history"));  // nothing to hold yet
  ASSERT_WORKS(world.Import("payment_history", kPaymentColumns, {{"1", "N", "2026-06-01", "a"}}));
  ASSERT_WORKS(world.Import("purchase_history", kPurchaseColumns, {{"1", "A", "100", "2026-01-01"}}));
  ASSERT_WORKS(Hold("external_id:1", "2026-12-31", "payment_history"));
  ASSERT_WORKS(world.Import("payment_history", kPaymentColumns, {{"1", "N", "2019-06-01", "b"}}));
  EXPECT_EQ(StateRows(world, "hold"), 2u) << "the hold, and that she is to be settled";
  EXPECT_EQ(world.Plan("2026-12-30")->due, 0u) << "not marked yet, but its day waits for the hold";
  ExpectMapsAgree(world, "external_id:1");
  ASSERT_WORKS(world.home().Tick());
  EXPECT_EQ(StateRows(world, "hold"), 1u);
  const auto profile = world.ProfileOf("external_id:1");
  for (const auto& unit : profile->units) {
    const bool payment = unit.category == world.parts().policy->FindCategory("payment_history")->number;
    EXPECT_EQ(unit.held, payment);
  }
  ExpectMapsAgree(world, "external_id:1");
  EXPECT_EQ(Redues().back().reason, static_cast<uint8_t>(ledger::RedueReason::kHoldOn));
  EXPECT_EQ(world.Run()->erased, 0u);
  ASSERT_WORKS(world.GoTo("2027-01-01"));
  EXPECT_EQ(world.Run()->erased, 1u) << "the accounts of 2019";
}

TEST_F(HoldTest, ARunMarksWhatNoTickDid) {
  ASSERT_WORKS(Hold("external_id:1", "2027-06-30"));
  ASSERT_WORKS(world.Import("payment_history", kPaymentColumns, {{"1", "N", "2019-06-01", "b"}}));
  const auto run = world.Run();
  EXPECT_EQ(run->erased, 0u);
  EXPECT_EQ(run->held, 1u) << "the accounts: of the rest no clock runs yet";
  EXPECT_EQ(world.State()->held, 3u);
  ExpectMapsAgree(world, "external_id:1");
}

TEST_F(HoldTest, HerAccessLogStaysToo) {
  ASSERT_WORKS(Hold("external_id:1", "2029-06-30"));
  ASSERT_WORKS(world.Read("external_id:1", "newsletter"));
  ASSERT_WORKS(world.home().Tick());
  const auto log = world.ProfileOf("external_id:1")->FindUnit(privacy::kAccessLogCategory, "2026-11")->unit;
  ExpectMapsAgree(world, "external_id:1");
  ASSERT_WORKS(world.GoTo("2028-06-01"));
  ASSERT_WORKS(world.Run());
  EXPECT_EQ(world.SubjectSections(log).size(), 1u) << "13 months are over";
  ASSERT_WORKS(world.GoTo("2029-07-01"));
  ASSERT_WORKS(world.Run());
  EXPECT_EQ(world.SubjectSections(log).size(), 0u);
}

// What the run has found may be held before it gets there: from then on it is not erased.
TEST_F(HoldTest, OneSetWhileARunIsUnderWayCounts) {
  EndedLongAgo({"1", "2"});
  bool set = false;
  // The first call is the run's own start, the second the begin event, after it has found what is due.
  clock.At(2, [&] { set = Hold("external_id:1", "2027-06-30").ok(); });
  const auto run = world.Run();
  ASSERT_WORKS(run);
  ASSERT_TRUE(set);
  EXPECT_GT(run->begin_entry, world.AuditSections("hold_set", "done").at(0).entry);
  EXPECT_EQ(world.AuditSections("retention_begin", "done").at(0)["planned"], "4") << "it had been found";
  EXPECT_EQ(run->erased, 2u);
  ASSERT_WORKS(world.ProfileOf("external_id:1"));
  ExpectMapsAgree(world, "external_id:1");
}

TEST_F(HoldTest, StandsAfterACrash) {
  EndedLongAgo({"1"});
  ASSERT_WORKS(Hold("external_id:1", "2027-06-30"));
  ASSERT_WORKS(world.Import("payment_history", kPaymentColumns, {{"1", "N", "2019-06-01", "b"}}));
  doubles::TempDir dir;
  const auto left = world.CrashCopy(dir / "copy");
  ASSERT_WORKS(left->Open());
  ASSERT_WORKS(left->Login());
  EXPECT_EQ(left->Run()->erased, 0u);
  EXPECT_EQ(left->State()->held, 3u) << "the new unit was marked, too";
  ExpectMapsAgree(*left, "external_id:1");
  left->Close();
  EXPECT_EQ(left->Damage(), "");
}

// Each call to the store fails once: the hold is there with event, marks and rows, or nothing of it is.
TEST_F(HoldTest, IsThereAsAWholeOrNotAtAll) {
  EndedLongAgo({"1"});
  doubles::TempDir dir;
  for (const auto how : {doubles::FaultStore::How::kNotPersisted, doubles::FaultStore::How::kPersisted}) {
    for (uint64_t n = 1;; ++n) {
      const std::string path = dir / (std::to_string(static_cast<int>(how)) + "." + std::to_string(n));
      const auto before = world.CrashCopy(path);
      ASSERT_WORKS(before->Open());
      ASSERT_WORKS(before->Login());
      before->fault->FailAt(n, how);
      const bool answered = Hold(*before, "external_id:1", "2027-06-30").ok();
      const bool failed = before->fault->has_failed();
      const auto left = before->CrashCopy(path + ".left");
      before->Close();
      ASSERT_WORKS(left->Open());
      ASSERT_WORKS(left->Login());
      const auto profile = left->ProfileOf("external_id:1");
      ASSERT_WORKS(profile);
      ASSERT_TRUE(!answered || profile->holds.size() == 1) << "call " << n;
      const size_t there = profile->holds.size();
      EXPECT_EQ(left->AuditSections("hold_set", "done").size(), there) << "call " << n;
      EXPECT_EQ(StateRows(*left, "hold"), there) << "call " << n;
      ExpectMapsAgree(*left, "external_id:1");
      EXPECT_EQ(left->State()->held, 2 * there) << "call " << n;
      EXPECT_EQ(left->Run()->erased, there == 1 ? 0u : 2u) << "call " << n;
      left->Close();
      EXPECT_EQ(left->Damage(), "") << "call " << n;
      if (!failed) {
        EXPECT_TRUE(answered);
        break;
      }
      ASSERT_LT(n, 200u);
    }
  }
}

}  // namespace
}  // namespace spor::service
