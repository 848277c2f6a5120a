// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"
#include "tools/report/artefact.h"
#include "tools/report/report.h"

// Proofs about the log itself: where an entry stands, that one size goes on from another, what the maps of the newest
// head hold. Nothing sealed is in them. docs/formats/log-proof.md.
namespace spor::report {

inline constexpr std::string_view kLogProofFormat = "spor-log-proof/1";

// The newest published checkpoint, cosigned where there are witnesses; a new one where `index` is not yet covered.
// kNotFound beyond the end of the log.
struct CoveredEntry {
  std::string note;
  ledger::Checkpoint checkpoint;
  Bytes bytes;  // of entry `index`
};
Result<CoveredEntry> CoverEntry(const ReportParts& parts, uint64_t index);

// One file of the log's static tree, by its name under C2SP tlog-tiles: only up to the newest published checkpoint,
// because what is not anchored does not leave. kNotFound for what that tree does not hold.
Result<Bytes> ReadTile(const ReportParts& parts, const auth::Actor& actor, std::string_view name);
// The clear part of an entry in words (entry_words.h).
Result<std::string> TellEntry(const ReportParts& parts, const auth::Actor& actor, uint64_t index);

// {index, size, leaf_hash, root, proof [hash..], checkpoint}: the audit path of an entry in the tree of `size` entries,
// by default that of the newest checkpoint, whose note is then given; null for another size.
Result<std::string> MakeInclusionProof(const ReportParts& parts, const auth::Actor& actor, uint64_t index,
                                       std::optional<uint64_t> size);

// The three below are documents of format spor-log-proof/1, which Verify() checks.

// That the tree of `from` entries is the beginning of that of `to`, by default the newest checkpoint's.
Result<std::string> MakeConsistencyProof(const ReportParts& parts, const auth::Actor& actor, uint64_t from,
                                         std::optional<uint64_t> to);

struct MapProofRequest {
  enum class Shows {
    kUnit,      // that `unit` is alive, with its class and day, or that it is not
    kSmallest,  // the smallest key of the due map, so whether anything is overdue
    kDue,       // every unit of class 0 that is due by `by`
  } shows = Shows::kUnit;
  ledger::UnitId unit{};
  privacy::LegalDate by;
};
// At a head made for it, if anything is newer than the newest one. kInvalidArgument when more than 100,000 units would
// be listed.
Result<std::string> MakeMapProof(const ReportParts& parts, const auth::Actor& actor, const MapProofRequest& request);

// Checks such a document; `trust` may be null.
bool IsLogProof(const JsonValue& document);
Verification VerifyLogProof(JsonValue document, const Trust* trust);

}  // namespace spor::report
