// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "auth/auth_service.h"
#include "ledger/ledger.h"
#include "privacy/calendar.h"
#include "privacy/policy.h"
#include "privacy/subjects.h"
#include "vault/vault.h"

// What leaves the house: trust file, deletion certificate, annual review, audit extract. docs/formats/artefacts.md.
namespace spor::report {

// Those who cosign checkpoints; the service implements it.
class CheckpointWitnesses {
 public:
  virtual ~CheckpointWitnesses() = default;
  // The newest published checkpoint with every verified cosignature line that came within the service's time limit:
  // none, when no witness answers.
  virtual std::string NewestCosigned() = 0;
  // Without asking anybody: the newest one that meets the quorum, or the newest there is when none does.
  virtual std::string BestKnown() const = 0;
  // The policy file that names them, as it was read.
  virtual const std::string& PolicyText() const = 0;
};

// The rooms that reports are made from. All borrowed; any thread.
struct ReportParts {
  ledger::Ledger* ledger = nullptr;
  ledger::Store* store = nullptr;
  vault::Vault* vault = nullptr;
  auth::AuditTrail* audit = nullptr;
  auth::AuthService* auth = nullptr;
  const privacy::Policy* policy = nullptr;
  privacy::SubjectBook* subjects = nullptr;
  const Clock* clock = nullptr;
  CheckpointWitnesses* witnesses = nullptr;  // null: there are none
};

// What a verifier pins: JSON {format, origin, genesis, ledger_id, log_vkeys, witness_policy, approver_keys}. No secret.
// The policy is the service's own, or null.
Result<std::string> MakeTrustFile(const ReportParts& parts);

// The three below first record in the ledger that they are made, and return nothing unless that is durable. kConflict
// when the session ended meanwhile.

struct CertificateRequest {
  std::string run;      // "1", "2", ... or "last"
  std::string subject;  // empty: the whole run; otherwise a person, as people type her, or "unit:HEX"
};
// Deletion certificate of a retention run. kNotFound for an unknown run, and for a person of whom nothing is left: she
// is asked for by a unit of her receipt.
Result<std::string> MakeCertificate(const ReportParts& parts, const auth::Actor& actor,
                                    const CertificateRequest& request);

// Both days included; at most 100 years, and not before the ledger's first entry is needed.
struct ReviewRequest {
  privacy::LegalDate from;
  privacy::LegalDate to;
};
// Annual review. kInvalidArgument when `to` is before `from` or nothing happened in the period.
Result<std::string> MakeReview(const ReportParts& parts, const auth::Actor& actor, const ReviewRequest& request);

struct ExtractRequest {
  privacy::LegalDate from;
  privacy::LegalDate to;
  std::string subject;  // empty: everything; otherwise only what concerns this person
  std::string reason;   // why, 1 to 1,000 bytes; recorded
};
// Audit extract. kInvalidArgument for an empty or overlong reason or period.
Result<std::string> MakeExtract(const ReportParts& parts, const auth::Actor& actor, const ExtractRequest& request);

// Receipt of one entry, as a C2SP tlog-proof. Closed, it holds nothing sealed and is not recorded. Opened, its audit
// sections are disclosed, and where `subject` names a person also hers; that is recorded first. kNotFound for an entry
// that is not there, or that holds nothing of this person.
struct ReceiptRequest {
  uint64_t index = 0;
  enum class Open { kNo, kYes } open = Open::kNo;
  std::string subject;  // with kYes only
  std::string reason;   // with kYes: why, 1 to 1,000 bytes; recorded
};
Result<std::string> MakeReceipt(const ReportParts& parts, const auth::Actor& actor, const ReceiptRequest& request);

}  // namespace spor::report
