// SPDX-License-Identifier: Apache-2.0
#include "ledger/tile_files.h"

#include "ledger/tiles.h"

namespace spor::ledger {
namespace {

// A tree of 2^64 entries has eight levels.
constexpr uint8_t kLevels = 8;

uint64_t HashesAt(uint64_t size, uint8_t level) { return level < kLevels ? size >> (8 * level) : 0; }

}  // namespace

bool TreeHolds(uint64_t size, const TilePath& path) {
  return path.width > 0 && path.width <= TileWidthAt(path.level, path.index, size);
}

Status ForEachTile(uint64_t size, const std::function<Status(const TilePath&)>& visitor) {
  const auto level_of = [&](TilePath::Kind kind, uint8_t level) -> Status {
    for (uint64_t index = 0; TileWidthAt(level, index, size) > 0; ++index) {
      RETURN_IF_ERROR(visitor({kind, level, index, TileWidthAt(level, index, size)}));
    }
    return OkStatus();
  };
  for (uint8_t level = kLevels; level-- > 0;) RETURN_IF_ERROR(level_of(TilePath::Kind::kHashes, level));
  return level_of(TilePath::Kind::kEntries, 0);
}

uint64_t CountTiles(uint64_t size) {
  const auto at = [&](uint8_t level) {
    return HashesAt(size, level) / kTileWidth + (HashesAt(size, level) % kTileWidth != 0 ? 1 : 0);
  };
  uint64_t count = at(0);  // bundles
  for (uint8_t level = 0; level < kLevels; ++level) count += at(level);
  return count;
}

Result<Bytes> TileFiles::Read(const TilePath& path, uint64_t size) const {
  if (!TreeHolds(size, path)) {
    return Status(Code::kNotFound, "the log of " + std::to_string(size) + " entries has no " + FormatTilePath(path));
  }
  return path.kind == TilePath::Kind::kEntries ? Entries(path) : Hashes(path);
}

Result<Bytes> TileFiles::Hashes(const TilePath& path) const {
  const size_t bytes = size_t{path.width} * sizeof(Hash32);
  ASSIGN_OR_RETURN(std::optional<Bytes> row, store_.Get(Family::kTile, TileKey(path.level, path.index)));
  if (row) {
    if (row->size() < bytes) return Status(Code::kCorrupt, "a tile of the log is too short");
    row->resize(bytes);
    return std::move(*row);
  }
  // A tile that is still growing: its hashes are known, but not yet a row.
  Bytes out;
  out.reserve(bytes);
  for (uint64_t i = 0; i < path.width; ++i) {
    ASSIGN_OR_RETURN(const Hash32 hash, nodes_.Node(8 * uint32_t{path.level}, path.index * kTileWidth + i));
    Append(out, hash);
  }
  return out;
}

Result<Bytes> TileFiles::Entries(const TilePath& path) const {
  std::vector<Bytes> entries;
  entries.reserve(path.width);
  const uint64_t begin = path.index * kTileWidth;
  RETURN_IF_ERROR(LogReader(store_).Scan(begin, begin + path.width, [&](uint64_t, ByteView bytes) {
    entries.push_back(ToBytes(bytes));
    return true;
  }));
  return EncodeEntryBundle(entries);
}

}  // namespace spor::ledger
