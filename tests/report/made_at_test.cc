// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/report/world.h"
#include "tools/report/receipt.h"

namespace spor::report {
namespace {

// The time of an entry never goes back, a clock may: somebody sets it, or it was wrong when the machine started.
class ClockThatWentBack : public ::testing::Test {
 protected:
  ClockThatWentBack() {
    world_.Wait(3 * 3600);
    trust_ = world_.Trust();
    clock_back_ = world_.clock.Now() - 3600;
    world_.clock.Set(clock_back_);
  }
  void ExpectGood(const Result<std::string>& artefact) {
    ASSERT_TRUE(artefact.ok()) << artefact.error().message();
    ExpectVerified(*artefact, trust_);
    const UnixSeconds newest = world_.reports.ledger->reader().State()->last_time;
    ASSERT_GT(newest, clock_back_);
    const std::string made_at = "\"made_at\":\"" + privacy::FormatUtc(newest) + "\"";
    EXPECT_NE(artefact->find(made_at), std::string::npos) << "the time of the event, not the clock's";
  }
  const privacy::LegalDate day_ = MakeDate(2026, 3, 10);

  World world_;
  std::string trust_;
  UnixSeconds clock_back_ = 0;
};

TEST_F(ClockThatWentBack, ACertificateBearsTheTimesOfItsEntries) {
  const privacy::RunRecord run = world_.Run();
  EXPECT_EQ(run.started, clock_back_);
  EXPECT_GT(run.finished, clock_back_) << "not before the entries of the run";
  ExpectGood(MakeCertificate(world_.reports, world_.actor, {"last", ""}));
}

TEST_F(ClockThatWentBack, AReviewToo) { ExpectGood(MakeReview(world_.reports, world_.actor, {day_, day_})); }

TEST_F(ClockThatWentBack, AnExtractToo) {
  ExpectGood(MakeExtract(world_.reports, world_.actor, {day_, day_, "", "prøve"}));
}

TEST_F(ClockThatWentBack, AReceiptToo) {
  const uint64_t event = world_.reports.ledger->size();
  world_.ReadPerson("kunde@example.no", "case 1");
  const Result<std::string> receipt =
      MakeReceipt(world_.reports, world_.actor, {event, ReceiptRequest::Open::kYes, "", "to check"});
  ASSERT_TRUE(receipt.ok()) << receipt.error().message();
  ExpectVerified(*receipt, trust_);
}

}  // namespace
}  // namespace spor::report
