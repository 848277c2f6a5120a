// SPDX-License-Identifier: Apache-2.0
#include "tests/service/power_walk.h"

namespace spor::service {
namespace {

TEST(PowerSlowTest, TheServiceStartsAndNothingAnsweredIsLost) {
  if (!doubles::RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  PowerWalk walk;
  ASSERT_NO_FATAL_FAILURE(walk.Record());
  walk.Cut(2000, 1);
}

}  // namespace
}  // namespace spor::service
