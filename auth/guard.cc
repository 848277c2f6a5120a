// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "auth/actor.h"

namespace spor::auth {
namespace {

static_assert(kActions < 32);
constexpr uint32_t Bit(Action action) { return uint32_t{1} << static_cast<uint8_t>(action); }

template <typename... Actions>
constexpr uint32_t May(Actions... actions) {
  return (Bit(actions) | ...);
}

constexpr uint32_t kEverything = ((uint32_t{1} << kActions) - 1) << 1;

// The one table of who may do what. What is not in a row is denied; so is a role that has no row.
struct RoleRow {
  Role role;
  std::string_view name;
  uint32_t may;
};
constexpr std::array<RoleRow, kRoleCount> kRoles = {{
    {Role::kBootstrap, "bootstrap", kEverything},
    {Role::kOperator, "operator",
     May(Action::kRead, Action::kImport, Action::kClock, Action::kStatus, Action::kPlanRetention, Action::kLog,
         Action::kBackup)},
    {Role::kSecurityAdmin, "security-admin",
     May(Action::kStatus, Action::kLog, Action::kRotateLogKey, Action::kKeys, Action::kBackup, Action::kAccounts,
         Action::kListAccounts)},
    {Role::kDpo, "dpo",
     May(Action::kRead, Action::kClock, Action::kPlanRetention, Action::kRunRetention, Action::kCertificate,
         Action::kReview, Action::kExtract, Action::kStatus, Action::kLog, Action::kHold, Action::kRestrict,
         Action::kListAccounts)},
    {Role::kApprover, "approver", May(Action::kStatus)},
    {Role::kAuditor, "auditor",
     May(Action::kCertificate, Action::kReview, Action::kExtract, Action::kStatus, Action::kPlanRetention, Action::kLog,
         Action::kListAccounts)},
    {Role::kCaseWorker, "case-worker", May(Action::kRead, Action::kStatus)},
    {Role::kAppWriter, "app-writer", May(Action::kIngest)},
    {Role::kAppReader, "app-reader", May(Action::kRead)},
}};

constexpr std::array<std::string_view, kActions + 1> kActionNames = {
    "",         "read",     "import",       "clock", "ingest",         "retention_plan", "retention_run", "certificate",
    "review",   "extract",  "status",       "log",   "rotate_log_key", "keys",           "backup",        "hold",
    "restrict", "accounts", "list_accounts"};

const RoleRow* RowOf(Role role) {
  const auto* row = std::find_if(kRoles.begin(), kRoles.end(), [&](const RoleRow& r) { return r.role == role; });
  return row == kRoles.end() ? nullptr : row;
}

}  // namespace

std::string_view RoleName(Role role) {
  const RoleRow* row = RowOf(role);
  return row == nullptr ? "unknown" : row->name;
}

std::optional<Role> ParseRole(std::string_view name) {
  const auto* row = std::find_if(kRoles.begin(), kRoles.end(), [&](const RoleRow& r) { return r.name == name; });
  return row == kRoles.end() ? std::nullopt : std::optional(row->role);
}

std::string_view ActionName(Action action) {
  const size_t index = static_cast<size_t>(action);
  return index == 0 || index >= kActionNames.size() ? "unknown" : kActionNames[index];
}

bool RolesAllow(const std::vector<Role>& roles, Action action) {
  const uint8_t number = static_cast<uint8_t>(action);
  if (number == 0 || number > kActions || FindExclusion(roles)) return false;
  return std::any_of(roles.begin(), roles.end(), [&](Role role) {
    const RoleRow* row = RowOf(role);
    return row != nullptr && (row->may & Bit(action)) != 0;
  });
}

}  // namespace spor::auth
