// SPDX-License-Identifier: Apache-2.0
#include "ledger/map.h"

#include <algorithm>
#include <bit>

#include "crypto/hash.h"
#include "ledger/pruned_map.h"

namespace spor::ledger {
namespace {

// The bytes of one node put together, because one call hashes them faster than five.
class NodeBytes {
 public:
  explicit NodeBytes(uint8_t prefix) { bytes_[size_++] = prefix; }
  NodeBytes& Uvarint(uint64_t v) {
    for (; v >= 0x80; v >>= 7) bytes_[size_++] = static_cast<uint8_t>(v | 0x80);
    bytes_[size_++] = static_cast<uint8_t>(v);
    return *this;
  }
  NodeBytes& Raw(ByteView more) {
    std::copy(more.begin(), more.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += more.size();
    return *this;
  }
  ByteView view() const { return ByteView(bytes_).first(size_); }

 private:
  std::array<uint8_t, 1 + 2 * 10 + kMaxMapKey + kMaxMapValue> bytes_;  // an inner node is shorter
  size_t size_ = 0;
};

// The first bit in which two different keys differ.
uint32_t FirstDifference(ByteView a, ByteView b) {
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a[i] != b[i])
      return static_cast<uint32_t>(8 * i) + static_cast<uint32_t>(std::countl_zero(static_cast<uint8_t>(a[i] ^ b[i])));
  }
  for (uint32_t bit = static_cast<uint32_t>(8 * common);; ++bit) {
    if (MapKeyBit(a, bit) != MapKeyBit(b, bit)) return bit;
  }
}

}  // namespace

Hash32 MapLeafHash(ByteView key, ByteView value) {
  NodeBytes node(0);
  node.Uvarint(key.size());
  if (key.size() > kMaxMapKey || value.size() > kMaxMapValue) {
    NodeBytes length(0);
    length.Uvarint(value.size());
    return Sha256({node.view(), key, length.view().subspan(1), value});
  }
  return Sha256(node.Raw(key).Uvarint(value.size()).Raw(value).view());
}

Hash32 MapInnerHash(uint32_t bit, const Hash32& left, const Hash32& right) {
  return Sha256(NodeBytes(1).Uvarint(bit).Raw(left).Raw(right).view());
}

bool MapKeyBit(ByteView key, uint32_t bit) {
  const size_t byte = bit / 8;
  if (byte < key.size()) return (key[byte] >> (7 - bit % 8) & 1) != 0;
  return byte > key.size();
}

bool MapKeyLess(ByteView a, ByteView b) {
  if (PublicEquals(a, b)) return false;
  return MapKeyBit(b, FirstDifference(a, b));
}

ByteView Map::KeyOf(NodeId id) const {
  const uint8_t* leaf = leaves_.At(id & ~kLeafBit);
  return {leaf + 2, leaf[0]};
}

ByteView Map::ValueOf(NodeId id) const {
  const uint8_t* leaf = leaves_.At(id & ~kLeafBit);
  return {leaf + 2 + shape_.key_bytes, leaf[1]};
}

Map::NodeId Map::NewLeaf(ByteView key, ByteView value) {
  CHECK(key.size() <= shape_.key_bytes);
  const NodeId id = leaves_.New() | kLeafBit;
  uint8_t* leaf = LeafAt(id);
  leaf[0] = static_cast<uint8_t>(key.size());
  std::copy(key.begin(), key.end(), leaf + 2);
  SetValue(id, value);
  return id;
}

void Map::SetValue(NodeId id, ByteView value) {
  CHECK(value.size() <= shape_.value_bytes);
  uint8_t* leaf = LeafAt(id);
  leaf[1] = static_cast<uint8_t>(value.size());
  std::copy(value.begin(), value.end(), leaf + 2 + shape_.key_bytes);
}

Map::NodeId Map::NewInner(uint32_t bit) {
  const NodeId id = inners_.New();
  InnerOf(id) = {{kNone, kNone}, kNoHashes, static_cast<uint16_t>(bit), 3};
  return id;
}

// The leaf that a search for `key` ends at; the only one that can hold it.
Map::NodeId Map::Walk(ByteView key) const {
  NodeId id = root_;
  while (!IsLeaf(id)) {
    const Inner& inner = InnerOf(id);
    id = inner.child[MapKeyBit(key, inner.bit)];
  }
  return id;
}

void Map::Prefetch(std::span<const ByteView> keys) const {
  if (root_ == kNone) return;
  std::vector<NodeId> at(keys.size(), root_);
  for (bool going = !IsLeaf(root_); going;) {
    going = false;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (IsLeaf(at[i])) continue;
      const Inner& inner = InnerOf(at[i]);
      if (inner.hashes != kNoHashes) __builtin_prefetch(hashes_.At(inner.hashes));
      at[i] = inner.child[MapKeyBit(keys[i], inner.bit)];
      if (IsLeaf(at[i])) {
        __builtin_prefetch(leaves_.At(at[i] & ~kLeafBit));
      } else {
        __builtin_prefetch(inners_.At(at[i]));
        going = true;
      }
    }
  }
}

