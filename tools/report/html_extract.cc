// SPDX-License-Identifier: Apache-2.0
#include "privacy/calendar.h"
#include "tools/report/html_pages.h"
#include "tools/report/proven_entry.h"

namespace spor::report {
namespace {

// What a section says, in one cell.
std::string SectionText(const Hash32& ledger_id, const DisclosedEntry& entry, size_t number) {
  switch (entry.sections[number].state) {
    case DisclosedSection::State::kClosed: return "lukket / closed";
    case DisclosedSection::State::kDestroyed: return "ødelagt / destroyed";
    case DisclosedSection::State::kOpening: break;
  }
  const auto fields = OpenDisclosed(ledger_id, entry, number);
  if (!fields.ok()) return "lar seg ikke åpne / does not open";
  std::string text;
  for (const ledger::Field& field : *fields) {
    text += (text.empty() ? "" : "\n") + field.name + ": " + FieldText(field);
  }
  return text;
}

std::string SectionsText(const Hash32& ledger_id, const DisclosedEntry& entry) {
  std::string text;
  for (size_t i = 0; i < entry.sections.size(); ++i) {
    text += (text.empty() ? "" : "\n– – –\n") + SectionText(ledger_id, entry, i);
  }
  return text;
}

std::string KindText(ledger::EntryKind kind) {
  switch (kind) {
    case ledger::EntryKind::kGenesis: return "opprettelse / genesis";
    case ledger::EntryKind::kEvent: return "hendelse / event";
    case ledger::EntryKind::kOps: return "enheter / units";
    case ledger::EntryKind::kHead: return "tilstand / head";
    case ledger::EntryKind::kEraseIntent: return "varslet sletting / erase intent";
    case ledger::EntryKind::kErase: return "sletting / erasure";
    case ledger::EntryKind::kRootDestroyed: return "rotnøkkel ødelagt / root key destroyed";
    case ledger::EntryKind::kPolicy: return "regler / policy";
    default: return std::string(ledger::EntryKindName(kind));
  }
}

// Why the extract was made: in the report, or in the person's section of the event.
std::string ReasonText(const JsonValue& document, const Hash32& ledger_id) {
  std::string reason = TextOf(document.Find("report"), "reason");
  const JsonValue* event = document.Find("event");
  if (!reason.empty() || event == nullptr) return reason;
  const Result<DisclosedEntry> entry = ReadProvenEntry(*event);
  if (!entry.ok()) return reason;
  const auto fields = OpenDisclosed(ledger_id, *entry, 1);
  return fields.ok() ? FieldText(*fields, "reason").value_or("") : reason;
}

void WriteEntries(HtmlWriter& out, const JsonValue& document, const Hash32& ledger_id) {
  out.Heading({"Innførsler", "Entries"});
  out.BeginTable({{"Nr.", "No."}, {"Tidspunkt (UTC)", "Time (UTC)"}, {"Art", "Kind"}, {"Innhold", "Content"}});
  const JsonValue* range = document.Find("range");
  const Result<uint64_t> begin = range == nullptr ? uint64_t{0} : GetIndex(*range, "begin");
  uint64_t index = begin.ok() ? *begin : 0;
  size_t row = 0;
  for (const JsonValue& value : ArrayOf(&document, "entries")) {
    // Beyond what a page shows, rows are only counted.
    if (++row > HtmlWriter::kMaxRows) {
      out.Row({});
      continue;
    }
    const Result<DisclosedEntry> entry = range == nullptr ? ReadProvenEntry(value) : ReadRangeEntry(value, index++);
    if (!entry.ok()) {
      out.Row({"?", "", "", entry.error().message()});
      continue;
    }
    out.Row({std::to_string(entry->index), privacy::FormatUtc(entry->entry.time_s), KindText(entry->entry.kind),
             SectionsText(ledger_id, *entry)});
  }
  out.EndTable();
}

}  // namespace

std::string ExtractPage(const JsonValue& document) {
  const JsonValue* report = document.Find("report");
  HtmlWriter out({"Uttrekk for tilsyn", "Audit extract"}, TextOf(report, "controller"));
  Hash32 ledger_id{};
  if (const JsonValue* named = document.Find("ledger"); named != nullptr) {
    const Result<Bytes> id = GetHex(*named, "ledger_id", ledger_id.size());
    if (id.ok()) std::copy(id->begin(), id->end(), ledger_id.begin());
  }
  out.BeginFacts();
  out.Fact({"Periode", "Period"}, ValueOf(report, "from") + " – " + ValueOf(report, "to"));
  out.Fact({"Gjelder", "Covers"}, ValueOf(report, "scope"));
  out.Fact({"Begrunnelse", "Reason"}, ReasonText(document, ledger_id));
  out.Fact({"Innførsler i filen", "Entries in the file"}, std::to_string(ArrayOf(&document, "entries").size()));
  WriteOrigin(out, document);
  out.EndFacts();
  WriteLimits(out, report);
  WriteHowToVerify(out);
  WriteEntries(out, document, ledger_id);
  return out.Take();
}

}  // namespace spor::report
