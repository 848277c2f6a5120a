// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "ledger/map.h"
#include "ledger/map_proof.h"
#include "ledger/pruned_map.h"
#include "ledger/subtree.h"
#include "ledger/tile_path.h"
#include "ledger/tlog_proof.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/trees.h"

namespace spor::fuzz {
namespace {

std::vector<Hash32> HashesOf(ByteView bytes) {
  std::vector<Hash32> hashes(bytes.size() / 32);
  for (size_t i = 0; i < hashes.size(); ++i) hashes[i] = *ToHash32(bytes.subspan(32 * i, 32));
  return hashes;
}

// Either bytes from the input, or the hash that stands there in the tree, so that proofs can come true.
Hash32 LeafOf(Input& in) {
  const uint8_t n = in.Byte();
  return n < kTreeLeaves ? SmallTree().Leaf(n) : *ToHash32(Sha256(in.Take(1)));
}

}  // namespace

int FuzzTlogProof(ByteView input) {
  const Result<ledger::TlogProof> proof = ledger::ParseTlogProof(AsText(input));
  if (proof.ok()) CHECK(ledger::FormatTlogProof(*proof) == AsText(input));
  return 0;
}

int FuzzTilePath(ByteView input) {
  const Result<ledger::TilePath> path = ledger::ParseTilePath(AsText(input));
  if (path.ok()) CHECK(ledger::FormatTilePath(*path) == AsText(input));
  return 0;
}

int FuzzEntryBundle(ByteView input) {
  const Result<std::vector<Bytes>> entries = ledger::ParseEntryBundle(input);
  if (entries.ok()) CHECK(PublicEquals(ledger::EncodeEntryBundle(*entries), input));
  return 0;
}

// Proofs about a tree of kTreeLeaves entries: what verifies is true of it.
int FuzzTreeProofs(ByteView input) {
  Input in(input);
  const uint8_t kind = in.Byte() % 3;
  const uint64_t a = in.Byte();
  const uint64_t b = in.Byte();
  const uint64_t size = in.Byte() % (kTreeLeaves + 1);
  const Hash32 root = SmallTree().Root(0, size);
  const ledger::Subtree subtree{a, b};
  const bool inside = a <= b && b <= size;
  if (kind == 0) {
    const uint64_t index = in.Byte();
    const Hash32 leaf = LeafOf(in);
    const Hash32 of_subtree = b <= kTreeLeaves ? SmallTree().Root(std::min(a, b), b) : root;
    if (ledger::VerifySubtreeInclusion(index, subtree, leaf, HashesOf(in.Rest()), of_subtree).ok()) {
      CHECK(index >= a && index < b);
      if (b <= kTreeLeaves) CHECK(leaf == SmallTree().Leaf(index));
    }
  } else if (kind == 1) {
    const uint64_t from = in.Byte();
    const uint64_t to = in.Byte();
    const Hash32 claimed = from <= to && to <= kTreeLeaves ? SmallTree().Root(from, to) : Sha256(in.Take(4));
    if (ledger::VerifySubtreeConsistency(subtree, size, HashesOf(in.Rest()), claimed, root).ok()) {
      CHECK(inside && claimed == SmallTree().Root(a, b));
    }
  } else {
    std::vector<Hash32> leaves;
    for (uint8_t n = in.Byte() % 16; n > 0; --n) leaves.push_back(LeafOf(in));
    if (ledger::VerifyRange(a, size, leaves, HashesOf(in.Rest()), root).ok()) {
      CHECK(!leaves.empty() && a + leaves.size() <= size);
      for (size_t i = 0; i < leaves.size(); ++i) CHECK(leaves[i] == SmallTree().Leaf(a + i));
    }
  }
  return 0;
}

// Proofs about one map: what verifies is true of it.
int FuzzMapProof(ByteView input) {
  Input in(input);
  const bool claims_value = in.Byte() % 2 == 1;
  const ByteView key = in.Piece();
  const ByteView value = claims_value ? in.Piece() : ByteView();
  const auto claimed = claims_value ? std::optional(value) : std::nullopt;
  if (!ledger::VerifyMapProof(SmallMap().Root(), key, claimed, in.Rest()).ok()) return 0;
  const std::optional<Bytes> held = SmallMap().Find(key);
  CHECK(held.has_value() == claims_value && (!held || PublicEquals(*held, value)));
  return 0;
}

int FuzzPrunedMap(ByteView input) {
  const Result<ledger::PrunedMap> map = ledger::PrunedMap::Parse(input);
  if (!map.ok()) return 0;
  using Answer = ledger::PrunedMap::Answer;
  const auto smallest = map->SmallestKey();
  if (smallest.answer == Answer::kPresent) {
    const auto found = map->Find(smallest.key);
    CHECK(found.answer == Answer::kPresent && PublicEquals(found.value, smallest.value));
  }
  if (map->root() != SmallMap().Root()) return 0;
  // It is of our map, so what it shows must be true of it.
  for (uint8_t n = 0; n < 2 * kMapKeys; ++n) {
    const Bytes key = MapKey(n);
    const auto found = map->Find(key);
    const std::optional<Bytes> held = SmallMap().Find(key);
    if (found.answer == Answer::kPresent) CHECK(held && PublicEquals(*held, found.value));
    if (found.answer == Answer::kAbsent) CHECK(!held);
  }
  return 0;
}

// Puts and removals in any order, with keys of any length; at the end the map is the one of what is left, and proves
// it.
int FuzzMapChanges(ByteView input) {
  Input in(input);
  ledger::Map map;
  std::map<Bytes, Bytes> twin;
  while (!in.empty()) {
    const uint8_t step = in.Byte();
    const Bytes key = ToBytes(in.Take(step % 16 < 12 ? step % 4 : step % 33));
    if (step >= 0xc0) {
      CHECK(map.Remove(key) == (twin.erase(key) > 0));
    } else {
      const Bytes value = {step};
      map.Put(key, value);
      twin[key] = value;
    }
    if (step % 5 == 0) map.Root();
  }
  ledger::Map fresh;
  for (const auto& [key, value] : twin) fresh.Put(key, value);
  CHECK(map.Root() == fresh.Root() && map.size() == twin.size());
  for (const auto& [key, value] : twin) {
    CHECK(ledger::VerifyMapProof(map.Root(), key, ByteView(value), map.Prove(key)).ok());
  }
  return 0;
}

}  // namespace spor::fuzz
