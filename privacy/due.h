// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/subjects.h"

// When a unit must go: the policy's rules applied to what is known of a person. Pure.
namespace spor::privacy {

struct DueDecision {
  ledger::DueKey due;
  uint16_t rule = 0;
  bool operator==(const DueDecision&) const = default;
};

// The latest day over the purposes that apply; its rule is the one that gives that day (the first of equals, but a
// minimum by law before a promised maximum). A review date is later than the others, because nothing is erased at it;
// kUndecided and kNotStarted are later still.
DueDecision DecideDue(const Policy& policy, const Category& category, const SubjectUnit& unit, const Profile& profile);

// Whether a purpose may still be served from this unit on `day`: it applies, and its own rule has not expired; another
// purpose can keep the unit for longer.
enum class PurposeStands { kOpen, kDoesNotApply, kExpired };
PurposeStands StandOf(const Policy& policy, const Purpose& purpose, const SubjectUnit& unit, const Profile& profile,
                      LegalDate day);

// The identity unit dies with the last other unit of the policy's categories: the latest of their days, as above; of
// somebody who has none, with her last access log.
DueDecision DecideIdentityDue(const Policy& policy, const Profile& profile);

// The due day of a month's access log: the month's last day plus the access-log rule's period.
DueDecision DecideMonthDue(const Policy& policy, uint16_t rule, int year, int month);

// The same from one day that starts every clock of the rule.
DueDecision DecideDayDue(const Policy& policy, uint16_t rule, LegalDate day);

// Whether a unit is to be erased by a run on `day`: a promised maximum the evening before its day at the latest, a
// minimum by law from its day on; never a review, never one whose clock has not started or whose rule is undecided.
bool IsDue(const ledger::DueKey& due, LegalDate day);
// Whether a promise is broken on `day`: class 0 and due_day <= day.
bool IsOverdue(const ledger::DueKey& due, LegalDate day);

// Recomputes every unit and the identity, holds included; adds a redue operation for each live unit whose day, rule or
// hold state changed (the rule stands in the due map, too, and a new one can give the same day), and sets the day of
// new ones (those in `created`) in their create operation. A create operation can't hold: that of a unit made under a
// hold gives the day that the hold asks for, and a later redue the mark. The reason of an operation that sets or takes
// the mark is hold on or hold off, of another `reason`.
struct Recomputed {
  std::vector<ledger::UnitOp> redues;
};
Recomputed RecomputeDues(const Policy& policy, Profile& profile, const std::set<UnitId>& created,
                         ledger::RedueReason reason);

// The units that are due on `day` and kept by a hold that stands on it: as if her holds were not there.
uint64_t CountHeldBack(const Policy& policy, const Profile& profile, LegalDate day);

}  // namespace spor::privacy
