// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/bodies.h"
#include "ledger/pruned_map.h"
#include "tools/report/document.h"
#include "tools/report/log_proof.h"

// What a proof about the maps of a head says in words: written by the maker, recomputed by the verifier with the same
// code.
namespace spor::report {

struct MapFacts {
  uint64_t head_index = 0;
  uint32_t head_time_s = 0;
  ledger::HeadBody head;
  std::optional<ledger::PrunedMap> live;
  std::optional<ledger::PrunedMap> due;
};

// First and last key of the due map for promised maxima up to and with that day.
std::pair<Bytes, Bytes> DueRange(privacy::LegalDate by);

// The report on `unit`, which stands in the due map under `due_key`, or is not alive (no key). kFailed unless the maps
// show it.
Result<std::string> UnitReport(const MapFacts& facts, const ledger::UnitId& unit, const std::optional<Bytes>& due_key);
Result<std::string> SmallestReport(const MapFacts& facts);
Result<std::string> DueReport(const MapFacts& facts, privacy::LegalDate by);

}  // namespace spor::report
