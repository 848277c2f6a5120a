// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "privacy/calendar.h"
#include "tools/report/proven_times.h"
#include "tools/report/receipt.h"

namespace spor::report {
namespace {

Status Failed(std::string what) { return Status(Code::kFailed, std::move(what)); }

size_t Opened(const DisclosedEntry& entry) {
  size_t opened = 0;
  for (const DisclosedSection& section : entry.sections) opened += section.state == DisclosedSection::State::kOpening;
  return opened;
}

Status OpenAll(const Artefact& artefact, const DisclosedEntry& entry) {
  for (size_t i = 0; i < entry.sections.size(); ++i) {
    if (entry.sections[i].state != DisclosedSection::State::kOpening) continue;
    RETURN_IF_ERROR(OpenDisclosed(artefact.ledger_id, entry, i).status());
  }
  return OkStatus();
}

// The event says who was given what of which entry, and came after that entry.
Status CheckDisclosure(const Artefact& artefact, const DisclosedEntry& entry) {
  RETURN_IF_ERROR(CheckRecorded(artefact, "receipt"));
  RETURN_IF_ERROR(CheckEventField(artefact, "entry", ledger::FieldType::kUint, std::to_string(entry.index)));
  const Result<uint64_t> said = GetIndex(*artefact.report, "index");
  if (!said.ok() || *said != entry.index) return Failed("the report is about another entry");
  if (artefact.event.index <= entry.index) return Failed("the event stands before the entry that it opens");
  return OkStatus();
}

Status CheckReason(const Artefact& artefact) {
  const Result<std::string> scope = artefact.report->GetString("scope");
  const JsonValue& reason = *artefact.report->Find("reason");
  if (scope.ok() && *scope == "audit") {
    if (!reason.is_string() || reason.string().empty()) return Failed("the reason is missing");
    return CheckEventField(artefact, "reason", ledger::FieldType::kText, reason.string());
  }
  if (!scope.ok() || *scope != "person") return Failed("unknown scope");
  if (!reason.is_null()) return Failed("a reason about a person stands outside her section");
  const Result<std::vector<ledger::Field>> fields = OpenDisclosed(artefact.ledger_id, artefact.event, 1);
  if (!fields.ok()) return Failed(fields.error().message());
  const std::optional<std::string> text = FieldText(*fields, "reason", ledger::FieldType::kText);
  return text && !text->empty() ? OkStatus() : Failed("the person's section holds no reason");
}

void CheckOpened(const ReadReceiptResult& receipt, Checks& checks) {
  const Artefact& artefact = receipt.artefact;
  const std::string n = std::to_string(Opened(receipt.entry));
  const std::string of = std::to_string(receipt.entry.sections.size());
  checks.Add("sections", OpenAll(artefact, receipt.entry), n + " av " + of + " seksjoner er åpnet.",
             n + " of " + of + " sections are opened.");
  const bool same = CompactJson(*artefact.report->Find("content")) == ReceiptContentJson(receipt.entry);
  checks.Add("content_recorded", same ? OkStatus() : Failed("the report binds another entry or other openings"));
  checks.Add("recorded", CheckDisclosure(artefact, receipt.entry));
  checks.Add("reason_recorded", CheckReason(artefact));
  checks.Add("times", CheckTimes(artefact, {TimeOf(receipt.entry)}));
}

void CheckClosed(const ReadReceiptResult& receipt, Checks& checks) {
  const auto is_closed = [](const DisclosedSection& s) { return s.state == DisclosedSection::State::kClosed; };
  if (!std::all_of(receipt.entry.sections.begin(), receipt.entry.sections.end(), is_closed)) {
    checks.Add("sections", Failed("a section is opened or called destroyed, but no event says that it was"));
  } else if (!receipt.entry.sections.empty()) {
    checks.NotCovered("sections", Checks::Need::kStated, "Kvitteringen åpner ikke noe forseglet innhold.",
                      "The receipt opens nothing that is sealed.");
  }
  checks.Add("times", CheckOrder(receipt.artefact, {TimeOf(receipt.entry)}));
}

// What the receipt tells, for whoever holds it: the entry in words, and the fields that are opened.
std::string ShownJson(const ReadReceiptResult& receipt) {
  const DisclosedEntry& entry = receipt.entry;
  JsonWriter json;
  json.BeginObject().Key("index").Uint(entry.index).Key("kind").String(ledger::EntryKindName(entry.entry.kind));
  json.Key("time").String(privacy::FormatUtc(entry.entry.time_s));
  json.Key("time_oslo").String(privacy::FormatOslo(entry.entry.time_s)).Key("sections").BeginArray();
  for (size_t i = 0; i < entry.sections.size(); ++i) {
    const Result<std::vector<ledger::Field>> fields = OpenDisclosed(receipt.artefact.ledger_id, entry, i);
    const bool destroyed = entry.sections[i].state == DisclosedSection::State::kDestroyed;
    json.BeginObject().Key("section").Uint(i);
    json.Key("state").String(fields.ok() ? "opened" : destroyed ? "opening_destroyed" : "closed");
    // A list, not an object: names are whatever the section holds.
    json.Key("fields").BeginArray();
    for (size_t f = 0; fields.ok() && f < fields->size(); ++f) {
      json.BeginObject().Key("name").String((*fields)[f].name).Key("value").String(FieldText((*fields)[f])).EndObject();
    }
    json.EndArray().EndObject();
  }
  return json.EndArray().EndObject().Take();
}

}  // namespace

Verification VerifyReceipt(std::string_view text, const Trust* trust) {
  Checks checks;
  Result<ReadReceiptResult> receipt = ReadReceipt(text);
  if (!receipt.ok()) {
    checks.Add("form", receipt.error());
    return checks.Finish("unknown");
  }
  Artefact& artefact = receipt->artefact;
  CheckTrust(artefact, trust, checks);
  const std::string index = std::to_string(receipt->entry.index);
  const std::string size = std::to_string(artefact.checkpoint.size);
  checks.Add("inclusion", VerifyEntry(receipt->entry, artefact.checkpoint), "Innførsel " + index + " av " + size + ".",
             "Entry " + index + " of " + size + ".");
  if (receipt->disclosed) {
    CheckOpened(*receipt, checks);
  } else {
    CheckClosed(*receipt, checks);
  }
  checks.Add("form", OkStatus());
  Verification verification = checks.Finish(artefact.kind);
  verification.shown = ShownJson(*receipt);
  return verification;
}

}  // namespace spor::report
