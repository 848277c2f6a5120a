// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/log_keys.h"
#include "ledger/witness_policy.h"

// The trust file: what a verifier pins. docs/formats/artefacts.md, "Trust file".
namespace spor::report {

struct TrustedKey {
  ledger::VerifierKey vkey;
  uint64_t start_index = 0;  // signs checkpoints of more entries than this
};

struct Trust {
  std::string origin;
  Hash32 ledger_id{};
  Bytes genesis;  // the entry with which the origin begins
  uint32_t genesis_time_s = 0;
  std::string fingerprint;       // of the file, as people read it aloud
  std::vector<TrustedKey> keys;  // by ascending start_index
  std::optional<ledger::WitnessPolicy> witnesses;

  // Where the origin begins: 0 but for a successor.
  uint64_t genesis_index() const { return keys.front().start_index; }
};

std::string TrustJson(ByteView genesis_entry, const ledger::LogKeys::Origin& origin);
// The trust file with this witness policy in place of the one that it has, or of none. kInvalidArgument if either is
// none, or the policy names logs and this is not among them.
Result<std::string> WithWitnessPolicy(std::string_view trust_file, std::string_view policy);
// kInvalidArgument for whatever is not a trust file, or contradicts itself.
Result<Trust> ParseTrust(std::string_view text);

// The checkpoint in a note as it stands, whoever signed it. kFailed if it is not well formed.
Result<ledger::Checkpoint> ReadUnverifiedCheckpoint(std::string_view note);
// The key among these that signs checkpoints of `size` entries; kFailed if that is before the first.
Result<ledger::VerifierKey> KeyFor(const std::vector<TrustedKey>& keys, uint64_t size);
// kFailed unless the note is signed by the key that is right for its size. Other signature lines are ignored.
Status VerifyCheckpoint(std::string_view note, const std::vector<TrustedKey>& keys);

}  // namespace spor::report
