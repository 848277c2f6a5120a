// SPDX-License-Identifier: Apache-2.0
#include "ledger/tile_reader.h"

namespace spor::ledger {
namespace {

constexpr uint8_t kLevels = 8;

Status Differs(const TilePath& path) {
  return Status(Code::kFailed, FormatTilePath(path) + " is not what the checkpoint's root says");
}

Hash32 Fold(const Hash32* hashes, size_t count) {
  if (count == 1) return hashes[0];
  return NodeHash(Fold(hashes, count / 2), Fold(hashes + count / 2, count / 2));
}

}  // namespace

Result<TileReader> TileReader::Open(const Checkpoint& checkpoint, Fetch fetch) {
  TileReader reader(checkpoint.size, std::move(fetch));
  for (uint8_t level = 0; level < kLevels; ++level) {
    const uint64_t hashes = checkpoint.size >> (8 * level);
    const TilePath path{TilePath::Kind::kHashes, level, hashes / kTileWidth,
                        static_cast<uint16_t>(hashes % kTileWidth)};
    if (path.width == 0) continue;
    ASSIGN_OR_RETURN(reader.edge_[level], reader.FetchTile(path));
  }
  // Full tiles are not needed for it: each is one hash of a tile above.
  ASSIGN_OR_RETURN(const Hash32 root, RootAt(reader, checkpoint.size));
  if (root != checkpoint.root) {
    return Status(Code::kFailed, "the tiles at the end of the log do not give the checkpoint's root");
  }
  return reader;
}

Result<TileReader::Tile> TileReader::FetchTile(const TilePath& path) const {
  ASSIGN_OR_RETURN(const Bytes bytes, fetch_(path));
  if (bytes.size() != size_t{path.width} * sizeof(Hash32)) return Differs(path);
  Tile tile(path.width);
  for (size_t i = 0; i < tile.size(); ++i) {
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * sizeof(Hash32)), sizeof(Hash32), tile[i].begin());
  }
  return tile;
}

Result<const TileReader::Tile*> TileReader::TileAt(uint8_t level, uint64_t index) const {
  const TilePath path{TilePath::Kind::kHashes, level, index, TileWidthAt(level, index, size_)};
  if (path.width == 0) return Status(Code::kNotFound, "the log is not that long");
  if (path.width < kTileWidth) return &edge_.at(level);
  const auto known = last_.find(level);
  if (known != last_.end() && known->second.first == index) return &known->second.second;
  ASSIGN_OR_RETURN(const Tile* above, TileAt(static_cast<uint8_t>(level + 1), index / kTileWidth));
  ASSIGN_OR_RETURN(Tile tile, FetchTile(path));
  if (Fold(tile.data(), tile.size()) != (*above)[index % kTileWidth]) return Differs(path);
  std::pair<uint64_t, Tile>& kept = last_[level];
  kept = {index, std::move(tile)};
  return &kept.second;
}

Result<Hash32> TileReader::Node(uint32_t level, uint64_t index) const {
  const uint64_t first = index << (level % 8);
  const size_t count = size_t{1} << (level % 8);
  ASSIGN_OR_RETURN(const Tile* tile, TileAt(static_cast<uint8_t>(level / 8), first / kTileWidth));
  const size_t offset = first % kTileWidth;
  if (offset + count > tile->size()) return Status(Code::kNotFound, "the log is not that long");
  return Fold(tile->data() + offset, count);
}

Result<Bytes> TileReader::Read(const TilePath& path) const {
  if (path.width == 0 || path.width != TileWidthAt(path.level, path.index, size_)) {
    return Status(Code::kNotFound, "a log of " + std::to_string(size_) + " entries has no such file");
  }
  if (path.kind == TilePath::Kind::kHashes) {
    ASSIGN_OR_RETURN(const Tile* tile, TileAt(path.level, path.index));
    Bytes bytes;
    bytes.reserve(tile->size() * sizeof(Hash32));
    for (const Hash32& hash : *tile) Append(bytes, hash);
    return bytes;
  }
  // Its leaves first: what is wrong is then always the file that was fetched last.
  ASSIGN_OR_RETURN(const Tile* leaves, TileAt(0, path.index));
  ASSIGN_OR_RETURN(Bytes bytes, fetch_(path));
  const Result<std::vector<Bytes>> entries = ParseEntryBundle(bytes);
  if (!entries.ok() || entries->size() != path.width) return Differs(path);
  for (size_t i = 0; i < entries->size(); ++i) {
    if (LeafHash((*entries)[i]) != (*leaves)[i]) return Differs(path);
  }
  return bytes;
}

Result<std::vector<Bytes>> TileReader::Bundle(uint64_t index) const {
  ASSIGN_OR_RETURN(const Bytes bytes, Read({TilePath::Kind::kEntries, 0, index, TileWidthAt(0, index, size_)}));
  return ParseEntryBundle(bytes);
}

}  // namespace spor::ledger
