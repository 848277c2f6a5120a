// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/tile_path.h"
#include "tests/doubles/vector_suite.h"

namespace spor::ledger {
namespace {

using doubles::NamedCase;
using doubles::Text;
using Kind = TilePath::Kind;

class TilePathVectors : public doubles::VectorTest<TilePathVectors> {
 public:
  static constexpr const char* kName = "tiles/paths";
  static constexpr size_t kMinimum = 49;

  // Two examples of the specification hold several tile levels; each level is a case.
  struct PathCase {
    std::string section;
    simdjson::dom::element value;
    std::string level{};
  };
  static const std::vector<PathCase>& Cases() {
    static const std::vector<PathCase> cases = [] {
      std::vector<PathCase> out;
      for (const NamedCase& each : doubles::JsonCases(
               "tlog/tiles/paths.json", {"tile_path", "entries_path", "entries_path_for_log_index", "parse_ok",
                                         "parse_error", "node_to_tile", "bundle_parse", "spec_examples"})) {
        if (each.section != "spec_examples") {
          out.push_back({each.section, each.value});
          continue;
        }
        for (const auto& level : simdjson::dom::object(each.value["expect"])) {
          out.push_back({each.section, each.value, std::string(level.key)});
        }
      }
      return out;
    }();
    return cases;
  }

 protected:
  uint64_t Number(std::string_view key) const { return uint64_t{Case().value[key]}; }
  // Theirs is 0 for a full tile.
  uint16_t Width(std::string_view key) const {
    const uint64_t partial = Number(key);
    return partial == 0 ? kTileWidth : static_cast<uint16_t>(partial);
  }
  void ExpectPath(const TilePath& path) const {
    EXPECT_EQ(FormatTilePath(path), Text(Case().value, "path"));
    const Result<TilePath> parsed = ParseTilePath(Text(Case().value, "path"));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, path);
  }
  std::string JoinedPath() const {
    return "tile/" + std::string(Text(Case().value, "level")) + "/" + std::string(Text(Case().value, "path"));
  }
  void CheckBundle() const;
  void CheckSpecExample() const;
};

void TilePathVectors::CheckBundle() const {
  const Bytes bundle = doubles::FromHex(Text(Case().value, "hex"));
  const Result<std::vector<Bytes>> parsed = ParseEntryBundle(bundle);
  ASSERT_EQ(parsed.ok(), bool{Case().value["ok"]}) << Text(Case().value, "desc");
  simdjson::dom::array entries;
  if (!parsed.ok() || Case().value["entries"].get(entries) != simdjson::SUCCESS) return;
  std::vector<Bytes> expected;
  for (simdjson::dom::element hex : entries) expected.push_back(doubles::FromHex(std::string_view(hex)));
  EXPECT_EQ(*parsed, expected);
  EXPECT_EQ(EncodeEntryBundle(expected), bundle);
}

void TilePathVectors::CheckSpecExample() const {
  const auto level = static_cast<uint8_t>(std::stoul(Case().level));
  const simdjson::dom::element expect = Case().value["expect"][Case().level];
  const uint64_t full{expect["full"]};
  if (full > 0) {
    EXPECT_EQ(TileWidthAt(level, full - 1, Number("size")), kTileWidth);
  }
  EXPECT_EQ(TileWidthAt(level, full, Number("size")), uint64_t{expect["partial"]});
  EXPECT_EQ(TileWidthAt(level, full + 1, Number("size")), 0);
}

TEST_P(TilePathVectors, AreAsTheySay) {
  const std::string& section = Case().section;
  if (section == "tile_path") {
    ExpectPath({Kind::kHashes, static_cast<uint8_t>(Number("level")), Number("index"), Width("partial")});
  } else if (section == "entries_path") {
    ExpectPath({Kind::kEntries, 0, Number("index"), Width("partial")});
  } else if (section == "entries_path_for_log_index") {
    const uint64_t index = Number("seq") / kTileWidth;
    ExpectPath({Kind::kEntries, 0, index, TileWidthAt(0, index, Number("log_size"))});
  } else if (section == "parse_ok") {
    const Result<TilePath> parsed = ParseTilePath(JoinedPath());
    ASSERT_TRUE(parsed.ok()) << JoinedPath();
    EXPECT_EQ(*parsed, (TilePath{Kind::kHashes, static_cast<uint8_t>(Number("want_level")), Number("want_index"),
                                 Width("want_partial")}));
  } else if (section == "parse_error") {
    EXPECT_EQ(ParseTilePath(JoinedPath()).status().code(), Code::kInvalidArgument) << JoinedPath();
  } else if (section == "node_to_tile") {
    const TileNode node = TileOfNode(static_cast<uint32_t>(Number("tree_level")), Number("tree_index"));
    EXPECT_EQ(node.tile_level, Number("tile_level"));
    EXPECT_EQ(node.tile_index, Number("tile_index"));
    EXPECT_EQ(node.height, Number("node_level"));
    EXPECT_EQ(node.first, Number("node_index") << node.height) << "theirs counts nodes of that height";
  } else if (section == "bundle_parse") {
    CheckBundle();
  } else {
    CheckSpecExample();
  }
}

SPOR_VECTOR_SUITE(TilePathVectors);

// A log that another implementation wrote: sixteen checkpoints, and for each size a tile and an entry bundle.
struct TesseraLog {
  std::string vkey;
  Bytes seed;
  std::vector<Bytes> entries;
  std::vector<Hash32> leaves;
};
const TesseraLog& Tessera() {
  static const TesseraLog log = [] {
    TesseraLog out;
    std::istringstream lines(doubles::ReadText(doubles::VectorsPath("tlog/tessera/KEYS.txt")));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("LOG_PUBLIC_KEY=")) out.vkey = line.substr(15);
      // PRIVATE+KEY+name+hash+base64
      if (line.starts_with("LOG_PRIVATE_KEY="))
        out.seed = doubles::FromBase64(line.substr(line.find("+33d7b496+") + 10));
      if (!line.starts_with("LEAVES=")) continue;
      std::istringstream words(line.substr(7));
      for (std::string word; words >> word;) {
        out.entries.push_back(ToBytes(AsBytes(word)));
        out.leaves.push_back(LeafHash(AsBytes(word)));
      }
    }
    return out;
  }();
  return log;
}

