// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "auth/actor.h"

namespace spor::auth {
namespace {

// Written down by itself, not taken from the code. Columns:
//   read import clock ingest plan run certificate review extract status log rotate_log_key keys backup hold restrict
struct Row {
  std::string_view role;
  std::string_view may;
};
constexpr std::array<Row, 9> kTable = {{
    {"bootstrap", "xxxxxxxxxxxxxxxx"},
    {"operator", "xxx.x....xx..x.."},
    {"security-admin", ".........xxxxx.."},
    {"dpo", "x.x.xxxxxxx...xx"},
    {"approver", ".........x......"},
    {"auditor", "....x.xxxxx....."},
    {"case-worker", "x........x......"},
    {"app-writer", "...x............"},
    {"app-reader", "x..............."},
}};

TEST(Guard, EveryRoleMayDoExactlyWhatTheTableSays) {
  for (size_t r = 0; r < kTable.size(); ++r) {
    const auto role = static_cast<Role>(r + 1);
    EXPECT_EQ(RoleName(role), kTable[r].role);
    for (uint8_t a = 1; a <= kActions; ++a) {
      const auto action = static_cast<Action>(a);
      EXPECT_EQ(RolesAllow({role}, action), kTable[r].may[a - 1] == 'x') << kTable[r].role << " " << ActionName(action);
    }
  }
}

TEST(Guard, OneOfSeveralRolesIsEnough) {
  EXPECT_TRUE(RolesAllow({Role::kAppWriter, Role::kAuditor}, Action::kReview));
  EXPECT_FALSE(RolesAllow({Role::kAppWriter, Role::kAuditor}, Action::kRead));
}

TEST(Guard, WhatIsNotInTheTableIsDenied) {
  for (uint8_t a = 0; a < 255; ++a) EXPECT_FALSE(RolesAllow({}, static_cast<Action>(a)));
  for (const uint8_t a : {0, kActions + 1, 16, 17, 32, 64, 255}) {
    EXPECT_FALSE(RolesAllow({Role::kBootstrap}, static_cast<Action>(a))) << int{a};
  }
  for (const uint8_t r : {0, 10, 255}) EXPECT_FALSE(RolesAllow({static_cast<Role>(r)}, Action::kStatus)) << int{r};
}

TEST(Guard, NamesOfUnknownValuesAreUnknown) {
  EXPECT_EQ(RoleName(static_cast<Role>(0)), "unknown");
  EXPECT_EQ(ActionName(static_cast<Action>(0)), "unknown");
  EXPECT_EQ(ActionName(static_cast<Action>(kActions + 1)), "unknown");
  EXPECT_EQ(ActionName(Action::kStatus), "status");
}

}  // namespace
}  // namespace spor::auth
