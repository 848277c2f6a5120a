// SPDX-License-Identifier: Apache-2.0
#include "ledger/unit_maps.h"

#include "crypto/codec.h"

namespace spor::ledger {

Bytes Encode(const LiveValue& value) {
  return Writer().U16(value.category).U64(value.entry).Raw(value.key_commit).Take();
}

Result<LiveValue> ParseLiveValue(ByteView bytes) {
  Reader in(bytes);
  LiveValue value;
  value.category = in.U16();
  value.entry = in.U64();
  value.key_commit = in.Fixed<32>();
  RETURN_IF_ERROR(in.Finish("live map value"));
  return value;
}

Bytes Encode(const DueValue& value) { return Writer().U16(value.rule).U8(value.held).U64(value.entry).Take(); }

Result<DueValue> ParseDueValue(ByteView bytes) {
  Reader in(bytes);
  DueValue value;
  value.rule = in.U16();
  value.held = in.U8();
  value.entry = in.U64();
  RETURN_IF_ERROR(in.Finish("due map value"));
  return value;
}

Bytes EncodeDueMapKey(const DueKey& due, const UnitId& unit) {
  return Writer().U8(due.retention_class).U32(due.due).Raw(unit).Take();
}

Result<DueMapKey> ParseDueMapKey(ByteView bytes) {
  Reader in(bytes);
  DueMapKey key;
  key.due.retention_class = in.U8();
  key.due.due = in.U32();
  key.unit = in.Fixed<16>();
  RETURN_IF_ERROR(in.Finish("due map key"));
  return key;
}

Status UnitMaps::Check(const UnitOp& op) const {
  const bool live = live_.Find(op.unit).has_value();
  if (op.type == OpType::kCreate) {
    return live ? Status(Code::kConflict, "the unit exists already") : OkStatus();
  }
  if (!live) return Status(Code::kConflict, "the unit is not live");
  if (!due_.Find(EncodeDueMapKey(op.old_due, op.unit))) {
    return Status(Code::kConflict, "the unit is due on another day than the operation says");
  }
  return OkStatus();
}

Status UnitMaps::Apply(const UnitOp& op, uint64_t entry, Batch* batch) {
  RETURN_IF_ERROR(Check(op));
  if (op.type != OpType::kCreate) {
    const Bytes key = EncodeDueMapKey(op.old_due, op.unit);
    ASSIGN_OR_RETURN(const DueValue old, ParseDueValue(*due_.Find(key)));
    Count(op.old_due, old.held, -1);
    due_.Remove(key);
    if (batch != nullptr) batch->Delete(Family::kDue, key);
  }
  if (op.type == OpType::kErase) {
    live_.Remove(op.unit);
    if (batch != nullptr) batch->Delete(Family::kLive, ToBytes(op.unit));
    return OkStatus();
  }
  if (op.type == OpType::kCreate) {
    const Bytes value = Encode(LiveValue{op.category, entry, op.key_commit});
    live_.Put(op.unit, value);
    if (batch != nullptr) batch->Put(Family::kLive, ToBytes(op.unit), value);
  }
  const Bytes key = EncodeDueMapKey(op.due, op.unit);
  const Bytes value = Encode(DueValue{op.rule, op.held, entry});
  due_.Put(key, value);
  Count(op.due, op.held, 1);
  if (batch != nullptr) batch->Put(Family::kDue, key, value);
  return OkStatus();
}

void UnitMaps::Count(const DueKey& due, uint8_t held, int64_t by) {
  if (due.due == kNotStarted) not_started_ += by;
  if (due.due == kUndecided) undecided_ += by;
  if (held != 0) held_ += by;
}

Status UnitMaps::Load(const Store& store) {
  Status parse;
  RETURN_IF_ERROR(store.Scan(Family::kLive, {}, {}, [&](ByteView key, ByteView value) {
    if (key.size() != sizeof(UnitId) || !ParseLiveValue(value).ok()) {
      parse = Status(Code::kCorrupt, "a row of the live map is malformed");
      return false;
    }
    live_.Put(key, value);
    return true;
  }));
  RETURN_IF_ERROR(parse);
  RETURN_IF_ERROR(store.Scan(Family::kDue, {}, {}, [&](ByteView key, ByteView value) {
    const Result<DueMapKey> parsed = ParseDueMapKey(key);
    const Result<DueValue> due = ParseDueValue(value);
    if (!parsed.ok() || !due.ok() || !live_.Find(parsed->unit)) {
      parse = Status(Code::kCorrupt, "a row of the due map is malformed or names no live unit");
      return false;
    }
    Count(parsed->due, due->held, 1);
    due_.Put(key, value);
    return true;
  }));
  RETURN_IF_ERROR(parse);
  if (live_.size() != due_.size()) return Status(Code::kCorrupt, "the two maps do not hold the same units");
  return OkStatus();
}

void UnitMaps::FillHead(HeadBody& head) {
  head.live_root = live_.Root();
  head.live_n = live_.size();
  head.due_root = due_.Root();
  head.due_n = due_.size();
  head.not_started = static_cast<uint64_t>(not_started_);
  head.undecided = static_cast<uint64_t>(undecided_);
  head.held = static_cast<uint64_t>(held_);
  head.min_due = kNotStarted;
  // Not from an empty key: in the order of the map that one stands behind 00 and anything but ff.
  if (const auto smallest = due_.AtOrAfter(EncodeDueMapKey({0, 0}, UnitId{}))) {
    const Result<DueMapKey> key = ParseDueMapKey(smallest->first);
    CHECK(key.ok());
    if (key->due.retention_class == 0) head.min_due = key->due.due;
  }
}

}  // namespace spor::ledger
