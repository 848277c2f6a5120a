// SPDX-License-Identifier: Apache-2.0
#include "tools/report/certificate.h"

namespace spor::report {
namespace {

using ledger::EntryKind;

Status Malformed(const char* what) { return Status(Code::kFailed, std::string("the certificate's ") + what); }

// A proven entry of this kind; its body is parsed by `parse`.
template <typename Body>
Status ReadEntryOf(const JsonValue* value, EntryKind kind, Result<Body> (*parse)(ByteView), DisclosedEntry& entry,
                   Body& body) {
  if (value == nullptr) return Malformed("entries are incomplete");
  ASSIGN_OR_RETURN(entry, ReadProvenEntry(*value));
  if (entry.entry.kind != kind) return Malformed("entries are not of the kinds that they stand for");
  Result<Body> parsed = parse(entry.entry.body);
  if (!parsed.ok()) return Status(Code::kFailed, parsed.error().message());
  body = std::move(*parsed);
  return OkStatus();
}

Result<CertificateGeneration> ReadGeneration(const JsonValue& value) {
  RETURN_IF_ERROR(ExpectMembers(value, {"intent", "erase", "head", "destroyed"}));
  CertificateGeneration out;
  RETURN_IF_ERROR(
      ReadEntryOf(value.Find("intent"), EntryKind::kEraseIntent, ledger::ParseIntent, out.intent, out.intent_body));
  const auto parts = value.GetArray("erase");
  if (!parts.ok() || parts->empty() || parts->size() > UINT16_MAX) return Malformed("erase entries are not a list");
  for (const JsonValue& part : *parts) {
    out.erase.emplace_back();
    out.erase_bodies.emplace_back();
    RETURN_IF_ERROR(
        ReadEntryOf(&part, EntryKind::kErase, ledger::ParseErase, out.erase.back(), out.erase_bodies.back()));
  }
  RETURN_IF_ERROR(ReadEntryOf(value.Find("head"), EntryKind::kHead, ledger::ParseHead, out.head, out.head_body));
  RETURN_IF_ERROR(ReadEntryOf(value.Find("destroyed"), EntryKind::kRootDestroyed, ledger::ParseDestroyed, out.destroyed,
                              out.destroyed_body));
  return out;
}

Status ReadMap(const JsonValue& document, std::string_view key, ledger::PrunedMap& map) {
  ASSIGN_OR_RETURN(const Bytes bytes, GetBase64(document, key));
  Result<ledger::PrunedMap> parsed = ledger::PrunedMap::Parse(bytes);
  if (!parsed.ok()) return Status(Code::kFailed, parsed.error().message());
  map = std::move(*parsed);
  return OkStatus();
}

Status ReadLists(const JsonValue& document, Certificate& out) {
  const auto generations = document.GetArray("generations");
  const auto moves = document.GetArray("moves");
  if (!generations.ok() || !moves.ok()) return Malformed("generations or moves are not a list");
  for (const JsonValue& value : *generations) {
    ASSIGN_OR_RETURN(CertificateGeneration generation, ReadGeneration(value));
    out.generations.push_back(std::move(generation));
  }
  for (const JsonValue& value : *moves) {
    ASSIGN_OR_RETURN(DisclosedEntry entry, ReadProvenEntry(value));
    if (entry.entry.kind != EntryKind::kOps) return Malformed("moves are not operations");
    if (!out.moves.empty() && out.moves.back().index >= entry.index) return Malformed("moves are out of order");
    out.moves.push_back(std::move(entry));
  }
  return OkStatus();
}

Status ReadUnits(const JsonValue& report, Certificate& out) {
  const auto units = report.GetArray("units");
  if (!units.ok()) return Malformed("units are not a list");
  for (const JsonValue& value : *units) {
    ASSIGN_OR_RETURN(const Bytes bytes, GetHex(value, "unit", sizeof(ledger::UnitId)));
    ASSIGN_OR_RETURN(const ledger::UnitId unit, ToId16(bytes));
    if (!out.units.empty() && out.units.back() >= unit) return Malformed("units are not in ascending order");
    out.units.push_back(unit);
  }
  return OkStatus();
}

}  // namespace

Result<Certificate> ReadCertificate(const Artefact& artefact) {
  const JsonValue& document = artefact.document;
  RETURN_IF_ERROR(ExpectOwnMembers(artefact, {"policy_entry", "head_before", "head_after", "generations", "moves",
                                              "live_before", "due_before", "live_after", "due_after"}));
  RETURN_IF_ERROR(ExpectMembers(
      *artefact.report,
      {"made_at", "run",        "scope",   "as_of",          "started",           "finished",       "controller",
       "policy",  "categories", "rules",   "limits",         "head_before",       "head_after",     "units",
       "counts",  "kept",       "custody", "erased_live_at", "erased_everywhere", "nothing_overdue"}));
  Certificate out;
  RETURN_IF_ERROR(ReadEntryOf(document.Find("policy_entry"), EntryKind::kPolicy, ledger::ParsePolicyBody, out.policy,
                              out.policy_body));
  RETURN_IF_ERROR(
      ReadEntryOf(document.Find("head_before"), EntryKind::kHead, ledger::ParseHead, out.before, out.before_body));
  RETURN_IF_ERROR(
      ReadEntryOf(document.Find("head_after"), EntryKind::kHead, ledger::ParseHead, out.after, out.after_body));
  RETURN_IF_ERROR(ReadLists(document, out));
  RETURN_IF_ERROR(ReadUnits(*artefact.report, out));
  RETURN_IF_ERROR(ReadMap(document, "live_before", out.live_before));
  RETURN_IF_ERROR(ReadMap(document, "due_before", out.due_before));
  RETURN_IF_ERROR(ReadMap(document, "live_after", out.live_after));
  RETURN_IF_ERROR(ReadMap(document, "due_after", out.due_after));
  return out;
}

}  // namespace spor::report
