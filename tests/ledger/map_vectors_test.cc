// SPDX-License-Identifier: Apache-2.0
#include "ledger/map.h"
#include "ledger/map_proof.h"
#include "tests/doubles/vector_suite.h"

namespace spor::ledger {
namespace {

// Hexadecimal digits; '' are no bytes.
Bytes FromHex(const std::string& text) { return text == "''" ? Bytes() : doubles::FromHex(text); }

// The lines of a file without comments; one that ends in a backslash goes on in the next.
std::vector<std::string> LinesOf(const std::string& relative) {
  std::istringstream in(doubles::ReadText(doubles::VectorsPath(relative)));
  std::vector<std::string> lines;
  std::string joined;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.pop_back();
    joined += line;
    if (goes_on) continue;
    lines.push_back(joined);
    joined.clear();
  }
  return lines;
}

class TreehashVectors : public doubles::VectorTest<TreehashVectors> {
 public:
  static constexpr const char* kName = "mpt/treehash";
  static constexpr size_t kMinimum = 16;
  struct MapCase {
    std::vector<std::pair<Bytes, Bytes>> pairs;
    std::string root;
  };
  static const std::vector<MapCase>& Cases() {
    static const std::vector<MapCase> cases = [] {
      std::vector<MapCase> out;
      MapCase next;
      for (const std::string& line : LinesOf("tlog/mpt/treehash.txt")) {
        std::istringstream words(line);
        std::string what, first, second;
        words >> what >> first >> second;
        if (what == "kv") next.pairs.emplace_back(FromHex(first), FromHex(second));
        if (what != "hash") continue;
        next.root = first;
        out.push_back(std::move(next));
        next = {};
      }
      return out;
    }();
    return cases;
  }
};

TEST_P(TreehashVectors, RootInEitherOrderAndAfterDetours) {
  Map map;
  Map backwards;
  for (auto pair = Case().pairs.rbegin(); pair != Case().pairs.rend(); ++pair) {
    backwards.Put(pair->first, pair->second);
  }
  const Bytes detour = doubles::FromHex("5a5b5c");
  map.Put(detour, {});
  for (const auto& [key, value] : Case().pairs) map.Put(key, value);
  map.Remove(detour);
  EXPECT_EQ(HexEncode(map.Root()), Case().root);
  EXPECT_EQ(HexEncode(backwards.Root()), Case().root);
  for (const auto& [key, value] : Case().pairs) {
    EXPECT_TRUE(VerifyMapProof(map.Root(), key, ByteView(value), map.Prove(key)).ok()) << HexEncode(key);
  }
  EXPECT_TRUE(VerifyMapProof(map.Root(), detour, std::nullopt, map.Prove(detour)).ok());
}

SPOR_VECTOR_SUITE(TreehashVectors);

class MapProofVectors : public doubles::VectorTest<MapProofVectors> {
 public:
  static constexpr const char* kName = "mpt/verify";
  static constexpr size_t kMinimum = 36;
  struct ProofCase {
    Hash32 root{};
    Bytes key;
    std::optional<Bytes> value;
    Bytes proof;
    bool good = false;
  };
  static const std::vector<ProofCase>& Cases() {
    static const std::vector<ProofCase> cases = [] {
      std::vector<ProofCase> out;
      ProofCase next;
      for (const std::string& line : LinesOf("tlog/mpt/verify.txt")) {
        std::istringstream words(line);
        std::string what, text;
        words >> what;
        for (std::string word; words >> word;) text += word;
        if (what == "snap") next.root = doubles::AsHash(FromHex(text));
        if (what == "key") next.key = FromHex(text);
        if (what == "val") next.value = text == "-" ? std::nullopt : std::optional(FromHex(text));
        if (what == "proof") next.proof = FromHex(text);
        if (what != "verify") continue;
        next.good = text == "true";
        out.push_back(std::move(next));
        next = {};
      }
      return out;
    }();
    return cases;
  }
};

TEST_P(MapProofVectors, VerifyAsTheySay) {
  const auto value = Case().value ? std::optional(ByteView(*Case().value)) : std::nullopt;
  const Status status = VerifyMapProof(Case().root, Case().key, value, Case().proof);
  EXPECT_EQ(status.ok(), Case().good) << status.message();
  EXPECT_TRUE(status.ok() || status.code() == Code::kFailed);
}

SPOR_VECTOR_SUITE(MapProofVectors);

}  // namespace
}  // namespace spor::ledger
