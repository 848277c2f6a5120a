// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "crypto/hash.h"
#include "ledger/subtree.h"
#include "tests/doubles/vector_suite.h"

namespace spor::ledger {
namespace {

using Hashes = std::vector<Hash32>;

// The JSON files of transparency-dev/merkle below one folder.
std::vector<std::filesystem::path> FilesOf(const std::string& kind) {
  std::vector<std::filesystem::path> files;
  const auto root = doubles::VectorsPath("tlog/transparency-dev-merkle/testdata/" + kind);
  if (!std::filesystem::exists(root)) return files;
  for (const auto& file : std::filesystem::recursive_directory_iterator(root)) {
    if (file.path().extension() == ".json") files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What is in one of them, whatever its kind.
class ProofFile {
 public:
  explicit ProofFile(const std::filesystem::path& file) : vector_(parser_.load(file.string())) {}
  uint64_t Number(std::string_view key) { return uint64_t{vector_[key]}; }
  bool WantsError() { return bool{vector_["wantErr"]}; }
  // A root of another length than 32 bytes stands for any root; its hash does here. No bytes are no root at all.
  Hash32 Root(std::string_view key) {
    if (vector_[key].is_null() || doubles::Text(vector_, key).empty()) return Sha256(AsBytes(key));
    const Bytes bytes = doubles::FromBase64(doubles::Text(vector_, key));
    const Result<Hash32> hash = ToHash32(bytes);
    return hash.ok() ? *hash : Sha256(bytes);
  }
  // Nothing if one of its hashes has a wrong length: such a proof can't be represented here and so can't verify.
  std::optional<Hashes> Proof() {
    Hashes proof;
    if (vector_["proof"].is_null()) return proof;
    for (simdjson::dom::element text : simdjson::dom::array(vector_["proof"])) {
      const Result<Hash32> hash = ToHash32(doubles::FromBase64(std::string_view(text)));
      if (!hash.ok()) return std::nullopt;
      proof.push_back(*hash);
    }
    return proof;
  }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element vector_;
};

class InclusionVectors : public doubles::VectorTest<InclusionVectors> {
 public:
  static constexpr const char* kName = "transparency-dev-merkle/inclusion";
  static constexpr size_t kMinimum = 98;
  static const std::vector<std::filesystem::path>& Cases() {
    static const std::vector<std::filesystem::path> files = FilesOf("inclusion");
    return files;
  }
};

TEST_P(InclusionVectors, VerifyAsTheySay) {
  ProofFile file(Case());
  const auto proof = file.Proof();
  const bool good = proof && VerifyInclusion(file.Number("leafIdx"), file.Number("treeSize"), file.Root("leafHash"),
                                             *proof, file.Root("root"))
                                 .ok();
  EXPECT_EQ(good, !file.WantsError()) << Case();
}

SPOR_VECTOR_SUITE(InclusionVectors);

class ConsistencyVectors : public doubles::VectorTest<ConsistencyVectors> {
 public:
  static constexpr const char* kName = "transparency-dev-merkle/consistency";
  static constexpr size_t kMinimum = 98;
  static const std::vector<std::filesystem::path>& Cases() {
    static const std::vector<std::filesystem::path> files = FilesOf("consistency");
    return files;
  }
};

TEST_P(ConsistencyVectors, VerifyAsTheySay) {
  ProofFile file(Case());
  const auto proof = file.Proof();
  const bool good = proof && VerifyConsistency(file.Number("size1"), file.Number("size2"), *proof, file.Root("root1"),
                                               file.Root("root2"))
                                 .ok();
  EXPECT_EQ(good, !file.WantsError()) << Case();
}

SPOR_VECTOR_SUITE(ConsistencyVectors);

class SubtreeInclusionVectors : public doubles::VectorTest<SubtreeInclusionVectors> {
 public:
  static constexpr const char* kName = "transparency-dev-merkle/subtreeinclusion";
  static constexpr size_t kMinimum = 204;
  static const std::vector<std::filesystem::path>& Cases() {
    static const std::vector<std::filesystem::path> files = FilesOf("subtreeinclusion");
    return files;
  }
};

TEST_P(SubtreeInclusionVectors, VerifyAsTheySay) {
  ProofFile file(Case());
  const auto proof = file.Proof();
  const bool good = proof && VerifySubtreeInclusion(file.Number("leafIdx"), {file.Number("start"), file.Number("end")},
                                                    file.Root("leafHash"), *proof, file.Root("root"))
                                 .ok();
  EXPECT_EQ(good, !file.WantsError()) << Case();
}

SPOR_VECTOR_SUITE(SubtreeInclusionVectors);

class SubtreeConsistencyVectors : public doubles::VectorTest<SubtreeConsistencyVectors> {
 public:
  static constexpr const char* kName = "transparency-dev-merkle/subtreeconsistency";
  static constexpr size_t kMinimum = 118;
  static const std::vector<std::filesystem::path>& Cases() {
    static const std::vector<std::filesystem::path> files = FilesOf("subtreeconsistency");
    return files;
  }
};

TEST_P(SubtreeConsistencyVectors, VerifyAsTheySay) {
  ProofFile file(Case());
  const auto proof = file.Proof();
  const bool good = proof && VerifySubtreeConsistency({file.Number("start"), file.Number("end")}, file.Number("size"),
                                                      *proof, file.Root("root1"), file.Root("root2"))
                                 .ok();
  EXPECT_EQ(good, !file.WantsError()) << Case();
}

SPOR_VECTOR_SUITE(SubtreeConsistencyVectors);

// Generation, of everything up to 130 entries: one hash over a line for each, as the draft's appendix says.
class AccumulatedVectors : public doubles::VectorTest<AccumulatedVectors> {
 public:
  static constexpr const char* kName = "mtc/subtree_accumulated";
  static constexpr size_t kMinimum = 4;
  static const std::vector<doubles::NamedCase>& Cases() {
    static const std::vector<doubles::NamedCase> cases =
        doubles::JsonCases("tlog/mtc/subtree_accumulated_vectors.json", {"vectors"});
    return cases;
  }
};

constexpr uint64_t kLargest = 130;

// Entry i is the byte i; nodes are those of CompactTree, which shares no code with the proofs.
class ByteTree final : public NodeSource {
 public:
  Result<Hash32> Node(uint32_t level, uint64_t index) const override {
    CompactTree tree;
    for (uint64_t i = index << level; i < (index + 1) << level; ++i) {
      const auto byte = static_cast<uint8_t>(i);
      tree.Add(LeafHash(ByteView(&byte, 1)));
    }
    return tree.Root();
  }
};

// Answers each node once.
class CachedTree final : public NodeSource {
 public:
  Result<Hash32> Node(uint32_t level, uint64_t index) const override {
    auto [found, added] = known_.try_emplace({level, index});
    if (added) found->second = *tree_.Node(level, index);
    return found->second;
  }

 private:
  ByteTree tree_;
  mutable std::map<std::pair<uint32_t, uint64_t>, Hash32> known_;
};

std::string Interval(const Subtree& subtree) {
  return "[" + std::to_string(subtree.start) + ", " + std::to_string(subtree.end) + ")";
}
std::string Line(std::string line, const Hashes& hashes) {
  for (const Hash32& hash : hashes) line += " " + HexEncode(hash);
  return line + "\n";
}
// Calls `visit` for each valid subtree that ends by `end`, in the order of the draft.
template <typename Visit>
void EachSubtree(uint64_t end, Visit visit) {
  for (uint64_t e = 0; e <= end; ++e) {
    for (uint64_t s = 0; s <= e; ++s) {
      if (IsValidSubtree({s, e})) visit(Subtree{s, e});
    }
  }
}

std::string Lines(std::string_view name) {
  const CachedTree tree;
  std::string out;
  if (name == "subtree_hashes") {
    EachSubtree(kLargest, [&](const Subtree& s) { out += Line(Interval(s), {*SubtreeHash(tree, s)}); });
  } else if (name == "subtree_inclusion_proofs") {
    EachSubtree(kLargest, [&](const Subtree& s) {
      for (uint64_t i = s.start; i < s.end; ++i) {
        out += Line(std::to_string(i) + " " + Interval(s), *SubtreeInclusionProof(tree, i, s));
      }
    });
  } else if (name == "subtree_consistency_proofs") {
    for (uint64_t n = 0; n <= kLargest; ++n) {
      EachSubtree(n, [&](const Subtree& s) {
        out += Line(Interval(s) + " " + std::to_string(n), *SubtreeConsistencyProof(tree, s, n));
      });
    }
  } else if (name == "covering_subtrees") {
    for (uint64_t end = 0; end <= kLargest; ++end) {
      for (uint64_t start = 0; start <= end; ++start) {
        const auto [left, right] = CoveringSubtrees(start, end);
        out += Interval(left) + " " + Interval(right) + "\n";
      }
    }
  }
  return out;
}

TEST_P(AccumulatedVectors, HashOfAllLines) {
  const std::string_view name = doubles::Text(Case().value, "name");
  EXPECT_EQ(HexEncode(Sha256(AsBytes(Lines(name)))), doubles::Text(Case().value, "sha256")) << name;
}

SPOR_VECTOR_SUITE(AccumulatedVectors);

}  // namespace
}  // namespace spor::ledger
