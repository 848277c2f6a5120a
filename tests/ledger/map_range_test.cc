// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "ledger/map.h"
#include "ledger/pruned_map.h"

namespace spor::ledger {
namespace {

using Rows = std::map<Bytes, Bytes>;

// Few bytes, so that keys lie close together and bounds hit them.
Bytes RandomKey(std::mt19937& random) {
  return {static_cast<uint8_t>(random() % 3), static_cast<uint8_t>(random() % 4), static_cast<uint8_t>(random() % 5)};
}

Rows RandomRows(std::mt19937& random, Map& map) {
  Rows rows;
  const size_t count = random() % 40;
  for (size_t i = 0; i < count; ++i) {
    const Bytes key = RandomKey(random);
    const Bytes value = {static_cast<uint8_t>(i)};
    map.Put(key, value);
    rows[key] = value;
  }
  return rows;
}

Rows Found(const PrunedMap& proof, const Bytes& first, const Bytes& last) {
  const auto range = proof.Range(first, last);
  EXPECT_TRUE(range.has_value());
  Rows rows;
  if (range) {
    for (const auto& [key, value] : *range) rows[ToBytes(key)] = ToBytes(value);
    EXPECT_EQ(rows.size(), range->size());
  }
  return rows;
}

Rows Between(const Rows& all, const Bytes& first, const Bytes& last) {
  Rows rows;
  for (const auto& [key, value] : all) {
    if (first <= key && key <= last) rows[key] = value;
  }
  return rows;
}

PrunedMap Parsed(const Bytes& bytes) {
  Result<PrunedMap> map = PrunedMap::Parse(bytes);
  EXPECT_TRUE(map.ok());
  return std::move(*map);
}

TEST(MapRange, ShowsExactlyWhatLiesBetween) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    Map map;
    const Rows all = RandomRows(random, map);
    Bytes first = RandomKey(random);
    Bytes last = RandomKey(random);
    if (last < first) std::swap(first, last);
    const std::optional<Bytes> bytes = map.PruneRange(first, last, 100);
    ASSERT_TRUE(bytes.has_value());
    const PrunedMap proof = Parsed(*bytes);
    ASSERT_EQ(proof.root(), map.Root());
    ASSERT_EQ(Found(proof, first, last), Between(all, first, last)) << round;
  }
}

// A proof of one range says something about another only where it shows it all.
TEST(MapRange, AnotherRangeIsRightOrNotShown) {
  std::mt19937 random(8);
  int shown = 0;
  int hidden = 0;
  for (int round = 0; round < 3000; ++round) {
    Map map;
    const Rows all = RandomRows(random, map);
    Bytes first = RandomKey(random);
    Bytes last = RandomKey(random);
    if (last < first) std::swap(first, last);
    const PrunedMap proof = Parsed(*map.PruneRange(first, last, 100));
    Bytes other_first = RandomKey(random);
    Bytes other_last = RandomKey(random);
    if (other_last < other_first) std::swap(other_first, other_last);
    if (!proof.Range(other_first, other_last)) {
      ++hidden;
      continue;
    }
    ++shown;
    ASSERT_EQ(Found(proof, other_first, other_last), Between(all, other_first, other_last)) << round;
  }
  EXPECT_GT(shown, 300);
  EXPECT_GT(hidden, 300);
}

TEST(MapRange, MoreThanAskedForIsNoProof) {
  Map map;
  for (uint8_t i = 0; i < 20; ++i) map.Put(Bytes{i}, Bytes{i});
  EXPECT_FALSE(map.PruneRange(Bytes{3}, Bytes{12}, 9).has_value());
  EXPECT_TRUE(map.PruneRange(Bytes{3}, Bytes{12}, 10).has_value());
  EXPECT_TRUE(map.PruneRange(Bytes{0}, Bytes{19}, 20).has_value());
}

TEST(MapRange, OfOneKeyAndOfNone) {
  Map empty;
  EXPECT_TRUE(Found(Parsed(*empty.PruneRange(Bytes{0}, Bytes{9}, 1)), Bytes{0}, Bytes{9}).empty());
  Map one;
  one.Put(Bytes{5}, Bytes{1});
  EXPECT_EQ(Found(Parsed(*one.PruneRange(Bytes{0}, Bytes{9}, 1)), Bytes{0}, Bytes{9}).size(), 1u);
  EXPECT_TRUE(Found(Parsed(*one.PruneRange(Bytes{6}, Bytes{9}, 1)), Bytes{6}, Bytes{9}).empty());
  EXPECT_TRUE(Found(Parsed(*one.PruneRange(Bytes{0}, Bytes{4}, 1)), Bytes{0}, Bytes{4}).empty());
  EXPECT_FALSE(Parsed(one.Prune({}, Map::ShowSmallest::kNo)).Range(Bytes{0}, Bytes{9}).has_value());
}

}  // namespace
}  // namespace spor::ledger
