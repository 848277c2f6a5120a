// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "auth/auth_state.h"
#include "ledger/bodies.h"

namespace spor::auth {

std::optional<AuthService::BootstrapEnd> AuthService::FindBootstrapEnd(const Account& changed) const {
  const auto holds = [](const Account& account) {
    return std::find(account.roles.begin(), account.roles.end(), Role::kBootstrap) != account.roles.end();
  };
  if (holds(changed) || !changed.CanAdminister()) return std::nullopt;
  for (const AccountBook::Pointer& account : state_->accounts.All()) {
    if (!holds(*account)) continue;
    const ledger::Expectation expect = parts_.ledger->Expect(AccountStripe(account->id));
    const AccountBook::Pointer now = state_->accounts.Get(account->id);
    return BootstrapEnd{expect, Changed(*now, [](Account& copy) { copy.roles.clear(); })};
  }
  return std::nullopt;
}

// Alone in its batch: what the first account asked for as bootstrap comes before it, or meets its new roles.
void AuthService::AddBootstrapEnd(const BootstrapEnd& end, ledger::Proposal& proposal) const {
  PutAccountRow(parts_.vault->ledger_id(), *end.freed, proposal.writes);
  proposal.expects.push_back(end.expect);
  proposal.touches.push_back(end.expect.stripe);
  proposal.update_facts = [](ledger::HeadFacts& facts) { facts.flags &= ~uint32_t{ledger::kFlagBootstrap}; };
  proposal.on_commit = [first = std::move(proposal.on_commit), state = state_.get(), freed = end.freed] {
    first();
    state->accounts.Put(freed);
  };
  proposal.placement = ledger::Proposal::Placement::kAlone;
}

}  // namespace spor::auth
