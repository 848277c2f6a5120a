// SPDX-License-Identifier: Apache-2.0
#include "tests/ledger/life_on_disk.h"

// Some of the calls; the slow test has them all.
namespace spor::ledger {
namespace {

using How = LifeOnDisk::How;

TEST(LifeOnDiskTest, NothingAnsweredIsLostWhenACallFails) {
  if (!doubles::RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  EXPECT_GT(LifeOnDisk::Walk(std::random_device()() % 40, 40, How::kNotDone), 400u);
}

TEST(LifeOnDiskTest, NorWhenItIsDoneAllTheSame) {
  if (!doubles::RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  EXPECT_GT(LifeOnDisk::Walk(std::random_device()() % 40, 40, How::kDone), 400u);
}

}  // namespace
}  // namespace spor::ledger
