// SPDX-License-Identifier: Apache-2.0
#include "privacy/policy_store.h"

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/labels.h"
#include "privacy/due.h"

namespace spor::privacy {
namespace {

constexpr std::string_view kPolicyRow = "policy";

}  // namespace

Hash32 PolicyDigest(std::string_view toml) { return Sha256({AsBytes(label::kPolicyDigest), AsBytes(toml)}); }

ledger::PolicyBody MakePolicyBody(const Policy& policy, std::string_view toml) {
  ledger::PolicyBody body;
  body.digest = PolicyDigest(toml);
  body.version = policy.number;
  for (const Category& category : policy.categories) body.categories.push_back({category.number, 0, category.key});
  for (const auto& [number, key] : {std::pair<uint16_t, const char*>{kIdentityCategory, "identity"},
                                    {kAccessLogCategory, "access_log"},
                                    {kAuditCategory, "audit"},
                                    {kStaffCategory, "staff"}}) {
    body.categories.push_back({number, 0, key});
  }
  for (const Rule& rule : policy.rules) {
    body.rules.push_back({rule.number, static_cast<uint8_t>(rule.retention_class), rule.key});
  }
  const auto by_number = [](const auto& a, const auto& b) { return a.number < b.number; };
  std::sort(body.categories.begin(), body.categories.end(), by_number);
  std::sort(body.rules.begin(), body.rules.end(), by_number);
  return body;
}

void StorePolicy(std::string_view toml, ledger::Batch& batch) {
  batch.Put(ledger::Family::kState, ToBytes(AsBytes(kPolicyRow)), ToBytes(AsBytes(toml)));
}

Result<StoredPolicy> LoadPolicy(const ledger::Store& store) {
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store.Get(ledger::Family::kState, AsBytes(kPolicyRow)));
  if (!row) return Status(Code::kCorrupt, "the stored policy is missing");
  StoredPolicy stored;
  stored.toml = AsText(*row);
  ASSIGN_OR_RETURN(stored.policy, ParsePolicy(stored.toml, "stored policy"));
  return stored;
}

auth::AuditRules::Schedule PolicyAuditRules::For(auth::AuditClass audit_class, int year, int month) const {
  const uint16_t rule = audit_class == auth::AuditClass::kAccess ? policy_.access_log_rule : policy_.evidence_rule;
  const DueDecision decision = DecideMonthDue(policy_, rule, year, month);
  return {decision.due, decision.rule, kAuditCategory};
}

ledger::DueKey PolicyStaffRules::AfterRemoval(UnixSeconds instant) const {
  return DecideDayDue(policy_, policy_.staff_rule, OsloDay(instant)).due;
}

std::pair<int, int> PolicyAuditRules::MonthOf(UnixSeconds instant) const {
  const LegalDate day = OsloDay(instant);
  return {YearOf(day), privacy::MonthOf(day)};
}

}  // namespace spor::privacy
