// SPDX-License-Identifier: Apache-2.0
#include "ledger/tile_path.h"

#include <gtest/gtest.h>

#include "tests/doubles/flip.h"

namespace spor::ledger {
namespace {

using Kind = TilePath::Kind;

TEST(TilePathText, RoundTrips) {
  for (const uint64_t index :
       {uint64_t{0}, uint64_t{1}, uint64_t{999}, uint64_t{1000}, uint64_t{1234067}, uint64_t{1} << 40, ~uint64_t{0}}) {
    for (const uint16_t width : {1, 9, 255, 256}) {
      for (const TilePath& path : {TilePath{Kind::kHashes, 0, index, width}, TilePath{Kind::kHashes, 63, index, width},
                                   TilePath{Kind::kEntries, 0, index, width}}) {
        const Result<TilePath> parsed = ParseTilePath(FormatTilePath(path));
        ASSERT_TRUE(parsed.ok()) << FormatTilePath(path);
        EXPECT_EQ(*parsed, path);
      }
    }
  }
  EXPECT_EQ(FormatTilePath({Kind::kHashes, 0, 1234, 7}), "tile/0/x001/234.p/7");
  EXPECT_EQ(FormatTilePath({Kind::kHashes, 2, ~uint64_t{0}, 256}), "tile/2/x018/x446/x744/x073/x709/x551/615");
}

TEST(TilePathText, DamageIsRefusedOrShows) {
  for (const char* path : {"tile/12/x123/x456/789.p/41", "tile/entries/x001/234.p/200", "tile/63/000"}) {
    doubles::EachFlippedBit(path, [](const std::string& bad, size_t bit) {
      const Result<TilePath> parsed = ParseTilePath(bad);
      if (parsed.ok()) {
        ASSERT_EQ(FormatTilePath(*parsed), bad) << "bit " << bit;
      }
    });
  }
}

TEST(TilePathText, NothingButTheCanonicalForm) {
  for (const char* bad : {"",
                          "tile",
                          "tile/",
                          "tile/0",
                          "tile/0/",
                          "/tile/0/000",
                          "tile/0/000/",
                          "tile/00/000",
                          "tile/01/000",
                          "tile/64/000",
                          "tile/-1/000",
                          "tile/ 1/000",
                          "tile/256/000",
                          "tile/0/0",
                          "tile/0/0000",
                          "tile/0/00a",
                          "tile/0/x000/001",
                          "tile/0/x001",
                          "tile/0/x001/",
                          "tile/0/001/002",
                          "tile/0/X001/002",
                          "tile/0/001.p",
                          "tile/0/001.p/",
                          "tile/0/001.p/0",
                          "tile/0/001.p/01",
                          "tile/0/001.p/256",
                          "tile/0/001.p/1.p/1",
                          "tile/0/001.p/1/",
                          "tile/0/x001.p/1/002",
                          "tile/0/x018/x446/x744/x073/x709/x551/616",
                          "tile/entries",
                          "tile/entries/",
                          "tile/entries/0/000",
                          "tile/Entries/000",
                          "entries/000",
                          "tile/0/..",
                          "tile//000"}) {
    EXPECT_EQ(ParseTilePath(bad).status().code(), Code::kInvalidArgument) << bad;
  }
}

TEST(TilePathText, WidthOfEveryTileOfSmallTrees) {
  for (uint64_t size = 0; size < 1000; ++size) {
    uint64_t entries = 0;
    for (uint64_t tile = 0; tile < 6; ++tile) entries += TileWidthAt(0, tile, size);
    ASSERT_EQ(entries, size);
    ASSERT_EQ(TileWidthAt(1, 0, size), size / 256);
  }
  EXPECT_EQ(TileWidthAt(1, 0, 65536), 256);
  EXPECT_EQ(TileWidthAt(2, 0, 65536), 1);
  EXPECT_EQ(TileWidthAt(7, 0, ~uint64_t{0}), 255);
  EXPECT_EQ(TileWidthAt(8, 0, ~uint64_t{0}), 0);
  EXPECT_EQ(TileWidthAt(63, 0, ~uint64_t{0}), 0);
  EXPECT_EQ(TileWidthAt(0, ~uint64_t{0}, ~uint64_t{0}), 0);
}

TEST(TilePathText, NodesOfTheTreeInTheirTiles) {
  // Every node over the leaves of a tile lies in that tile, from the leaf's place on.
  for (uint32_t level = 0; level < 8; ++level) {
    for (uint64_t index = 0; index < (uint64_t{1024} >> level); ++index) {
      const TileNode node = TileOfNode(level, index);
      const uint64_t leaf = index << level;
      ASSERT_EQ(node.tile_level, 0);
      ASSERT_EQ(node.height, level);
      ASSERT_EQ(node.tile_index, leaf / 256);
      ASSERT_EQ(node.first, leaf % 256);
    }
  }
  const TileNode high = TileOfNode(8 * 3 + 2, 65);
  EXPECT_EQ(high.tile_level, 3);
  EXPECT_EQ(high.height, 2);
  EXPECT_EQ(high.tile_index, 1u);
  EXPECT_EQ(high.first, 4);
}

TEST(EntryBundle, RoundTrips) {
  for (const size_t n : {0, 1, 255, 256}) {
    std::vector<Bytes> entries;
    for (size_t i = 0; i < n; ++i) entries.push_back(Bytes(i % 3 == 0 ? 0 : i, static_cast<uint8_t>(i)));
    const Result<std::vector<Bytes>> parsed = ParseEntryBundle(EncodeEntryBundle(entries));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, entries);
  }
  const std::vector<Bytes> longest = {Bytes(0xffff, 1)};
  EXPECT_EQ(*ParseEntryBundle(EncodeEntryBundle(longest)), longest);
}

TEST(EntryBundle, CutShortOrTooMany) {
  const Bytes bundle = EncodeEntryBundle({{1, 2, 3}, {4}});
  for (size_t n = 0; n < bundle.size(); ++n) {
    const bool whole = n == 0 || n == 5;
    EXPECT_EQ(ParseEntryBundle(ByteView(bundle).first(n)).ok(), whole) << n;
  }
  EXPECT_EQ(ParseEntryBundle(Bytes(2 * 256)).status().code(), Code::kOk);
  EXPECT_EQ(ParseEntryBundle(Bytes(2 * 257)).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace spor::ledger
