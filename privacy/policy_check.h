// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/policy.h"
#include "privacy/policy_reader.h"

namespace spor::privacy {

// Checks what one part of a policy says about another: references, keys and numbers used twice, rules that can't work,
// and last of all that somebody approved it. Errors: the first one is in `source`.
void CheckPolicy(const Policy& policy, PolicySource& source);

}  // namespace spor::privacy
