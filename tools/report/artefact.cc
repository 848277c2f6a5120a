// SPDX-License-Identifier: Apache-2.0
#include "tools/report/artefact.h"

#include "crypto/hash.h"
#include "crypto/labels.h"
#include "ledger/bodies.h"
#include "ledger/merkle.h"
#include "privacy/calendar.h"

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
  ASSIGN_OR_RETURN(ReadSuccessionResult succession, ReadSuccession(members, std::size(kFirst)));
  out.members = std::size(kFirst) + succession.members;
  out.succession = std::move(succession.succession);
  out.document = std::move(document);
  out.report = &out.document.object()[3].value;
  return out;
}

Status ExpectOwnMembers(const Artefact& artefact, std::initializer_list<std::string_view> keys) {
  const JsonValue::Object& members = artefact.document.object();
  size_t at = artefact.members;
  for (const std::string_view key : keys) {
    if (at >= members.size() || members[at].key != key) {
      return Status(Code::kFailed, "member '" + std::string(key) + "' is not in its place");
    }
    ++at;
  }
  if (at == members.size()) return OkStatus();
  return Status(Code::kFailed, "unknown member '" + Shown(members[at].key) + "'");
}

namespace {

// The log is the one that the trust file names: same origin and id, and it begins with the trust file's entry.
Status CheckLedger(const Artefact& artefact, const Trust& trust) {
  if (trust.ledger_id != artefact.ledger_id) return Status(Code::kFailed, "the file is of another ledger");
  if (trust.origin != artefact.origin) {
    std::string text =
        "the trust file is of '" + Shown(trust.origin) + "', the file of '" + Shown(artefact.origin) + "'";
    for (const ClosedOrigin& closed : artefact.succession.closed) text += ". By the file: " + ClosedWords(closed).en;
    if (text.ends_with('.')) text.pop_back();
    return Status(Code::kFailed, text);
  }
  return ledger::VerifyInclusion(trust.genesis_index(), artefact.checkpoint.size, ledger::LeafHash(trust.genesis),
                                 artefact.genesis_proof, artefact.checkpoint.root);
}

void CheckClosed(const Artefact& artefact, Checks& checks) {
  const std::vector<ClosedOrigin>& closed = artefact.succession.closed;
  if (closed.empty()) return;
  privacy::Wording words;
  for (const ClosedOrigin& one : closed) {
    const privacy::Wording own = ClosedWords(one);
    words.nb += (words.nb.empty() ? "" : " ") + own.nb;
    words.en += (words.en.empty() ? "" : " ") + own.en;
  }
  checks.Add("closed_origins", CheckClosedOrigins(closed, artefact.origin, artefact.ledger_id, artefact.checkpoint),
             words.nb, words.en);
}

void CheckCosignedTime(Artefact& artefact, const Trust* trust, Checks& checks) {
  if (trust == nullptr || !trust->witnesses) {
    return checks.NotCovered("cosigned_time", Checks::Need::kStated,
                             "Tillitsfilen nevner ingen vitner; tidspunktene er tjenestens egne.",
                             "The trust file names no witnesses; the times are the service's own.");
  }
  const Result<ledger::Note> note = ledger::ParseNote(artefact.checkpoint_note);
  const Result<uint64_t> time = note.ok() ? trust->witnesses->QuorumTime(*note) : Result<uint64_t>(note.error());
  if (!time.ok() && time.error().code() == Code::kNotFound) {
    return checks.NotCovered("cosigned_time", Checks::Need::kStated,
                             "For få av vitnene har bekreftet kontrollpunktet; tidspunktene er tjenestens egne.",
                             "Too few of the witnesses confirmed the checkpoint; the times are the service's own.");
  }
  if (!time.ok()) return checks.Add("cosigned_time", Status(Code::kFailed, time.error().message()));
  if (*time > UINT32_MAX) return checks.Add("cosigned_time", Status(Code::kFailed, "no witness saw it that late"));
  artefact.cosigned_at = static_cast<UnixSeconds>(*time);
  const std::string seen = privacy::FormatUtc(*artefact.cosigned_at);
  const std::string day = privacy::FormatDate(privacy::OsloDay(*artefact.cosigned_at));
  checks.Add("cosigned_time", OkStatus(), "Vitnene hadde sett kontrollpunktet " + seen + "; dagen er " + day + ".",
             "The witnesses had seen the checkpoint at " + seen + "; the day is " + day + ".");
}

// What the trust file says of the log and of who signs it.
void CheckPinned(Artefact& artefact, const Trust& trust, Checks& checks) {
  const Status ledger = CheckLedger(artefact, trust);
  const std::vector<EndorsedKey>& endorsed = artefact.succession.keys;
  const Result<std::vector<TrustedKey>> keys = FollowKeys(endorsed, trust, artefact.checkpoint);
  const Status signature = VerifyCheckpoint(artefact.checkpoint_note, keys.ok() ? *keys : trust.keys);
  checks.Add("trust", ledger, "Tillitsfilens fingeravtrykk: " + trust.fingerprint + ".",
             "Fingerprint of the trust file: " + trust.fingerprint + ".");
  if (!endorsed.empty()) {
    const std::string n = std::to_string(endorsed.size());
    checks.Add("log_keys", keys.status(), n + " skifter av nøkkel.", n + " changes of the key.");
  }
  checks.Add("checkpoint_signature", signature);
  if (!ledger.ok() || !keys.ok() || !signature.ok()) return checks.DistrustLog();
  artefact.genesis_index = trust.genesis_index();
  artefact.genesis_time_s = trust.genesis_time_s;
}

}  // namespace

void CheckTrust(Artefact& artefact, const Trust* trust, Checks& checks) {
  if (trust == nullptr) {
    constexpr std::string_view kNb = "Det er ikke gitt noen tillitsfil (--trust).";
    constexpr std::string_view kEn = "No trust file was given (--trust).";
    checks.NotCovered("trust", Checks::Need::kRequired, kNb, kEn);
    if (!artefact.succession.keys.empty()) checks.NotCovered("log_keys", Checks::Need::kRequired, kNb, kEn);
    checks.NotCovered("checkpoint_signature", Checks::Need::kRequired, kNb, kEn);
    checks.DistrustLog();
  } else {
    CheckPinned(artefact, *trust, checks);
  }
  CheckClosed(artefact, checks);
  CheckCosignedTime(artefact, trust, checks);
}

Status CheckEventField(const Artefact& artefact, std::string_view name, ledger::FieldType type, std::string_view text) {
  const std::optional<std::string> value = FieldText(artefact.event_fields, name, type);
  if (value && *value == text) return OkStatus();
  return Status(Code::kFailed, "the recorded event does not carry the file's '" + std::string(name) + "'");
}

Status CheckRecorded(const Artefact& artefact, std::string_view action) {
  using ledger::FieldType;
  if (artefact.event.entry.kind != ledger::EntryKind::kEvent) return Status(Code::kFailed, "the event is no event");
  RETURN_IF_ERROR(VerifyEntry(artefact.event, artefact.checkpoint));
  RETURN_IF_ERROR(CheckEventField(artefact, "action", FieldType::kText, action));
  RETURN_IF_ERROR(CheckEventField(artefact, "result", FieldType::kText, "done"));
  return CheckEventField(artefact, "report_digest", FieldType::kBytes,
                         HexEncode(ReportDigest(CompactJson(*artefact.report))));
}

}  // namespace spor::report
