// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/bytes.h"

// C2SP tlog-tiles: names of tiles and entry bundles, and the bytes of a bundle; docs/formats/tiles.md.
namespace spor::ledger {

inline constexpr uint64_t kTileWidth = 256;
inline constexpr uint8_t kMaxTileLevel = 63;

struct TilePath {
  enum class Kind { kHashes, kEntries };
  Kind kind = Kind::kHashes;
  uint8_t level = 0;  // 0 for entries
  uint64_t index = 0;
  uint16_t width = kTileWidth;  // 1 to 255: a partial tile
  bool operator==(const TilePath&) const = default;
};
// "tile/0/x001/234.p/7", "tile/entries/000". CHECKs level and width.
std::string FormatTilePath(const TilePath& path);
// kInvalidArgument for anything that FormatTilePath() would not write.
Result<TilePath> ParseTilePath(std::string_view path);

// How wide tile `index` of `level` is in a tree of `size` entries: 256, 1 to 255 at the right edge, or 0 beyond it.
uint16_t TileWidthAt(uint8_t level, uint64_t index, uint64_t size);

// Where the node (level, index) of the tree (ledger/merkle.h) lies: the root of 2^height hashes of a tile, from
// `first` on.
struct TileNode {
  uint8_t tile_level = 0;
  uint64_t tile_index = 0;
  uint8_t height = 0;  // 0 to 7
  uint8_t first = 0;
};
// `level` is at most 8 * kMaxTileLevel + 7.
TileNode TileOfNode(uint32_t level, uint64_t index);

// Up to 256 entries, each behind its length in two bytes. CHECKs both limits.
Bytes EncodeEntryBundle(const std::vector<Bytes>& entries);
// kInvalidArgument if it is cut short or holds more than 256 entries. No bytes are no entries, which no log serves.
Result<std::vector<Bytes>> ParseEntryBundle(ByteView bundle);

}  // namespace spor::ledger
