// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/subjects.h"

// What the holds in a profile mean for its units. Pure.
namespace spor::privacy {

// The last day of the last hold that covers the unit; nothing if none does. A hold stands as long as it is in the
// profile: SettleHolds() takes out those whose day is over.
std::optional<LegalDate> HeldUntil(const Profile& profile, const SubjectUnit& unit);
// The identity is held with everything, and as long as any unit of hers is: without it that unit is nobody's.
std::optional<LegalDate> IdentityHeldUntil(const Profile& profile);

// Whether a unit is not marked as its holds say: one made under a hold, since a create operation can't hold.
bool HasUnsettledHold(const Profile& profile);

// Takes a hold out of the profile. What no other hold covers is free from `free_from` on.
void RemoveHold(Profile& profile, uint32_t id, LegalDate free_from);

// A hold moves a unit into another cluster, with an end of its own: the day becomes that of the first run after the
// hold, if it is later. So a held unit breaks no promise and stands in no one's way, and the day says when it will go.
// What has no day, and a review, at which nothing is erased, stay as they are.
ledger::DueKey DueUnderHold(ledger::DueKey due, const std::optional<LegalDate>& until);
// The same for what was held once: on the day it became free it is due, and not overdue before that day is over.
ledger::DueKey DueAfterHold(ledger::DueKey due, LegalDate released);

}  // namespace spor::privacy
