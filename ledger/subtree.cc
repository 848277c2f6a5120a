// SPDX-License-Identifier: Apache-2.0
#include "ledger/subtree.h"

#include <bit>

namespace spor::ledger {
namespace {

Status ProofFailed(const char* what) { return Status(Code::kFailed, std::string(what) + " proof does not verify"); }

Status NoSubtree() { return Status(Code::kInvalidArgument, "not a subtree: its start is not aligned to its size"); }

// Root of [begin, end), where begin is a multiple of the size of every complete subtree inside.
Result<Hash32> RangeHash(const NodeSource& nodes, uint64_t begin, uint64_t end) {
  const uint64_t n = end - begin;
  if (std::has_single_bit(n)) {
    const auto level = static_cast<uint32_t>(std::countr_zero(n));
    return nodes.Node(level, begin >> level);
  }
  const uint64_t middle = begin + SplitPoint(n);
  ASSIGN_OR_RETURN(const Hash32 left, RangeHash(nodes, begin, middle));
  ASSIGN_OR_RETURN(const Hash32 right, RangeHash(nodes, middle, end));
  return NodeHash(left, right);
}

}  // namespace

bool IsValidSubtree(const Subtree& subtree) {
  if (subtree.start > subtree.end) return false;
  // Above 2^63 the next power of two is no uint64_t; only the tree from 0 is aligned to it.
  if (subtree.size() > uint64_t{1} << 63) return subtree.start == 0;
  return (subtree.start & (std::bit_ceil(subtree.size()) - 1)) == 0;
}

uint64_t SplitPoint(uint64_t n) { return uint64_t{1} << (std::bit_width(n - 1) - 1); }

Result<Hash32> SubtreeHash(const NodeSource& nodes, const Subtree& subtree) {
  if (!IsValidSubtree(subtree)) return NoSubtree();
  if (subtree.size() == 0) return EmptyRoot();
  return RangeHash(nodes, subtree.start, subtree.end);
}

Result<std::vector<Hash32>> SubtreeInclusionProof(const NodeSource& nodes, uint64_t index, const Subtree& subtree) {
  if (!IsValidSubtree(subtree)) return NoSubtree();
  if (index < subtree.start || index >= subtree.end) {
    return Status(Code::kInvalidArgument, "entry " + std::to_string(index) + " is not in this tree");
  }
  uint64_t begin = subtree.start;
  uint64_t end = subtree.end;
  std::vector<Subtree> siblings;
  while (end - begin > 1) {
    const uint64_t middle = begin + SplitPoint(end - begin);
    if (index < middle) {
      siblings.push_back({middle, end});
      end = middle;
    } else {
      siblings.push_back({begin, middle});
      begin = middle;
    }
  }
  std::vector<Hash32> proof;
  for (auto it = siblings.rbegin(); it != siblings.rend(); ++it) {
    ASSIGN_OR_RETURN(const Hash32 hash, RangeHash(nodes, it->start, it->end));
    proof.push_back(hash);
  }
  return proof;
}

Result<std::vector<Hash32>> SubtreeConsistencyProof(const NodeSource& nodes, const Subtree& subtree, uint64_t size) {
  if (!IsValidSubtree(subtree) || subtree.end > size) return NoSubtree();
  std::vector<Hash32> proof;
  if (subtree.size() == 0) return proof;
  // Down from the root to what of the subtree is a node of the tree: itself, or its last part where the tree goes on
  // to the right of it.
  Subtree wanted = subtree;
  Subtree node{0, size};
  std::vector<Subtree> siblings;
  bool whole = true;
  while (wanted != node) {
    const uint64_t middle = node.start + SplitPoint(node.size());
    if (wanted.end <= middle) {
      siblings.push_back({middle, node.end});
      node.end = middle;
    } else {
      siblings.push_back({node.start, middle});
      node.start = middle;
      if (wanted.start < middle) {
        wanted.start = middle;
        whole = false;
      }
    }
  }
  if (!whole) siblings.push_back(node);
  for (auto it = siblings.rbegin(); it != siblings.rend(); ++it) {
    ASSIGN_OR_RETURN(const Hash32 hash, RangeHash(nodes, it->start, it->end));
    proof.push_back(hash);
  }
  return proof;
}

// RFC 9162 section 2.1.3.2, inside the subtree.
Status VerifySubtreeInclusion(uint64_t index, const Subtree& subtree, const Hash32& leaf,
                              const std::vector<Hash32>& proof, const Hash32& subtree_hash) {
  if (!IsValidSubtree(subtree) || index < subtree.start || index >= subtree.end) return ProofFailed("inclusion");
  uint64_t fn = index - subtree.start;
  uint64_t sn = subtree.size() - 1;
  Hash32 hash = leaf;
  for (const Hash32& sibling : proof) {
    if (sn == 0) return ProofFailed("inclusion");
    if ((fn & 1) != 0 || fn == sn) {
      hash = NodeHash(sibling, hash);
      while ((fn & 1) == 0) fn >>= 1, sn >>= 1;
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash == subtree_hash ? OkStatus() : ProofFailed("inclusion");
}

// The draft's section "Verifying a Subtree Consistency Proof"; with start = 0 RFC 9162 section 2.1.4.2.
Status VerifySubtreeConsistency(const Subtree& subtree, uint64_t size, const std::vector<Hash32>& proof,
                                const Hash32& subtree_hash, const Hash32& root) {
  const Status failed = ProofFailed("consistency");
  if (!IsValidSubtree(subtree) || subtree.end > size) return failed;
  if (subtree.size() == 0) return proof.empty() && subtree_hash == EmptyRoot() ? OkStatus() : failed;
  uint64_t fn = subtree.start;
  uint64_t sn = subtree.end - 1;
  uint64_t tn = size - 1;
  const bool at_right_edge = sn == tn;
  while (fn != sn && (at_right_edge || (sn & 1) != 0)) fn >>= 1, sn >>= 1, tn >>= 1;
  // A subtree that is a node of the tree is known to the verifier and not in the proof.
  const bool whole = fn == sn;
  if (!whole && proof.empty()) return failed;
  Hash32 fr = whole ? subtree_hash : proof[0];
  Hash32 sr = fr;
  for (size_t i = whole ? 0 : 1; i < proof.size(); ++i) {
    if (tn == 0) return failed;
    if ((sn & 1) != 0 || sn == tn) {
      if (fn < sn) fr = NodeHash(proof[i], fr);
      sr = NodeHash(proof[i], sr);
      while ((sn & 1) == 0) fn >>= 1, sn >>= 1, tn >>= 1;
    } else {
      sr = NodeHash(sr, proof[i]);
    }
    fn >>= 1;
    sn >>= 1;
    tn >>= 1;
  }
  return tn == 0 && fr == subtree_hash && sr == root ? OkStatus() : failed;
}

std::pair<Subtree, Subtree> CoveringSubtrees(uint64_t start, uint64_t end) {
  CHECK(start <= end);
  if (end - start <= 1) return {{start, end}, {end, end}};
  const uint64_t last = end - 1;
  // Where the paths to the first and the last entry part; to the right of that point begins the second subtree.
  const uint64_t below_split = (uint64_t{1} << (std::bit_width(start ^ last) - 1)) - 1;
  const uint64_t middle = last & ~below_split;
  // The lowest node over [start, middle): as high as the path to `start` turns left on its way.
  const auto height = static_cast<uint32_t>(std::bit_width(~start & below_split));
  const uint64_t left = start & ~((uint64_t{1} << height) - 1);
  return {{left, middle}, {middle, end}};
}

}  // namespace spor::ledger
