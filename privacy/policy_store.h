// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/account_keeper.h"
#include "ledger/ledger.h"
#include "privacy/policy.h"

// The policy in force, as the ledger and the audit trail need it.
namespace spor::privacy {

// SHA-256("spor/policy/v1" | text): in the policy entry and every head.
Hash32 PolicyDigest(std::string_view toml);
ledger::PolicyBody MakePolicyBody(const Policy& policy, std::string_view toml);
// The text itself, in Family::kState under "policy".
void StorePolicy(std::string_view toml, ledger::Batch& batch);
struct StoredPolicy {
  Policy policy;
  std::string toml;
};
Result<StoredPolicy> LoadPolicy(const ledger::Store& store);

class OsloLegalDay final : public ledger::LegalDay {
 public:
  uint32_t At(UnixSeconds instant) const override { return static_cast<uint32_t>(OsloDay(instant).days); }
};

class PolicyAuditRules final : public auth::AuditRules {
 public:
  explicit PolicyAuditRules(const Policy& policy) : policy_(policy) {}
  Schedule For(auth::AuditClass audit_class, int year, int month) const override;
  std::pair<int, int> MonthOf(UnixSeconds instant) const override;

 private:
  const Policy& policy_;
};

// The rule of staff accounts, whose clock is the end of the employment: the removal of the account counts as that.
class PolicyStaffRules final : public auth::StaffRules {
 public:
  explicit PolicyStaffRules(const Policy& policy) : policy_(policy) {}
  ledger::DueKey AfterRemoval(UnixSeconds instant) const override;

 private:
  const Policy& policy_;
};

}  // namespace spor::privacy
