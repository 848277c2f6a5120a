// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "auth/actor.h"

namespace spor::auth {
namespace {

constexpr uint32_t Bit(Role role) { return uint32_t{1} << static_cast<uint8_t>(role); }
constexpr uint32_t kAllRoles = ((uint32_t{1} << kRoleCount) - 1) << 1;

template <typename... Roles>
constexpr uint32_t AllBut(Roles... roles) {
  return kAllRoles & ~(Bit(roles) | ...);
}

struct ExclusionRow {
  Role role;
  uint32_t others;
  std::string_view why;
};

// Each pair stands in one row. A role that is in no row with another one goes with it.
constexpr std::array<ExclusionRow, 6> kExclusions = {{
    {Role::kBootstrap, AllBut(Role::kBootstrap), "bootstrap is everything already and ends as a whole"},
    {Role::kAuditor, AllBut(Role::kAuditor, Role::kBootstrap), "nobody examines what he does himself"},
    {Role::kApprover, Bit(Role::kOperator) | Bit(Role::kSecurityAdmin) | Bit(Role::kDpo),
     "who asks for a dangerous act can't be the second person who approves it"},
    {Role::kDpo, Bit(Role::kSecurityAdmin),
     "the data protection officer supervises who has access and doesn't decide it (GDPR article 38(6))"},
    {Role::kAppWriter, AllBut(Role::kAppWriter, Role::kAppReader, Role::kBootstrap, Role::kAuditor),
     "an application's password lies in a file, and must open nothing that people do"},
    {Role::kAppReader, AllBut(Role::kAppReader, Role::kAppWriter, Role::kBootstrap, Role::kAuditor),
     "an application's password lies in a file, and must open nothing that people do"},
}};

}  // namespace

std::optional<Exclusion> FindExclusion(const std::vector<Role>& roles) {
  for (const ExclusionRow& row : kExclusions) {
    for (const Role one : roles) {
      if (one != row.role) continue;
      for (const Role other : roles) {
        const uint8_t number = static_cast<uint8_t>(other);
        if (number <= kRoleCount && (row.others & Bit(other)) != 0) return Exclusion{row.role, other, row.why};
      }
    }
  }
  return std::nullopt;
}

}  // namespace spor::auth
