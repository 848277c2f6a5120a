// SPDX-License-Identifier: Apache-2.0
#include "ledger/pruned_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "crypto/hash.h"
#include "ledger/map.h"

namespace spor::ledger {
namespace {

using Answer = PrunedMap::Answer;

class Pruned : public ::testing::Test {
 protected:
  Pruned() {
    std::mt19937 random(11);
    for (int i = 0; i < 300; ++i) {
      Bytes key(21);
      for (uint8_t& byte : key) byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : 0);
      const Bytes value = {static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)};
      map_.Put(key, value);
      twin_[key] = value;
    }
  }
  PrunedMap Parse(const Bytes& bytes) {
    Result<PrunedMap> parsed = PrunedMap::Parse(bytes);
    EXPECT_TRUE(parsed.ok()) << parsed.error().message();
    return std::move(*parsed);
  }
  Map map_;
  std::map<Bytes, Bytes> twin_;
};

Bytes LeafBytes(const Bytes& key, const Bytes& value) {
  PrunedWriter out;
  out.Leaf(key, value);
  return out.Take();
}

TEST_F(Pruned, ShowsPresentAndAbsentKeysUnderTheRootOfTheMap) {
  std::mt19937 random(12);
  for (int round = 0; round < 100; ++round) {
    std::vector<Bytes> keys;
    for (const auto& row : twin_) {
      if (random() % 40 == 0) keys.push_back(row.first);
    }
    for (int i = 0; i < 5; ++i) {
      Bytes absent(21);
      for (uint8_t& byte : absent) byte = static_cast<uint8_t>(random());
      keys.push_back(absent);
    }
    std::sort(keys.begin(), keys.end());
    const PrunedMap proof = Parse(map_.Prune(keys, Map::ShowSmallest::kNo));
    ASSERT_EQ(proof.root(), map_.Root());
    for (const Bytes& key : keys) {
      const PrunedMap::Lookup found = proof.Find(key);
      const auto expected = twin_.find(key);
      ASSERT_EQ(found.answer, expected == twin_.end() ? Answer::kAbsent : Answer::kPresent);
      if (expected != twin_.end()) {
        ASSERT_EQ(ToBytes(found.value), expected->second);
      }
    }
    // Of keys that were not asked for, the proof says nothing or the truth.
    size_t not_shown = 0;
    for (const auto& [key, value] : twin_) {
      const PrunedMap::Lookup found = proof.Find(key);
      ASSERT_NE(found.answer, Answer::kAbsent);
      if (found.answer == Answer::kNotShown) ++not_shown;
    }
    ASSERT_GT(not_shown, 0u);
  }
}

TEST_F(Pruned, NeighboursOfEveryKeyAreAbsent) {
  for (const auto& row : twin_) {
    for (size_t bit = 0; bit < 168; bit += 7) {
      Bytes near = row.first;
      near[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      if (twin_.contains(near)) continue;
      const PrunedMap proof = Parse(map_.Prune({near}, Map::ShowSmallest::kNo));
      ASSERT_EQ(proof.Find(near).answer, Answer::kAbsent);
    }
  }
}

TEST_F(Pruned, SmallestKeyIsShownOnlyWhenAsked) {
  const PrunedMap shown = Parse(map_.Prune({}, Map::ShowSmallest::kYes));
  ASSERT_EQ(shown.SmallestKey().answer, Answer::kPresent);
  EXPECT_EQ(ToBytes(shown.SmallestKey().key), twin_.begin()->first);
  EXPECT_EQ(ToBytes(shown.SmallestKey().value), twin_.begin()->second);
  EXPECT_EQ(shown.root(), map_.Root());
  const PrunedMap hidden = Parse(map_.Prune({twin_.rbegin()->first}, Map::ShowSmallest::kNo));
  EXPECT_EQ(hidden.SmallestKey().answer, Answer::kNotShown);
  const PrunedMap both = Parse(map_.Prune({twin_.rbegin()->first}, Map::ShowSmallest::kYes));
  EXPECT_EQ(both.SmallestKey().answer, Answer::kPresent);
  EXPECT_EQ(both.Find(twin_.rbegin()->first).answer, Answer::kPresent);
}

TEST_F(Pruned, NothingAskedIsOneHash) {
  const Bytes bytes = map_.Prune({}, Map::ShowSmallest::kNo);
  EXPECT_EQ(bytes.size(), 33u);
  const PrunedMap proof = Parse(bytes);
  EXPECT_EQ(proof.root(), map_.Root());
  EXPECT_EQ(proof.Find(twin_.begin()->first).answer, Answer::kNotShown);
}

TEST_F(Pruned, TheEmptyMap) {
  Map empty;
  const PrunedMap proof = Parse(empty.Prune({Bytes{1}}, Map::ShowSmallest::kYes));
  EXPECT_EQ(proof.root(), Sha256(ByteView()));
  EXPECT_EQ(proof.Find(Bytes{1}).answer, Answer::kAbsent);
  EXPECT_EQ(proof.SmallestKey().answer, Answer::kAbsent);
}

TEST_F(Pruned, EachFlippedBitFailsOrChangesTheRoot) {
  std::vector<Bytes> keys = {twin_.begin()->first, std::next(twin_.begin(), 150)->first, Bytes(21, 0x55)};
  std::sort(keys.begin(), keys.end());
  const Bytes good = map_.Prune(keys, Map::ShowSmallest::kYes);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const Result<PrunedMap> parsed = PrunedMap::Parse(bad);
    if (parsed.ok()) {
      ASSERT_NE(parsed->root(), map_.Root()) << "bit " << bit;
    }
  }
}

