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
// minimum by law before a promised maximum). kUndecided and kNotStarted count as later than any day.
DueDecision DecideDue(const Policy& policy, const Category& category, const SubjectUnit& unit, const Profile& profile);

// The identity unit dies with the last other unit of the policy's categories: the latest of their days; of somebody
// who has none, with her last access log.
DueDecision DecideIdentityDue(const Policy& policy, const Profile& profile);

// The due day of a month's access log: the month's last day plus the access-log rule's period.
DueDecision DecideMonthDue(const Policy& policy, uint16_t rule, int year, int month);

// Whether a unit is to be erased by a run on `day`: a promised maximum the evening before its day at the latest, a
// minimum by law from its day on; never a review, never one whose clock has not started or whose rule is undecided.
bool IsDue(const ledger::DueKey& due, LegalDate day);
// Whether a promise is broken on `day`: class 0 and due_day <= day.
bool IsOverdue(const ledger::DueKey& due, LegalDate day);

// Recomputes every unit and the identity; adds a redue operation for each live unit whose day changed, and sets the
// day of new ones (those in `created`) in their create operation.
struct Recomputed {
  std::vector<ledger::UnitOp> redues;
};
Recomputed RecomputeDues(const Policy& policy, Profile& profile, const std::set<UnitId>& created,
                         ledger::RedueReason reason);

}  // namespace spor::privacy