// The link to a child that is about to change.
Map::NodeId* Map::Change(NodeId id, bool side) {
  Inner& inner = InnerOf(id);
  inner.changed |= static_cast<uint8_t>(1 << side);
  return &inner.child[side];
}

void Map::Put(ByteView key, ByteView value) {
  if (root_ == kNone) {
    root_ = NewLeaf(key, value);
    size_ = 1;
    return;
  }
  const NodeId nearest = Walk(key);
  const bool replace = PublicEquals(KeyOf(nearest), key);
  if (replace) SetValue(nearest, value);
  const uint32_t split = replace ? ~0u : FirstDifference(KeyOf(nearest), key);
  NodeId* link = &root_;
  while (!IsLeaf(*link) && InnerOf(*link).bit < split) {
    link = Change(*link, MapKeyBit(key, InnerOf(*link).bit));
  }
  if (replace) return;
  const NodeId added = NewInner(split);
  const bool side = MapKeyBit(key, split);
  InnerOf(added).child[side] = NewLeaf(key, value);
  InnerOf(added).child[!side] = *link;
  *link = added;
  ++size_;
}

bool Map::Builder::Add(ByteView key, ByteView value) {
  NodeId* link = &map_.root_;
  if (last_ == kNone) {
    *link = last_ = map_.NewLeaf(key, value);
    map_.size_ = 1;
    return true;
  }
  if (!MapKeyLess(map_.KeyOf(last_), key)) return false;
  // The new leaf branches off the right edge, below every node that tests an earlier bit.
  const uint32_t split = FirstDifference(map_.KeyOf(last_), key);
  while (!right_edge_.empty() && map_.InnerOf(right_edge_.back()).bit > split) right_edge_.pop_back();
  if (!right_edge_.empty()) link = &map_.InnerOf(right_edge_.back()).child[1];
  const NodeId added = map_.NewInner(split);
  last_ = map_.NewLeaf(key, value);
  map_.InnerOf(added).child[0] = *link;
  map_.InnerOf(added).child[1] = last_;
  *link = added;
  right_edge_.push_back(added);
  ++map_.size_;
  return true;
}

bool Map::Remove(ByteView key) {
  if (root_ == kNone || !PublicEquals(KeyOf(Walk(key)), key)) return false;
  NodeId* link = &root_;
  NodeId* above = nullptr;
  bool side = false;
  while (!IsLeaf(*link)) {
    above = link;
    side = MapKeyBit(key, InnerOf(*link).bit);
    link = Change(*link, side);
  }
  leaves_.Free(*link & ~kLeafBit);
  --size_;
  if (above == nullptr) {
    root_ = kNone;
    return true;
  }
  const NodeId parent = *above;
  *above = InnerOf(parent).child[!side];
  if (InnerOf(parent).hashes != kNoHashes) hashes_.Free(InnerOf(parent).hashes);
  inners_.Free(parent);
  return true;
}

std::optional<ByteView> Map::Peek(ByteView key) const {
  if (root_ == kNone) return std::nullopt;
  const NodeId nearest = Walk(key);
  if (!PublicEquals(KeyOf(nearest), key)) return std::nullopt;
  return ValueOf(nearest);
}

std::optional<Bytes> Map::Find(ByteView key) const {
  const std::optional<ByteView> value = Peek(key);
  return value ? std::optional(ToBytes(*value)) : std::nullopt;
}

Map::NodeId Map::Smallest(NodeId id) const {
  while (!IsLeaf(id)) id = InnerOf(id).child[0];
  return id;
}

std::optional<std::pair<Bytes, Bytes>> Map::AtOrAfter(ByteView key) const {
  if (root_ == kNone) return std::nullopt;
  const NodeId nearest = Walk(key);
  NodeId found = kNone;
  if (PublicEquals(KeyOf(nearest), key)) {
    found = nearest;
  } else {
    const uint32_t split = FirstDifference(KeyOf(nearest), key);
    NodeId id = root_;
    while (!IsLeaf(id) && InnerOf(id).bit < split) {
      const bool side = MapKeyBit(key, InnerOf(id).bit);
      if (!side) found = InnerOf(id).child[1];
      id = InnerOf(id).child[side];
    }
    if (MapKeyLess(key, KeyOf(nearest))) found = id;
    if (found == kNone) return std::nullopt;
  }
  const NodeId leaf = Smallest(found);
  return std::make_pair(ToBytes(KeyOf(leaf)), ToBytes(ValueOf(leaf)));
}

Map::NodeId Map::Largest(NodeId id) const {
  while (!IsLeaf(id)) id = InnerOf(id).child[1];
  return id;
}

