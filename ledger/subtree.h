// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "ledger/merkle.h"

// Subtrees of the RFC 6962 tree: the tree over entries [start, end) alone, if they are aligned so that it can be proven
// to be a part of the whole (draft-ietf-plants-merkle-tree-certs, section "Subtrees"). With start = 0 these are the
// tree heads, inclusion and consistency proofs of RFC 6962: ledger/merkle.h has them under their usual names.
namespace spor::ledger {

struct Subtree {
  uint64_t start = 0;
  uint64_t end = 0;  // exclusive
  uint64_t size() const { return end - start; }
  bool operator==(const Subtree&) const = default;
};

// Whether start is a multiple of the smallest power of two that is not below the size.
bool IsValidSubtree(const Subtree& subtree);
// Where the tree over `n` leaves divides: the largest power of two smaller than n (n > 1).
uint64_t SplitPoint(uint64_t n);

// kInvalidArgument for what is no valid subtree, an index outside of it, or an end beyond `size`.
Result<Hash32> SubtreeHash(const NodeSource& nodes, const Subtree& subtree);
Result<std::vector<Hash32>> SubtreeInclusionProof(const NodeSource& nodes, uint64_t index, const Subtree& subtree);
// That the subtree is a part of the tree of `size` entries.
Result<std::vector<Hash32>> SubtreeConsistencyProof(const NodeSource& nodes, const Subtree& subtree, uint64_t size);

// Each says kFailed unless the subtree is valid and the proof exactly right in length and content.
Status VerifySubtreeInclusion(uint64_t index, const Subtree& subtree, const Hash32& leaf,
                              const std::vector<Hash32>& proof, const Hash32& subtree_hash);
// An empty subtree is a part of every tree that is long enough.
Status VerifySubtreeConsistency(const Subtree& subtree, uint64_t size, const std::vector<Hash32>& proof,
                                const Hash32& subtree_hash, const Hash32& root);

// Two adjacent subtrees that hold the entries [start, end), nothing behind them, and in front less than half of the
// first. CHECKs start <= end.
std::pair<Subtree, Subtree> CoveringSubtrees(uint64_t start, uint64_t end);

}  // namespace spor::ledger
