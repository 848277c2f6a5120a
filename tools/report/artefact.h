// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/report/checks.h"
#include "tools/report/key_succession.h"

namespace spor::report {

// What every artefact begins with: format, ledger, checkpoint, report, event.
struct Artefact {
  std::string kind;  // "certificate", "review", "extract" or "receipt"
  JsonValue document;
  std::string origin;
  Hash32 ledger_id{};
  std::vector<Hash32> genesis_proof;  // of the origin's first entry, which the trust file holds
  std::string checkpoint_note;
  ledger::Checkpoint checkpoint;
  const JsonValue* report = nullptr;  // in `document`
  DisclosedEntry event;               // that this was made
  std::vector<ledger::Field> event_fields;
  KeySuccession succession;
  size_t members = 0;  // of the document, that every artefact begins with

  // What verification learns on its way.
  uint64_t genesis_index = 0;
  std::optional<uint32_t> genesis_time_s;  // of the trust file that names this origin
  std::optional<UnixSeconds> cosigned_at;  // when the quorum of witnesses had seen the checkpoint
};

// The member `ledger`: {origin, ledger_id, genesis_proof}.
Status ReadLedgerName(const JsonValue& named, Artefact& out);

// Members: {format, ledger {origin, ledger_id, genesis_proof}, checkpoint, report, event, ...}, then `log_keys` and
// `closed_origins` where there are any. Opens the event's audit section. kFailed for anything malformed.
Result<Artefact> ReadArtefact(JsonValue document);
// kFailed unless exactly these members, in this order, follow those.
Status ExpectOwnMembers(const Artefact& artefact, std::initializer_list<std::string_view> keys);

// SHA-256("spor/report/v1" | the report's bytes).
Hash32 ReportDigest(std::string_view report_json);

// Adds trust, checkpoint_signature, cosigned_time and, where there are any, log_keys and closed_origins; fills in what
// verification learns. Without trust nothing about the log is verified. `trust` may be null.
void CheckTrust(Artefact& artefact, const Trust* trust, Checks& checks);
// The event says `action` was done, and carries the digest of the report.
Status CheckRecorded(const Artefact& artefact, std::string_view action);
// The event's field is of this type and has this text; kFailed otherwise.
Status CheckEventField(const Artefact& artefact, std::string_view name, ledger::FieldType type, std::string_view text);

// What each kind checks beyond that. kFailed for a malformed document.
Status VerifyCertificate(const Artefact& artefact, Checks& checks);
Status VerifyReview(const Artefact& artefact, Checks& checks);
Status VerifyExtract(const Artefact& artefact, Checks& checks);

}  // namespace spor::report