TEST_F(Pruned, CutShortAnywhereAndTrailingBytes) {
  const Bytes good = map_.Prune({twin_.begin()->first}, Map::ShowSmallest::kYes);
  for (size_t n = 0; n < good.size(); ++n) {
    ASSERT_EQ(PrunedMap::Parse(ByteView(good).first(n)).status().code(), Code::kCorrupt) << n;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(PrunedMap::Parse(longer).status().code(), Code::kCorrupt);
  EXPECT_EQ(PrunedMap::Parse(Bytes{3, 0}).status().code(), Code::kCorrupt);
}

TEST(PrunedMap, MalformedNodes) {
  const auto code = [](const Bytes& bytes) { return PrunedMap::Parse(bytes).status().code(); };
  const Bytes left = LeafBytes({0x00}, {1});
  const Bytes right = LeafBytes({0x80}, {2});
  const auto inner = [](uint32_t bit, const Bytes& a, const Bytes& b) {
    PrunedWriter out;
    out.Inner(bit);
    Bytes bytes = out.Take();
    Append(bytes, a);
    Append(bytes, b);
    return bytes;
  };
  ASSERT_EQ(code(inner(0, left, right)), Code::kOk);
  EXPECT_EQ(code(inner(0, right, left)), Code::kCorrupt) << "sides swapped";
  EXPECT_EQ(code(inner(1, left, right)), Code::kCorrupt) << "both leaves are on the left of bit 1";
  EXPECT_EQ(code(Bytes{4}), Code::kCorrupt) << "unknown node";
  EXPECT_EQ(code(inner(0, {3}, right)), Code::kCorrupt) << "an empty map inside a map";
  // With pruned subtrees, so that only the bits themselves can be wrong.
  PrunedWriter hash;
  hash.Pruned(Hash32{});
  const Bytes pruned = hash.Take();
  const auto nested = [&](uint32_t above, uint32_t below) {
    return inner(above, pruned, inner(below, pruned, pruned));
  };
  EXPECT_EQ(code(nested(4, 5)), Code::kOk);
  EXPECT_EQ(code(nested(5, 5)), Code::kCorrupt) << "the same bit twice";
  EXPECT_EQ(code(nested(5, 4)), Code::kCorrupt) << "a smaller bit below a larger one";
  EXPECT_EQ(code(LeafBytes(Bytes(kMaxMapKey + 1), {1})), Code::kCorrupt) << "a long key";
  EXPECT_EQ(code(LeafBytes({1}, Bytes(kMaxMapValue + 1))), Code::kCorrupt) << "a long value";
}

TEST(PrunedMap, DeepNestingIsRefused) {
  Bytes bytes;
  for (uint32_t bit = 0; bit < 2000; ++bit) {
    PrunedWriter out;
    out.Inner(bit);
    Append(bytes, out.Take());
  }
  PrunedWriter end;
  for (int i = 0; i < 2001; ++i) end.Pruned(Hash32{});
  Append(bytes, end.Take());
  EXPECT_EQ(PrunedMap::Parse(bytes).status().code(), Code::kCorrupt);
}

}  // namespace
}  // namespace spor::ledger
