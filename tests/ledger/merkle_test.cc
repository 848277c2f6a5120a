// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"

namespace spor::ledger {
namespace {

constexpr uint64_t kMaxSize = 130;

Hash32 LeafOf(uint64_t i) { return LeafHash(AsBytes("leaf " + std::to_string(i))); }

// The slow twin: RFC 6962 section 2.1, as it stands there.
using Leaves = std::vector<Hash32>;

uint64_t SplitOf(uint64_t n) {
  uint64_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

Leaves Part(const Leaves& d, uint64_t begin, uint64_t end) {
  return {d.begin() + static_cast<std::ptrdiff_t>(begin), d.begin() + static_cast<std::ptrdiff_t>(end)};
}

Hash32 Mth(const Leaves& d) {
  if (d.empty()) return Sha256(ByteView());
  if (d.size() == 1) return d[0];
  const uint64_t k = SplitOf(d.size());
  const uint8_t one = 1;
  return Sha256({ByteView(&one, 1), Mth(Part(d, 0, k)), Mth(Part(d, k, d.size()))});
}

Leaves PathOf(uint64_t m, const Leaves& d) {
  if (d.size() == 1) return {};
  const uint64_t k = SplitOf(d.size());
  Leaves path = m < k ? PathOf(m, Part(d, 0, k)) : PathOf(m - k, Part(d, k, d.size()));
  path.push_back(m < k ? Mth(Part(d, k, d.size())) : Mth(Part(d, 0, k)));
  return path;
}

Leaves SubProof(uint64_t m, const Leaves& d, bool whole) {
  if (m == d.size()) return whole ? Leaves() : Leaves{Mth(d)};
  const uint64_t k = SplitOf(d.size());
  Leaves proof = m <= k ? SubProof(m, Part(d, 0, k), whole) : SubProof(m - k, Part(d, k, d.size()), false);
  proof.push_back(m <= k ? Mth(Part(d, k, d.size())) : Mth(Part(d, 0, k)));
  return proof;
}

// Complete subtrees straight from the leaves.
class LeafSource final : public NodeSource {
 public:
  explicit LeafSource(uint64_t size) {
    for (uint64_t i = 0; i < size; ++i) leaves.push_back(LeafOf(i));
  }
  Result<Hash32> Node(uint32_t level, uint64_t index) const override {
    const uint64_t end = (index + 1) << level;
    if (end > leaves.size()) return Status(Code::kNotFound, "beyond the tree");
    return Mth(Part(leaves, index << level, end));
  }
  Leaves leaves;
};

TEST(Merkle, RootsOfAllSizes) {
  const LeafSource source(kMaxSize);
  CompactTree compact;
  for (uint64_t n = 0; n <= kMaxSize; ++n) {
    const Hash32 expected = Mth(Part(source.leaves, 0, n));
    ASSERT_EQ(*RootAt(source, n), expected) << n;
    ASSERT_EQ(compact.Root(), expected) << n;
    ASSERT_EQ(compact.size(), n);
    if (n < kMaxSize) compact.Add(source.leaves[n]);
  }
  EXPECT_EQ(HexEncode(EmptyRoot()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Merkle, InclusionOfEveryLeafInEverySize) {
  const LeafSource source(kMaxSize);
  for (uint64_t n = 1; n <= kMaxSize; ++n) {
    const Leaves d = Part(source.leaves, 0, n);
    const Hash32 root = Mth(d);
    for (uint64_t i = 0; i < n; ++i) {
      const auto proof = InclusionProof(source, i, n);
      ASSERT_TRUE(proof.ok());
      ASSERT_EQ(*proof, PathOf(i, d)) << i << " of " << n;
      ASSERT_TRUE(VerifyInclusion(i, n, d[i], *proof, root).ok()) << i << " of " << n;
    }
    EXPECT_EQ(InclusionProof(source, n, n).status().code(), Code::kInvalidArgument);
  }
}

TEST(Merkle, ConsistencyOfEveryPairOfSizes) {
  const LeafSource source(kMaxSize);
  std::vector<Hash32> roots;
  for (uint64_t n = 0; n <= kMaxSize; ++n) roots.push_back(Mth(Part(source.leaves, 0, n)));
  for (uint64_t second = 1; second <= kMaxSize; ++second) {
    const Leaves d = Part(source.leaves, 0, second);
    for (uint64_t first = 1; first <= second; ++first) {
      const auto proof = ConsistencyProof(source, first, second);
      ASSERT_TRUE(proof.ok());
      ASSERT_EQ(*proof, SubProof(first, d, true)) << first << " to " << second;
      ASSERT_TRUE(VerifyConsistency(first, second, *proof, roots[first], roots[second]).ok())
          << first << " to " << second;
      Hash32 other = roots[first];
      other[0] ^= 1;
      ASSERT_EQ(VerifyConsistency(first, second, *proof, other, roots[second]).code(), Code::kFailed);
    }
  }
  EXPECT_EQ(ConsistencyProof(source, 0, 5).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ConsistencyProof(source, 6, 5).status().code(), Code::kInvalidArgument);
}

TEST(Merkle, EveryRangeOfEverySize) {
  constexpr uint64_t kLimit = 40;
  const LeafSource source(kLimit);
  for (uint64_t n = 1; n <= kLimit; ++n) {
    const Hash32 root = Mth(Part(source.leaves, 0, n));
    for (uint64_t begin = 0; begin < n; ++begin) {
      for (uint64_t end = begin + 1; end <= n; ++end) {
        const auto proof = RangeProof(source, begin, end, n);
        ASSERT_TRUE(proof.ok());
        Leaves leaves = Part(source.leaves, begin, end);
        ASSERT_TRUE(VerifyRange(begin, n, leaves, *proof, root).ok()) << begin << ".." << end << " of " << n;
        // A leaf left out, put in or swapped with its neighbour never verifies.
        Leaves fewer = Part(leaves, 1, leaves.size());
        ASSERT_FALSE(VerifyRange(begin, n, fewer, *proof, root).ok());
        if (leaves.size() > 1) {
          std::swap(leaves[0], leaves[1]);
          ASSERT_FALSE(VerifyRange(begin, n, leaves, *proof, root).ok());
          std::swap(leaves[0], leaves[1]);
        }
        leaves.push_back(leaves.back());
        ASSERT_FALSE(VerifyRange(begin, n, leaves, *proof, root).ok());
      }
    }
  }
  EXPECT_EQ(RangeProof(source, 3, 3, 5).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(RangeProof(source, 3, 6, 5).status().code(), Code::kInvalidArgument);
  EXPECT_FALSE(VerifyRange(5, 5, {LeafOf(5)}, {}, EmptyRoot()).ok());
  EXPECT_FALSE(VerifyRange(~uint64_t{0}, 5, {LeafOf(5)}, {}, EmptyRoot()).ok());
}

TEST(Merkle, ProofsThatAreLongerShorterOrChangedFail) {
  const LeafSource source(21);
  const Hash32 root = *RootAt(source, 21);
  const Leaves good = *InclusionProof(source, 9, 21);
  const auto verify = [&](const Leaves& proof) { return VerifyInclusion(9, 21, LeafOf(9), proof, root).ok(); };
  ASSERT_TRUE(verify(good));
  Leaves proof = good;
  proof.push_back(LeafOf(0));
  EXPECT_FALSE(verify(proof));
  proof = Part(good, 0, good.size() - 1);
  EXPECT_FALSE(verify(proof));
  for (size_t bit = 0; bit < good.size() * 256; ++bit) {
    proof = good;
    proof[bit / 256][bit % 256 / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_FALSE(verify(proof)) << bit;
  }
  EXPECT_FALSE(VerifyInclusion(9, 21, LeafOf(8), good, root).ok());
  EXPECT_FALSE(VerifyInclusion(8, 21, LeafOf(9), good, root).ok());
  EXPECT_FALSE(VerifyInclusion(21, 21, LeafOf(9), good, root).ok());
  const Leaves consistency = *ConsistencyProof(source, 13, 21);
  const Hash32 first = *RootAt(source, 13);
  ASSERT_TRUE(VerifyConsistency(13, 21, consistency, first, root).ok());
  for (size_t n = 0; n < consistency.size(); ++n) {
    EXPECT_FALSE(VerifyConsistency(13, 21, Part(consistency, 0, n), first, root).ok());
  }
  EXPECT_FALSE(VerifyConsistency(21, 21, {LeafOf(0)}, root, root).ok());
  EXPECT_FALSE(VerifyConsistency(0, 21, {}, EmptyRoot(), root).ok());
}

}  // namespace
}  // namespace spor::ledger
