// SPDX-License-Identifier: Apache-2.0
#include "tests/ledger/crash_rounds.h"

// A few kills; the crash test has five hundred.
namespace spor::ledger {
namespace {

TEST(LedgerKill, EveryPrintedReceiptVerifiesAndEveryCheckpointIsConsistent) {
  CrashRounds rounds(std::random_device{}());
  ASSERT_NO_FATAL_FAILURE(rounds.Begin());
  for (int round = 0; round < 15; ++round) ASSERT_NO_FATAL_FAILURE(rounds.Round());
  rounds.VerifyAll();
  rounds.Report();
}

}  // namespace
}  // namespace spor::ledger
