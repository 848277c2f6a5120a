// SPDX-License-Identifier: Apache-2.0
#include "ledger/map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "crypto/codec.h"
#include "crypto/hash.h"

namespace spor::ledger {
namespace {

using Pairs = std::map<Bytes, Bytes>;

Bytes Uvarint(uint64_t v) {
  Bytes out;
  for (; v >= 0x80; v >>= 7) out.push_back(static_cast<uint8_t>(v | 0x80));
  out.push_back(static_cast<uint8_t>(v));
  return out;
}

// The slow twin: the definition, from a set of pairs, without any tree in memory. Keys are made equally long by their
// continuation, 0x00 and then 0xff.
bool BitOf(const Bytes& key, size_t bit) {
  const size_t byte = bit / 8;
  const uint8_t value = byte < key.size() ? key[byte] : byte == key.size() ? 0x00 : 0xff;
  return (value & (0x80 >> bit % 8)) != 0;
}

Hash32 TwinRoot(const std::vector<std::pair<Bytes, Bytes>>& pairs, size_t bit) {
  if (pairs.empty()) return Sha256(ByteView());
  if (pairs.size() == 1) {
    const auto& [key, value] = pairs[0];
    return Sha256({Bytes{0}, Uvarint(key.size()), key, Uvarint(value.size()), value});
  }
  for (;; ++bit) {
    std::vector<std::pair<Bytes, Bytes>> sides[2];
    for (const auto& pair : pairs) sides[BitOf(pair.first, bit)].push_back(pair);
    if (sides[0].empty() || sides[1].empty()) continue;
    return Sha256({Bytes{1}, Uvarint(bit), TwinRoot(sides[0], bit + 1), TwinRoot(sides[1], bit + 1)});
  }
}

Hash32 TwinRoot(const Pairs& pairs) { return TwinRoot({pairs.begin(), pairs.end()}, 0); }

class RandomPairs {
 public:
  explicit RandomPairs(uint32_t seed) : random_(seed) {}
  uint32_t Below(uint32_t n) { return random_() % n; }
  // Keys of few different bytes, so that they share long prefixes.
  Bytes Key(size_t size) {
    Bytes key(size);
    for (uint8_t& byte : key) byte = static_cast<uint8_t>(Below(4) == 0 ? random_() : 0xff * Below(2));
    return key;
  }
  Bytes Value() {
    Bytes value(Below(kMaxMapValue + 1));
    for (uint8_t& byte : value) byte = static_cast<uint8_t>(random_());
    return value;
  }

 private:
  std::mt19937 random_;
};

TEST(Map, AgreesWithItsDefinitionThroughRandomChanges) {
  for (const size_t key_size : {1, 2, 16, 21, 32}) {
    RandomPairs random(static_cast<uint32_t>(key_size));
    Map map;
    Pairs twin;
    for (int step = 0; step < 400; ++step) {
      const Bytes key = random.Key(key_size);
      if (random.Below(3) == 0) {
        ASSERT_EQ(map.Remove(key), twin.erase(key) > 0);
      } else {
        const Bytes value = random.Value();
        map.Put(key, value);
        twin[key] = value;
      }
      ASSERT_EQ(map.size(), twin.size());
      if (step % 3 == 0) {
        ASSERT_EQ(map.Root(), TwinRoot(twin)) << "step " << step << ", keys of " << key_size;
      }
      const Bytes probe = random.Key(key_size);
      const auto expected = twin.find(probe);
      const auto found = map.Find(probe);
      ASSERT_EQ(found.has_value(), expected != twin.end());
      if (found) {
        ASSERT_EQ(*found, expected->second);
      }
      const auto after = twin.lower_bound(probe);
      const auto at = map.AtOrAfter(probe);
      ASSERT_EQ(at.has_value(), after != twin.end());
      if (at) {
        ASSERT_EQ(at->first, after->first);
      }
    }
  }
}

TEST(Map, PrefetchingTakesAnyKeysAndChangesNothing) {
  Map map;
  const Bytes a(16, 0x11), b(16, 0x22), absent(16, 0x77), shorter(3, 0x22);
  const std::array<ByteView, 4> keys = {a, b, absent, shorter};
  map.Prefetch(keys);
  map.Put(a, b);
  map.Prefetch(keys);
  map.Put(b, a);
  const Hash32 root = map.Root();
  map.Prefetch(keys);
  map.Prefetch({});
  EXPECT_EQ(map.Root(), root);
  EXPECT_EQ(map.size(), 2u);
}

TEST(Map, KeysOfDifferentLengths) {
  RandomPairs random(99);
  Map map;
  Pairs twin;
  for (int step = 0; step < 1500; ++step) {
    const Bytes key = random.Key(random.Below(6));
    if (random.Below(3) == 0) {
      ASSERT_EQ(map.Remove(key), twin.erase(key) > 0);
    } else {
      map.Put(key, key);
      twin[key] = key;
    }
    if (step % 10 == 0) {
      ASSERT_EQ(map.Root(), TwinRoot(twin)) << step;
    }
  }
}

// Random S and T, keys of one length and of several; roots asked for on the way, so that kept hashes must be right,
// too.
TEST(Map, PutSThenRemoveTIsTheMapOfSWithoutT) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    RandomPairs random(seed);
    const size_t lengths[] = {1, 2, 16, 21, 32};
    Pairs all;
    for (uint32_t n = random.Below(120); n > 0; --n) {
      all[random.Key(seed % 6 < 5 ? lengths[seed % 6] : random.Below(6))] = random.Value();
    }
    std::vector<std::pair<Bytes, Bytes>> order(all.begin(), all.end());
    std::shuffle(order.begin(), order.end(), std::mt19937(seed));
    Map map;
    for (const auto& [key, value] : order) {
      map.Put(key, value);
      if (random.Below(10) == 0) map.Root();
    }
    ASSERT_EQ(map.Root(), TwinRoot(all)) << "seed " << seed;
    std::shuffle(order.begin(), order.end(), std::mt19937(seed + 1000));
    const size_t removed = random.Below(static_cast<uint32_t>(order.size()) + 1);
    Map only_kept;
    for (size_t i = removed; i < order.size(); ++i) only_kept.Put(order[i].first, order[i].second);
    for (size_t i = 0; i < removed; ++i) {
      ASSERT_TRUE(map.Remove(order[i].first));
      if (random.Below(10) == 0) map.Root();
    }
    ASSERT_EQ(map.Root(), only_kept.Root()) << "seed " << seed;
    ASSERT_EQ(map.size(), only_kept.size());
    for (size_t i = removed; i < order.size(); ++i) ASSERT_TRUE(map.Remove(order[i].first));
    ASSERT_EQ(map.Root(), Sha256(ByteView())) << "seed " << seed;
    ASSERT_EQ(map.size(), 0u);
  }
}

