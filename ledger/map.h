// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "crypto/bytes.h"

// The Merkle Patricia map (docs/formats/map.md): its shape depends on the set of keys alone.
//
//   leaf  = SHA-256(0x00 | uvarint(len key) | key | uvarint(len value) | value)
//   inner = SHA-256(0x01 | uvarint(bit) | left | right)     bit: the first bit in which the two sides differ
//   empty = SHA-256("")
namespace spor::ledger {

inline constexpr size_t kMaxMapKey = 32;
inline constexpr size_t kMaxMapValue = 44;

Hash32 MapLeafHash(ByteView key, ByteView value);
Hash32 MapInnerHash(uint32_t bit, const Hash32& left, const Hash32& right);
// Bit `bit` of a key, most significant first. A key goes on as 0x00 0xff 0xff ... after its end, so that keys of
// different lengths have an order.
bool MapKeyBit(ByteView key, uint32_t bit);

// The whole map in memory; hashes are made when a root is asked for, and only along changed paths.
//
// Threads: one at a time.
// Errors: none; keys and values within the limits are CHECKed.
class Map {
 public:
  // Adds or replaces.
  void Put(ByteView key, ByteView value);
  // False if the key is not there.
  bool Remove(ByteView key);
  std::optional<Bytes> Find(ByteView key) const;
  // The smallest key >= `key`, with its value. Ask with a key of full length: a shorter one goes on as 0x00 0xff ...
  std::optional<std::pair<Bytes, Bytes>> AtOrAfter(ByteView key) const;
  uint64_t size() const { return size_; }
  Hash32 Root();

  // The part of the map that shows each of `keys` to be present or absent, and the smallest key if asked: everything
  // else pruned to its hash. `keys` must be sorted.
  enum class ShowSmallest { kNo, kYes };
  Bytes Prune(const std::vector<Bytes>& keys, ShowSmallest smallest);
  // That `key` is present or absent, for VerifyMapProof() in ledger/map_proof.h.
  Bytes Prove(ByteView key);

 private:
  using NodeId = uint32_t;  // top bit set: a leaf
  static constexpr NodeId kNone = 0x7fffffff;
  static constexpr NodeId kLeafBit = 0x80000000;
  struct Leaf {
    uint8_t key_size = 0;
    uint8_t value_size = 0;
    std::array<uint8_t, kMaxMapKey> key;
    std::array<uint8_t, kMaxMapValue> value;
    ByteView key_view() const { return {key.data(), key_size}; }
    ByteView value_view() const { return {value.data(), value_size}; }
  };
  struct Inner {
    NodeId child[2];
    uint16_t bit;
    uint8_t dirty;
    Hash32 hash;
  };
  static bool IsLeaf(NodeId id) { return (id & kLeafBit) != 0; }
  Leaf& LeafOf(NodeId id) { return leaves_[id & ~kLeafBit]; }
  const Leaf& LeafOf(NodeId id) const { return leaves_[id & ~kLeafBit]; }
  NodeId NewLeaf(ByteView key, ByteView value);
  NodeId NewInner();
  NodeId Walk(ByteView key) const;
  NodeId Smallest(NodeId id) const;
  void SetValue(NodeId id, ByteView value);
  Hash32 HashOf(NodeId id);
  void PruneInto(NodeId id, const Bytes* begin, const Bytes* end, ShowSmallest smallest, class PrunedWriter& out);

  NodeId root_ = kNone;
  uint64_t size_ = 0;
  std::vector<Leaf> leaves_;
  std::vector<Hash32> leaf_hashes_;
  std::vector<Inner> inners_;
  std::vector<NodeId> free_leaves_;
  std::vector<NodeId> free_inners_;
};

}  // namespace spor::ledger
