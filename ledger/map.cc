// SPDX-License-Identifier: Apache-2.0
#include "ledger/map.h"

#include <algorithm>
#include <bit>

#include "crypto/hash.h"
#include "ledger/pruned_map.h"

namespace spor::ledger {
namespace {

size_t PutUvarint(std::array<uint8_t, 10>& out, uint64_t v) {
  size_t n = 0;
  for (; v >= 0x80; v >>= 7) out[n++] = static_cast<uint8_t>(v | 0x80);
  out[n++] = static_cast<uint8_t>(v);
  return n;
}

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

// The order of the map, which for keys of one length is the order of bytes.
bool KeyLess(ByteView a, ByteView b) {
  if (PublicEquals(a, b)) return false;
  return MapKeyBit(b, FirstDifference(a, b));
}

}  // namespace

Hash32 MapLeafHash(ByteView key, ByteView value) {
  static constexpr uint8_t kPrefix = 0;
  std::array<uint8_t, 10> key_length;
  std::array<uint8_t, 10> value_length;
  const size_t k = PutUvarint(key_length, key.size());
  const size_t v = PutUvarint(value_length, value.size());
  return Sha256({ByteView(&kPrefix, 1), ByteView(key_length).first(k), key, ByteView(value_length).first(v), value});
}

Hash32 MapInnerHash(uint32_t bit, const Hash32& left, const Hash32& right) {
  static constexpr uint8_t kPrefix = 1;
  std::array<uint8_t, 10> number;
  const size_t n = PutUvarint(number, bit);
  return Sha256({ByteView(&kPrefix, 1), ByteView(number).first(n), left, right});
}

bool MapKeyBit(ByteView key, uint32_t bit) {
  const size_t byte = bit / 8;
  if (byte < key.size()) return (key[byte] >> (7 - bit % 8) & 1) != 0;
  return byte > key.size();
}

Map::NodeId Map::NewLeaf(ByteView key, ByteView value) {
  CHECK(key.size() <= kMaxMapKey);
  NodeId id;
  if (!free_leaves_.empty()) {
    id = free_leaves_.back();
    free_leaves_.pop_back();
  } else {
    id = static_cast<NodeId>(leaves_.size()) | kLeafBit;
    leaves_.emplace_back();
    leaf_hashes_.emplace_back();
  }
  Leaf& leaf = LeafOf(id);
  leaf.key_size = static_cast<uint8_t>(key.size());
  std::copy(key.begin(), key.end(), leaf.key.begin());
  SetValue(id, value);
  return id;
}

void Map::SetValue(NodeId id, ByteView value) {
  CHECK(value.size() <= kMaxMapValue);
  Leaf& leaf = LeafOf(id);
  leaf.value_size = static_cast<uint8_t>(value.size());
  std::copy(value.begin(), value.end(), leaf.value.begin());
  leaf_hashes_[id & ~kLeafBit] = MapLeafHash(leaf.key_view(), leaf.value_view());
}

Map::NodeId Map::NewInner() {
  if (!free_inners_.empty()) {
    const NodeId id = free_inners_.back();
    free_inners_.pop_back();
    return id;
  }
  inners_.emplace_back();
  return static_cast<NodeId>(inners_.size() - 1);
}

// The leaf that a search for `key` ends at; the only one that can hold it.
Map::NodeId Map::Walk(ByteView key) const {
  NodeId id = root_;
  while (!IsLeaf(id)) id = inners_[id].child[MapKeyBit(key, inners_[id].bit)];
  return id;
}

void Map::Put(ByteView key, ByteView value) {
  if (root_ == kNone) {
    root_ = NewLeaf(key, value);
    size_ = 1;
    return;
  }
  const NodeId nearest = Walk(key);
  const bool replace = PublicEquals(LeafOf(nearest).key_view(), key);
  const uint32_t split = replace ? ~0u : FirstDifference(LeafOf(nearest).key_view(), key);
  const NodeId leaf = replace ? nearest : NewLeaf(key, value);
  if (replace) SetValue(nearest, value);
  const NodeId added = replace ? kNone : NewInner();
  NodeId* link = &root_;
  while (!IsLeaf(*link) && inners_[*link].bit < split) {
    Inner& inner = inners_[*link];
    inner.dirty = 1;
    link = &inner.child[MapKeyBit(key, inner.bit)];
  }
  if (replace) return;
  const bool side = MapKeyBit(key, split);
  Inner& inner = inners_[added];
  inner.bit = static_cast<uint16_t>(split);
  inner.dirty = 1;
  inner.child[side] = leaf;
  inner.child[!side] = *link;
  *link = added;
  ++size_;
}

bool Map::Remove(ByteView key) {
  if (root_ == kNone || !PublicEquals(LeafOf(Walk(key)).key_view(), key)) return false;
  NodeId* link = &root_;
  NodeId* above = nullptr;
  bool side = false;
  while (!IsLeaf(*link)) {
    Inner& inner = inners_[*link];
    inner.dirty = 1;
    above = link;
    side = MapKeyBit(key, inner.bit);
    link = &inner.child[side];
  }
  free_leaves_.push_back(*link);
  --size_;
  if (above == nullptr) {
    root_ = kNone;
    return true;
  }
  const NodeId parent = *above;
  *above = inners_[parent].child[!side];
  free_inners_.push_back(parent);
  return true;
}

std::optional<Bytes> Map::Find(ByteView key) const {
  if (root_ == kNone) return std::nullopt;
  const Leaf& leaf = LeafOf(Walk(key));
  if (!PublicEquals(leaf.key_view(), key)) return std::nullopt;
  return ToBytes(leaf.value_view());
}

Map::NodeId Map::Smallest(NodeId id) const {
  while (!IsLeaf(id)) id = inners_[id].child[0];
  return id;
}

std::optional<std::pair<Bytes, Bytes>> Map::AtOrAfter(ByteView key) const {
  if (root_ == kNone) return std::nullopt;
  const Leaf& nearest = LeafOf(Walk(key));
  NodeId found = kNone;
  if (PublicEquals(nearest.key_view(), key)) {
    found = Walk(key);
  } else {
    const uint32_t split = FirstDifference(nearest.key_view(), key);
    NodeId id = root_;
    while (!IsLeaf(id) && inners_[id].bit < split) {
      const bool side = MapKeyBit(key, inners_[id].bit);
      if (!side) found = inners_[id].child[1];
      id = inners_[id].child[side];
    }
    if (KeyLess(key, nearest.key_view())) found = id;
    if (found == kNone) return std::nullopt;
  }
  const Leaf& leaf = LeafOf(Smallest(found));
  return std::make_pair(ToBytes(leaf.key_view()), ToBytes(leaf.value_view()));
}

Hash32 Map::HashOf(NodeId id) {
  if (IsLeaf(id)) return leaf_hashes_[id & ~kLeafBit];
  if (inners_[id].dirty != 0) {
    const Hash32 left = HashOf(inners_[id].child[0]);
    const Hash32 right = HashOf(inners_[id].child[1]);
    inners_[id].hash = MapInnerHash(inners_[id].bit, left, right);
    inners_[id].dirty = 0;
  }
  return inners_[id].hash;
}

Hash32 Map::Root() { return root_ == kNone ? Sha256(ByteView()) : HashOf(root_); }

Bytes Map::Prune(const std::vector<Bytes>& keys, ShowSmallest smallest) {
  PrunedWriter out;
  if (root_ == kNone) {
    out.Empty();
  } else {
    PruneInto(root_, keys.data(), keys.data() + keys.size(), smallest, out);
  }
  return out.Take();
}

// Keys in [begin, end) are those whose walk passes through `id`: they agree on every bit tested above.
void Map::PruneInto(NodeId id, const Bytes* begin, const Bytes* end, ShowSmallest smallest, PrunedWriter& out) {
  if (begin == end && smallest == ShowSmallest::kNo) return out.Pruned(HashOf(id));
  if (IsLeaf(id)) return out.Leaf(LeafOf(id).key_view(), LeafOf(id).value_view());
  const uint32_t bit = inners_[id].bit;
  out.Inner(bit);
  // Absent keys may differ from the subtree before `bit`; a stable split keeps the rest in order.
  std::vector<Bytes> left;
  std::vector<Bytes> right;
  for (const Bytes* key = begin; key != end; ++key) (MapKeyBit(*key, bit) ? right : left).push_back(*key);
  const NodeId children[2] = {inners_[id].child[0], inners_[id].child[1]};
  PruneInto(children[0], left.data(), left.data() + left.size(), smallest, out);
  PruneInto(children[1], right.data(), right.data() + right.size(), ShowSmallest::kNo, out);
}

}  // namespace spor::ledger
