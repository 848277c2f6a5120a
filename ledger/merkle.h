// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "crypto/bytes.h"

// The Merkle tree of RFC 6962 section 2.1 (the same as RFC 9162's).
namespace spor::ledger {

Hash32 LeafHash(ByteView entry);                           // SHA-256(0x00 | entry)
Hash32 NodeHash(const Hash32& left, const Hash32& right);  // SHA-256(0x01 | left | right)
Hash32 EmptyRoot();                                        // SHA-256("")

// Hashes of complete subtrees: level 0 are leaves, (level, index) covers leaves [index << level, (index+1) << level).
class NodeSource {
 public:
  virtual ~NodeSource() = default;
  virtual Result<Hash32> Node(uint32_t level, uint64_t index) const = 0;
};

// Root of the first `size` leaves.
Result<Hash32> RootAt(const NodeSource& nodes, uint64_t size);
// RFC 6962 section 2.1.1: the audit path of leaf `index` in the tree of `size` leaves; kInvalidArgument if index >=
// size.
Result<std::vector<Hash32>> InclusionProof(const NodeSource& nodes, uint64_t index, uint64_t size);
// RFC 6962 section 2.1.2; kInvalidArgument unless 0 < first <= second.
Result<std::vector<Hash32>> ConsistencyProof(const NodeSource& nodes, uint64_t first, uint64_t second);
// The hashes that, with the leaves [begin, end), give the root of `size` leaves: left to right, those left of the range
// first. Proves that the range is contiguous and complete.
Result<std::vector<Hash32>> RangeProof(const NodeSource& nodes, uint64_t begin, uint64_t end, uint64_t size);

// Each says kFailed unless the proof is exactly right in length and content.
Status VerifyInclusion(uint64_t index, uint64_t size, const Hash32& leaf, const std::vector<Hash32>& proof,
                       const Hash32& root);
Status VerifyConsistency(uint64_t first, uint64_t second, const std::vector<Hash32>& proof, const Hash32& first_root,
                         const Hash32& second_root);
Status VerifyRange(uint64_t begin, uint64_t size, const std::vector<Hash32>& leaves, const std::vector<Hash32>& proof,
                   const Hash32& root);

// The right edge of a growing tree: complete subtrees of falling size. Root in O(log n) without storage.
class CompactTree {
 public:
  void Add(const Hash32& leaf);
  uint64_t size() const { return size_; }
  Hash32 Root() const;

 private:
  uint64_t size_ = 0;
  std::vector<Hash32> stack_;
};

}  // namespace spor::ledger
