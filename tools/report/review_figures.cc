// SPDX-License-Identifier: Apache-2.0
#include "tools/report/review_figures.h"

#include <algorithm>

#include "crypto/codec.h"
#include "ledger/replay.h"

namespace spor::report {
namespace {

using ledger::EntryKind;
using ledger::Field;

// More different acts than this are counted together.
constexpr size_t kMaxEventKeys = 500;
constexpr std::string_view kOther = "(other)";

constexpr std::string_view kEraseReasons[] = {"", "due", "request", "unlawful", "anonymised", "replayed"};

bool Has(const std::vector<Field>& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
}

uint64_t CountOf(const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    if (field.name == "count" && field.type == ledger::FieldType::kUint) return Reader(field.value).U64();
  }
  return 1;
}

void AddEvent(const std::vector<Field>& fields, ReviewFigures& out) {
  EventKey key{FieldText(fields, "action").value_or(""), FieldText(fields, "purpose").value_or(""),
               FieldText(fields, "result").value_or("")};
  const uint64_t times = CountOf(fields);
  const bool done = key.result == "done";
  if (key.action == "login") (done ? out.logins : out.logins_refused) += times;
  // Enrolling the second factor is not an access: it reaches no data, and there is no session yet.
  const bool enrolment = key.action.starts_with("activation");
  if (done && !enrolment && Has(fields, "actor")) {
    ++out.accesses;
    out.accesses_with_second_factor += Has(fields, "session");
  }
  if (done && key.action == "read" && key.purpose.empty()) ++out.reads_without_purpose;
  if (!done) out.refusals[FieldText(fields, "reason").value_or("")] += times;
  if (out.events.size() >= kMaxEventKeys && !out.events.contains(key)) key = {std::string(kOther), "", key.result};
  out.events[key] += times;
}

Status AddAuditSections(const ReportParts& parts, const AuditedEntry& audited, SectionKeys& keys, ReviewFigures& out) {
  ++out.events_total;
  out.events_opened += audited.audits.empty() ? 0 : 1;
  out.events_destroyed += audited.audit_destroyed;
  for (const AuditedEntry::Section& section : audited.audits) {
    const Result<Opening> opening = keys.Open(audited.entry, section.number, section.unit, section.blob);
    if (!opening.ok() && opening.error().code() == Code::kNotFound) continue;
    RETURN_IF_ERROR(opening.status());
    if (section.number >= audited.entry.sections.size()) return Status(Code::kCorrupt, "a sealed section has no entry");
    const Result<std::vector<Field>> fields = ledger::OpenSection(
        {parts.vault->ledger_id(), audited.entry.kind, audited.entry.seal_id, section.number, section.unit},
        opening->seed, audited.entry.sections[section.number], section.blob);
    if (fields.ok()) {
      AddEvent(*fields, out);
    } else {
      ++out.sections_broken;
    }
  }
  return OkStatus();
}

// Counts an operation under the category and rule that its unit has, then applies it.
Status AddOperation(const ledger::UnitOp& op, uint64_t index, ledger::UnitMaps& maps, ReviewFigures& out) {
  uint16_t category = op.category;
  uint16_t rule = op.rule;
  if (op.type != ledger::OpType::kCreate) {
    if (const auto live = maps.live().Find(op.unit)) {
      ASSIGN_OR_RETURN(const ledger::LiveValue value, ledger::ParseLiveValue(*live));
      category = value.category;
    }
  }
  if (op.type == ledger::OpType::kErase) {
    if (const auto due = maps.due().Find(ledger::EncodeDueMapKey(op.old_due, op.unit))) {
      ASSIGN_OR_RETURN(const ledger::DueValue value, ledger::ParseDueValue(*due));
      rule = value.rule;
    }
    if (op.reason < std::size(kEraseReasons)) ++out.erase_reasons[std::string(kEraseReasons[op.reason])];
  }
  OperationCounts& counts = out.operations[{category, rule}];
  switch (op.type) {
    case ledger::OpType::kCreate: ++counts.created; break;
    case ledger::OpType::kRedue: ++counts.moved; break;
    case ledger::OpType::kErase: ++counts.erased; break;
  }
  return maps.Apply(op, index, nullptr);
}

uint64_t CountOverdue(ledger::UnitMaps& maps, uint32_t legal_day) {
  uint64_t overdue = 0;
  Bytes from = ledger::EncodeDueMapKey({0, 0}, {});
  while (const auto row = maps.due().AtOrAfter(from)) {
    const Result<ledger::DueMapKey> key = ledger::ParseDueMapKey(row->first);
    if (!key.ok() || key->due.retention_class != 0 || key->due.due > legal_day) break;
    ++overdue;
    from = row->first;
    // The next key of the same length.
    for (size_t i = from.size(); i-- > 0 && ++from[i] == 0;) continue;
  }
  return overdue;
}

Result<ReviewHead> FirstHead(const ReportParts& parts, uint64_t begin, uint64_t end) {
  ReviewHead head;
  bool found = false;
  RETURN_IF_ERROR(parts.ledger->reader().Scan(begin, end, [&](uint64_t index, ByteView bytes) {
    found = ledger::PeekKind(bytes) == static_cast<uint8_t>(EntryKind::kHead);
    head.index = index;
    return !found;
  }));
  if (!found) return Status(Code::kInvalidArgument, "there is no head in the period yet: ask again in a second");
  return head;
}

Status FillHead(const ReportParts& parts, ReviewHead& head) {
  ASSIGN_OR_RETURN(const ledger::Entry entry, parts.ledger->reader().EntryAt(head.index));
  ASSIGN_OR_RETURN(head.body, ledger::ParseHead(entry.body));
  head.time_s = entry.time_s;
  return OkStatus();
}

Status FindHeads(const ReportParts& parts, ReviewFigures& out) {
  const ledger::LogReader reader = parts.ledger->reader();
  if (out.range.begin == 0) {
    ASSIGN_OR_RETURN(out.start, FirstHead(parts, 0, out.range.end));
  } else {
    ASSIGN_OR_RETURN(const ledger::HeadAt start, ledger::NewestHead(reader, out.range.begin - 1));
    out.start.index = start.index;
  }
  ASSIGN_OR_RETURN(const ledger::HeadAt end, ledger::NewestHead(reader, out.range.end - 1));
  out.end.index = end.index;
  RETURN_IF_ERROR(FillHead(parts, out.start));
  return FillHead(parts, out.end);
}

Status FindRuns(const ReportParts& parts, ReviewFigures& out) {
  ASSIGN_OR_RETURN(const uint32_t last, privacy::LastRunNumber(*parts.store));
  for (uint32_t number = 1; number <= last; ++number) {
    ASSIGN_OR_RETURN(privacy::RunRecord run, privacy::FindRun(*parts.store, std::to_string(number)));
    if (run.begin_entry >= out.range.begin && run.begin_entry < out.range.end) out.runs.push_back(std::move(run));
  }
  return OkStatus();
}

}  // namespace

