// SPDX-License-Identifier: Apache-2.0
#include "tools/report/replayed.h"

namespace spor::report {
namespace {

using ledger::EntryKind;

Status CheckBody(const ledger::Entry& entry) {
  switch (entry.kind) {
    case EntryKind::kEraseIntent: return ledger::ParseIntent(entry.body).status();
    case EntryKind::kErase: return ledger::ParseErase(entry.body).status();
    case EntryKind::kRootDestroyed: return ledger::ParseDestroyed(entry.body).status();
    case EntryKind::kPolicy: return ledger::ParsePolicyBody(entry.body).status();
    case EntryKind::kSlots: return ledger::ParseSlotsBody(entry.body).status();
    default: return OkStatus();
  }
}

}  // namespace

Status LogReplay::CheckHead(uint64_t index, const ledger::Entry& entry) {
  ASSIGN_OR_RETURN(const ledger::HeadBody head, ledger::ParseHead(entry.body));
  ledger::HeadBody expected = head;
  expected.own_index = index;
  expected.previous_head = last_head_;
  maps_.FillHead(expected);
  last_head_ = index;
  if (Encode(expected) == Encode(head)) return OkStatus();
  return Status(Code::kFailed, "the head does not say what the operations before it give");
}

Status LogReplay::CheckKeys(uint64_t index, const ledger::Entry& entry) {
  if (!keys_.CheckEnd().ok() && entry.kind != EntryKind::kGenesis) {
    return Status(Code::kFailed, "a genesis stands at the beginning and behind the closing of an origin");
  }
  if (endorsed_ && entry.kind != EntryKind::kHead) {
    return Status(Code::kFailed, "no head stands behind an endorsed key");
  }
  endorsed_ = entry.kind == EntryKind::kLogKey;
  return keys_.Observe(index, entry);
}

Status LogReplay::Check(uint64_t index, const ledger::Entry& entry) {
  RETURN_IF_ERROR(CheckKeys(index, entry));
  RETURN_IF_ERROR(CheckBody(entry));
  if (entry.kind == EntryKind::kHead) RETURN_IF_ERROR(CheckHead(index, entry));
  for (const ledger::UnitOp& op : entry.ops) RETURN_IF_ERROR(maps_.Apply(op, index, nullptr));
  return OkStatus();
}

void LogReplay::Add(uint64_t index, const ledger::Entry& entry) {
  if (!status_.ok()) return;
  const Status checked = Check(index, entry);
  if (!checked.ok()) status_ = Status(Code::kFailed, "entry " + std::to_string(index) + ": " + checked.message());
}

}  // namespace spor::report
