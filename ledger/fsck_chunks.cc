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

void NoteTile(uint8_t level, uint64_t tile, FirstDamage& damage) {
  const uint64_t last = ((tile + 1) << (8 * (level + 1))) - 1;
  damage.Note(last, FirstDamage::Kind::kTile,
              "entry " + std::to_string(last) + ": a tile that ends here does not match the entries");
}

Status CheckNothingBehind(const Store& store, uint8_t level, uint64_t tiles, FirstDamage& damage) {
  const Bytes end = level < 7 ? TileKey(static_cast<uint8_t>(level + 1), 0) : Bytes();
  return store.Scan(Family::kTile, TileKey(level, tiles), end, [&](ByteView, ByteView) {
    damage.Note(kNoEntry, FirstDamage::Kind::kTile, "tiles: there are some behind the end of the log");
    return false;
  });
}

}  // namespace

void KeptChunks::Keep(uint64_t number, SectionTable sections, std::vector<Hash32> tile_roots) {
  MutexLock lock(mutex_);
  if (kept_.size() <= number) kept_.resize(number + 1);
  kept_[number] = {std::move(sections), std::move(tile_roots)};
}

Result<uint64_t> KeptChunks::CheckUpperTiles(const Store& store, FirstDamage& damage) const {
  std::vector<Hash32> below;
  for (const Kept& kept : kept_) below.insert(below.end(), kept.tile_roots.begin(), kept.tile_roots.end());
  uint64_t tiles = below.size();
  RETURN_IF_ERROR(CheckNothingBehind(store, 0, tiles, damage));
  for (uint8_t level = 1; level < 8; ++level) {
    std::vector<Hash32> roots;
    for (uint64_t tile = 0; tile < below.size() / kTile; ++tile) {
      const Result<std::optional<Bytes>> row = store.Get(Family::kTile, TileKey(level, tile));
      if (!row.ok() && row.error().code() != Code::kCorrupt) return row.error();
      if (!row.ok() || !*row || !PublicEquals(**row, BytesOf(&below[tile * kTile]))) NoteTile(level, tile, damage);
      roots.push_back(Fold(&below[tile * kTile], kTile));
    }
    RETURN_IF_ERROR(CheckNothingBehind(store, level, roots.size(), damage));
    tiles += roots.size();
    below = std::move(roots);
  }
  return tiles;
}

uint64_t KeptChunks::sections() const {
  uint64_t sum = 0;
  for (const Kept& kept : kept_) sum += kept.sections.sections();
  return sum;
}

std::optional<uint64_t> KeptChunks::SectionRoot(uint64_t entry, uint8_t section) const {
  const uint64_t number = entry / LogChunk::kEntries;
  if (number >= kept_.size()) return std::nullopt;
  return kept_[number].sections.Root(entry % LogChunk::kEntries, section);
}

Result<LogChunk> ChunkReader::Read(uint64_t number) {
  LogChunk chunk;
  chunk.begin = number * LogChunk::kEntries;
  chunk.end = chunk.begin + std::min(LogChunk::kEntries, size_ - chunk.begin);
  leaves_.clear();
  sections_.Clear();
  RETURN_IF_ERROR(ReadEntries(chunk));
  ASSIGN_OR_RETURN(std::vector<Hash32> tile_roots, CheckTiles(chunk.begin / kTile));
  kept_.Keep(number, sections_, std::move(tile_roots));
  chunk.end = chunk.begin + leaves_.size();
  return chunk;
}

Status ChunkReader::ReadEntries(LogChunk& chunk) {
  const Status scanned = LogReader(store_).Scan(
      chunk.begin, chunk.end, [&](uint64_t index, ByteView bytes) { return Visit(index, bytes, chunk); });
  if (scanned.code() != Code::kCorrupt) return scanned;
  damage_.Note(chunk.begin + leaves_.size(), FirstDamage::Kind::kEntry, scanned.message());
  return OkStatus();
}

bool ChunkReader::Visit(uint64_t index, ByteView bytes, LogChunk& chunk) {
  const auto damaged = [&](const std::string& what) {
    damage_.Note(index, FirstDamage::Kind::kEntry, "entry " + std::to_string(index) + ": " + what);
    return false;
  };
  const Result<EntryView> view = ViewEntry(bytes);
  if (!view.ok()) return damaged(view.error().message());
  if (leaves_.empty()) chunk.first_time = chunk.last_time = view->time_s;
  if (view->time_s < chunk.last_time) return damaged("its time is before that of the entry before it");
  if (view->kind != EntryKind::kEvent) {
    Result<Entry> entry = ParseEntry(bytes);
    if (!entry.ok()) return damaged(entry.error().message());
    chunk.statements.emplace_back(index, std::move(*entry));
  }
  chunk.last_time = view->time_s;
  sections_.Add(view->sections);
  leaves_.push_back(LeafHash(bytes));
  return true;
}

Result<std::vector<Hash32>> ChunkReader::CheckTiles(uint64_t first_tile) {
  const uint64_t tiles = leaves_.size() / kTile;
  uint64_t good = 0;
  const auto compare = [&](ByteView key, ByteView row) {
    const bool same =
        PublicEquals(key, TileKey(0, first_tile + good)) && PublicEquals(row, BytesOf(&leaves_[good * kTile]));
    good += same ? 1 : 0;
    return same;
  };
  const Status scanned = store_.Scan(Family::kTile, TileKey(0, first_tile), TileKey(0, first_tile + tiles), compare);
  if (!scanned.ok() && scanned.code() != Code::kCorrupt) return scanned;
  if (good < tiles) NoteTile(0, first_tile + good, damage_);
  std::vector<Hash32> roots;
  for (uint64_t i = 0; i < tiles; ++i) roots.push_back(Fold(&leaves_[i * kTile], kTile));
  return roots;
}

}  // namespace spor::ledger
