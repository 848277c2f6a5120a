// SPDX-License-Identifier: Apache-2.0
#include "privacy/due.h"

#include <algorithm>

namespace spor::privacy {
namespace {

using ledger::DueDay;
using ledger::kNotStarted;
using ledger::kUndecided;

bool Holds(const Policy& policy, std::string_view key, const SubjectUnit& unit, const Profile& profile) {
  if (key.empty()) return true;
  const Condition* condition = policy.FindCondition(key);
  CHECK(condition != nullptr);  // checked when the policy was parsed
  if (condition->kind == Condition::Kind::kFieldIn) {
    const auto records = unit.facts.find(condition->key);
    return records != unit.facts.end() && !records->second.empty();
  }
  // Who was a customer once stays one for these rules, also when what she bought is already erased.
  const auto counts = [&](const auto& other) {
    const Category* category = policy.FindCategory(other.category);
    return category != nullptr && std::find(condition->categories.begin(), condition->categories.end(),
                                            category->key) != condition->categories.end();
  };
  const bool any = std::any_of(profile.units.begin(), profile.units.end(), counts) ||
                   std::any_of(profile.erased.begin(), profile.erased.end(), counts);
  return any == (condition->kind == Condition::Kind::kAnyUnitIn);
}

DueDay TermDue(const RuleTerm& term, const SubjectUnit& unit, const Profile& profile) {
  const auto own = unit.clock_dates.find(term.clock);
  const auto person = profile.clocks.find(term.clock);
  if (own == unit.clock_dates.end() && person == profile.clocks.end()) return kNotStarted;
  const LegalDate start = own != unit.clock_dates.end() ? own->second : person->second;
  return static_cast<DueDay>(std::max(0, RetentionDue(start, term.period).days));
}

DueDay RuleDue(const Policy& policy, const Rule& rule, const SubjectUnit& unit, const Profile& profile) {
  if (rule.status == RuleStatus::kUndecided) return kUndecided;
  DueDay earliest = kNotStarted;
  for (const RuleTerm& term : rule.terms) {
    if (Holds(policy, term.applies_to, unit, profile)) earliest = std::min(earliest, TermDue(term, unit, profile));
  }
  return earliest;
}

bool HasDay(DueDay due) { return due != kNotStarted && due != kUndecided; }

// A review is later than any day of another class: nothing is erased at it, so what needs the data then has no end yet.
bool Later(const DueDecision& a, const DueDecision& b) {
  const bool a_review = a.due.retention_class == 2, b_review = b.due.retention_class == 2;
  if (HasDay(a.due.due) && HasDay(b.due.due) && a_review != b_review) return a_review;
  if (a.due.due != b.due.due) return a.due.due > b.due.due;
  return a.due.retention_class == 1 && b.due.retention_class != 1;
}

}  // namespace

DueDecision DecideDue(const Policy& policy, const Category& category, const SubjectUnit& unit, const Profile& profile) {
  std::optional<DueDecision> latest;
  for (const Purpose& purpose : category.purposes) {
    if (!Holds(policy, purpose.applies_to, unit, profile)) continue;
    const Rule* rule = policy.FindRule(purpose.rule);
    CHECK(rule != nullptr);
    const DueDecision decision{{static_cast<uint8_t>(rule->retention_class), RuleDue(policy, *rule, unit, profile)},
                               rule->number};
    if (!latest || Later(decision, *latest)) latest = decision;
  }
  // A unit that no purpose needs any more must not be kept; until a rule says when, it is listed as undecided.
  return latest.value_or(DueDecision{{0, kUndecided}, category.purposes.front().rule});
}

PurposeStands StandOf(const Policy& policy, const Purpose& purpose, const SubjectUnit& unit, const Profile& profile,
                      LegalDate day) {
  if (!Holds(policy, purpose.applies_to, unit, profile)) return PurposeStands::kDoesNotApply;
  const Rule* rule = policy.FindRule(purpose.rule);
  CHECK(rule != nullptr);
  const DueDay due = RuleDue(policy, *rule, unit, profile);
  const bool expires = rule->retention_class != RetentionClass::kReview && HasDay(due);
  return expires && int64_t{due} <= day.days ? PurposeStands::kExpired : PurposeStands::kOpen;
}

DueDecision DecideIdentityDue(const Policy& policy, const Profile& profile) {
  std::optional<DueDecision> latest;
  for (const bool policy_units : {true, false}) {
    for (const SubjectUnit& unit : profile.units) {
      if ((policy.FindCategory(unit.category) != nullptr) != policy_units) continue;
      const DueDecision decision{unit.due, policy.identity_rule};
      if (!latest || Later(decision, *latest)) latest = decision;
    }
    if (latest) return *latest;
  }
  return DueDecision{{0, kNotStarted}, policy.identity_rule};
}

DueDecision DecideMonthDue(const Policy& policy, uint16_t rule_number, int year, int month) {
  const Rule* rule = policy.FindRule(rule_number);
  CHECK(rule != nullptr);
  const LegalDate last = LastDayOfMonth(MakeDate(year, month, 1));
  DueDay due = kNotStarted;
  for (const RuleTerm& term : rule->terms)
    due = std::min(due, static_cast<DueDay>(RetentionDue(last, term.period).days));
  if (rule->status == RuleStatus::kUndecided) due = kUndecided;
  return {{static_cast<uint8_t>(rule->retention_class), due}, rule_number};
}

bool IsDue(const ledger::DueKey& due, LegalDate day) {
  if (!HasDay(due.due)) return false;
  const int64_t today = day.days;
  switch (due.retention_class) {
    case 0: return int64_t{due.due} <= today + 1;
    case 1: return int64_t{due.due} <= today;
    default: return false;
  }
}

bool IsOverdue(const ledger::DueKey& due, LegalDate day) {
  return due.retention_class == 0 && HasDay(due.due) && int64_t{due.due} <= day.days;
}

Recomputed RecomputeDues(const Policy& policy, Profile& profile, const std::set<UnitId>& created,
                         ledger::RedueReason reason) {
  Recomputed out;
  const auto move = [&](const UnitId& unit, DueDecision& stands, const DueDecision& decision) {
    if (stands == decision) return;
    if (!created.contains(unit)) {
      out.redues.push_back(ledger::UnitOp::Redue(unit, stands.due, decision.due, 0, decision.rule, reason));
    }
    stands = decision;
  };
  for (SubjectUnit& unit : profile.units) {
    const Category* category = policy.FindCategory(unit.category);
    if (category == nullptr) continue;  // an access log keeps its day
    DueDecision stands{unit.due, unit.rule};
    move(unit.unit, stands, DecideDue(policy, *category, unit, profile));
    unit.due = stands.due;
    unit.rule = stands.rule;
  }
  DueDecision identity{profile.identity_due, policy.identity_rule};
  move(profile.identity, identity, DecideIdentityDue(policy, profile));
  profile.identity_due = identity.due;
  return out;
}

}  // namespace spor::privacy
