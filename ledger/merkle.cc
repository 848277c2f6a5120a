// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle.h"

#include "crypto/hash.h"
#include "ledger/subtree.h"

namespace spor::ledger {
namespace {

constexpr uint8_t kLeafPrefix = 0;
constexpr uint8_t kNodePrefix = 1;

Status ProofFailed(const char* what) { return Status(Code::kFailed, std::string(what) + " proof does not verify"); }

// Walks the tree over [begin, end); subtrees outside [from, to) contribute one hash each.
Status AddRange(const NodeSource& nodes, uint64_t begin, uint64_t end, uint64_t from, uint64_t to,
                std::vector<Hash32>& proof) {
  if (begin >= to || end <= from) {
    ASSIGN_OR_RETURN(const Hash32 hash, SubtreeHash(nodes, {begin, end}));
    proof.push_back(hash);
    return OkStatus();
  }
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
Hash32 NodeHash(const Hash32& left, const Hash32& right) {
  std::array<uint8_t, 1 + 2 * sizeof(Hash32)> node;  // one call hashes it faster than three
  node[0] = kNodePrefix;
  std::copy(left.begin(), left.end(), node.begin() + 1);
  std::copy(right.begin(), right.end(), node.begin() + 1 + sizeof(Hash32));
  return Sha256(node);
}
Hash32 EmptyRoot() { return Sha256(ByteView()); }

Result<Hash32> RootAt(const NodeSource& nodes, uint64_t size) { return SubtreeHash(nodes, {0, size}); }

Result<std::vector<Hash32>> InclusionProof(const NodeSource& nodes, uint64_t index, uint64_t size) {
  return SubtreeInclusionProof(nodes, index, {0, size});
}

Result<std::vector<Hash32>> ConsistencyProof(const NodeSource& nodes, uint64_t first, uint64_t second) {
  if (first == 0 || first > second) return Status(Code::kInvalidArgument, "sizes must be 0 < first <= second");
  return SubtreeConsistencyProof(nodes, {0, first}, second);
}

Result<std::vector<Hash32>> RangeProof(const NodeSource& nodes, uint64_t begin, uint64_t end, uint64_t size) {
  if (begin >= end || end > size) return Status(Code::kInvalidArgument, "a range has 0 <= begin < end <= size");
  std::vector<Hash32> proof;
  RETURN_IF_ERROR(AddRange(nodes, 0, size, begin, end, proof));
  return proof;
}

Status VerifyInclusion(uint64_t index, uint64_t size, const Hash32& leaf, const std::vector<Hash32>& proof,
                       const Hash32& root) {
  return VerifySubtreeInclusion(index, {0, size}, leaf, proof, root);
}

Status VerifyConsistency(uint64_t first, uint64_t second, const std::vector<Hash32>& proof, const Hash32& first_root,
                         const Hash32& second_root) {
  // An empty tree is consistent with every other, which proves nothing.
  if (first == 0) return ProofFailed("consistency");
  return VerifySubtreeConsistency({0, first}, second, proof, first_root, second_root);
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
