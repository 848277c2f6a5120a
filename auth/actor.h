// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/clock.h"

namespace spor::auth {

// Design, "Access". Until there is a second account that can administer, the first one holds kBootstrap.
enum class Role : uint8_t {
  kBootstrap = 1,
  kOperator = 2,
  kSecurityAdmin = 3,
  kDpo = 4,
  kApprover = 5,
  kAuditor = 6,
  kCaseWorker = 7,
  kAppWriter = 8,
  kAppReader = 9,
};
inline constexpr uint8_t kRoleCount = 9;
std::string_view RoleName(Role role);
std::optional<Role> ParseRole(std::string_view name);

// What can be asked of the service, coarse enough for a table of role by action.
enum class Action : uint8_t {
  kRead = 1,    // a person's data for a purpose
  kImport = 2,  // people and records into the vault
  kClock = 3,   // starting and clearing retention clocks
  kIngest = 4,  // events of applications
  kPlanRetention = 5,
  kRunRetention = 6,
  kCertificate = 7,
  kReview = 8,
  kExtract = 9,
  kStatus = 10,
  kLog = 11,  // the log's clear part: tiles, entries, proofs, receipts that open nothing
  kRotateLogKey = 12,
  kKeys = 13,  // slots and rotation of the root key
  kBackup = 14,
  kHold = 15,      // legal holds: what is not erased though it is due
  kRestrict = 16,  // restriction of processing
  kAccounts = 17,
  kListAccounts = 18,
};
inline constexpr uint8_t kActions = 18;
std::string_view ActionName(Action action);

// Two roles that nobody may hold together, and why; docs/access.md.
struct Exclusion {
  Role one{};
  Role other{};
  std::string_view why;
};
// The first that `roles` breaks, or nothing.
std::optional<Exclusion> FindExclusion(const std::vector<Role>& roles);

// Whether one of `roles` may do `action`. Deny by default; who holds roles that exclude each other may do nothing. The
// table is in guard.cc and walked by a test.
bool RolesAllow(const std::vector<Role>& roles, Action action);

// A logged-in person, as of one request.
struct Actor {
  Id16 account{};
  std::string name;
  std::vector<Role> roles;
  Hash32 session{};  // keyed hash of the token: names the session, does not open it
  uint32_t peer_uid = 0;
  UnixSeconds expires = 0;
};

}  // namespace spor::auth
