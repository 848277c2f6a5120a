// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ledger/checkpoint.h"

// The trust file: what a verifier pins. docs/formats/artefacts.md, "Trust file".
namespace spor::report {

struct TrustedKey {
  ledger::VerifierKey vkey;
  uint64_t start_index = 0;  // signs checkpoints of more entries than this
};

struct Trust {
  std::string origin;
  Hash32 ledger_id{};
  Bytes genesis;  // entry 0 of the log
  uint32_t genesis_time_s = 0;
  std::string fingerprint;       // of the file, as people read it aloud
  std::vector<TrustedKey> keys;  // by ascending start_index
};

std::string TrustJson(ByteView genesis_entry, const std::string& origin, const PublicKey32& log_key,
                      const Hash32& ledger_id);
// kInvalidArgument for whatever is not a trust file, or contradicts itself.
Result<Trust> ParseTrust(std::string_view text);

// The checkpoint in a note as it stands, whoever signed it; exactly one signature line. kFailed otherwise.
Result<ledger::Checkpoint> ReadUnverifiedCheckpoint(std::string_view note);
// kFailed unless the note is signed by the key that is trusted for its size.
Status VerifyCheckpoint(std::string_view note, const Trust& trust);

}  // namespace spor::report
