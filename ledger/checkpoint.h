// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ledger/note.h"

// C2SP tlog-checkpoint: what a log signs; docs/formats/note.md.
namespace spor::ledger {

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Hash32 root{};
  std::vector<std::string> extensions{};  // of other people's logs; ours keep their state in heads
};
// The body that is signed: origin, size, base64 root and the extensions, a line each.
std::string FormatCheckpoint(const Checkpoint& checkpoint);
// The body of any SHA-256 log's checkpoint. kInvalidArgument for anything that FormatCheckpoint() would not write.
Result<Checkpoint> ParseCheckpoint(std::string_view text);

// Signed by the key named like its origin.
std::string SignCheckpoint(const Checkpoint& checkpoint, const Signer& signer);
// A checkpoint of one of our logs. kFailed unless a signature line is by `key` and verifies and the origin is the key's
// name; lines of other keys are ignored. kInvalidArgument for a note or checkpoint that is not well formed, or one with
// extension lines.
Result<Checkpoint> OpenCheckpoint(std::string_view note, const VerifierKey& key);

}  // namespace spor::ledger
