// SPDX-License-Identifier: Apache-2.0
#include "tests/doubles/recorded_disk.h"
#include "tests/service/damage_run.h"

// Some of the bytes; the slow test has them all. With sanitizers, which make a trial ten times as long, fewer.
namespace spor::service {
namespace {

TEST(DamageTest, NoneOfItGivesAnotherAnswer) {
  const DamageTable table = RunTrials(std::random_device{}(), doubles::RecordedDisk::Works() ? 10 : 400);
  PrintTable(table);
  ExpectHarmless(table);
}

}  // namespace
}  // namespace spor::service