Result<ReviewFigures> CollectFigures(const ReportParts& parts, privacy::LegalDate from, privacy::LegalDate to) {
  ReviewFigures out;
  RETURN_IF_ERROR(parts.ledger->Publish().status());
  ASSIGN_OR_RETURN(out.range, EntriesOf(parts, from, to));
  if (out.range.begin == out.range.end) {
    return Status(Code::kInvalidArgument, "the ledger has nothing from " + privacy::FormatDate(from) + " to " +
                                              privacy::FormatDate(to) + ": give another period");
  }
  RETURN_IF_ERROR(FindHeads(parts, out));
  ASSIGN_OR_RETURN(ledger::UnitMaps maps, ledger::ReplayMaps(parts.ledger->reader(), out.range.begin));
  if (out.end.index < out.range.begin) {
    ASSIGN_OR_RETURN(ledger::UnitMaps at_head, ledger::ReplayMaps(parts.ledger->reader(), out.end.index));
    out.overdue = CountOverdue(at_head, out.end.body.legal_day);
  }
  SectionKeys keys(parts);
  ASSIGN_OR_RETURN(const AuditedReader reader, AuditedReader::Open(parts));
  RETURN_IF_ERROR(reader.ForEach(out.range.begin, out.range.end, [&](AuditedEntry& audited) {
    const ledger::Entry& entry = audited.entry;
    if (out.first_time == 0) out.first_time = entry.time_s;
    out.last_time = entry.time_s;
    for (const ledger::UnitOp& op : entry.ops) RETURN_IF_ERROR(AddOperation(op, audited.index, maps, out));
    if (audited.index == out.end.index) out.overdue = CountOverdue(maps, out.end.body.legal_day);
    out.heads += entry.kind == EntryKind::kHead;
    return entry.kind == EntryKind::kEvent ? AddAuditSections(parts, audited, keys, out) : OkStatus();
  }));
  RETURN_IF_ERROR(FindRuns(parts, out));
  return out;
}

}  // namespace spor::report
