// SPDX-License-Identifier: Apache-2.0
#include "tests/ledger/power.h"

// Some of the moments at which the power can go; the slow test has them all.
namespace spor::ledger {
namespace {

TEST_F(PowerTest, NothingAnsweredIsLostWhenThePowerGoes) {
  if (!RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  ASSERT_NO_FATAL_FAILURE(Record());
  ASSERT_GT(events().size(), 300u) << "the recording sees too little";
  size_t syncs = 0;
  for (const DiskEvent& event : events()) syncs += event.type == DiskEvent::Type::kSync;
  ASSERT_GT(syncs, 50u);
  const size_t opened = CutEverywhere(29, static_cast<uint32_t>(std::random_device()() % 1000));
  std::printf("%zu disks of %zu events\n", opened, events().size());
}

}  // namespace
}  // namespace spor::ledger
