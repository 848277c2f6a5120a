// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/bytes.h"
#include "ledger/note.h"

// What a log sends to a witness: C2SP tlog-witness, add-checkpoint; docs/formats/witness.md.
namespace spor::ledger {

inline constexpr size_t kMaxConsistencyLines = 63;
inline constexpr size_t kMaxAddCheckpointBytes = kMaxNoteBytes + (4 << 10);
// The media type of a 409's body, "SIZE\n".
inline constexpr std::string_view kTlogSizeType = "text/x.tlog.size";

struct AddCheckpoint {
  uint64_t old_size = 0;      // of the checkpoint that the witness saw last
  std::vector<Hash32> proof;  // RFC 6962 section 2.1.2, from it to the new one
  std::string note;           // the signed checkpoint
};
// The caller keeps to kMaxConsistencyLines; a proof between two sizes below 2^64 always does.
std::string EncodeAddCheckpoint(const AddCheckpoint& request);
// kInvalidArgument for anything that EncodeAddCheckpoint() would not write. The note itself is not looked into.
Result<AddCheckpoint> ParseAddCheckpoint(std::string_view body);

// "153\n", the body of a 409.
std::string EncodeTlogSize(uint64_t size);
Result<uint64_t> ParseTlogSize(std::string_view body);

}  // namespace spor::ledger
