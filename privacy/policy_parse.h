// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/policy.h"
#include "privacy/policy_reader.h"

namespace spor::privacy {

// Fills a policy from its tables: kinds, ranges, periods and unknown keys are checked here, references between the
// parts by CheckPolicy(). Errors: the first one is in `source`; what is returned then is of no use.
Policy FillPolicy(const PolicyNode& root, PolicySource& source);

// The part of it that repeats the privacy statement: meta, controller, decisions, promises, recipients, transfers.
void FillStatement(TableReader& top, Policy& policy);

// No list in a policy is longer than this.
inline constexpr size_t kMaxParts = 256;

// The keys that the parts of a list have, for messages.
template <typename Part>
std::vector<std::string> KeysOf(const std::vector<Part>& parts) {
  std::vector<std::string> keys;
  for (const Part& part : parts) keys.push_back(part.key);
  return keys;
}

}  // namespace spor::privacy
