// SPDX-License-Identifier: Apache-2.0
#include "tools/report/artefact.h"

#include "crypto/hash.h"
#include "crypto/labels.h"
#include "ledger/bodies.h"
#include "ledger/merkle.h"

namespace spor::report {
namespace {

constexpr std::string_view kKinds[] = {"certificate", "review", "extract"};

Result<std::string> KindOf(const JsonValue& document) {
  const Result<std::string> format = document.GetString("format");
  for (const std::string_view kind : kKinds) {
    if (format.ok() && *format == "spor-" + std::string(kind) + "/1") return std::string(kind);
  }
  return Status(Code::kFailed, "the file is no certificate, review or extract that this version knows");
}

}  // namespace

Hash32 ReportDigest(std::string_view report_json) {
  return Sha256({AsBytes(label::kReportDigest), AsBytes(report_json)});
}

Status ReadLedgerName(const JsonValue& named, Artefact& out) {
  RETURN_IF_ERROR(ExpectMembers(named, {"origin", "ledger_id", "genesis_proof"}));
  const Result<std::string> origin = named.GetString("origin");
  if (!origin.ok()) return Status(Code::kFailed, "the origin is no string");
  out.origin = *origin;
  ASSIGN_OR_RETURN(const Bytes id, GetHex(named, "ledger_id", sizeof(Hash32)));
  ASSIGN_OR_RETURN(out.ledger_id, ToHash32(id));
  ASSIGN_OR_RETURN(out.genesis_proof, GetHashes(named, "genesis_proof", kMaxProofHashes));
  return OkStatus();
}

Result<Artefact> ReadArtefact(JsonValue document) {
  Artefact out;
  ASSIGN_OR_RETURN(out.kind, KindOf(document));
  constexpr std::string_view kFirst[] = {"format", "ledger", "checkpoint", "report", "event"};
  const JsonValue::Object& members = document.object();
  for (size_t i = 0; i < std::size(kFirst); ++i) {
    if (i >= members.size() || members[i].key != kFirst[i]) {
      return Status(Code::kFailed, "member '" + std::string(kFirst[i]) + "' is not in its place");
    }
  }
  RETURN_IF_ERROR(ReadLedgerName(members[1].value, out));
  if (!members[2].value.is_string()) return Status(Code::kFailed, "the checkpoint is no string");
  out.checkpoint_note = members[2].value.string();
  ASSIGN_OR_RETURN(out.checkpoint, ReadUnverifiedCheckpoint(out.checkpoint_note));
  if (out.checkpoint.origin != out.origin) return Status(Code::kFailed, "the checkpoint is of another origin");
  if (!members[3].value.is_object()) return Status(Code::kFailed, "the report is no object");
  ASSIGN_OR_RETURN(out.event, ReadProvenEntry(members[4].value));
  ASSIGN_OR_RETURN(out.event_fields, OpenDisclosed(out.ledger_id, out.event, 0));
  out.document = std::move(document);
  out.report = &out.document.object()[3].value;
  return out;
}

namespace {

// The log is the one that the trust file names: same origin and id, and its first entry is the trust file's.
Status CheckLedger(const Artefact& artefact, const Trust& trust) {
  if (trust.origin != artefact.origin || trust.ledger_id != artefact.ledger_id) {
    return Status(Code::kFailed, "the file is of another ledger");
  }
  return ledger::VerifyInclusion(0, artefact.checkpoint.size, ledger::LeafHash(trust.genesis), artefact.genesis_proof,
                                 artefact.checkpoint.root);
}

}  // namespace

void CheckTrust(const Artefact& artefact, const Trust* trust, Checks& checks) {
  if (trust == nullptr) {
    constexpr std::string_view kNb = "Det er ikke gitt noen tillitsfil (--trust).";
    constexpr std::string_view kEn = "No trust file was given (--trust).";
    checks.NotCovered("trust", Checks::Need::kRequired, kNb, kEn);
    checks.NotCovered("checkpoint_signature", Checks::Need::kRequired, kNb, kEn);
    checks.DistrustLog();
  } else {
    const Status ledger = CheckLedger(artefact, *trust);
    const Status signature = VerifyCheckpoint(artefact.checkpoint_note, *trust);
    checks.Add("trust", ledger, "Tillitsfilens fingeravtrykk: " + trust->fingerprint + ".",
               "Fingerprint of the trust file: " + trust->fingerprint + ".");
    checks.Add("checkpoint_signature", signature);
    if (!ledger.ok() || !signature.ok()) checks.DistrustLog();
  }
  checks.NotCovered("cosigned_time", Checks::Need::kStated,
                    "Ingen vitner er satt opp; tidspunktene er tjenestens egne.",
                    "No witnesses are set up; the times are the service's own.");
}

Status CheckEventField(const Artefact& artefact, std::string_view name, std::string_view text) {
  const std::optional<std::string> value = FieldText(artefact.event_fields, name);
  if (value && *value == text) return OkStatus();
  return Status(Code::kFailed, "the recorded event does not carry the file's '" + std::string(name) + "'");
}

Status CheckRecorded(const Artefact& artefact, std::string_view action) {
  if (artefact.event.entry.kind != ledger::EntryKind::kEvent) return Status(Code::kFailed, "the event is no event");
  RETURN_IF_ERROR(VerifyEntry(artefact.event, artefact.checkpoint));
  RETURN_IF_ERROR(CheckEventField(artefact, "action", action));
  RETURN_IF_ERROR(CheckEventField(artefact, "result", "done"));
  return CheckEventField(artefact, "report_digest", HexEncode(ReportDigest(CompactJson(*artefact.report))));
}

}  // namespace spor::report
