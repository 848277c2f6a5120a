// SPDX-License-Identifier: Apache-2.0
#include "tests/ledger/life_on_disk.h"

namespace spor::ledger {
namespace {

using How = LifeOnDisk::How;

TEST(LifeOnDiskSlowTest, NothingAnsweredIsLostWhicheverCallFails) {
  if (!doubles::RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  EXPECT_GT(LifeOnDisk::Walk(0, 1, How::kNotDone), 400u);
}

TEST(LifeOnDiskSlowTest, NorWhenItIsDoneAllTheSame) {
  if (!doubles::RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  EXPECT_GT(LifeOnDisk::Walk(0, 1, How::kDone), 400u);
}

}  // namespace
}  // namespace spor::ledger
