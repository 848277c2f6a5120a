// SPDX-License-Identifier: Apache-2.0
#include "privacy/due.h"

#include <algorithm>

#include "privacy/hold_rules.h"

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

// What the maps are to say of a unit.
struct Standing {
  DueDecision decision;
  bool held = false;
  bool operator==(const Standing&) const = default;
};

Standing WantedOf(const Policy& policy, const SubjectUnit& unit, const Profile& profile) {
  const std::optional<LegalDate> until = HeldUntil(profile, unit);
  Standing wanted{{unit.due, unit.rule}, until.has_value()};
  if (const Category* category = policy.FindCategory(unit.category)) {
    wanted.decision = DecideDue(policy, *category, unit, profile);
  } else if (const Result<LegalDate> month = ParseDate(unit.period + "-01");
             unit.category == kAccessLogCategory && month.ok() && (until || unit.held || unit.released.days > 0)) {
    // An access log keeps the day that it was made with; only holds move it, and back.
    wanted.decision = DecideMonthDue(policy, policy.access_log_rule, YearOf(*month), MonthOf(*month));
  }
  wanted.decision.due = DueUnderHold(DueAfterHold(wanted.decision.due, unit.released), until);
  return wanted;
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
  return DecideDayDue(policy, rule_number, LastDayOfMonth(MakeDate(year, month, 1)));
}

DueDecision DecideDayDue(const Policy& policy, uint16_t rule_number, LegalDate day) {
  const Rule* rule = policy.FindRule(rule_number);
  CHECK(rule != nullptr);
  DueDay due = kNotStarted;
  for (const RuleTerm& term : rule->terms)
    due = std::min(due, static_cast<DueDay>(RetentionDue(day, term.period).days));
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
  // What stands afterwards.
  const auto move = [&](const UnitId& unit, const Standing& stands, const Standing& wanted) -> Standing {
    if (created.contains(unit)) return {wanted.decision, stands.held};
    if (stands == wanted) return wanted;
    const ledger::RedueReason mark = wanted.held ? ledger::RedueReason::kHoldOn : ledger::RedueReason::kHoldOff;
    out.redues.push_back(ledger::UnitOp::Redue(unit, stands.decision.due, wanted.decision.due, wanted.held ? 1 : 0,
                                               wanted.decision.rule, stands.held == wanted.held ? reason : mark));
    return wanted;
  };
  for (SubjectUnit& unit : profile.units) {
    const Standing after = move(unit.unit, {{unit.due, unit.rule}, unit.held}, WantedOf(policy, unit, profile));
    unit.due = after.decision.due;
    unit.rule = after.decision.rule;
    unit.held = after.held;
  }
  const std::optional<LegalDate> until = IdentityHeldUntil(profile);
  Standing identity{DecideIdentityDue(policy, profile), until.has_value()};
  identity.decision.due = DueUnderHold(identity.decision.due, until);
  const Standing after =
      move(profile.identity, {{profile.identity_due, policy.identity_rule}, profile.identity_held}, identity);
  profile.identity_due = after.decision.due;
  profile.identity_held = after.held;
  return out;
}

uint64_t CountHeldBack(const Policy& policy, const Profile& profile, LegalDate day) {
  Profile standing = profile;
  std::erase_if(standing.holds, [&](const Hold& hold) { return hold.until < day; });
  Profile free = profile;
  free.holds.clear();
  RecomputeDues(policy, free, {}, ledger::RedueReason::kHoldOff);
  uint64_t count = IdentityHeldUntil(standing) && IsDue(free.identity_due, day) ? 1 : 0;
  for (size_t i = 0; i < free.units.size(); ++i) {
    count += HeldUntil(standing, standing.units[i]) && IsDue(free.units[i].due, day);
  }
  return count;
}

}  // namespace spor::privacy
