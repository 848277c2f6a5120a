// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

#include "privacy/due.h"

// Retention worked out the slow way, from the words of the policy: day by day, is anything still needed?
namespace spor::privacy {

// The last day of a period by std::chrono's calendar: the same date, or the month's last.
inline int32_t LastDayOf(LegalDate start, Period period) {
  using namespace std::chrono;
  const year_month_day from{sys_days{days{start.days}}};
  year_month_day to = from + months{period.months};
  if (!to.ok()) to = to.year() / to.month() / last;
  return static_cast<int32_t>((sys_days{to} + days{period.days}).time_since_epoch().count());
}

class DueTwin {
 public:
  DueTwin(const Policy& policy, const Profile& profile) : policy_(policy), profile_(profile) {}

  DueDecision Unit(const SubjectUnit& unit) const {
    const Category& category = *policy_.FindCategory(unit.category);
    std::vector<const Purpose*> applying;
    for (const Purpose& purpose : category.purposes) {
      if (purpose.applies_to.empty() || Meets(purpose.applies_to, unit)) applying.push_back(&purpose);
    }
    if (applying.empty()) return {{0, ledger::kUndecided}, category.purposes.front().rule};
    for (const Purpose* purpose : applying) {
      if (!Undecided(*purpose) && Ends(*purpose, unit).empty()) return Decided(*purpose, ledger::kNotStarted);
    }
    for (const Purpose* purpose : applying) {
      if (Undecided(*purpose)) return Decided(*purpose, ledger::kUndecided);
    }
    return FirstDayNobodyNeeds(applying, unit);
  }

  ledger::DueKey Identity() const {
    std::vector<ledger::DueKey> policy_units, logs;
    for (const SubjectUnit& unit : profile_.units) {
      (policy_.FindCategory(unit.category) != nullptr ? policy_units : logs).push_back(unit.due);
    }
    const std::vector<ledger::DueKey>& dues = policy_units.empty() ? logs : policy_units;
    if (dues.empty()) return {0, ledger::kNotStarted};
    for (const ledger::DueDay open : {ledger::kNotStarted, ledger::kUndecided}) {
      if (const auto at = FirstOf(dues, [&](const auto& due) { return due.due == open; })) return *at;
    }
    ledger::DueKey latest = dues[0];
    const auto review = [](const ledger::DueKey& due) { return due.retention_class == 2; };
    const bool any_review = std::any_of(dues.begin(), dues.end(), review);
    bool first = true;
    for (const ledger::DueKey& due : dues) {
      if (any_review && !review(due)) continue;
      const bool law_wins = due.due == latest.due && due.retention_class == 1 && latest.retention_class == 0;
      if (first || due.due > latest.due || law_wins) latest = due;
      first = false;
    }
    return latest;
  }

 private:
  template <typename Test>
  static std::optional<ledger::DueKey> FirstOf(const std::vector<ledger::DueKey>& dues, const Test& test) {
    std::optional<ledger::DueKey> found;
    for (const ledger::DueKey& due : dues) {
      const bool law_wins = found && due.retention_class == 1 && found->retention_class != 1;
      if (test(due) && (!found || law_wins)) found = due;
    }
    return found;
  }
  DueDecision Decided(const Purpose& purpose, ledger::DueDay due) const {
    // Equals: a minimum by law first.
    const Rule& rule = *policy_.FindRule(purpose.rule);
    return {{static_cast<uint8_t>(rule.retention_class), due}, rule.number};
  }
  bool Undecided(const Purpose& purpose) const {
    return policy_.FindRule(purpose.rule)->status == RuleStatus::kUndecided;
  }
  bool Meets(const std::string& key, const SubjectUnit& unit) const {
    const Condition& condition = *policy_.FindCondition(key);
    if (condition.kind == Condition::Kind::kFieldIn) return unit.facts.contains(key) && !unit.facts.at(key).empty();
    std::set<uint16_t> ever;
    for (const SubjectUnit& other : profile_.units) ever.insert(other.category);
    for (const Profile::Erased& other : profile_.erased) ever.insert(other.category);
    bool has = false;
    for (const std::string& category : condition.categories) {
      has |= ever.contains(policy_.FindCategory(category)->number);
    }
    return condition.kind == Condition::Kind::kAnyUnitIn ? has : !has;
  }
  // The last days that the terms of the purpose's rule give.
  std::vector<int32_t> Ends(const Purpose& purpose, const SubjectUnit& unit) const {
    std::vector<int32_t> ends;
    for (const RuleTerm& term : policy_.FindRule(purpose.rule)->terms) {
      if (!term.applies_to.empty() && !Meets(term.applies_to, unit)) continue;
      if (unit.clock_dates.contains(term.clock)) {
        ends.push_back(LastDayOf(unit.clock_dates.at(term.clock), term.period));
      } else if (profile_.clocks.contains(term.clock)) {
        ends.push_back(LastDayOf(profile_.clocks.at(term.clock), term.period));
      }
    }
    return ends;
  }
  bool NeededOn(const Purpose& purpose, const SubjectUnit& unit, int32_t day) const {
    const std::vector<int32_t> ends = Ends(purpose, unit);
    return std::all_of(ends.begin(), ends.end(), [&](int32_t end) { return day <= end; });
  }
  DueDecision FirstDayNobodyNeeds(std::vector<const Purpose*> purposes, const SubjectUnit& unit) const {
    const auto review = [&](const Purpose* purpose) {
      return policy_.FindRule(purpose->rule)->retention_class == RetentionClass::kReview;
    };
    if (std::any_of(purposes.begin(), purposes.end(), review)) std::erase_if(purposes, std::not_fn(review));
    std::set<int32_t> days;
    for (const Purpose* purpose : purposes) {
      for (int32_t end : Ends(*purpose, unit)) days.insert(end + 1);
    }
    for (const int32_t day : days) {
      std::optional<DueDecision> last;
      bool needed = false;
      for (const Purpose* purpose : purposes) {
        needed |= NeededOn(*purpose, unit, day);
        if (!NeededOn(*purpose, unit, day - 1)) continue;
        const DueDecision decision = Decided(*purpose, static_cast<ledger::DueDay>(day));
        if (!last || (decision.due.retention_class == 1 && last->due.retention_class != 1)) last = decision;
      }
      if (!needed) return *last;
    }
    CHECK(false);
  }

  const Policy& policy_;
  const Profile& profile_;
};

}  // namespace spor::privacy
