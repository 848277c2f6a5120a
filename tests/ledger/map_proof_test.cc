// SPDX-License-Identifier: Apache-2.0
#include "ledger/map_proof.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "crypto/hash.h"
#include "ledger/map.h"

namespace spor::ledger {
namespace {

class MapProof : public ::testing::Test {
 protected:
  // Keys of few different bytes, so that they share long prefixes.
  Bytes Key(size_t size) {
    Bytes key(size);
    for (uint8_t& byte : key) byte = static_cast<uint8_t>(random_() % 4 == 0 ? random_() : 0xff * (random_() % 2));
    return key;
  }
  void Fill(size_t n, size_t key_size) {
    while (pairs_.size() < n) {
      const Bytes key = Key(key_size);
      pairs_[key] = ToBytes(ByteView(Sha256(key)).first(random_() % 33));
    }
    for (const auto& [key, value] : pairs_) map_.Put(key, value);
  }
  // A key that is not in the map.
  Bytes Absent(size_t size) {
    Bytes key = Key(size);
    while (pairs_.contains(key)) key = Key(size);
    return key;
  }
  bool Present(ByteView key, ByteView value, ByteView proof) {
    return VerifyMapProof(map_.Root(), key, value, proof).ok();
  }
  bool NotThere(ByteView key, ByteView proof) { return VerifyMapProof(map_.Root(), key, std::nullopt, proof).ok(); }

  std::mt19937 random_{7};
  std::map<Bytes, Bytes> pairs_;
  Map map_;
};

TEST_F(MapProof, EveryKeyAndManyThatAreAbsent) {
  Fill(200, 16);
  for (const auto& [key, value] : pairs_) {
    const Bytes proof = map_.Prove(key);
    ASSERT_TRUE(Present(key, value, proof));
    ASSERT_FALSE(NotThere(key, proof)) << "a key that is there";
    Bytes other = value;
    other.push_back(1);
    ASSERT_FALSE(Present(key, other, proof));
  }
  for (int i = 0; i < 200; ++i) {
    const Bytes key = Absent(16);
    const Bytes proof = map_.Prove(key);
    ASSERT_TRUE(NotThere(key, proof));
    ASSERT_FALSE(Present(key, Bytes(), proof));
    ASSERT_FALSE(Present(key, Bytes{1}, proof));
  }
}

TEST_F(MapProof, KeysOfDifferentLengths) {
  for (const size_t size : {1, 2, 3, 4}) Fill(10 * size, size);
  for (const auto& [key, value] : pairs_) ASSERT_TRUE(Present(key, value, map_.Prove(key)));
  for (const size_t size : {0, 1, 2, 3, 4, 5, 32}) {
    const Bytes key = Absent(size);
    ASSERT_TRUE(NotThere(key, map_.Prove(key))) << HexEncode(key);
  }
}

TEST_F(MapProof, EmptyMapAndSingleLeaf) {
  EXPECT_TRUE(map_.Prove(Bytes{1}).empty());
  EXPECT_TRUE(NotThere(Bytes{1}, {}));
  EXPECT_FALSE(NotThere(Bytes{1}, Bytes{1, 2, 0}));
  EXPECT_FALSE(Present(Bytes{1}, Bytes(), {}));
  map_.Put(Bytes{1}, Bytes{2});
  EXPECT_TRUE(map_.Prove(Bytes{1}).empty());
  EXPECT_TRUE(Present(Bytes{1}, Bytes{2}, {}));
  EXPECT_EQ(map_.Prove(Bytes{3}), (Bytes{1, 1, 1, 2}));
  EXPECT_TRUE(NotThere(Bytes{3}, map_.Prove(Bytes{3})));
}

TEST_F(MapProof, DamageToAnyBitOrByteFails) {
  Fill(60, 21);
  const auto& [key, value] = *std::next(pairs_.begin(), 20);
  const Bytes absent = Absent(21);
  for (const bool present : {true, false}) {
    const Bytes proof = map_.Prove(present ? key : absent);
    const auto verify = [&, &k = key, &v = value](ByteView bytes) {
      return present ? Present(k, v, bytes) : NotThere(absent, bytes);
    };
    ASSERT_TRUE(verify(proof));
    for (size_t bit = 0; bit < proof.size() * 8; ++bit) {
      Bytes bad = proof;
      bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      ASSERT_FALSE(verify(bad)) << "bit " << bit;
    }
    for (size_t n = 0; n < proof.size(); ++n) ASSERT_FALSE(verify(ByteView(proof).first(n))) << n;
    Bytes longer = proof;
    longer.push_back(0);
    ASSERT_FALSE(verify(longer));
  }
}

TEST_F(MapProof, AProofOfOneMapFailsInTheNext) {
  Fill(60, 16);
  const auto [key, value] = *pairs_.begin();
  const Bytes before = map_.Prove(key);
  const Hash32 root = map_.Root();
  map_.Remove(key);
  EXPECT_FALSE(Present(key, value, before));
  EXPECT_TRUE(NotThere(key, map_.Prove(key)));
  EXPECT_TRUE(VerifyMapProof(root, key, ByteView(value), before).ok()) << "of the map that it was made of";
}

TEST_F(MapProof, NothingBeyondTheLimits) {
  map_.Put(Bytes{1}, Bytes{2});
  EXPECT_FALSE(NotThere(Bytes(kMaxMapKey + 1), map_.Prove(Bytes{3})));
  EXPECT_FALSE(Present(Bytes{1}, Bytes(kMaxMapValue + 1), {}));
}

}  // namespace
}  // namespace spor::ledger
