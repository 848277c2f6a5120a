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
