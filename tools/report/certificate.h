// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ledger/pruned_map.h"
#include "tools/report/artefact.h"
#include "tools/report/figures.h"

// What a deletion certificate says, between its maker and its verifier.
namespace spor::report {

// One erased unit.
struct CertificateUnit {
  ledger::UnitId unit{};
  uint16_t category = 0;
  uint16_t rule = 0;
  ledger::DueKey due;  // under which it stood when it was erased
  ledger::EraseReason reason = ledger::EraseReason::kDue;
  uint32_t generation = 0;  // of the root key after its erasure
};

// Everything that the figures of a certificate are computed from.
struct CertificateFacts {
  struct Head {
    uint64_t index = 0;
    uint32_t time_s = 0;
    ledger::HeadBody body;
  };
  Head before;
  Head after;
  std::vector<CertificateUnit> units;           // ascending
  std::map<uint16_t, bool> promised_anonymous;  // category -> the statement promises to anonymise
  uint32_t erased_live_at = 0;                  // time of the last erase entry; 0: nothing was erased
  uint32_t everywhere_day = 0;                  // of the last destroyed entry
  uint32_t copies = 0;                          // registered copies of old roots still out
  bool nothing_overdue = false;
};

inline constexpr std::string_view kFigureKeys[] = {
    "head_before",    "head_after",        "units",          "counts", "kept", "custody",
    "erased_live_at", "erased_everywhere", "nothing_overdue"};
// The members of the report that follow from proven entries, in that order.
std::vector<std::pair<std::string, std::string>> CertificateFigures(const CertificateFacts& facts);

// What nobody can prove, in plain words.
const std::vector<privacy::Wording>& CertificateLimits();

// A generation of an erasure with the entries that show it.
struct CertificateGeneration {
  DisclosedEntry intent;
  std::vector<DisclosedEntry> erase;
  DisclosedEntry head;
  DisclosedEntry destroyed;
  ledger::IntentBody intent_body;
  std::vector<ledger::EraseBody> erase_bodies;
  ledger::HeadBody head_body;
  ledger::DestroyedBody destroyed_body;
};

// A certificate read from its file.
struct Certificate {
  DisclosedEntry policy;
  ledger::PolicyBody policy_body;
  DisclosedEntry before;
  ledger::HeadBody before_body;
  DisclosedEntry after;
  ledger::HeadBody after_body;
  std::vector<CertificateGeneration> generations;
  std::vector<DisclosedEntry> moves;  // operations between the first head and the erasure, on units listed
  ledger::PrunedMap live_before;
  ledger::PrunedMap due_before;
  ledger::PrunedMap live_after;
  ledger::PrunedMap due_after;
  std::vector<ledger::UnitId> units;  // those that the report lists
};
// kFailed for anything malformed.
Result<Certificate> ReadCertificate(const Artefact& artefact);

}  // namespace spor::report
