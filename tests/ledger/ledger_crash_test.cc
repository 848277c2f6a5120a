// SPDX-License-Identifier: Apache-2.0
#include "tests/ledger/crash_rounds.h"

namespace spor::ledger {
namespace {

constexpr size_t kLargeBatch = size_t{6} << 20;

// One directory that grows: after each kill what was just answered is verified, and now and then everything.
TEST(LedgerCrash, FiveHundredKillsOfOneDirectory) {
  CrashRounds rounds(20240501);
  ASSERT_NO_FATAL_FAILURE(rounds.Begin());
  for (int round = 1; round <= 500; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    // A process that dies within a large batch leaves a record that ends with the file.
    ASSERT_NO_FATAL_FAILURE(rounds.Round(round % 25 == 0 ? kLargeBatch : 0));
    if (round % 50 == 0) {
      ASSERT_NO_FATAL_FAILURE(rounds.VerifyAll());
    }
    if (::testing::Test::HasFailure()) return;
  }
  rounds.Report();
}

TEST(LedgerCrash, FreshDirectories) {
  CrashRounds rounds(20240502);
  for (int directory = 0; directory < 20; ++directory) {
    ASSERT_NO_FATAL_FAILURE(rounds.Begin());
    for (int kill = 0; kill < 3; ++kill) ASSERT_NO_FATAL_FAILURE(rounds.Round());
    ASSERT_NO_FATAL_FAILURE(rounds.VerifyAll());
  }
  rounds.Report();
}

}  // namespace
}  // namespace spor::ledger
