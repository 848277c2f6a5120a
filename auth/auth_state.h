// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/account.h"
#include "auth/auth_service.h"
#include "auth/login_limits.h"
#include "auth/refusal_counts.h"
#include "auth/session.h"

namespace spor::auth {

// What an AuthService holds. For auth/*.cc alone.
struct AuthService::State {
  explicit State(const AuthOptions& options) : sessions({options.idle_seconds, options.absolute_seconds}) {}

  AccountBook accounts;
  SessionBook sessions;
  RefusalCounts refusals;
  OriginDelays delays;
  PasswordGate gate;
  std::string dummy_hash;  // of a random password: checked where there is no account
};

// How often a decision is taken again because the account moved meanwhile.
inline constexpr int kMaxDecisions = 16;

inline ledger::Stripe AccountStripe(const Id16& account) { return ledger::StripeOf("account", account); }

// Moved by everything that changes who can administer: of two such changes the second is decided on what the first
// left.
inline ledger::Stripe AdministrationStripe() { return ledger::StripeOf("administration of accounts", {}); }

// One stripe for all names: two accounts can't take the same one.
inline ledger::Stripe AccountNamesStripe() { return ledger::StripeOf("account names", {}); }

// A copy of `account` after `change`.
template <typename Change>
AccountBook::Pointer Changed(const Account& account, const Change& change) {
  Account copy = account.Clone();
  change(copy);
  return std::make_shared<const Account>(std::move(copy));
}

}  // namespace spor::auth
