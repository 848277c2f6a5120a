// SPDX-License-Identifier: Apache-2.0
#include "ledger/tiles.h"

#include <gtest/gtest.h>

#include <random>

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"

namespace spor::ledger {
namespace {

Hash32 LeafOf(uint64_t i) { return Sha256(Writer().U64(i).bytes()); }

std::vector<Hash32> LeavesOf(uint64_t begin, uint64_t end) {
  std::vector<Hash32> leaves;
  for (uint64_t i = begin; i < end; ++i) leaves.push_back(LeafOf(i));
  return leaves;
}

class Tiles : public ::testing::Test {
 protected:
  void Add(TileTree& tree, uint64_t count) {
    Batch batch;
    const uint64_t size = tree.size();
    tree.Stage(LeavesOf(size, size + count), batch);
    ASSERT_TRUE(store_.Write(batch, Durability::kSynced).ok());
    tree.Commit();
  }
  doubles::MemoryStore store_;
};

// 70,000 leaves reach the third tile level; the tree is read back from its rows time and again.
TEST_F(Tiles, AgreeWithTheCompactTreeAlsoWhenReadBack) {
  constexpr uint64_t kLeaves = 70000;
  auto tree = std::make_unique<TileTree>(store_);
  CompactTree twin;
  std::mt19937 random(3);
  while (tree->size() < kLeaves) {
    const uint64_t before = tree->size();
    const uint64_t count = std::min<uint64_t>(kLeaves - before, 1 + random() % 700);
    Add(*tree, count);
    for (uint64_t i = before; i < before + count; ++i) twin.Add(LeafOf(i));
    ASSERT_EQ(tree->StagedRoot(), twin.Root()) << tree->size();
    ASSERT_EQ(*RootAt(*tree, tree->size()), twin.Root()) << tree->size();
    if (random() % 8 != 0) continue;
    auto again = std::make_unique<TileTree>(store_);
    ASSERT_TRUE(again->Load(tree->size(), LeavesOf(tree->size() / 256 * 256, tree->size())).ok());
    ASSERT_EQ(again->StagedRoot(), twin.Root()) << tree->size();
    tree = std::move(again);
  }
  EXPECT_EQ(store_.Table(Family::kTile).size(), kLeaves / 256 + kLeaves / 65536);
  const Hash32 root = *RootAt(*tree, kLeaves);
  for (uint64_t index : {0, 1, 255, 256, 65535, 65536, 69999}) {
    const auto proof = InclusionProof(*tree, index, kLeaves);
    ASSERT_TRUE(proof.ok()) << index;
    EXPECT_TRUE(VerifyInclusion(index, kLeaves, LeafOf(index), *proof, root).ok()) << index;
  }
  for (uint64_t first : {1, 255, 256, 257, 65536, 69999}) {
    const auto proof = ConsistencyProof(*tree, first, kLeaves);
    ASSERT_TRUE(proof.ok()) << first;
    EXPECT_TRUE(VerifyConsistency(first, kLeaves, *proof, *RootAt(*tree, first), root).ok()) << first;
  }
}

TEST_F(Tiles, EverySizeAroundTileBordersIsReadBack) {
  TileTree tree(store_);
  CompactTree twin;
  for (uint64_t size = 1; size <= 1030; ++size) {
    Add(tree, 1);
    twin.Add(LeafOf(size - 1));
    TileTree again(store_);
    ASSERT_TRUE(again.Load(size, LeavesOf(size / 256 * 256, size)).ok());
    ASSERT_EQ(again.StagedRoot(), twin.Root()) << size;
    ASSERT_EQ(*RootAt(again, size), twin.Root()) << size;
  }
}

TEST_F(Tiles, NothingIsSeenBeforeCommit) {
  TileTree tree(store_);
  Add(tree, 300);
  const Hash32 before = *RootAt(tree, 300);
  Batch batch;
  tree.Stage(LeavesOf(300, 600), batch);
  EXPECT_EQ(tree.size(), 300u);
  EXPECT_EQ(*RootAt(tree, 300), before);
  EXPECT_EQ(tree.Node(0, 300).status().code(), Code::kNotFound);
  EXPECT_NE(tree.StagedRoot(), before);
  ASSERT_TRUE(store_.Write(batch, Durability::kSynced).ok());
  tree.Commit();
  EXPECT_EQ(*RootAt(tree, 300), before);
  EXPECT_EQ(*tree.Node(0, 599), LeafOf(599));
}

TEST_F(Tiles, NodesBeyondTheTreeAreNotFound) {
  TileTree tree(store_);
  EXPECT_EQ(tree.Node(0, 0).status().code(), Code::kNotFound);
  Add(tree, 257);
  EXPECT_EQ(*tree.Node(0, 256), LeafOf(256));
  EXPECT_EQ(tree.Node(0, 257).status().code(), Code::kNotFound);
  EXPECT_EQ(tree.Node(1, 128).status().code(), Code::kNotFound);
  EXPECT_TRUE(tree.Node(8, 0).ok());
  EXPECT_EQ(tree.Node(8, 1).status().code(), Code::kNotFound);
  EXPECT_EQ(tree.Node(9, 0).status().code(), Code::kNotFound);
  for (uint32_t level : {55u, 56u, 63u, 64u, 200u}) {
    EXPECT_EQ(tree.Node(level, 0).status().code(), Code::kNotFound) << level;
  }
}

TEST_F(Tiles, TileRowsAreTheBytesOfC2sp) {
  TileTree tree(store_);
  Add(tree, 256);
  Bytes expected;
  for (const Hash32& leaf : LeavesOf(0, 256)) Append(expected, leaf);
  ASSERT_EQ(store_.Table(Family::kTile).size(), 1u);
  EXPECT_EQ(store_.Table(Family::kTile).begin()->first, Bytes(9));
  EXPECT_EQ(store_.Table(Family::kTile).begin()->second, expected);
}

TEST_F(Tiles, MissingAndShortTilesAreCorrupt) {
  TileTree tree(store_);
  Add(tree, 600);
  store_.Table(Family::kTile)[TileKey(0, 1)].pop_back();
  EXPECT_EQ(tree.Node(0, 256).status().code(), Code::kCorrupt);
  EXPECT_EQ(TileTree(store_).Load(600, LeavesOf(512, 600)).code(), Code::kCorrupt);
  store_.Table(Family::kTile).erase(TileKey(0, 1));
  EXPECT_EQ(tree.Node(0, 256).status().code(), Code::kCorrupt);
  EXPECT_EQ(TileTree(store_).Load(600, LeavesOf(512, 600)).code(), Code::kCorrupt);
}

TEST_F(Tiles, ReadFailuresArePassedOn) {
  doubles::FaultStore faults(store_);
  TileTree tree(faults);
  Add(tree, 600);
  faults.FailAt(1, doubles::FaultStore::How::kNotPersisted);
  EXPECT_EQ(tree.Node(0, 0).status().code(), Code::kIo);
}

}  // namespace
}  // namespace spor::ledger