class TesseraVectors : public doubles::VectorTest<TesseraVectors> {
 public:
  static constexpr const char* kName = "tessera/log";
  static constexpr size_t kMinimum = 46;
  struct LogFile {
    enum class What { kCheckpoint, kTile, kBundle } what;
    uint64_t size;
  };
  static const std::vector<LogFile>& Cases() {
    static const std::vector<LogFile> cases = [] {
      std::vector<LogFile> out;
      for (uint64_t size = 0; size <= 15; ++size) {
        for (const auto what : {LogFile::What::kCheckpoint, LogFile::What::kTile, LogFile::What::kBundle}) {
          const LogFile file{what, size};
          if (std::filesystem::exists(PathOf(file))) out.push_back(file);
        }
      }
      return out;
    }();
    return cases;
  }

 protected:
  static TilePath TileOf(const LogFile& file) {
    const auto width = static_cast<uint16_t>(file.size == 0 ? kTileWidth : file.size);
    return {file.what == LogFile::What::kTile ? Kind::kHashes : Kind::kEntries, 0, 0, width};
  }
  static std::filesystem::path PathOf(const LogFile& file) {
    const std::string name = file.what == LogFile::What::kCheckpoint ? "checkpoint." + std::to_string(file.size)
                                                                     : FormatTilePath(TileOf(file));
    return doubles::VectorsPath("tlog/tessera/testdata/log/" + name);
  }
  static void CheckCheckpoint(const std::string& note, uint64_t size);
};

void TesseraVectors::CheckCheckpoint(const std::string& note, uint64_t size) {
  const Result<VerifierKey> key = ParseVerifierKey(Tessera().vkey);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(FormatVerifierKey(*key), Tessera().vkey);
  CompactTree tree;
  for (uint64_t i = 0; i < size; ++i) tree.Add(Tessera().leaves[i]);
  const Result<Checkpoint> opened = OpenCheckpoint(note, *key);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(opened->size, size);
  EXPECT_EQ(opened->root, tree.Root());
  const Signer signer(SigningKey::CopyOf(ByteView(Tessera().seed).subspan(1)));
  EXPECT_EQ(SignCheckpoint({key->name, size, tree.Root()}, signer), note) << "byte for byte";
}

TEST_P(TesseraVectors, IsWhatWeWouldWrite) {
  const std::string content = doubles::ReadText(PathOf(Case()));
  const auto n = static_cast<std::ptrdiff_t>(Case().size);
  ASSERT_GE(Tessera().entries.size(), Case().size);
  if (Case().what == LogFile::What::kCheckpoint) return CheckCheckpoint(content, Case().size);
  if (Case().what == LogFile::What::kBundle) {
    const std::vector<Bytes> entries(Tessera().entries.begin(), Tessera().entries.begin() + n);
    EXPECT_EQ(AsText(EncodeEntryBundle(entries)), content);
    EXPECT_EQ(*ParseEntryBundle(AsBytes(content)), entries);
    return;
  }
  Bytes tile;
  for (uint64_t i = 0; i < Case().size; ++i) Append(tile, Tessera().leaves[i]);
  EXPECT_EQ(AsText(tile), content);
}

SPOR_VECTOR_SUITE(TesseraVectors);

}  // namespace
}  // namespace spor::ledger
