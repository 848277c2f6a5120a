// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/bodies.h"
#include "ledger/map.h"
#include "ledger/store.h"

namespace spor::ledger {

inline constexpr size_t kLiveValueBytes = 42;
inline constexpr size_t kDueKeyBytes = 21;
inline constexpr size_t kDueValueBytes = 11;

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

// Each half takes the operations of the log in order; it looks at nothing of the other, so that a replay of the whole
// log can run them beside each other. Apply() is for operations that Check() has passed; rows go to `batch` if given.
class LiveUnits {
 public:
  // kConflict: create of a live unit, another operation on one that is not.
  Status Check(const UnitOp& op) const;
  void Apply(const UnitOp& op, uint64_t entry, Batch* batch);
  // Map::Prefetch() for operations that are to be applied.
  void Prefetch(std::span<const UnitOp> ops) const;
  // Takes back an operation that was applied; `before` is what an erasure took away.
  void Undo(const UnitOp& op, const LiveValue& before);
  // Reads the rows of an empty map, and hashes it.
  Status Load(const Store& store);
  // Root and count.
  void FillHead(HeadBody& head);
  Map& map() { return map_; }
  const Map& map() const { return map_; }

 private:
  Map map_{{sizeof(UnitId), kLiveValueBytes}};
};

class DueUnits {
 public:
  // kConflict: the unit does not have the class and day that a redue or an erase says.
  Status Check(const UnitOp& op) const;
  void Apply(const UnitOp& op, uint64_t entry, Batch* batch);
  void Prefetch(std::span<const UnitOp> ops) const;
  // Takes back an operation that was applied; `before` is what a redue or an erase replaced.
  void Undo(const UnitOp& op, const DueValue& before);
  Status Load(const Store& store);
  // Root, counts, and the earliest day of class 0.
  void FillHead(HeadBody& head);
  Map& map() { return map_; }
  const Map& map() const { return map_; }

 private:
  void Count(const DueKey& due, uint8_t held, int64_t by);
  void Put(const DueKey& due, const UnitId& unit, const DueValue& value, Batch* batch);
  void Remove(const DueKey& due, const UnitId& unit, Batch* batch);

  Map map_{{kDueKeyBytes, kDueValueBytes}};
  int64_t not_started_ = 0;
  int64_t undecided_ = 0;
  int64_t held_ = 0;
};

// Both maps and the counts of a head, moved forward one operation at a time. The log alone rebuilds them: this is the
// replay that a stranger does too.
class UnitMaps {
 public:
  // kConflict when the operation does not fit: create of a live unit, or another class and day than the unit has.
  Status Check(const UnitOp& op) const;
  // Check(), then applies; `entry` is the index of the entry that holds the operation. Rows go to `batch` if given.
  Status Apply(const UnitOp& op, uint64_t entry, Batch* batch);
  // Takes back the operation that was applied last of those not taken back.
  void Undo(const UnitOp& op, const LiveValue& live_before, const DueValue& due_before);
  // Reads the leaf rows back and hashes them, both maps at the same time. kCorrupt for malformed rows or if the two
  // maps are of different size; that they are the right ones shows when they are compared with a head.
  Status Load(const Store& store);
  // Fills roots, counts and the earliest day of class 0.
  void FillHead(HeadBody& head);

  Map& live() { return live_units_.map(); }
  Map& due() { return due_units_.map(); }
  const Map& live() const { return live_units_.map(); }
  const Map& due() const { return due_units_.map(); }

 private:
  LiveUnits live_units_;
  DueUnits due_units_;
};

}  // namespace spor::ledger
