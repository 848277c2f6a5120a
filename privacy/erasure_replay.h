// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/people_edit.h"

// After data was restored that is older than some erasures: the keys of what they erased are gone, and so must be what
// is left of it, in the maps, in the records and in the profiles of the people.
namespace spor::privacy {

struct ReplayedErasures {
  uint64_t units = 0;
  uint64_t people = 0;  // of whom nothing is left
};
// Erases every unit that lives in the log and has no key, with reason kReplayed, in as many generations as it takes.
// Nobody else may use these parts meanwhile. After an error it can be called again.
Result<ReplayedErasures> ReplayErasures(const Parts& parts);

}  // namespace spor::privacy
