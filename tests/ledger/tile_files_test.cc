// SPDX-License-Identifier: Apache-2.0
#include "ledger/tile_files.h"

#include <gtest/gtest.h>

#include <map>

#include "crypto/hash.h"
#include "ledger/tile_reader.h"
#include "ledger/tiles.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::MemoryStore;
using doubles::TestLog;
using Kind = TilePath::Kind;

// RFC 6962, 2.1, straight from the text: the slow twin.
Hash32 TreeHash(const std::vector<Hash32>& leaves, size_t begin, size_t end) {
  if (begin == end) return Sha256(ByteView());
  if (end - begin == 1) return leaves[begin];
  size_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  Bytes node = {1};
  Append(node, TreeHash(leaves, begin, begin + split));
  Append(node, TreeHash(leaves, begin + split, end));
  return Sha256(node);
}

Hash32 Leaf(uint64_t n) { return LeafHash(AsBytes("leaf " + std::to_string(n))); }

// A real log of 600 entries and more.
class TileFilesTest : public testing::Test {
 protected:
  TileFilesTest() {
    EXPECT_TRUE(log_.Create(store_, {log_.CreateOp(1, {0, kNotStarted}), log_.CreateOp(2, {0, 20500})}).ok());
    auto opened = log_.Open(store_);
    EXPECT_TRUE(opened.ok());
    ledger_ = std::move(*opened);
    for (uint32_t n = 0; ledger_->size() < 600; ++n) {
      Proposal proposal;
      for (uint32_t i = 0; i <= n % 23; ++i) proposal.entries.push_back(log_.Event(std::to_string(n), 1, 2));
      EXPECT_TRUE(ledger_->Submit(std::move(proposal)).ok());
    }
    const Status scanned = ledger_->reader().Scan(0, ledger_->size(), [&](uint64_t, ByteView bytes) {
      entries_.push_back(ToBytes(bytes));
      leaves_.push_back(LeafHash(bytes));
      return true;
    });
    EXPECT_TRUE(scanned.ok());
  }

  // Every file of the tree of `size` entries, by its path.
  std::map<std::string, Bytes> Files(uint64_t size) const {
    const TileFiles files(store_, ledger_->nodes());
    std::map<std::string, Bytes> found;
    const Status visited = ForEachTile(size, [&](const TilePath& path) -> Status {
      ASSIGN_OR_RETURN(found[FormatTilePath(path)], files.Read(path, size));
      return OkStatus();
    });
    EXPECT_TRUE(visited.ok()) << visited.message();
    EXPECT_EQ(found.size(), CountTiles(size));
    return found;
  }
  Checkpoint At(uint64_t size) const { return {TestLog::kOrigin, size, TreeHash(leaves_, 0, size)}; }
  static TileReader::Fetch From(const std::map<std::string, Bytes>& files) {
    return [&files](const TilePath& path) -> Result<Bytes> {
      const auto found = files.find(FormatTilePath(path));
      if (found == files.end()) return Status(Code::kNotFound, "no such file");
      return found->second;
    };
  }
  // Reads everything; the first thing that is wrong.
  static Status ReadAll(const Checkpoint& checkpoint, const std::map<std::string, Bytes>& files) {
    ASSIGN_OR_RETURN(const TileReader reader, TileReader::Open(checkpoint, From(files)));
    return ForEachTile(checkpoint.size, [&](const TilePath& path) { return reader.Read(path).status(); });
  }

  MemoryStore store_;
  TestLog log_;
  std::unique_ptr<Ledger> ledger_;
  std::vector<Bytes> entries_;
  std::vector<Hash32> leaves_;
};

TEST_F(TileFilesTest, EverySizeGivesItsEntriesAndItsRoot) {
  for (uint64_t size = 0; size <= 600; ++size) {
    const std::map<std::string, Bytes> files = Files(size);
    const auto reader = TileReader::Open(At(size), From(files));
    ASSERT_TRUE(reader.ok()) << size << ": " << reader.error().message();
    std::vector<Bytes> read;
    for (uint64_t bundle = 0; bundle * 256 < size; ++bundle) {
      const auto entries = reader->Bundle(bundle);
      ASSERT_TRUE(entries.ok()) << size;
      read.insert(read.end(), entries->begin(), entries->end());
    }
    ASSERT_EQ(read, std::vector<Bytes>(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(size)));
    if (size > 0) {
      ASSERT_EQ(*reader->Node(0, size - 1), leaves_[size - 1]);
      ASSERT_EQ(*RootAt(*reader, size / 2 + 1), TreeHash(leaves_, 0, size / 2 + 1)) << size;
    }
  }
}

TEST_F(TileFilesTest, ThePartialTilesOfEarlierSizesStay) {
  const TileFiles files(store_, ledger_->nodes());
  for (uint16_t width = 1; width <= 255; ++width) {
    const auto tile = files.Read({Kind::kHashes, 0, 1, width}, 600);
    const auto bundle = files.Read({Kind::kEntries, 0, 1, width}, 600);
    ASSERT_TRUE(tile.ok() && bundle.ok());
    EXPECT_EQ(tile->size(), width * 32u);
    EXPECT_EQ(ParseEntryBundle(*bundle)->size(), width);
  }
  EXPECT_EQ(files.Read({Kind::kHashes, 1, 0, 1}, 600)->size(), 32u);
}