Map::NodeId Map::Neighbour(ByteView key, Side side) const {
  if (root_ == kNone) return kNone;
  const bool after = side == Side::kAfter;
  const ByteView nearest = KeyOf(Walk(key));
  const bool there = PublicEquals(nearest, key);
  const uint32_t split = there ? ~0u : FirstDifference(nearest, key);
  NodeId found = kNone;
  NodeId id = root_;
  while (!IsLeaf(id) && InnerOf(id).bit < split) {
    const bool way = MapKeyBit(key, InnerOf(id).bit);
    if (way != after) found = InnerOf(id).child[after];
    id = InnerOf(id).child[way];
  }
  // All below `id` differs from `key` in the same bit, so it lies on one side of it.
  if (!there && MapKeyLess(nearest, key) != after) found = id;
  if (found == kNone) return kNone;
  return after ? Smallest(found) : Largest(found);
}

std::optional<Bytes> Map::PruneRange(ByteView first, ByteView last, size_t max_keys) {
  PrunedWriter out;
  if (root_ == kNone) {
    out.Empty();
    return out.Take();
  }
  const NodeId before = Neighbour(first, Side::kBefore);
  const NodeId after = Neighbour(last, Side::kAfter);
  const Bytes from = ToBytes(KeyOf(before == kNone ? Smallest(root_) : before));
  const Bytes to = ToBytes(KeyOf(after == kNone ? Largest(root_) : after));
  size_t leaves_left = max_keys + 2;  // the two neighbours are not counted
  if (!PruneBetween(root_, from, to, leaves_left, out)) return std::nullopt;
  return out.Take();
}

bool Map::PruneBetween(NodeId id, ByteView first, ByteView last, size_t& leaves_left, PrunedWriter& out) {
  const bool outside = MapKeyLess(KeyOf(Largest(id)), first) || MapKeyLess(last, KeyOf(Smallest(id)));
  if (outside) return out.Pruned(HashSubtree(id).hash), true;
  if (IsLeaf(id)) {
    if (leaves_left-- == 0) return false;
    return out.Leaf(KeyOf(id), ValueOf(id)), true;
  }
  out.Inner(InnerOf(id).bit);
  const NodeId children[2] = {InnerOf(id).child[0], InnerOf(id).child[1]};
  return PruneBetween(children[0], first, last, leaves_left, out) &&
         PruneBetween(children[1], first, last, leaves_left, out);
}

Map::Subtree Map::HashSubtree(NodeId id) {
  if (IsLeaf(id)) return {MapLeafHash(KeyOf(id), ValueOf(id)), 1};
  Inner& inner = InnerOf(id);
  if (inner.hashes != kNoHashes) {
    const Hash32 left = ChildHash(id, false);
    return {MapInnerHash(inner.bit, left, ChildHash(id, true)), kHashedLeaves};
  }
  const Subtree left = HashSubtree(inner.child[0]);
  const Subtree right = HashSubtree(inner.child[1]);
  const uint32_t leaves = std::min(left.leaves + right.leaves, kHashedLeaves);
  if (leaves == kHashedLeaves) {
    inner.hashes = hashes_.New();
    *hashes_.At(inner.hashes) = {{left.hash, right.hash}};
    inner.changed = 0;
  }
  return {MapInnerHash(inner.bit, left.hash, right.hash), leaves};
}

Hash32 Map::ChildHash(NodeId id, bool side) {
  Inner& inner = InnerOf(id);
  if (inner.hashes == kNoHashes) return HashSubtree(inner.child[side]).hash;
  Hash32& hash = hashes_.At(inner.hashes)->of[side];
  const uint8_t mask = static_cast<uint8_t>(1 << side);
  if ((inner.changed & mask) != 0) hash = HashSubtree(inner.child[side]).hash;
  inner.changed &= static_cast<uint8_t>(~mask);
  return hash;
}

Hash32 Map::Root() { return root_ == kNone ? Sha256(ByteView()) : HashSubtree(root_).hash; }

Bytes Map::Prune(const std::vector<Bytes>& keys, ShowSmallest smallest) {
  PrunedWriter out;
  if (root_ == kNone) {
    out.Empty();
  } else if (keys.empty() && smallest == ShowSmallest::kNo) {
    out.Pruned(Root());
  } else {
    PruneInto(root_, keys, smallest, out);
  }
  return out.Take();
}

// `keys` are those whose walk passes through `id`: they agree on every bit tested above.
void Map::PruneInto(NodeId id, std::span<const Bytes> keys, ShowSmallest smallest, PrunedWriter& out) {
  if (IsLeaf(id)) return out.Leaf(KeyOf(id), ValueOf(id));
  const Inner inner = InnerOf(id);
  out.Inner(inner.bit);
  // Absent keys may differ from the subtree before `bit`; a stable split keeps the rest in order.
  std::array<std::vector<Bytes>, 2> sides;
  for (const Bytes& key : keys) sides[MapKeyBit(key, inner.bit)].push_back(key);
  for (const bool side : {false, true}) {
    const ShowSmallest below = side ? ShowSmallest::kNo : smallest;
    if (sides[side].empty() && below == ShowSmallest::kNo) {
      out.Pruned(ChildHash(id, side));
    } else {
      PruneInto(inner.child[side], sides[side], below, out);
    }
  }
}

}  // namespace spor::ledger
