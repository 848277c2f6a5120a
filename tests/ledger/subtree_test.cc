// SPDX-License-Identifier: Apache-2.0
#include "ledger/subtree.h"

#include <gtest/gtest.h>

namespace spor::ledger {
namespace {

using Hashes = std::vector<Hash32>;
constexpr uint64_t kMaxSize = 40;

Hash32 LeafOf(uint64_t i) { return LeafHash(AsBytes("leaf " + std::to_string(i))); }

// The root over leaves [begin, end) by adding them one by one, which shares nothing with the code under test.
Hash32 RootOf(uint64_t begin, uint64_t end) {
  CompactTree tree;
  for (uint64_t i = begin; i < end; ++i) tree.Add(LeafOf(i));
  return tree.Root();
}

class Leaves final : public NodeSource {
 public:
  Result<Hash32> Node(uint32_t level, uint64_t index) const override {
    if ((index + 1) << level > kMaxSize) return Status(Code::kNotFound, "beyond the tree");
    return RootOf(index << level, (index + 1) << level);
  }
};

template <typename Visit>
void EachSubtree(uint64_t end, Visit visit) {
  for (uint64_t e = 0; e <= end; ++e) {
    for (uint64_t s = 0; s <= e; ++s) {
      if (IsValidSubtree({s, e})) visit(Subtree{s, e});
    }
  }
}

TEST(Subtree, ValidOnesByTheirDefinition) {
  for (uint64_t end = 0; end < 300; ++end) {
    for (uint64_t start = 0; start <= end; ++start) {
      uint64_t ceil = 1;
      while (ceil < end - start) ceil *= 2;
      ASSERT_EQ(IsValidSubtree({start, end}), start % ceil == 0) << start << ".." << end;
    }
  }
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  EXPECT_FALSE(IsValidSubtree({2, 1}));
  EXPECT_TRUE(IsValidSubtree({0, ~uint64_t{0}}));
  EXPECT_TRUE(IsValidSubtree({kHalf, ~uint64_t{0}}));
  EXPECT_FALSE(IsValidSubtree({1, kHalf + 2}));
  EXPECT_FALSE(IsValidSubtree({kHalf / 2, kHalf + kHalf / 2}));
}

TEST(Subtree, InclusionOfEveryEntryInEverySubtree) {
  const Leaves leaves;
  EachSubtree(kMaxSize, [&](const Subtree& subtree) {
    const Hash32 root = RootOf(subtree.start, subtree.end);
    ASSERT_EQ(*SubtreeHash(leaves, subtree), root);
    for (uint64_t i = subtree.start; i < subtree.end; ++i) {
      Hashes proof = *SubtreeInclusionProof(leaves, i, subtree);
      ASSERT_TRUE(VerifySubtreeInclusion(i, subtree, LeafOf(i), proof, root).ok());
      ASSERT_FALSE(VerifySubtreeInclusion(i, subtree, LeafOf(i + 1), proof, root).ok());
      ASSERT_FALSE(VerifySubtreeInclusion(subtree.end, subtree, LeafOf(i), proof, root).ok());
      proof.push_back(root);
      ASSERT_FALSE(VerifySubtreeInclusion(i, subtree, LeafOf(i), proof, root).ok());
    }
  });
  EXPECT_EQ(SubtreeInclusionProof(leaves, 3, {4, 8}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(SubtreeInclusionProof(leaves, 8, {4, 8}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(SubtreeInclusionProof(leaves, 4, {3, 8}).status().code(), Code::kInvalidArgument);
}

TEST(Subtree, ConsistencyOfEverySubtreeWithEveryTree) {
  const Leaves leaves;
  for (uint64_t size = 0; size <= kMaxSize; ++size) {
    const Hash32 root = RootOf(0, size);
    EachSubtree(size, [&](const Subtree& subtree) {
      const Hash32 hash = RootOf(subtree.start, subtree.end);
      Hashes proof = *SubtreeConsistencyProof(leaves, subtree, size);
      const auto verify = [&](const Hash32& of_subtree, const Hash32& of_tree) {
        return VerifySubtreeConsistency(subtree, size, proof, of_subtree, of_tree).ok();
      };
      ASSERT_TRUE(verify(hash, root)) << subtree.start << ".." << subtree.end << " of " << size;
      ASSERT_FALSE(verify(LeafOf(999), root));
      if (subtree.size() > 0) {
        ASSERT_FALSE(verify(hash, LeafOf(999)));
      }
      proof.push_back(root);
      ASSERT_FALSE(verify(hash, root));
      proof.pop_back();
      if (proof.empty()) return;
      for (Hash32& step : proof) {
        step[7] ^= 1;
        ASSERT_FALSE(verify(hash, root));
        step[7] ^= 1;
      }
      proof.pop_back();
      ASSERT_FALSE(verify(hash, root));
    });
  }
  EXPECT_EQ(SubtreeConsistencyProof(leaves, {4, 8}, 7).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(SubtreeConsistencyProof(leaves, {3, 8}, 9).status().code(), Code::kInvalidArgument);
}

TEST(Subtree, OfOneEntryItIsTheInclusionProof) {
  const Leaves leaves;
  for (uint64_t size = 1; size <= kMaxSize; ++size) {
    for (uint64_t i = 0; i < size; ++i) {
      ASSERT_EQ(*SubtreeConsistencyProof(leaves, {i, i + 1}, size), *InclusionProof(leaves, i, size));
    }
  }
}

TEST(Subtree, CoveringPairs) {
  for (uint64_t end = 0; end < 200; ++end) {
    for (uint64_t start = 0; start <= end; ++start) {
      const auto [left, right] = CoveringSubtrees(start, end);
      ASSERT_TRUE(IsValidSubtree(left) && IsValidSubtree(right)) << start << ".." << end;
      ASSERT_EQ(left.end, right.start);
      ASSERT_EQ(right.end, end);
      ASSERT_LE(left.start, start);
      if (start < end) {
        ASSERT_LT(start - left.start, left.end - start) << start << ".." << end;
      }
    }
  }
  const auto [left, right] = CoveringSubtrees(1, ~uint64_t{0});
  EXPECT_EQ(left, (Subtree{0, uint64_t{1} << 63}));
  EXPECT_EQ(right, (Subtree{uint64_t{1} << 63, ~uint64_t{0}}));
}

}  // namespace
}  // namespace spor::ledger
