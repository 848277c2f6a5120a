// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle.h"
#include "tools/report/map_facts.h"
#include "tools/report/proven_times.h"

namespace spor::report {
namespace {

Status Failed(std::string what) { return Status(Code::kFailed, std::move(what)); }

// format, ledger, checkpoint, report, and how the keys went on: as every artefact begins, but no event.
Result<Artefact> ReadBeginning(JsonValue document) {
  Artefact out;
  out.kind = "log_proof";
  const JsonValue::Object& members = document.object();
  constexpr std::string_view kFirst[] = {"format", "ledger", "checkpoint", "report"};
  for (size_t i = 0; i < std::size(kFirst); ++i) {
    if (i >= members.size() || members[i].key != kFirst[i]) {
      return Failed("member '" + std::string(kFirst[i]) + "' is not in its place");
    }
  }
  RETURN_IF_ERROR(ReadLedgerName(members[1].value, out));
  if (!members[2].value.is_string()) return Failed("the checkpoint is no string");
  out.checkpoint_note = members[2].value.string();
  ASSIGN_OR_RETURN(out.checkpoint, ReadUnverifiedCheckpoint(out.checkpoint_note));
  if (out.checkpoint.origin != out.origin) return Failed("the checkpoint is of another origin");
  if (!members[3].value.is_object()) return Failed("the report is no object");
  ASSIGN_OR_RETURN(ReadSuccessionResult succession, ReadSuccession(members, std::size(kFirst)));
  out.members = std::size(kFirst) + succession.members;
  out.succession = std::move(succession.succession);
  out.document = std::move(document);
  out.report = &out.document.object()[3].value;
  return out;
}

Result<Hash32> GetRoot(const JsonValue& report, std::string_view key) {
  ASSIGN_OR_RETURN(const Bytes bytes, GetHex(report, key, sizeof(Hash32)));
  return ToHash32(bytes);
}

Status CheckConsistency(const Artefact& artefact, Checks& checks) {
  RETURN_IF_ERROR(ExpectOwnMembers(artefact, {"from_to", "to_checkpoint"}));
  const JsonValue& report = *artefact.report;
  RETURN_IF_ERROR(ExpectMembers(report, {"shows", "from", "from_root", "to", "to_root"}));
  ASSIGN_OR_RETURN(const uint64_t from, GetIndex(report, "from"));
  ASSIGN_OR_RETURN(const uint64_t to, GetIndex(report, "to"));
  ASSIGN_OR_RETURN(const Hash32 from_root, GetRoot(report, "from_root"));
  ASSIGN_OR_RETURN(const Hash32 to_root, GetRoot(report, "to_root"));
  ASSIGN_OR_RETURN(const std::vector<Hash32> proof, GetHashes(artefact.document, "from_to", kMaxRangeHashes));
  ASSIGN_OR_RETURN(const std::vector<Hash32> onwards, GetHashes(artefact.document, "to_checkpoint", kMaxRangeHashes));
  Status status = ledger::VerifyConsistency(from, to, proof, from_root, to_root);
  if (status.ok()) {
    status = ledger::VerifyConsistency(to, artefact.checkpoint.size, onwards, to_root, artefact.checkpoint.root);
  }
  const std::string sizes[] = {std::to_string(from), std::to_string(to)};
  checks.Add("consistency", status,
             "Loggen på " + sizes[1] + " innførsler begynner med den på " + sizes[0] + ", som har rot " +
                 HexEncode(from_root) + ".",
             "The log of " + sizes[1] + " entries begins with that of " + sizes[0] + ", whose root is " +
                 HexEncode(from_root) + ".");
  return OkStatus();
}

Result<std::optional<ledger::PrunedMap>> ReadMap(const JsonValue& document, std::string_view key) {
  if (document.Find(key)->is_null()) return std::optional<ledger::PrunedMap>();
  ASSIGN_OR_RETURN(const Bytes bytes, GetBase64(document, key));
  Result<ledger::PrunedMap> map = ledger::PrunedMap::Parse(bytes);
  if (!map.ok()) return Failed(map.error().message());
  return std::optional(std::move(*map));
}

// The report that the maps give for what it says it shows.
Result<std::string> Recomputed(const MapFacts& facts, const JsonValue& report) {
  const Result<std::string> shows = report.GetString("shows");
  if (!shows.ok()) return Failed("the report does not say what it shows");
  if (*shows == "smallest") return SmallestReport(facts);
  if (*shows == "due") {
    const Result<std::string> text = report.GetString("by");
    const Result<privacy::LegalDate> by =
        text.ok() ? privacy::ParseDate(*text) : Result<privacy::LegalDate>(text.error());
    return by.ok() ? DueReport(facts, *by) : Failed("'by' is no day");
  }
  if (*shows != "unit") return Failed("the report shows something that this version does not know");
  ASSIGN_OR_RETURN(const Bytes unit, GetHex(report, "unit", sizeof(ledger::UnitId)));
  ASSIGN_OR_RETURN(const ledger::UnitId id, ToId16(unit));
  std::optional<Bytes> due_key;
  if (report.Find("due_key") != nullptr) {
    ASSIGN_OR_RETURN(due_key, GetHex(report, "due_key", 21));
  }
  return UnitReport(facts, id, due_key);
}

// In a sentence, for whoever reads the answer.
std::pair<std::string, std::string> Sentences(const JsonValue& report) {
  const std::string shows = *report.GetString("shows");
  if (shows == "smallest") {
    const bool nothing = *report.GetBool("nothing_overdue");
    return {nothing ? "Ingenting er over slettefristen." : "Noe er over slettefristen.",
            nothing ? "Nothing is overdue." : "Something is overdue."};
  }
  if (shows == "due") {
    const std::string n = std::to_string(*report.GetInt("count"));
    const std::string by = *report.GetString("by");
    return {n + " enheter har slettefrist til og med " + by + ".", n + " units are due by " + by + "."};
  }
  const std::string unit = *report.GetString("unit");
  const bool alive = *report.GetBool("alive");
  return {"Enhet " + unit + (alive ? " finnes." : " finnes ikke."),
          "Unit " + unit + (alive ? " is alive." : " is not alive.")};
}

Status CheckMaps(const Artefact& artefact, Checks& checks) {
  const JsonValue& document = artefact.document;
  RETURN_IF_ERROR(ExpectOwnMembers(artefact, {"head", "live", "due"}));
  ASSIGN_OR_RETURN(const DisclosedEntry head, ReadProvenEntry(*document.Find("head")));
  if (head.entry.kind != ledger::EntryKind::kHead) return Failed("the head is none");
  MapFacts facts;
  facts.head_index = head.index;
  facts.head_time_s = head.entry.time_s;
  const Result<ledger::HeadBody> body = ledger::ParseHead(head.entry.body);
  if (!body.ok() || body->own_index != head.index) return Failed("the head is malformed or names another index");
  facts.head = *body;
  ASSIGN_OR_RETURN(facts.live, ReadMap(document, "live"));
  ASSIGN_OR_RETURN(facts.due, ReadMap(document, "due"));
  checks.Add("inclusion", VerifyEntry(head, artefact.checkpoint));
  const Result<std::string> report = Recomputed(facts, *artefact.report);
  if (!report.ok() || *report != CompactJson(*artefact.report)) {
    checks.Add("maps", report.ok() ? Failed("the maps give another report") : Failed(report.error().message()));
  } else {
    const auto [nb, en] = Sentences(*artefact.report);
    checks.Add("maps", OkStatus(), nb, en);
  }
  Status times = CheckLegalDay(head, facts.head);
  if (times.ok()) times = CheckOrder(artefact, {TimeOf(head)});
  checks.Add("times", times);
  return OkStatus();
}

}  // namespace

bool IsLogProof(const JsonValue& document) {
  const Result<std::string> format = document.GetString("format");
  return format.ok() && *format == kLogProofFormat;
}

Verification VerifyLogProof(JsonValue document, const Trust* trust) {
  Checks checks;
  Result<Artefact> artefact = ReadBeginning(std::move(document));
  if (!artefact.ok()) {
    checks.Add("form", artefact.error());
    return checks.Finish("unknown");
  }
  if (trust != nullptr && trust->ledger_id == artefact->ledger_id) artefact->genesis_time_s = trust->genesis_time_s;
  CheckTrust(*artefact, trust, checks);
  const Result<std::string> shows = artefact->report->GetString("shows");
  const bool consistency = shows.ok() && *shows == "consistency";
  checks.Add("form", consistency ? CheckConsistency(*artefact, checks) : CheckMaps(*artefact, checks));
  Verification verification = checks.Finish(artefact->kind);
  verification.shown = CompactJson(*artefact->report);
  return verification;
}

}  // namespace spor::report
