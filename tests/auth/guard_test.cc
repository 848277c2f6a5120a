// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "auth/actor.h"

namespace spor::auth {
namespace {

// Written down by itself, not taken from the code. Columns:
//   read import clock ingest plan run certificate review extract status log rotate_log_key keys backup hold restrict
//   accounts list_accounts
struct Row {
  std::string_view role;
  std::string_view may;
};
constexpr std::array<Row, 9> kTable = {{
    {"bootstrap", "xxxxxxxxxxxxxxxxxx"},
    {"operator", "xxx.x....xx..x...."},
    {"security-admin", ".........xxxxx..xx"},
    {"dpo", "x.x.xxxxxxx...xx.x"},
    {"approver", ".........x........"},
    {"auditor", "....x.xxxxx......x"},
    {"case-worker", "x........x........"},
    {"app-writer", "...x.............."},
    {"app-reader", "x................."},
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
  EXPECT_TRUE(RolesAllow({Role::kCaseWorker, Role::kOperator}, Action::kImport));
  EXPECT_FALSE(RolesAllow({Role::kCaseWorker, Role::kOperator}, Action::kReview));
}

// Written down by itself, too: x where nobody may hold both. Rows and columns in the order of the roles.
constexpr std::array<std::string_view, kRoleCount> kExcluded = {
    ".xxxxxxxx",  // bootstrap
    "x...xx.xx",  // operator
    "x..xxx.xx",  // security-admin
    "x.x.xx.xx",  // dpo
    "xxxx.x.xx",  // approver
    "xxxxx.xxx",  // auditor
    "x....x.xx",  // case-worker
    "xxxxxxx..",  // app-writer
    "xxxxxxx..",  // app-reader
};

TEST(Guard, RolesThatExcludeEachOtherAllowNothingTogether) {
  for (uint8_t one = 1; one <= kRoleCount; ++one) {
    for (uint8_t other = 1; other <= kRoleCount; ++other) {
      const std::vector<Role> both = {static_cast<Role>(one), static_cast<Role>(other)};
      const bool excluded = kExcluded[one - 1][other - 1] == 'x';
      const std::string pair = std::string(RoleName(both[0])) + " " + std::string(RoleName(both[1]));
      ASSERT_EQ(FindExclusion(both).has_value(), excluded) << pair;
      if (!excluded) continue;
      EXPECT_FALSE(FindExclusion(both)->why.empty()) << pair;
      for (uint8_t a = 1; a <= kActions; ++a) EXPECT_FALSE(RolesAllow(both, static_cast<Action>(a))) << pair;
    }
  }
  EXPECT_TRUE(FindExclusion({Role::kCaseWorker, Role::kOperator, Role::kApprover}));
  EXPECT_FALSE(FindExclusion({}));
}

TEST(Guard, RolesAreFoundByTheirNames) {
  for (uint8_t r = 1; r <= kRoleCount; ++r) EXPECT_EQ(ParseRole(RoleName(static_cast<Role>(r))), static_cast<Role>(r));
  for (const char* name : {"", "unknown", "Operator", "operator ", "root"}) EXPECT_EQ(ParseRole(name), std::nullopt);
}

TEST(Guard, WhatIsNotInTheTableIsDenied) {
  for (uint8_t a = 0; a < 255; ++a) EXPECT_FALSE(RolesAllow({}, static_cast<Action>(a)));
  for (const uint8_t a : {0, kActions + 1, 31, 32, 33, 64, 255}) {
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
