// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/report/forged_log.h"
#include "tests/report/world.h"

namespace spor::report {
namespace {

// Forges a certificate with one lie and expects exactly this check to notice.
void ExpectNoticed(const ForgedLog::Lie& lie, const std::vector<std::string>& by) {
  ForgedLog log;
  const std::string certificate = log.Certificate(lie);
  const Result<Verification> verification = Verify(certificate, log.Trust());
  ASSERT_TRUE(verification.ok()) << verification.error().message();
  EXPECT_EQ(verification->result, "failed");
  std::vector<std::string> failed;
  for (const Check& check : verification->checks) {
    if (check.result == "failed") failed.push_back(check.name);
  }
  EXPECT_EQ(failed, by) << WhatFailed(verification);
}

TEST(ForgedCertificateTest, AnHonestOneVerifies) {
  ForgedLog log;
  const std::string certificate = log.Certificate({});
  ExpectVerified(certificate, log.Trust());
}

TEST(ForgedCertificateTest, AUnitOfBetweenTheHeadsIsFollowed) {
  ForgedLog::Lie shown;
  shown.late = true;
  ForgedLog log;
  const std::string certificate = log.Certificate(shown);
  ExpectVerified(certificate, log.Trust());
  ForgedLog::Lie hidden;
  hidden.late_hidden = true;
  ExpectNoticed(hidden, {"units_were_live", "units_due", "counts"});
}

TEST(ForgedCertificateTest, AUnitThatWasNeverThere) {
  ForgedLog::Lie lie;
  lie.never_created = true;
  ExpectNoticed(lie, {"units_were_live", "units_due", "counts"});
}

TEST(ForgedCertificateTest, AUnitThatIsStillThere) {
  ForgedLog::Lie lie;
  lie.kept = true;
  ExpectNoticed(lie, {"units_gone"});
}

TEST(ForgedCertificateTest, AUnitThatWasNotDue) {
  ForgedLog::Lie lie;
  lie.not_due = true;
  ExpectNoticed(lie, {"units_due"});
}

TEST(ForgedCertificateTest, AUnitErasedUnderAnotherDay) {
  ForgedLog::Lie lie;
  lie.moved_by_nobody = true;
  ExpectNoticed(lie, {"units_due", "counts"});
}

TEST(ForgedCertificateTest, AHeldUnit) {
  ForgedLog::Lie lie;
  lie.held = true;
  ExpectNoticed(lie, {"units_due"});
}

TEST(ForgedCertificateTest, AHeldUnitMayGoByRequestAndNoDeadlineIsClaimed) {
  ForgedLog::Lie lie;
  lie.held_by_request = true;
  ForgedLog log;
  const std::string certificate = log.Certificate(lie);
  ExpectVerified(certificate, log.Trust());
  const Result<Verification> verification = Verify(certificate, log.Trust());
  const std::string text = TextOfCheck(*verification, "units_due");
  EXPECT_NE(text.find("0 had reached their deadline, 2 were erased by request"), std::string::npos) << text;
}

TEST(ForgedCertificateTest, MoreAreGoneThanWereErased) {
  ForgedLog::Lie lie;
  lie.vanished = true;
  ExpectNoticed(lie, {"intent_matches_erasures"});
}

TEST(ForgedCertificateTest, AGenerationLeftOut) {
  ForgedLog::Lie before;
  before.before_left_out = true;
  ExpectNoticed(before, {"old_root_destroyed"});
  ForgedLog::Lie after;
  after.after_left_out = true;
  ExpectNoticed(after, {"old_root_destroyed"});
}

TEST(ForgedCertificateTest, HeadsOfAnotherDay) {
  ForgedLog::Lie lie;
  lie.another_day = true;
  ExpectNoticed(lie, {"times"});
}

TEST(ForgedCertificateTest, EntriesBackInTime) {
  ForgedLog::Lie lie;
  lie.back_in_time = true;
  ExpectNoticed(lie, {"times"});
  ForgedLog::Lie genesis;
  genesis.before_genesis = true;
  ExpectNoticed(genesis, {"times"});
}

TEST(ForgedCertificateTest, TimesOfTheReport) {
  std::vector<ForgedLog::Lie> lies(8);
  lies[0].made_at = "2026-03-10T12:00:01Z";
  lies[1].made_at = "2026-03-10T11:44:59Z";
  lies[2].made_at = "today";
  lies[3].as_of = "2026-03-11";
  lies[4].started = "2026-03-10T12:00:01Z";
  lies[5].finished = "2026-03-10T11:59:59Z";
  lies[6].finished = "2026-03-10T12:00:01Z";
  lies[7].finished = "";
  for (const ForgedLog::Lie& lie : lies) ExpectNoticed(lie, {"times"});
}

TEST(ForgedCertificateTest, AnotherSetOfLimits) {
  ForgedLog::Lie lie;
  lie.limits = R"({"nb":["Alt er slettet overalt."],"en":["Everything is erased everywhere."]})";
  ExpectNoticed(lie, {"words"});
}

// An extract from entry 0 on shows what single proofs can't: heads that say something else than all entries give.
TEST(ForgedExtractTest, TheWholeLogIsReplayed) {
  ForgedLog honest;
  const std::string extract = honest.Extract({});
  ExpectVerified(extract, honest.Trust());
  EXPECT_EQ(ResultOf(*Verify(extract, honest.Trust()), "replayed"), "verified");
  ForgedLog::Lie kept;
  kept.kept = true;
  ForgedLog log;
  const std::string lying = log.Extract(kept);
  ExpectFailed(lying, log.Trust(), "replayed");
  ForgedLog::Lie back;
  back.back_in_time = true;
  ForgedLog old;
  const std::string earlier = old.Extract(back);
  ExpectFailed(earlier, old.Trust(), "times");
}

TEST(ForgedCertificateTest, AnotherSetThanAnnounced) {
  ForgedLog::Lie lie;
  lie.another_announced = true;
  ExpectNoticed(lie, {"intent_matches_erasures"});
}

TEST(ForgedCertificateTest, AnErasureThatIsNotListed) {
  ForgedLog::Lie lie;
  lie.one_more_erased = true;
  ExpectNoticed(lie, {"units_erased", "counts"});
}

TEST(ForgedCertificateTest, AnotherRootDestroyed) {
  ForgedLog::Lie lie;
  lie.root_of_another = true;
  ExpectNoticed(lie, {"old_root_destroyed"});
}

TEST(ForgedCertificateTest, AnotherPolicy) {
  ForgedLog::Lie lie;
  lie.another_policy = true;
  ExpectNoticed(lie, {"policy"});
}

TEST(ForgedCertificateTest, RecordedBeforeTheRunEnded) {
  ForgedLog::Lie lie;
  lie.recorded_before = true;
  ExpectNoticed(lie, {"inclusion"});
}

TEST(ForgedCertificateTest, RecordedAsSomethingElse) {
  ForgedLog::Lie lie;
  lie.another_action = true;
  ExpectNoticed(lie, {"recorded"});
}

TEST(ForgedCertificateTest, SomethingOverdueIsDenied) {
  ForgedLog::Lie lie;
  lie.overdue_denied = true;
  ExpectNoticed(lie, {"counts"});
}

TEST(ForgedCertificateTest, SomethingOverdueIsAdmitted) {
  ForgedLog::Lie lie;
  lie.overdue_left = true;
  ForgedLog log;
  const std::string certificate = log.Certificate(lie);
  const Result<Verification> verification = Verify(certificate, log.Trust());
  ASSERT_TRUE(verification.ok());
  EXPECT_EQ(verification->result, "not_covered") << WhatFailed(verification);
  EXPECT_EQ(ResultOf(*verification, "nothing_overdue"), "not_covered");
}

}  // namespace
}  // namespace spor::report
