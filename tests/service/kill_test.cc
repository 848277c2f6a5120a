// SPDX-License-Identifier: Apache-2.0
#include "tests/service/kill_rounds.h"

// Two kills of each kind; the crash test has more.
namespace spor::service {
namespace {

TEST(KillTest, AcknowledgedEventsAreThereOnce) { KillDuringIngest(2, 21); }
TEST(KillTest, AcknowledgedRowsAreThereOnce) { KillDuringImport(2, 22); }
TEST(KillTest, ARetentionRunIsWholeOrDoneAgain) { KillDuringRetention(2, 23); }

}  // namespace
}  // namespace spor::service