// A map from sorted keys is the same map, and goes on changing like any other.
TEST(Map, BuiltFromSortedKeysItIsTheSameMap) {
  for (const size_t key_size : {0, 1, 16, 21}) {  // 0: different lengths
    RandomPairs random(static_cast<uint32_t>(500 + key_size));
    for (int round = 0; round < 30; ++round) {
      Pairs twin;
      for (uint32_t n = random.Below(300); n > 0; --n) {
        twin[random.Key(key_size > 0 ? key_size : random.Below(6))] = random.Value();
      }
      Map::Builder builder(MapShape{});
      // Keys of different lengths have an order of their own.
      std::vector<std::pair<Bytes, Bytes>> order(twin.begin(), twin.end());
      std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
        for (size_t bit = 0; bit < 8 * (kMaxMapKey + 2); ++bit) {
          if (BitOf(a.first, bit) != BitOf(b.first, bit)) return BitOf(b.first, bit);
        }
        return false;
      });
      for (const auto& [key, value] : order) ASSERT_TRUE(builder.Add(key, value));
      Map map = builder.Take();
      ASSERT_EQ(map.size(), twin.size());
      ASSERT_EQ(map.Root(), TwinRoot(twin));
      for (int step = 0; step < 40; ++step) {
        const Bytes key = random.Key(key_size > 0 ? key_size : random.Below(6));
        if (random.Below(2) == 0) {
          ASSERT_EQ(map.Remove(key), twin.erase(key) > 0);
        } else {
          map.Put(key, key);
          twin[key] = key;
        }
        ASSERT_EQ(map.Root(), TwinRoot(twin));
      }
    }
  }
}

TEST(Map, BuiltFromKeysThatDoNotRiseItStops) {
  Map::Builder builder(MapShape{2, 1});
  EXPECT_TRUE(builder.Add(Bytes{5, 0}, Bytes{1}));
  EXPECT_FALSE(builder.Add(Bytes{5, 0}, Bytes{1}));
  EXPECT_FALSE(builder.Add(Bytes{4, 9}, Bytes{1}));
  EXPECT_TRUE(builder.Add(Bytes{5, 1}, Bytes{1}));
  Map map = builder.Take();
  EXPECT_EQ(map.size(), 2u);
  EXPECT_EQ(map.Root(), TwinRoot({{Bytes{5, 0}, Bytes{1}}, {Bytes{5, 1}, Bytes{1}}}));
}

TEST(Map, ReplacingAValueChangesTheRootAndBack) {
  Map map;
  for (uint8_t i = 0; i < 50; ++i) map.Put(Bytes{i, 1}, Bytes{i});
  const Hash32 before = map.Root();
  map.Put(Bytes{7, 1}, Bytes{99});
  EXPECT_NE(map.Root(), before);
  map.Put(Bytes{7, 1}, Bytes{7});
  EXPECT_EQ(map.Root(), before);
  EXPECT_EQ(map.size(), 50u);
}

TEST(Map, RemovingEverythingLeavesTheEmptyMap) {
  Map map;
  for (uint8_t i = 0; i < 20; ++i) map.Put(Bytes{i}, Bytes{i});
  for (uint8_t i = 0; i < 20; ++i) EXPECT_TRUE(map.Remove(Bytes{static_cast<uint8_t>(19 - i)}));
  EXPECT_EQ(map.Root(), Sha256(ByteView()));
  EXPECT_EQ(map.size(), 0u);
  EXPECT_FALSE(map.Find(Bytes{1}));
  EXPECT_FALSE(map.AtOrAfter(Bytes{1}));
  EXPECT_FALSE(map.Remove(Bytes{1}));
}

TEST(MapDeathTest, LimitsOfKeysAndValues) {
  Map map;
  map.Put(Bytes(kMaxMapKey), Bytes(kMaxMapValue));
  EXPECT_DEATH(map.Put(Bytes(kMaxMapKey + 1), Bytes()), "CHECK");
  EXPECT_DEATH(map.Put(Bytes(), Bytes(kMaxMapValue + 1)), "CHECK");
  Map small(MapShape{4, 2});
  small.Put(Bytes(4), Bytes(2));
  EXPECT_DEATH(small.Put(Bytes(5), Bytes()), "CHECK");
  EXPECT_DEATH(small.Put(Bytes(4), Bytes(3)), "CHECK");
}

}  // namespace
}  // namespace spor::ledger
