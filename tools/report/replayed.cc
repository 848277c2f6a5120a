// SPDX-License-Identifier: Apache-2.0
#include "tools/report/replayed.h"

namespace spor::report {
namespace {

using ledger::EntryKind;

Status CheckBody(const ledger::Entry& entry) {
  switch (entry.kind) {
    case EntryKind::kGenesis: return ledger::ParseGenesis(entry.body).status();
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

Status LogReplay::Check(uint64_t index, const ledger::Entry& entry) {
  if ((index == 0) != (entry.kind == EntryKind::kGenesis)) {
    return Status(Code::kFailed, "genesis stands at the beginning and only there");
  }
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
