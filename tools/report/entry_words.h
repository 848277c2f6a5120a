// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "privacy/policy.h"
#include "tools/report/document.h"

namespace spor::report {

// The keys under which the policy knows a number.
struct PolicyNames {
  std::function<std::string(uint16_t)> category;
  std::function<std::string(uint16_t)> rule;
};
// Those of `policy`, which is borrowed, and of the service's own categories; the number where none fits.
PolicyNames NamesOf(const privacy::Policy& policy);

// The clear part of an entry for people: {index, kind, time, time_oslo, seal_id, sections [{tag, root}], body,
// operations, leaf_hash, entry}. `body` is what the kind says, null where there is none; `entry` is the leaf in base64.
// kCorrupt, kTooNew for bytes that are no entry.
Result<std::string> EntryJson(uint64_t index, ByteView bytes, const PolicyNames& names);

}  // namespace spor::report
