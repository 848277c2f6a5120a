// SPDX-License-Identifier: Apache-2.0
#include "privacy/policy.h"

#include <algorithm>

#include "privacy/policy_check.h"
#include "privacy/policy_parse.h"

namespace spor::privacy {
namespace {

// Lists of a policy are short and kept in the order of the file.
template <typename Part, typename Member, typename Value>
const Part* Find(const std::vector<Part>& parts, Member Part::*member, const Value& value) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.*member == value; });
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

const Purpose* Category::FindPurpose(std::string_view purpose) const { return Find(purposes, &Purpose::key, purpose); }

bool Category::HasField(std::string_view field) const { return Find(fields, &PolicyField::key, field) != nullptr; }

const Category* Policy::FindCategory(std::string_view key) const { return Find(categories, &Category::key, key); }
const Category* Policy::FindCategory(uint16_t category_number) const {
  return Find(categories, &Category::number, category_number);
}
const Rule* Policy::FindRule(uint16_t rule_number) const { return Find(rules, &Rule::number, rule_number); }
const Rule* Policy::FindRule(std::string_view key) const { return Find(rules, &Rule::key, key); }
const ClockDefinition* Policy::FindClock(std::string_view key) const {
  return Find(clocks, &ClockDefinition::key, key);
}
const Condition* Policy::FindCondition(std::string_view key) const { return Find(conditions, &Condition::key, key); }
const LegalBasis* Policy::FindBasis(std::string_view key) const { return Find(bases, &LegalBasis::key, key); }
const Recipient* Policy::FindRecipient(std::string_view key) const { return Find(recipients, &Recipient::key, key); }

LegalDate Policy::FiscalYearEnd(LegalDate date) const {
  // "MM-DD" exists in every year: ParsePolicy() takes no 29 February.
  const int month = std::stoi(fiscal_year_end.substr(0, 2)), day = std::stoi(fiscal_year_end.substr(3, 2));
  const auto end_in = [&](int year) {
    const LegalDate end = MakeDate(std::min(year, 9999), month, day);
    // A year that ends with February ends with its last day, the 29th too.
    return month == 2 && day == 28 ? LastDayOfMonth(end) : end;
  };
  const LegalDate end = end_in(YearOf(date));
  return date <= end ? end : end_in(YearOf(date) + 1);
}

Result<Policy> ParsePolicy(std::string_view toml, std::string_view file) {
  ASSIGN_OR_RETURN(const PolicyNode root, ReadPolicyToml(toml, file));
  PolicySource source(file);
  Policy policy = FillPolicy(root, source);
  if (!source.failed()) CheckPolicy(policy, source);
  RETURN_IF_ERROR(source.status());
  return policy;
}

}  // namespace spor::privacy
