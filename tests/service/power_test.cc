// SPDX-License-Identifier: Apache-2.0
#include "tests/service/power_walk.h"

// Some of the moments at which the power can go; the slow test has more.
namespace spor::service {
namespace {

TEST(PowerTest, TheServiceStartsAndNothingAnsweredIsLost) {
  if (!doubles::RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  PowerWalk walk;
  ASSERT_NO_FATAL_FAILURE(walk.Record());
  for (const char* part : {"home/db/", "home.anchor/anchor.", "home.keys/slots.", "home.secret", "home/format"}) {
    size_t syncs = 0;
    for (const doubles::DiskEvent& event : walk.events()) {
      syncs += event.type == doubles::DiskEvent::Type::kSync && event.path.starts_with(part);
    }
    EXPECT_GT(syncs, 0u) << part << " was never synced";
  }
  walk.Cut(30, std::random_device{}() % 1000);
}

}  // namespace
}  // namespace spor::service
