// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "crypto/bytes.h"
#include "ledger/arena.h"

// The Merkle Patricia map (docs/formats/map.md): its shape depends on the set of keys alone.
//
//   leaf  = SHA-256(0x00 | uvarint(len key) | key | uvarint(len value) | value)
//   inner = SHA-256(0x01 | uvarint(bit) | left | right)     bit: the first bit in which the two sides differ
//   empty = SHA-256("")
namespace spor::ledger {

inline constexpr size_t kMaxMapKey = 32;
inline constexpr size_t kMaxMapValue = 44;

// Of a key and value of any length; a Map holds none above the limits.
Hash32 MapLeafHash(ByteView key, ByteView value);
Hash32 MapInnerHash(uint32_t bit, const Hash32& left, const Hash32& right);
// Bit `bit` of a key, most significant first. A key goes on as 0x00 0xff 0xff ... after its end, so that keys of
// different lengths have an order.
bool MapKeyBit(ByteView key, uint32_t bit);
// The order of the map, which for keys of one length is that of their bytes.
bool MapKeyLess(ByteView a, ByteView b);

// How long the keys and values of one map can be: memory is taken for the longest.
struct MapShape {
  size_t key_bytes = kMaxMapKey;
  size_t value_bytes = kMaxMapValue;
};

// The whole map in memory; hashes are made when a root is asked for, and only along changed paths. A leaf takes its
// shape and two bytes, and some 30 bytes for what is above it.
//
// Threads: one at a time.
// Errors: none; keys and values within the shape are CHECKed.
class Map {
 public:
  class Builder;
  explicit Map(MapShape shape = {}) : shape_(shape), leaves_(2 + shape.key_bytes + shape.value_bytes) {}
  // Adds or replaces.
  void Put(ByteView key, ByteView value);
  // False if the key is not there.
  bool Remove(ByteView key);
  std::optional<Bytes> Find(ByteView key) const;
  // The same without a copy: valid until the next change.
  std::optional<ByteView> Peek(ByteView key) const;
  // The smallest key >= `key`, with its value. Ask with a key of full length: a shorter one goes on as 0x00 0xff ...
  std::optional<std::pair<Bytes, Bytes>> AtOrAfter(ByteView key) const;
  // Gets what lies on the way to these keys into the cache of the processor, some tens of them at a time: a big map is
  // mostly waiting for memory, and the waits of several walks go beside each other.
  void Prefetch(std::span<const ByteView> keys) const;
  uint64_t size() const { return size_; }
  const MapShape& shape() const { return shape_; }
  Hash32 Root();

  // The part of the map that shows each of `keys` to be present or absent, and the smallest key if asked: everything
  // else pruned to its hash. `keys` must be sorted.
  enum class ShowSmallest { kNo, kYes };
  Bytes Prune(const std::vector<Bytes>& keys, ShowSmallest smallest);
  // The part that shows every key from `first` to `last`, and with the nearest key on either side that there are no
  // others: PrunedMap::Range() reads it. Nothing if there are more than `max_keys`.
  std::optional<Bytes> PruneRange(ByteView first, ByteView last, size_t max_keys);
  // That `key` is present or absent, for VerifyMapProof() in ledger/map_proof.h.
  Bytes Prove(ByteView key);

 private:
  using NodeId = uint32_t;  // top bit set: a leaf
  static constexpr NodeId kNone = 0x7fffffff;
  static constexpr NodeId kLeafBit = 0x80000000;
  static constexpr uint32_t kNoHashes = 0xffffffff;
  // An inner node with fewer leaves keeps no hashes and is hashed anew each time: those are three of four, because half
  // of all have two leaves.
  static constexpr uint32_t kHashedLeaves = 5;

  struct Inner {
    NodeId child[2];
    uint32_t hashes;  // kNoHashes: never hashed, or too small to keep them
    uint16_t bit;
    uint8_t changed;  // bit 0: the hash of the left child is out of date; bit 1: of the right one
  };
  // A node keeps the hashes of its children, so that hashing a path touches nothing beside it.
  struct alignas(64) Hashes {
    Hash32 of[2];
  };
  struct Subtree {
    Hash32 hash;
    uint32_t leaves;  // kHashedLeaves stands for more, too
  };
  static bool IsLeaf(NodeId id) { return (id & kLeafBit) != 0; }
  // A leaf is u8 key length | u8 value length | key | value, at its place in the shape.
  uint8_t* LeafAt(NodeId id) { return leaves_.At(id & ~kLeafBit); }
  ByteView KeyOf(NodeId id) const;
  ByteView ValueOf(NodeId id) const;
  Inner& InnerOf(NodeId id) { return *inners_.At(id); }
  const Inner& InnerOf(NodeId id) const { return *inners_.At(id); }
  NodeId NewLeaf(ByteView key, ByteView value);
  NodeId NewInner(uint32_t bit);
  void SetValue(NodeId id, ByteView value);
  NodeId Walk(ByteView key) const;
  NodeId Smallest(NodeId id) const;
  NodeId Largest(NodeId id) const;
  enum class Side { kBefore, kAfter };
  // The leaf nearest to `key` on that side, whether `key` is there or not; kNone if there is none.
  NodeId Neighbour(ByteView key, Side side) const;
  // Shows the leaves from `first` to `last`, which are both in the map. False if there are more than `leaves_left`.
  bool PruneBetween(NodeId id, ByteView first, ByteView last, size_t& leaves_left, class PrunedWriter& out);
  NodeId* Change(NodeId id, bool side);
  Subtree HashSubtree(NodeId id);
  Hash32 ChildHash(NodeId id, bool side);
  void PruneInto(NodeId id, std::span<const Bytes> keys, ShowSmallest smallest, class PrunedWriter& out);

  MapShape shape_;
  NodeId root_ = kNone;
  uint64_t size_ = 0;
  Arena<uint8_t> leaves_;
  Arena<Inner> inners_;
  Arena<Hashes> hashes_;
};

// Makes a map from keys in rising order, without a walk for each.
class Map::Builder {
 public:
  explicit Builder(MapShape shape) : map_(shape) {}
  // False, and nothing is added, unless `key` is greater than the one before.
  bool Add(ByteView key, ByteView value);
  Map Take() { return std::move(map_); }

 private:
  Map map_;
  NodeId last_ = kNone;
  std::vector<NodeId> right_edge_;  // inner nodes from the root to the last leaf
};

}  // namespace spor::ledger
