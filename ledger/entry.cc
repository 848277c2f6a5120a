// SPDX-License-Identifier: Apache-2.0
#include "ledger/entry.h"

#include <algorithm>

#include "crypto/codec.h"

namespace spor::ledger {
namespace {

constexpr size_t kMinOpBytes = 23;  // an erase

bool KindTakesOps(EntryKind kind) { return kind == EntryKind::kOps || kind == EntryKind::kErase; }

void EncodeOp(Writer& out, const UnitOp& op) {
  out.U8(static_cast<uint8_t>(op.type)).Raw(op.unit);
  switch (op.type) {
    case OpType::kCreate:
      out.U16(op.category).U8(op.due.retention_class).U16(op.rule).U32(op.due.due).Raw(op.key_commit);
      break;
    case OpType::kRedue:
      out.U8(op.old_due.retention_class).U32(op.old_due.due).U8(op.due.retention_class).U32(op.due.due);
      out.U8(op.held).U16(op.rule).U8(op.reason);
      break;
    case OpType::kErase: out.U8(op.old_due.retention_class).U32(op.old_due.due).U8(op.reason); break;
  }
}

bool InRange(uint8_t value, uint8_t low, uint8_t high) { return value >= low && value <= high; }

UnitOp ParseOp(Reader& in) {
  UnitOp op;
  const uint8_t type = in.U8();
  if (!InRange(type, 1, 3)) return in.Fail(), op;
  op.type = static_cast<OpType>(type);
  op.unit = in.Fixed<16>();
  switch (op.type) {
    case OpType::kCreate:
      op.category = in.U16();
      op.due.retention_class = in.U8();
      op.rule = in.U16();
      op.due.due = in.U32();
      op.key_commit = in.Fixed<32>();
      break;
    case OpType::kRedue:
      op.old_due.retention_class = in.U8();
      op.old_due.due = in.U32();
      op.due.retention_class = in.U8();
      op.due.due = in.U32();
      op.held = in.U8();
      op.rule = in.U16();
      op.reason = in.U8();
      if (op.held > 1 || !InRange(op.reason, 1, 5)) in.Fail();
      break;
    case OpType::kErase:
      op.old_due.retention_class = in.U8();
      op.old_due.due = in.U32();
      op.reason = in.U8();
      if (!InRange(op.reason, 1, 5)) in.Fail();
      break;
  }
  if (op.due.retention_class > 2 || op.old_due.retention_class > 2) in.Fail();
  return op;
}

}  // namespace

std::string_view EntryKindName(EntryKind kind) {
  static constexpr std::array<std::string_view, 13> kNames = {
      "",       "genesis", "event",   "ops",      "head",        "erase_intent", "erase", "root_destroyed",
      "policy", "slots",   "log_key", "recovery", "close_origin"};
  return kNames[static_cast<size_t>(kind)];
}

UnitOp UnitOp::Create(const UnitId& unit, uint16_t category, DueKey due, uint16_t rule, const Hash32& key_commit) {
  UnitOp op;
  op.type = OpType::kCreate;
  op.unit = unit;
  op.category = category;
  op.due = due;
  op.rule = rule;
  op.key_commit = key_commit;
  return op;
}

UnitOp UnitOp::Redue(const UnitId& unit, DueKey old_due, DueKey due, uint8_t held, uint16_t rule, RedueReason reason) {
  UnitOp op;
  op.type = OpType::kRedue;
  op.unit = unit;
  op.old_due = old_due;
  op.due = due;
  op.held = held;
  op.rule = rule;
  op.reason = static_cast<uint8_t>(reason);
  return op;
}

UnitOp UnitOp::Erase(const UnitId& unit, DueKey old_due, EraseReason reason) {
  UnitOp op;
  op.type = OpType::kErase;
  op.unit = unit;
  op.old_due = old_due;
  op.reason = static_cast<uint8_t>(reason);
  return op;
}

Bytes EncodeEntry(const Entry& entry) {
  CHECK(entry.sections.size() <= kMaxSections && entry.ops.size() <= 0xffff);
  CHECK(entry.ops.empty() || KindTakesOps(entry.kind));
  CHECK(entry.sections.empty() || entry.kind != EntryKind::kHead);
  constexpr size_t kEnvelope = 27, kSection = 48, kLargestOp = 58;
  Writer out(kEnvelope + kSection * entry.sections.size() + entry.body.size() + kLargestOp * entry.ops.size());
  out.U8(kEntryVersion).U8(static_cast<uint8_t>(entry.kind)).U32(entry.time_s).Raw(entry.seal_id);
  out.U8(static_cast<uint8_t>(entry.sections.size()));
  for (const SectionClear& section : entry.sections) out.Raw(section.tag).Raw(section.root);
  out.Str16(entry.body).U16(static_cast<uint16_t>(entry.ops.size()));
  for (size_t i = 0; i < entry.ops.size(); ++i) {
    CHECK(i == 0 || entry.ops[i - 1].unit < entry.ops[i].unit);
    CHECK((entry.ops[i].type == OpType::kErase) == (entry.kind == EntryKind::kErase));
    EncodeOp(out, entry.ops[i]);
  }
  CHECK(out.bytes().size() <= kMaxEntryBytes);
  return out.Take();
}

Result<EntryView> ViewEntry(ByteView bytes) {
  if (bytes.size() > kMaxEntryBytes) return Status(Code::kCorrupt, "entry: longer than 65535 bytes");
  Reader in(bytes);
  if (const uint8_t version = in.U8(); version != kEntryVersion) {
    return Status(version == 0 || bytes.empty() ? Code::kCorrupt : Code::kTooNew,
                  "entry: version " + std::to_string(version) + " is unknown to this program");
  }
  EntryView entry;
  const uint8_t kind = in.U8();
  if (!InRange(kind, 1, 12)) return Status(Code::kCorrupt, "entry: unknown kind " + std::to_string(kind));
  entry.kind = static_cast<EntryKind>(kind);
  entry.time_s = in.U32();
  entry.seal_id = in.Raw(sizeof(Id16));
  const uint8_t sections = in.U8();
  if (sections > kMaxSections || (sections > 0 && entry.kind == EntryKind::kHead)) in.Fail();
  entry.sections = in.Raw(sections * kSectionBytes);
  entry.body = in.Str16(kMaxEntryBytes);
  entry.op_count = in.U16();
  if (entry.op_count > 0 && !KindTakesOps(entry.kind)) in.Fail();
  if (entry.op_count > 0) entry.ops = in.Raw(in.left());
  RETURN_IF_ERROR(in.Finish("entry"));
  return entry;
}

Result<Entry> ParseEntry(ByteView bytes) {
  ASSIGN_OR_RETURN(const EntryView view, ViewEntry(bytes));
  Entry entry;
  entry.kind = view.kind;
  entry.time_s = view.time_s;
  entry.seal_id = Reader(view.seal_id).Fixed<16>();
  for (Reader in(view.sections); in.left() > 0;) {
    SectionClear section;
    section.tag = in.Fixed<16>();
    section.root = in.Fixed<32>();
    entry.sections.push_back(section);
  }
  entry.body = ToBytes(view.body);
  Reader in(view.ops);
  entry.ops.reserve(std::min<size_t>(view.op_count, view.ops.size() / kMinOpBytes));
  for (uint16_t i = 0; i < view.op_count && !in.failed(); ++i) {
    entry.ops.push_back(ParseOp(in));
    if (i > 0 && !(entry.ops[i - 1].unit < entry.ops[i].unit)) in.Fail();
    const bool erase = entry.ops.back().type == OpType::kErase;
    if (erase != (entry.kind == EntryKind::kErase)) in.Fail();
  }
  RETURN_IF_ERROR(in.Finish("entry"));
  return entry;
}

size_t MaxOpsPerEntry(OpType type) {
  switch (type) {
    case OpType::kCreate: return 1000;  // 58 bytes each
    case OpType::kRedue: return 2000;   // 31 bytes each
    case OpType::kErase: return 2500;   // 23 bytes each
  }
  return 0;
}

}  // namespace spor::ledger
