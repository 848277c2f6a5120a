// SPDX-License-Identifier: Apache-2.0
#include "tools/report/receipt.h"

#include "tools/report/extract_content.h"

namespace spor::report {
namespace {

constexpr std::string_view kTlogProof = "c2sp.org/tlog-proof@";

std::string ExtraJson(const Receipt& receipt) {
  JsonWriter json;
  json.BeginObject().Key("format").String(kReceiptFormat);
  json.Key("ledger").BeginObject().Key("origin").String(receipt.origin);
  json.Key("ledger_id").String(HexEncode(receipt.ledger_id));
  json.Key("genesis_proof").String(HashesBase64(receipt.genesis_proof)).EndObject();
  json.Key("shown").Raw(RangeEntryJson(receipt.entry.bytes, receipt.entry.sections));
  json.Key("disclosure");
  if (receipt.disclosure) {
    json.BeginObject().Key("report").Raw(receipt.disclosure->report);
    json.Key("event").Raw(ProvenEntryJson(receipt.disclosure->event)).EndObject();
  } else {
    json.Null();
  }
  for (const auto& [member, elements] : receipt.succession) {
    json.Key(member).BeginArray();
    for (const std::string& element : elements) json.Raw(element);
    json.EndArray();
  }
  return json.EndObject().Take();
}

// One way only to write it, as with every artefact.
Result<JsonValue> ParseExtra(const ledger::TlogProof& proof) {
  if (!proof.extra) return Status(Code::kFailed, "the proof carries no entry (no extra line), so it is no receipt");
  const std::string_view text = AsText(*proof.extra);
  Result<JsonValue> json = privacy::ParseJson(text);
  if (!json.ok()) return Status(Code::kFailed, "the receipt's extra data: " + json.error().message());
  if (CompactJson(*json) != text)
    return Status(Code::kFailed, "the receipt's extra data is not laid out as it must be");
  return json;
}

Status ReadDisclosure(ReadReceiptResult& out) {
  const JsonValue& disclosure = *out.artefact.document.Find("disclosure");
  out.disclosed = !disclosure.is_null();
  if (!out.disclosed) return OkStatus();
  RETURN_IF_ERROR(ExpectMembers(disclosure, {"report", "event"}));
  out.artefact.report = disclosure.Find("report");
  RETURN_IF_ERROR(ExpectMembers(*out.artefact.report, {"made_at", "index", "scope", "reason", "content"}));
  ASSIGN_OR_RETURN(out.artefact.event, ReadProvenEntry(*disclosure.Find("event")));
  ASSIGN_OR_RETURN(out.artefact.event_fields, OpenDisclosed(out.artefact.ledger_id, out.artefact.event, 0));
  return OkStatus();
}

}  // namespace

std::string FormatReceipt(const Receipt& receipt) {
  ledger::TlogProof proof;
  proof.extra = ToBytes(AsBytes(ExtraJson(receipt)));
  proof.index = receipt.entry.index;
  proof.hashes = receipt.entry.proof;
  proof.checkpoint = receipt.checkpoint;
  return ledger::FormatTlogProof(proof);
}

std::string ReceiptContentJson(const DisclosedEntry& entry) {
  ExtractContent content;
  content.Add(entry.index, entry.bytes, entry.sections);
  return content.Json();
}

bool IsTlogProof(std::string_view text) { return text.starts_with(kTlogProof); }

Result<ReadReceiptResult> ReadReceipt(std::string_view text) {
  const Result<ledger::TlogProof> proof = ledger::ParseTlogProof(text);
  if (!proof.ok()) return Status(Code::kFailed, proof.error().message());
  ReadReceiptResult out;
  out.artefact.kind = "receipt";
  ASSIGN_OR_RETURN(out.artefact.document, ParseExtra(*proof));
  const JsonValue& document = out.artefact.document;
  constexpr std::string_view kFirst[] = {"format", "ledger", "shown", "disclosure"};
  if (!document.is_object()) return Status(Code::kFailed, "the receipt's extra data is no object");
  const JsonValue::Object& members = document.object();
  for (size_t i = 0; i < std::size(kFirst); ++i) {
    if (i >= members.size() || members[i].key != kFirst[i]) {
      return Status(Code::kFailed, "member '" + std::string(kFirst[i]) + "' is not in its place");
    }
  }
  ASSIGN_OR_RETURN(ReadSuccessionResult succession, ReadSuccession(members, std::size(kFirst)));
  out.artefact.members = std::size(kFirst) + succession.members;
  out.artefact.succession = std::move(succession.succession);
  RETURN_IF_ERROR(ExpectOwnMembers(out.artefact, {}));
  const JsonValue& format = *document.Find("format");
  if (!format.is_string() || format.string() != kReceiptFormat) {
    return Status(Code::kFailed, "the receipt is of a format that this version does not know");
  }
  RETURN_IF_ERROR(ReadLedgerName(*document.Find("ledger"), out.artefact));
  out.artefact.checkpoint_note = proof->checkpoint;
  ASSIGN_OR_RETURN(out.artefact.checkpoint, ReadUnverifiedCheckpoint(proof->checkpoint));
  if (out.artefact.checkpoint.origin != out.artefact.origin) {
    return Status(Code::kFailed, "the checkpoint is of another origin");
  }
  ASSIGN_OR_RETURN(out.entry, ReadRangeEntry(*document.Find("shown"), proof->index));
  out.entry.proof = proof->hashes;
  RETURN_IF_ERROR(ReadDisclosure(out));
  return out;
}

}  // namespace spor::report
