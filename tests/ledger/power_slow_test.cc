// SPDX-License-Identifier: Apache-2.0
#include "tests/ledger/power.h"

namespace spor::ledger {
namespace {

TEST_F(PowerTest, NothingAnsweredIsLostWheneverThePowerGoes) {
  if (!RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  ASSERT_NO_FATAL_FAILURE(Record());
  const size_t opened = CutEverywhere(1, 1);
  std::printf("%zu disks of %zu events\n", opened, events().size());
}

}  // namespace
}  // namespace spor::ledger
