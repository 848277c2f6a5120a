// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/bodies.h"
#include "ledger/map.h"
#include "ledger/store.h"

namespace spor::ledger {

// What the live map says of a unit: u16 category | u64 entry | key_commit[32].
struct LiveValue {
  uint16_t category = 0;
  uint64_t entry = 0;
  Hash32 key_commit{};
};
Bytes Encode(const LiveValue& value);
Result<LiveValue> ParseLiveValue(ByteView bytes);

// What the due map says: u16 rule | u8 state | u64 entry, under class | due | unit.
struct DueValue {
  uint16_t rule = 0;
  uint8_t held = 0;
  uint64_t entry = 0;
};
Bytes Encode(const DueValue& value);
Result<DueValue> ParseDueValue(ByteView bytes);
Bytes EncodeDueMapKey(const DueKey& due, const UnitId& unit);
struct DueMapKey {
  DueKey due;
  UnitId unit{};
};
Result<DueMapKey> ParseDueMapKey(ByteView bytes);

// Both maps and the counts of a head, moved forward one operation at a time. The log alone rebuilds them: this is the
// replay that a stranger does too.
class UnitMaps {
 public:
  // kConflict when the operation does not fit: create of a live unit, or another class and day than the unit has.
  Status Check(const UnitOp& op) const;
  // Check(), then applies; `entry` is the index of the entry that holds the operation. Rows go to `batch` if given.
  Status Apply(const UnitOp& op, uint64_t entry, Batch* batch);
  // Reads the leaf rows back. kCorrupt if the two maps do not hold the same units.
  Status Load(const Store& store);
  // Fills roots, counts and the earliest day of class 0.
  void FillHead(HeadBody& head);

  Map& live() { return live_; }
  Map& due() { return due_; }

 private:
  void Count(const DueKey& due, uint8_t held, int64_t by);

  Map live_;
  Map due_;
  int64_t not_started_ = 0;
  int64_t undecided_ = 0;
  int64_t held_ = 0;
};

}  // namespace spor::ledger
