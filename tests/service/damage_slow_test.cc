// SPDX-License-Identifier: Apache-2.0
#include "tests/service/damage_run.h"

namespace spor::service {
namespace {

TEST(DamageSlowTest, EveryByteOfAHome) {
  const DamageTable table = RunTrials(1, 1);
  PrintTable(table);
  ExpectHarmless(table);
}

}  // namespace
}  // namespace spor::service
