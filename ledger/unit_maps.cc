// SPDX-License-Identifier: Apache-2.0
#include "ledger/unit_maps.h"

#include <thread>

#include "crypto/codec.h"

namespace spor::ledger {
namespace {

// Fixed rows without an allocation: operations come by the million.
template <size_t kBytes>
class Row {
 public:
  template <typename T>
  Row& Int(T v) {
    for (size_t i = sizeof(T); i-- > 0;) bytes_[size_++] = static_cast<uint8_t>(v >> (8 * i));
    return *this;
  }
  Row& Raw(ByteView more) {
    std::copy(more.begin(), more.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += more.size();
    return *this;
  }
  const std::array<uint8_t, kBytes>& bytes() const {
    CHECK(size_ == kBytes);
    return bytes_;
  }

 private:
  std::array<uint8_t, kBytes> bytes_;
  size_t size_ = 0;
};

auto LiveRow(const LiveValue& value) {
  return Row<kLiveValueBytes>().Int(value.category).Int(value.entry).Raw(value.key_commit).bytes();
}
auto DueRow(const DueValue& value) {
  return Row<kDueValueBytes>().Int(value.rule).Int(value.held).Int(value.entry).bytes();
}
auto DueRowKey(const DueKey& due, const UnitId& unit) {
  return Row<kDueKeyBytes>().Int(due.retention_class).Int(due.due).Raw(unit).bytes();
}

}  // namespace

Bytes Encode(const LiveValue& value) { return ToBytes(LiveRow(value)); }

Result<LiveValue> ParseLiveValue(ByteView bytes) {
  Reader in(bytes);
  LiveValue value;
  value.category = in.U16();
  value.entry = in.U64();
  value.key_commit = in.Fixed<32>();
  RETURN_IF_ERROR(in.Finish("live map value"));
  return value;
}

Bytes Encode(const DueValue& value) { return ToBytes(DueRow(value)); }

Result<DueValue> ParseDueValue(ByteView bytes) {
  Reader in(bytes);
  DueValue value;
  value.rule = in.U16();
  value.held = in.U8();
  value.entry = in.U64();
  RETURN_IF_ERROR(in.Finish("due map value"));
  return value;
}

Bytes EncodeDueMapKey(const DueKey& due, const UnitId& unit) { return ToBytes(DueRowKey(due, unit)); }

Result<DueMapKey> ParseDueMapKey(ByteView bytes) {
  Reader in(bytes);
  DueMapKey key;
  key.due.retention_class = in.U8();
  key.due.due = in.U32();
  key.unit = in.Fixed<16>();
  RETURN_IF_ERROR(in.Finish("due map key"));
  return key;
}

Status LiveUnits::Check(const UnitOp& op) const {
  const bool live = map_.Peek(op.unit).has_value();
  if (live == (op.type != OpType::kCreate)) return OkStatus();
  return Status(Code::kConflict, live ? "the unit exists already" : "the unit is not live");
}

void LiveUnits::Apply(const UnitOp& op, uint64_t entry, Batch* batch) {
  if (op.type == OpType::kCreate) {
    const auto value = LiveRow({op.category, entry, op.key_commit});
    map_.Put(op.unit, value);
    if (batch != nullptr) batch->Put(Family::kLive, ToBytes(op.unit), ToBytes(value));
  }
  if (op.type == OpType::kErase) {
    map_.Remove(op.unit);
    if (batch != nullptr) batch->Delete(Family::kLive, ToBytes(op.unit));
  }
}

void LiveUnits::Prefetch(std::span<const UnitOp> ops) const {
  std::vector<ByteView> keys;
  for (const UnitOp& op : ops) keys.emplace_back(op.unit);
  map_.Prefetch(keys);
}

void LiveUnits::Undo(const UnitOp& op, const LiveValue& before) {
  if (op.type == OpType::kCreate) map_.Remove(op.unit);
  if (op.type == OpType::kErase) map_.Put(op.unit, LiveRow(before));
}

Status LiveUnits::Load(const Store& store) {
  CHECK(map_.size() == 0);
  Map::Builder builder(map_.shape());
  Status bad;
  RETURN_IF_ERROR(store.Scan(Family::kLive, {}, {}, [&](ByteView key, ByteView value) {
    if (key.size() == sizeof(UnitId) && ParseLiveValue(value).ok() && builder.Add(key, value)) return true;
    bad = Status(Code::kCorrupt, "a row of the live map is malformed");
    return false;
  }));
  RETURN_IF_ERROR(bad);
  map_ = builder.Take();
  map_.Root();
  return OkStatus();
}

void LiveUnits::FillHead(HeadBody& head) {
  head.live_root = map_.Root();
  head.live_n = map_.size();
}

Status DueUnits::Check(const UnitOp& op) const {
  if (op.type == OpType::kCreate || map_.Peek(DueRowKey(op.old_due, op.unit))) return OkStatus();
  return Status(Code::kConflict, "the unit is due on another day than the operation says");
}

void DueUnits::Apply(const UnitOp& op, uint64_t entry, Batch* batch) {
  if (op.type != OpType::kCreate) Remove(op.old_due, op.unit, batch);
  if (op.type != OpType::kErase) Put(op.due, op.unit, {op.rule, op.held, entry}, batch);
}

void DueUnits::Prefetch(std::span<const UnitOp> ops) const {
  std::vector<std::array<uint8_t, kDueKeyBytes>> rows;
  for (const UnitOp& op : ops) {
    if (op.type != OpType::kCreate) rows.push_back(DueRowKey(op.old_due, op.unit));
    if (op.type != OpType::kErase) rows.push_back(DueRowKey(op.due, op.unit));
  }
  const std::vector<ByteView> keys(rows.begin(), rows.end());
  map_.Prefetch(keys);
}

void DueUnits::Undo(const UnitOp& op, const DueValue& before) {
  if (op.type != OpType::kErase) Remove(op.due, op.unit, nullptr);
  if (op.type != OpType::kCreate) Put(op.old_due, op.unit, before, nullptr);
}

void DueUnits::Put(const DueKey& due, const UnitId& unit, const DueValue& value, Batch* batch) {
  const auto key = DueRowKey(due, unit);
  const auto row = DueRow(value);
  map_.Put(key, row);
  Count(due, value.held, 1);
  if (batch != nullptr) batch->Put(Family::kDue, ToBytes(key), ToBytes(row));
}

void DueUnits::Remove(const DueKey& due, const UnitId& unit, Batch* batch) {
  const auto key = DueRowKey(due, unit);
  const std::optional<ByteView> old = map_.Peek(key);
  if (!old) return;
  const Result<DueValue> value = ParseDueValue(*old);
  CHECK(value.ok());
  Count(due, value->held, -1);
  map_.Remove(key);
  if (batch != nullptr) batch->Delete(Family::kDue, ToBytes(key));
}

void DueUnits::Count(const DueKey& due, uint8_t held, int64_t by) {
  if (due.due == kNotStarted) not_started_ += by;
  if (due.due == kUndecided) undecided_ += by;
  if (held != 0) held_ += by;
}

Status DueUnits::Load(const Store& store) {
  CHECK(map_.size() == 0);
  Map::Builder builder(map_.shape());
  Status bad;
  RETURN_IF_ERROR(store.Scan(Family::kDue, {}, {}, [&](ByteView key, ByteView value) {
    const Result<DueMapKey> parsed = ParseDueMapKey(key);
    const Result<DueValue> due = ParseDueValue(value);
    if (parsed.ok() && due.ok() && builder.Add(key, value)) return Count(parsed->due, due->held, 1), true;
    bad = Status(Code::kCorrupt, "a row of the due map is malformed");
    return false;
  }));
  RETURN_IF_ERROR(bad);
  map_ = builder.Take();
  map_.Root();
  return OkStatus();
}

void DueUnits::FillHead(HeadBody& head) {
  head.due_root = map_.Root();
  head.due_n = map_.size();
  head.not_started = static_cast<uint64_t>(not_started_);
  head.undecided = static_cast<uint64_t>(undecided_);
  head.held = static_cast<uint64_t>(held_);
  head.min_due = kNotStarted;
  // Not from an empty key: in the order of the map that one stands behind 00 and anything but ff.
  if (const auto smallest = map_.AtOrAfter(DueRowKey({0, 0}, UnitId{}))) {
    const Result<DueMapKey> key = ParseDueMapKey(smallest->first);
    CHECK(key.ok());
    if (key->due.retention_class == 0) head.min_due = key->due.due;
  }
}

Status UnitMaps::Check(const UnitOp& op) const {
  RETURN_IF_ERROR(live_units_.Check(op));
  return due_units_.Check(op);
}

Status UnitMaps::Apply(const UnitOp& op, uint64_t entry, Batch* batch) {
  RETURN_IF_ERROR(Check(op));
  live_units_.Apply(op, entry, batch);
  due_units_.Apply(op, entry, batch);
  return OkStatus();
}

void UnitMaps::Undo(const UnitOp& op, const LiveValue& live_before, const DueValue& due_before) {
  live_units_.Undo(op, live_before);
  due_units_.Undo(op, due_before);
}

Status UnitMaps::Load(const Store& store) {
  Status live;
  std::thread beside([&] { live = live_units_.Load(store); });
  const Status due = due_units_.Load(store);
  beside.join();
  RETURN_IF_ERROR(live);
  RETURN_IF_ERROR(due);
  if (live_units_.map().size() == due_units_.map().size()) return OkStatus();
  return Status(Code::kCorrupt, "the two maps do not hold the same units");
}

void UnitMaps::FillHead(HeadBody& head) {
  live_units_.FillHead(head);
  due_units_.FillHead(head);
}

}  // namespace spor::ledger
