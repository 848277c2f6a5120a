// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/hash.h"
#include "ledger/map.h"
#include "ledger/merkle.h"

// The small tree and the small map that proofs of the corpora are about.
namespace spor::fuzz {

inline constexpr uint64_t kTreeLeaves = 40;

class LeafTree final : public ledger::NodeSource {
 public:
  LeafTree() {
    for (uint64_t i = 0; i < kTreeLeaves; ++i) leaves_.push_back(ledger::LeafHash(AsBytes(std::to_string(i))));
    for (uint64_t begin = 0; begin <= kTreeLeaves; ++begin) {
      ledger::CompactTree tree;
      roots_.push_back({tree.Root()});
      for (uint64_t i = begin; i < kTreeLeaves; ++i) {
        tree.Add(leaves_[i]);
        roots_.back().push_back(tree.Root());
      }
    }
  }
  const Hash32& Leaf(uint64_t i) const { return leaves_[i]; }
  // Of the leaves [begin, end) alone.
  const Hash32& Root(uint64_t begin, uint64_t end) const { return roots_[begin][end - begin]; }
  Result<Hash32> Node(uint32_t level, uint64_t index) const override {
    return Root(index << level, (index + 1) << level);
  }

 private:
  std::vector<Hash32> leaves_;
  std::vector<std::vector<Hash32>> roots_;
};
inline const LeafTree& SmallTree() {
  static const LeafTree tree;
  return tree;
}

inline constexpr uint8_t kMapKeys = 24;
// Keys with a number below kMapKeys are in the map.
inline Bytes MapKey(uint8_t n) { return ToBytes(ByteView(Sha256({ByteView(&n, 1)})).first(n % 3 == 0 ? 2 : 16)); }
inline ledger::Map& SmallMap() {
  static ledger::Map map = [] {
    ledger::Map out;
    for (uint8_t n = 0; n < kMapKeys; ++n) out.Put(MapKey(n), Bytes(n % 5, n));
    return out;
  }();
  return map;
}

}  // namespace spor::fuzz
