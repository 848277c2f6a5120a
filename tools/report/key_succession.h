// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"
#include "privacy/policy.h"
#include "tools/report/proven_entry.h"
#include "tools/report/trust.h"

// How a verifier gets from the keys she pinned to the one that signed an artefact: endorsed keys and closed origins,
// with their proofs. docs/formats/artefacts.md, "Keys and origins".
namespace spor::report {

// One change of the log key.
struct EndorsedKey {
  DisclosedEntry entry;  // its proof is to `checkpoint`
  ledger::LogKeyBody body;
  std::string checkpoint_note;  // signed by the key before
  ledger::Checkpoint checkpoint;
  std::vector<Hash32> consistency;  // from there to the artefact's checkpoint
};

// One origin that ended after a loss, and how its successor began.
struct ClosedOrigin {
  DisclosedEntry closing;  // both proofs are to the artefact's checkpoint
  ledger::CloseOriginBody body;
  DisclosedEntry genesis;
  ledger::GenesisBody successor;
  ledger::Checkpoint surviving;  // that the successor names, signed or not
};

struct KeySuccession {
  std::vector<EndorsedKey> keys;     // of the artefact's origin, in the order of the log
  std::vector<ClosedOrigin> closed;  // all there were
};

// The members `log_keys` and `closed_origins` of an artefact under this checkpoint, each with its elements; a member
// that would be empty is left out, so most logs have none.
using SuccessionMembers = std::vector<std::pair<std::string, std::vector<std::string>>>;
Result<SuccessionMembers> SuccessionOf(const ledger::Ledger& ledger, const ledger::Checkpoint& checkpoint);

// Both members as they stand from member `at` on, and how many of the two there were. kFailed for anything malformed,
// and for an empty list: what says nothing is left out.
struct ReadSuccessionResult {
  KeySuccession succession;
  size_t members = 0;
};
Result<ReadSuccessionResult> ReadSuccession(const JsonValue::Object& document, size_t at);

// The pinned keys and those that they endorse, one after the other. kFailed unless each endorsement is in a checkpoint
// that the key before it signed, before the new key signs anything, and that checkpoint is of the log of `checkpoint`.
Result<std::vector<TrustedKey>> FollowKeys(const std::vector<EndorsedKey>& endorsed, const Trust& trust,
                                           const ledger::Checkpoint& checkpoint);
// kFailed unless each closing and genesis is proven, they follow each other, and the last one begins `origin`.
Status CheckClosedOrigins(const std::vector<ClosedOrigin>& closed, const std::string& origin, const Hash32& ledger_id,
                          const ledger::Checkpoint& checkpoint);
// Both heads of a closed origin in words.
privacy::Wording ClosedWords(const ClosedOrigin& closed);

}  // namespace spor::report
