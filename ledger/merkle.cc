// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle.h"

#include <bit>

#include "crypto/hash.h"

namespace spor::ledger {
namespace {

constexpr uint8_t kLeafPrefix = 0;
constexpr uint8_t kNodePrefix = 1;

Status ProofFailed(const char* what) { return Status(Code::kFailed, std::string(what) + " proof does not verify"); }

// Largest power of two smaller than n (n > 1).
uint64_t SplitPoint(uint64_t n) { return uint64_t{1} << (std::bit_width(n - 1) - 1); }

// Root of leaves [begin, end), where begin is a multiple of the size of every complete subtree inside.
Result<Hash32> SubtreeRoot(const NodeSource& nodes, uint64_t begin, uint64_t end) {
  const uint64_t n = end - begin;
  if (std::has_single_bit(n)) {
    const uint32_t level = static_cast<uint32_t>(std::countr_zero(n));
    return nodes.Node(level, begin >> level);
  }
  const uint64_t middle = begin + SplitPoint(n);
  ASSIGN_OR_RETURN(const Hash32 left, SubtreeRoot(nodes, begin, middle));
  ASSIGN_OR_RETURN(const Hash32 right, SubtreeRoot(nodes, middle, end));
  return NodeHash(left, right);
}

Status AddSubtree(const NodeSource& nodes, uint64_t begin, uint64_t end, std::vector<Hash32>& proof) {
  ASSIGN_OR_RETURN(const Hash32 root, SubtreeRoot(nodes, begin, end));
  proof.push_back(root);
  return OkStatus();
}

Status AddConsistency(const NodeSource& nodes, uint64_t first, uint64_t begin, uint64_t end, bool whole,
                      std::vector<Hash32>& proof) {
  const uint64_t n = end - begin;
  if (first == n) return whole ? OkStatus() : AddSubtree(nodes, begin, end, proof);
  const uint64_t middle = begin + SplitPoint(n);
  if (first <= SplitPoint(n)) {
    RETURN_IF_ERROR(AddConsistency(nodes, first, begin, middle, whole, proof));
    return AddSubtree(nodes, middle, end, proof);
  }
  RETURN_IF_ERROR(AddConsistency(nodes, first - SplitPoint(n), middle, end, false, proof));
  return AddSubtree(nodes, begin, middle, proof);
}

// Walks the tree over [begin, end); subtrees outside [from, to) contribute one hash each.
Status AddRange(const NodeSource& nodes, uint64_t begin, uint64_t end, uint64_t from, uint64_t to,
                std::vector<Hash32>& proof) {
  if (begin >= to || end <= from) return AddSubtree(nodes, begin, end, proof);
  if (begin >= from && end <= to) return OkStatus();
  const uint64_t middle = begin + SplitPoint(end - begin);
  RETURN_IF_ERROR(AddRange(nodes, begin, middle, from, to, proof));
  return AddRange(nodes, middle, end, from, to, proof);
}

struct RangeCursor {
  const std::vector<Hash32>& leaves;
  const std::vector<Hash32>& proof;
  uint64_t from;
  uint64_t to;
  size_t used = 0;
};

Result<Hash32> RangeRoot(RangeCursor& cursor, uint64_t begin, uint64_t end) {
  if (begin >= cursor.to || end <= cursor.from) {
    if (cursor.used >= cursor.proof.size()) return ProofFailed("range");
    return cursor.proof[cursor.used++];
  }
  if (end - begin == 1) return cursor.leaves[begin - cursor.from];
  const uint64_t middle = begin + SplitPoint(end - begin);
  ASSIGN_OR_RETURN(const Hash32 left, RangeRoot(cursor, begin, middle));
  ASSIGN_OR_RETURN(const Hash32 right, RangeRoot(cursor, middle, end));
  return NodeHash(left, right);
}

}  // namespace

Hash32 LeafHash(ByteView entry) { return Sha256({ByteView(&kLeafPrefix, 1), entry}); }
Hash32 NodeHash(const Hash32& left, const Hash32& right) { return Sha256({ByteView(&kNodePrefix, 1), left, right}); }
Hash32 EmptyRoot() { return Sha256(ByteView()); }

Result<Hash32> RootAt(const NodeSource& nodes, uint64_t size) {
  if (size == 0) return EmptyRoot();
  return SubtreeRoot(nodes, 0, size);
}

Result<std::vector<Hash32>> InclusionProof(const NodeSource& nodes, uint64_t index, uint64_t size) {
  if (index >= size) return Status(Code::kInvalidArgument, "entry " + std::to_string(index) + " is not in this tree");
  std::vector<Hash32> proof;
  uint64_t begin = 0;
  uint64_t end = size;
  std::vector<std::pair<uint64_t, uint64_t>> siblings;
  while (end - begin > 1) {
    const uint64_t middle = begin + SplitPoint(end - begin);
    if (index < middle) {
      siblings.emplace_back(middle, end);
      end = middle;
    } else {
      siblings.emplace_back(begin, middle);
      begin = middle;
    }
  }
  for (auto it = siblings.rbegin(); it != siblings.rend(); ++it) {
    RETURN_IF_ERROR(AddSubtree(nodes, it->first, it->second, proof));
  }
  return proof;
}

Result<std::vector<Hash32>> ConsistencyProof(const NodeSource& nodes, uint64_t first, uint64_t second) {
  if (first == 0 || first > second) return Status(Code::kInvalidArgument, "sizes must be 0 < first <= second");
  std::vector<Hash32> proof;
  RETURN_IF_ERROR(AddConsistency(nodes, first, 0, second, true, proof));
  return proof;
}

Result<std::vector<Hash32>> RangeProof(const NodeSource& nodes, uint64_t begin, uint64_t end, uint64_t size) {
  if (begin >= end || end > size) return Status(Code::kInvalidArgument, "a range has 0 <= begin < end <= size");
  std::vector<Hash32> proof;
  RETURN_IF_ERROR(AddRange(nodes, 0, size, begin, end, proof));
  return proof;
}

// RFC 9162 section 2.1.3.2.
Status VerifyInclusion(uint64_t index, uint64_t size, const Hash32& leaf, const std::vector<Hash32>& proof,
                       const Hash32& root) {
  if (index >= size) return ProofFailed("inclusion");
  uint64_t fn = index;
  uint64_t sn = size - 1;
  Hash32 hash = leaf;
  for (const Hash32& sibling : proof) {
    if (sn == 0) return ProofFailed("inclusion");
    if ((fn & 1) != 0 || fn == sn) {
      hash = NodeHash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash == root ? OkStatus() : ProofFailed("inclusion");
}

// RFC 9162 section 2.1.4.2.
Status VerifyConsistency(uint64_t first, uint64_t second, const std::vector<Hash32>& proof, const Hash32& first_root,
                         const Hash32& second_root) {
  if (first == 0 || first > second) return ProofFailed("consistency");
  if (first == second) return proof.empty() && first_root == second_root ? OkStatus() : ProofFailed("consistency");
  std::vector<Hash32> path;
  if (std::has_single_bit(first)) path.push_back(first_root);
  path.insert(path.end(), proof.begin(), proof.end());
  if (path.empty()) return ProofFailed("consistency");
  uint64_t fn = first - 1;
  uint64_t sn = second - 1;
  while ((fn & 1) != 0) fn >>= 1, sn >>= 1;
  Hash32 fr = path[0];
  Hash32 sr = path[0];
  for (size_t i = 1; i < path.size(); ++i) {
    if (sn == 0) return ProofFailed("consistency");
    if ((fn & 1) != 0 || fn == sn) {
      fr = NodeHash(path[i], fr);
      sr = NodeHash(path[i], sr);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      sr = NodeHash(sr, path[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && fr == first_root && sr == second_root ? OkStatus() : ProofFailed("consistency");
}

Status VerifyRange(uint64_t begin, uint64_t size, const std::vector<Hash32>& leaves, const std::vector<Hash32>& proof,
                   const Hash32& root) {
  if (leaves.empty() || begin >= size || leaves.size() > size - begin) return ProofFailed("range");
  RangeCursor cursor{leaves, proof, begin, begin + leaves.size()};
  ASSIGN_OR_RETURN(const Hash32 found, RangeRoot(cursor, 0, size));
  return found == root && cursor.used == proof.size() ? OkStatus() : ProofFailed("range");
}

void CompactTree::Add(const Hash32& leaf) {
  Hash32 hash = leaf;
  for (uint64_t n = size_; (n & 1) != 0; n >>= 1) {
    hash = NodeHash(stack_.back(), hash);
    stack_.pop_back();
  }
  stack_.push_back(hash);
  ++size_;
}

Hash32 CompactTree::Root() const {
  if (stack_.empty()) return EmptyRoot();
  Hash32 root = stack_.back();
  for (size_t i = stack_.size() - 1; i-- > 0;) root = NodeHash(stack_[i], root);
  return root;
}

}  // namespace spor::ledger
