// SPDX-License-Identifier: Apache-2.0
#include "privacy/hold_rules.h"

#include <algorithm>

namespace spor::privacy {
namespace {

void TakeLatest(std::optional<LegalDate>& latest, LegalDate date) {
  if (!latest || *latest < date) latest = date;
}

// The day of a unit that a run on `first` may erase: a promised maximum is erased the evening before its day.
ledger::DueKey NotBefore(ledger::DueKey due, LegalDate first) {
  if (due.retention_class > 1 || due.due == ledger::kNotStarted || due.due == ledger::kUndecided) return due;
  const int32_t day = first.days + (due.retention_class == 0 ? 1 : 0);
  due.due = std::max(due.due, static_cast<ledger::DueDay>(std::max(0, day)));
  return due;
}

}  // namespace

std::optional<LegalDate> HeldUntil(const Profile& profile, const SubjectUnit& unit) {
  std::optional<LegalDate> latest;
  for (const Hold& hold : profile.holds) {
    if (hold.category == 0 || hold.category == unit.category) TakeLatest(latest, hold.until);
  }
  return latest;
}

std::optional<LegalDate> IdentityHeldUntil(const Profile& profile) {
  std::optional<LegalDate> latest;
  for (const Hold& hold : profile.holds) {
    const bool has_unit = std::any_of(profile.units.begin(), profile.units.end(),
                                      [&](const SubjectUnit& unit) { return unit.category == hold.category; });
    if (hold.category == 0 || has_unit) TakeLatest(latest, hold.until);
  }
  return latest;
}

bool HasUnsettledHold(const Profile& profile) {
  if (profile.identity_held != IdentityHeldUntil(profile).has_value()) return true;
  return std::any_of(profile.units.begin(), profile.units.end(),
                     [&](const SubjectUnit& unit) { return unit.held != HeldUntil(profile, unit).has_value(); });
}

void RemoveHold(Profile& profile, uint32_t id, LegalDate free_from) {
  std::vector<bool> covered;
  for (const SubjectUnit& unit : profile.units) covered.push_back(HeldUntil(profile, unit).has_value());
  std::erase_if(profile.holds, [&](const Hold& hold) { return hold.id == id; });
  for (size_t i = 0; i < profile.units.size(); ++i) {
    SubjectUnit& unit = profile.units[i];
    if (covered[i] && !HeldUntil(profile, unit)) unit.released = std::max(unit.released, free_from);
  }
}

ledger::DueKey DueUnderHold(ledger::DueKey due, const std::optional<LegalDate>& until) {
  return until ? NotBefore(due, {until->days + 1}) : due;
}

ledger::DueKey DueAfterHold(ledger::DueKey due, LegalDate released) {
  // Only a promise can be overdue; a minimum by law waits for its run as long as it takes.
  return released.days > 0 && due.retention_class == 0 ? NotBefore(due, released) : due;
}

}  // namespace spor::privacy
