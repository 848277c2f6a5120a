// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "ledger/chunk_line.h"
#include "ledger/erased_units.h"
#include "ledger/first_damage.h"
#include "ledger/unit_maps.h"

namespace spor::ledger {

// The live map as the log gives it; an id that was erased is never used again.
class LiveReplay {
 public:
  static constexpr FirstDamage::Kind kKind = FirstDamage::Kind::kLiveMap;
  Status Check(const UnitOp& op) const {
    if (op.type == OpType::kCreate && erased_.Contains(op.unit)) {
      return Status(Code::kConflict, "it creates a unit under the id of an erased one");
    }
    return units_.Check(op);
  }
  void Apply(const UnitOp& op, uint64_t entry) {
    if (op.type == OpType::kErase) erased_.Add(op.unit);
    units_.Apply(op, entry, nullptr);
  }
  void Prefetch(std::span<const UnitOp> ops) const { units_.Prefetch(ops); }
  void FillHead(HeadBody& head) { units_.FillHead(head); }
  Map& map() { return units_.map(); }

 private:
  LiveUnits units_;
  ErasedUnits erased_;
};

class DueReplay {
 public:
  static constexpr FirstDamage::Kind kKind = FirstDamage::Kind::kDueMap;
  Status Check(const UnitOp& op) const { return units_.Check(op); }
  void Apply(const UnitOp& op, uint64_t entry) { units_.Apply(op, entry, nullptr); }
  void Prefetch(std::span<const UnitOp> ops) const { units_.Prefetch(ops); }
  void FillHead(HeadBody& head) { units_.FillHead(head); }
  Map& map() { return units_.map(); }

 private:
  DueUnits units_;
};

// Takes the chunks of `line` in order, applies every operation, and compares at every head. Stops at the first damage.
template <typename Half>
void ReplayHalf(Half& half, ChunkLine& line, size_t taker, FirstDamage& damage) {
  const auto step = [&](uint64_t index, const Entry& entry) -> Status {
    if (entry.kind == EntryKind::kHead) {
      ASSIGN_OR_RETURN(const HeadBody head, ParseHead(entry.body));
      HeadBody expected = head;
      half.FillHead(expected);
      if (Encode(expected) == Encode(head)) return OkStatus();
      return Status(Code::kCorrupt, "the head does not say what the operations before it give");
    }
    constexpr size_t kAhead = 32;
    for (size_t i = 0; i < entry.ops.size(); ++i) {
      if (i % kAhead == 0) half.Prefetch(std::span(entry.ops).subspan(i).first(std::min(kAhead, entry.ops.size() - i)));
      RETURN_IF_ERROR(half.Check(entry.ops[i]));
      half.Apply(entry.ops[i], index);
    }
    return OkStatus();
  };
  for (uint64_t number = 0; const std::shared_ptr<const LogChunk> chunk = line.Take(taker, number); ++number) {
    for (const auto& [index, entry] : chunk->statements) {
      const Status good = step(index, entry);
      if (good.ok()) continue;
      damage.Note(index, Half::kKind, "entry " + std::to_string(index) + ": " + good.message());
      line.StopAt(number + 1);
      return line.Leave(taker);
    }
  }
  line.Leave(taker);
}

}  // namespace spor::ledger
