// SPDX-License-Identifier: Apache-2.0
#include "ledger/fsck_chunks.h"

#include <algorithm>

#include "ledger/tiles.h"

namespace spor::ledger {
namespace {

constexpr uint64_t kTile = TileTree::kTileWidth;

ByteView BytesOf(const Hash32* hashes) { return {hashes->data(), kTile * sizeof(Hash32)}; }

// Root of a full tile.
Hash32 Fold(const Hash32* hashes, size_t count) {
  if (count == 2) return NodeHash(hashes[0], hashes[1]);
  return NodeHash(Fold(hashes, count / 2), Fold(hashes + count / 2, count / 2));
}

}  // namespace

Result<LogChunk> ChunkReader::Read(uint64_t number) {
  LogChunk chunk;
  chunk.begin = number * LogChunk::kEntries;
  chunk.end = chunk.begin + std::min(LogChunk::kEntries, size_ - chunk.begin);
  Kept* kept = nullptr;
  {
    MutexLock lock(mutex_);
    if (kept_.size() <= number) kept_.resize(number + 1);
    kept = &kept_[number];
  }
  std::vector<Hash32> leaves;
  leaves.reserve(LogChunk::kEntries);
  RETURN_IF_ERROR(ReadEntries(chunk, kept->sections, leaves));
  kept->sections.ShrinkToFit();
  RETURN_IF_ERROR(CheckTiles(chunk.begin / kTile, leaves, kept->tile_roots));
  chunk.end = chunk.begin + leaves.size();
  return chunk;
}

uint64_t ChunkReader::sections() const {
  uint64_t sum = 0;
  for (const Kept& kept : kept_) sum += kept.sections.sections();
  return sum;
}

std::optional<uint64_t> ChunkReader::SectionRoot(uint64_t entry, uint8_t section) const {
  const uint64_t number = entry / LogChunk::kEntries;
  if (number >= kept_.size()) return std::nullopt;
  return kept_[number].sections.Root(entry % LogChunk::kEntries, section);
}

Status ChunkReader::ReadEntries(LogChunk& chunk, SectionTable& sections, std::vector<Hash32>& leaves) {
  const auto visit = [&](uint64_t index, ByteView bytes) {
    const auto damaged = [&](const std::string& what) {
      damage_.Note(index, FirstDamage::Kind::kEntry, "entry " + std::to_string(index) + ": " + what);
      return false;
    };
    const Result<EntryView> view = ViewEntry(bytes);
    if (!view.ok()) return damaged(view.error().message());
    if (leaves.empty()) chunk.first_time = chunk.last_time = view->time_s;
    if (view->time_s < chunk.last_time) return damaged("its time is before that of the entry before it");
    if (view->kind != EntryKind::kEvent) {
      Result<Entry> entry = ParseEntry(bytes);
      if (!entry.ok()) return damaged(entry.error().message());
      chunk.statements.emplace_back(index, std::move(*entry));
    }
    chunk.last_time = view->time_s;
    sections.Add(view->sections);
    leaves.push_back(LeafHash(bytes));
    return true;
  };
  const Status scanned = LogReader(store_).Scan(chunk.begin, chunk.end, visit);
  if (scanned.code() != Code::kCorrupt) return scanned;
  damage_.Note(chunk.begin + leaves.size(), FirstDamage::Kind::kEntry, scanned.message());
  return OkStatus();
}

void ChunkReader::Damaged(uint8_t level, uint64_t tile) const {
  const uint64_t last = ((tile + 1) << (8 * (level + 1))) - 1;
  damage_.Note(last, FirstDamage::Kind::kTile,
               "entry " + std::to_string(last) + ": a tile that ends here does not match the entries");
}

Status ChunkReader::CheckTiles(uint64_t first_tile, const std::vector<Hash32>& leaves, std::vector<Hash32>& roots) {
  const uint64_t tiles = leaves.size() / kTile;
  uint64_t good = 0;
  const auto compare = [&](ByteView key, ByteView row) {
    const bool same =
        PublicEquals(key, TileKey(0, first_tile + good)) && PublicEquals(row, BytesOf(&leaves[good * kTile]));
    good += same ? 1 : 0;
    return same;
  };
  const Status scanned = store_.Scan(Family::kTile, TileKey(0, first_tile), TileKey(0, first_tile + tiles), compare);
  if (!scanned.ok() && scanned.code() != Code::kCorrupt) return scanned;
  if (good < tiles) Damaged(0, first_tile + good);
  for (uint64_t i = 0; i < tiles; ++i) roots.push_back(Fold(&leaves[i * kTile], kTile));
  return OkStatus();
}

Result<uint64_t> ChunkReader::CheckUpperTiles() const {
  std::vector<Hash32> below;
  for (const Kept& kept : kept_) below.insert(below.end(), kept.tile_roots.begin(), kept.tile_roots.end());
  uint64_t tiles = below.size();
  RETURN_IF_ERROR(CheckNothingBehind(0, tiles));
  for (uint8_t level = 1; level < 8; ++level) {
    std::vector<Hash32> roots;
    for (uint64_t tile = 0; tile < below.size() / kTile; ++tile) {
      const Result<std::optional<Bytes>> row = store_.Get(Family::kTile, TileKey(level, tile));
      if (!row.ok() && row.error().code() != Code::kCorrupt) return row.error();
      if (!row.ok() || !*row || !PublicEquals(**row, BytesOf(&below[tile * kTile]))) Damaged(level, tile);
      roots.push_back(Fold(&below[tile * kTile], kTile));
    }
    RETURN_IF_ERROR(CheckNothingBehind(level, roots.size()));
    tiles += roots.size();
    below = std::move(roots);
  }
  return tiles;
}

Status ChunkReader::CheckNothingBehind(uint8_t level, uint64_t tiles) const {
  const Bytes end = level < 7 ? TileKey(level + 1, 0) : Bytes();
  return store_.Scan(Family::kTile, TileKey(level, tiles), end, [&](ByteView, ByteView) {
    damage_.Note(kNoEntry, FirstDamage::Kind::kTile, "tiles: there are some behind the end of the log");
    return false;
  });
}

}  // namespace spor::ledger