TEST_F(TileFilesTest, NothingBeyondTheSizeAskedForIsMade) {
  const TileFiles files(store_, ledger_->nodes());
  const auto code = [&](Kind kind, uint8_t level, uint64_t index, uint16_t width, uint64_t size) {
    return files.Read({kind, level, index, width}, size).status().code();
  };
  EXPECT_EQ(code(Kind::kHashes, 0, 1, 88, 344), Code::kOk);
  EXPECT_EQ(code(Kind::kHashes, 0, 1, 89, 344), Code::kNotFound);
  EXPECT_EQ(code(Kind::kHashes, 0, 1, 256, 344), Code::kNotFound);
  EXPECT_EQ(code(Kind::kEntries, 0, 1, 89, 344), Code::kNotFound);
  EXPECT_EQ(code(Kind::kEntries, 0, 2, 1, 512), Code::kNotFound);
  EXPECT_EQ(code(Kind::kHashes, 1, 0, 1, 255), Code::kNotFound);
  EXPECT_EQ(code(Kind::kHashes, 1, 0, 2, 511), Code::kNotFound);
  EXPECT_EQ(code(Kind::kHashes, 1, 0, 2, 512), Code::kOk);
  EXPECT_EQ(code(Kind::kHashes, 8, 0, 1, 600), Code::kNotFound);
  EXPECT_EQ(code(Kind::kHashes, 63, 0, 1, 600), Code::kNotFound);
  EXPECT_EQ(code(Kind::kHashes, 0, uint64_t{1} << 60, 1, 600), Code::kNotFound);
}

TEST_F(TileFilesTest, AChangedByteOfAnyFileIsNoticed) {
  const uint64_t size = 530;
  const std::map<std::string, Bytes> good = Files(size);
  ASSERT_TRUE(ReadAll(At(size), good).ok());
  for (const auto& [name, bytes] : good) {
    for (size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 40) {
      std::map<std::string, Bytes> bad = good;
      bad[name][at] ^= 1;
      EXPECT_EQ(ReadAll(At(size), bad).code(), Code::kFailed) << name << " " << at;
    }
    for (const bool longer : {false, true}) {
      std::map<std::string, Bytes> bad = good;
      bad[name].resize(longer ? bytes.size() + 1 : bytes.size() - 1);
      EXPECT_EQ(ReadAll(At(size), bad).code(), Code::kFailed) << name << (longer ? " longer" : " shorter");
    }
    std::map<std::string, Bytes> without = good;
    without.erase(name);
    EXPECT_EQ(ReadAll(At(size), without).code(), Code::kNotFound) << name;
  }
  Checkpoint other = At(size);
  other.root[0] ^= 1;
  EXPECT_EQ(ReadAll(other, good).code(), Code::kFailed);
}

TEST_F(TileFilesTest, TheReaderKnowsItsSize) {
  const std::map<std::string, Bytes> files = Files(300);
  const auto reader = TileReader::Open(At(300), From(files));
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->Node(0, 300).error().code(), Code::kNotFound);
  EXPECT_EQ(reader->Node(8, 1).error().code(), Code::kNotFound);
  EXPECT_EQ(reader->Read({Kind::kHashes, 0, 1, 43}).error().code(), Code::kNotFound);
  EXPECT_EQ(reader->Read({Kind::kHashes, 0, 2, 1}).error().code(), Code::kNotFound);
  EXPECT_EQ(reader->Bundle(2).error().code(), Code::kNotFound);
}

// Three levels of tiles, of leaves alone.
TEST(TileFilesDeepTest, TilesAboveTilesGiveTheRoot) {
  MemoryStore store;
  TileTree tree(store);
  ASSERT_TRUE(tree.Load(0, {}).ok());
  std::vector<Hash32> leaves;
  CompactTree compact;
  for (const uint64_t size : {65535u, 65536u, 65537u, 65793u, 131072u + 513u}) {
    std::vector<Hash32> more;
    while (leaves.size() < size) {
      more.push_back(Leaf(leaves.size()));
      leaves.push_back(more.back());
      compact.Add(more.back());
    }
    Batch batch;
    tree.Stage(more, batch);
    ASSERT_TRUE(store.Write(batch, Durability::kSynced).ok());
    tree.Commit();
    const TileFiles files(store, tree);
    const auto reader = TileReader::Open({TestLog::kOrigin, size, compact.Root()},
                                         [&](const TilePath& path) { return files.Read(path, size); });
    ASSERT_TRUE(reader.ok()) << size << ": " << reader.error().message();
    const Status read = ForEachTile(size, [&](const TilePath& path) {
      return path.kind == Kind::kHashes ? reader->Read(path).status() : OkStatus();
    });
    EXPECT_TRUE(read.ok()) << size << ": " << read.message();
    EXPECT_EQ(*reader->Node(0, size - 1), leaves.back());
  }
}

TEST(TileFilesListTest, EveryFileComesAfterTheOneThatVouchesForIt) {
  std::vector<std::string> names;
  ASSERT_TRUE(ForEachTile(70000, [&](const TilePath& path) {
                names.push_back(FormatTilePath(path));
                return OkStatus();
              }).ok());
  EXPECT_EQ(names.size(), CountTiles(70000));
  EXPECT_EQ(names.size(), 1u + 2u + 274u + 274u);
  EXPECT_EQ(names[0], "tile/2/000.p/1");
  EXPECT_EQ(names[1], "tile/1/000");
  EXPECT_EQ(names[2], "tile/1/001.p/17");
  EXPECT_EQ(names[3], "tile/0/000");
  EXPECT_EQ(names[276], "tile/0/273.p/112");
  EXPECT_EQ(names[277], "tile/entries/000");
  EXPECT_EQ(names.back(), "tile/entries/273.p/112");
  EXPECT_EQ(CountTiles(0), 0u);
  EXPECT_EQ(CountTiles(256), 3u);
}

}  // namespace
}  // namespace spor::ledger
