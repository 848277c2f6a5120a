// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/report/checks.h"
#include "tools/report/proven_entry.h"
#include "tools/report/trust.h"

namespace spor::report {

// What every artefact begins with: format, ledger, checkpoint, report, event.
struct Artefact {
  std::string kind;  // "certificate", "review", "extract" or "receipt"
  JsonValue document;
  std::string origin;
  Hash32 ledger_id{};
  std::vector<Hash32> genesis_proof;  // of entry 0, which the trust file holds
  std::string checkpoint_note;
  ledger::Checkpoint checkpoint;
  const JsonValue* report = nullptr;  // in `document`
  DisclosedEntry event;               // that this was made
  std::vector<ledger::Field> event_fields;
  std::optional<uint32_t> genesis_time_s;  // of the trust file that names this ledger
};

// The member `ledger`: {origin, ledger_id, genesis_proof}.
Status ReadLedgerName(const JsonValue& named, Artefact& out);

// Members: {format, ledger {origin, ledger_id, genesis_proof}, checkpoint, report, event, ...}. Opens the event's audit
// section. kFailed for anything malformed.
Result<Artefact> ReadArtefact(JsonValue document);

// SHA-256("spor/report/v1" | the report's bytes).
Hash32 ReportDigest(std::string_view report_json);

// Adds trust, checkpoint_signature and cosigned_time. Without trust nothing about the log is verified. `trust` may be
// null.
void CheckTrust(const Artefact& artefact, const Trust* trust, Checks& checks);
// The event says `action` was done, and carries the digest of the report.
Status CheckRecorded(const Artefact& artefact, std::string_view action);
// The event's field has this text; kFailed otherwise.
Status CheckEventField(const Artefact& artefact, std::string_view name, std::string_view text);

// What each kind checks beyond that. kFailed for a malformed document.
Status VerifyCertificate(const Artefact& artefact, Checks& checks);
Status VerifyReview(const Artefact& artefact, Checks& checks);
Status VerifyExtract(const Artefact& artefact, Checks& checks);

}  // namespace spor::report
