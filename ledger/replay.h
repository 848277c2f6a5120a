// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/log_reader.h"
#include "ledger/unit_maps.h"

namespace spor::ledger {

// Both maps as they stood right before entry `end`, rebuilt from the log alone. kCorrupt if an operation does not fit.
// Costs one pass over the entries below `end`.
Result<UnitMaps> ReplayMaps(const LogReader& reader, uint64_t end);

// Moves `maps` on over entries [begin, end).
Status ReplayOnto(UnitMaps& maps, const LogReader& reader, uint64_t begin, uint64_t end);

// The newest head at or before `index`; kNotFound if there is none.
struct HeadAt {
  uint64_t index = 0;
  HeadBody body;
};
Result<HeadAt> NewestHead(const LogReader& reader, uint64_t index);

// The kind of an encoded entry without parsing the rest; 0 when too short.
inline uint8_t PeekKind(ByteView entry) { return entry.size() > 1 ? entry[1] : 0; }
// The time of an encoded entry without parsing the rest.
uint32_t PeekTime(ByteView entry);

}  // namespace spor::ledger
