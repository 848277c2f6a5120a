// SPDX-License-Identifier: Apache-2.0
#include "ledger/replaced.h"

#include "crypto/codec.h"

namespace spor::ledger {
namespace {

constexpr std::string_view kPrefix = "replaced/";

Status Differ() {
  return Status(Code::kCorrupt,
                "the maps are not what the newest head and the operations behind it give: do not write; copy the "
                "directory aside and run `spor fsck`");
}

// One operation, and what it replaced.
struct Step {
  uint64_t entry = 0;
  UnitOp op;
  LiveValue live;
  DueValue due;
};

Result<std::vector<Step>> StepsBehind(const LogReader& reader, uint64_t head, uint64_t end, ByteView replaced) {
  std::vector<Step> steps;
  Reader in(replaced);
  Status bad;
  RETURN_IF_ERROR(reader.Scan(head + 1, end, [&](uint64_t index, ByteView bytes) {
    const Result<Entry> entry = ParseEntry(bytes);
    if (!entry.ok()) return bad = entry.error(), false;
    for (const UnitOp& op : entry->ops) {
      Step step{index, op, {}, {}};
      if (op.type != OpType::kCreate) {
        const Result<DueValue> due = ParseDueValue(in.Raw(kDueValueBytes));
        if (!due.ok()) return bad = due.error(), false;
        step.due = *due;
      }
      if (op.type == OpType::kErase) {
        const Result<LiveValue> live = ParseLiveValue(in.Raw(kLiveValueBytes));
        if (!live.ok()) return bad = live.error(), false;
        step.live = *live;
      }
      steps.push_back(step);
    }
    return true;
  }));
  RETURN_IF_ERROR(bad);
  RETURN_IF_ERROR(in.Finish("rows of what was replaced"));
  return steps;
}

Bytes ReplacedBy(const UnitMaps& maps, const UnitOp& op) {
  Bytes replaced;
  if (op.type == OpType::kCreate) return replaced;
  if (const auto due = maps.due().Peek(EncodeDueMapKey(op.old_due, op.unit))) Append(replaced, *due);
  if (op.type != OpType::kErase) return replaced;
  if (const auto live = maps.live().Peek(op.unit)) Append(replaced, *live);
  return replaced;
}

bool SaysTheSame(UnitMaps& maps, const HeadBody& head) {
  HeadBody expected = head;
  maps.FillHead(expected);
  return Encode(expected) == Encode(head);
}

}  // namespace

void ReplacedRows::Note(const UnitMaps& maps, const UnitOp& op) { Append(bytes_, ReplacedBy(maps, op)); }

void ReplacedRows::EndBatch(uint64_t size, Batch& batch) {
  if (bytes_.empty()) return;
  rows_.push_back(Writer().Raw(kPrefix).U64(size).Take());
  batch.Put(Family::kMeta, rows_.back(), std::move(bytes_));
  bytes_.clear();
}

void ReplacedRows::EndBatchWithHead(Batch& batch) {
  for (Bytes& row : rows_) batch.Delete(Family::kMeta, std::move(row));
  rows_.clear();
  bytes_.clear();
}

Result<Bytes> ReplacedRows::Load(const Store& store) {
  Bytes all;
  RETURN_IF_ERROR(
      store.Scan(Family::kMeta, AsBytes(kPrefix), PrefixEnd(AsBytes(kPrefix)), [&](ByteView key, ByteView value) {
        rows_.push_back(ToBytes(key));
        Append(all, value);
        return true;
      }));
  return all;
}

Status CheckMapsAgainstHead(UnitMaps& maps, const LogReader& reader, const LogState& state, ByteView replaced) {
  ASSIGN_OR_RETURN(const Entry entry, reader.EntryAt(state.last_head));
  if (entry.kind != EntryKind::kHead) return Status(Code::kCorrupt, "the newest head is not where the log says");
  ASSIGN_OR_RETURN(const HeadBody head, ParseHead(entry.body));
  ASSIGN_OR_RETURN(const std::vector<Step> steps, StepsBehind(reader, state.last_head, state.size, replaced));
  HeadBody loaded = head;
  maps.FillHead(loaded);
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) maps.Undo(step->op, step->live, step->due);
  if (!SaysTheSame(maps, head)) return Differ();
  Bytes again;
  for (const Step& step : steps) {
    Append(again, ReplacedBy(maps, step.op));
    if (!maps.Apply(step.op, step.entry, nullptr).ok()) return Differ();
  }
  return SaysTheSame(maps, loaded) && PublicEquals(again, replaced) ? OkStatus() : Differ();
}

}  // namespace spor::ledger
