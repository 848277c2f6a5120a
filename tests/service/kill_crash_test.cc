// SPDX-License-Identifier: Apache-2.0
#include "tests/service/kill_rounds.h"

namespace spor::service {
namespace {

TEST(KillCrashTest, AcknowledgedEventsAreThereOnce) { KillDuringIngest(15, 1); }
TEST(KillCrashTest, AcknowledgedRowsAreThereOnce) { KillDuringImport(15, 2); }
TEST(KillCrashTest, ARetentionRunIsWholeOrDoneAgain) { KillDuringRetention(15, 3); }

}  // namespace
}  // namespace spor::service
