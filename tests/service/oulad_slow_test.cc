// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/doubles/places.h"

namespace spor {
namespace {

constexpr int kDataIsAbsent = 77;

// The main job on real input; the steps and what each must show stand in the script.
TEST(AcceptanceTest, MainJobOnRealInput) {
  const std::string script = doubles::SourceDir() + "/tests/acceptance/oulad.py";
  const std::string command = "python3 -B '" + script + "' --spor '" + doubles::ProgramPath() + "'";
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kDataIsAbsent) GTEST_SKIP() << "no real input here; set SPOR_DATA";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace spor
