// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/bytes.h"

// C2SP tlog-proof: an entry's place in a log, to be checked offline; docs/formats/tlog-proof.md.
namespace spor::ledger {

inline constexpr size_t kMaxTlogProofBytes = 4 << 20;
inline constexpr size_t kMaxTlogProofHashes = 63;  // as many as a tree of 2^63 entries needs

struct TlogProof {
  std::optional<Bytes> extra{};  // covered by no signature; never empty
  uint64_t index = 0;
  std::vector<Hash32> hashes{};  // from the leaf's sibling to the root's child
  std::string checkpoint;        // the signed note, as it stands
};
std::string FormatTlogProof(const TlogProof& proof);
// Syntax only: the checkpoint is not read and nothing is verified. kInvalidArgument for anything that
// FormatTlogProof() would not write.
Result<TlogProof> ParseTlogProof(std::string_view text);

}  // namespace spor::ledger
