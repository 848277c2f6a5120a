// SPDX-License-Identifier: Apache-2.0
#include "ledger/tiles.h"

#include <bit>

#include "crypto/codec.h"

namespace spor::ledger {
namespace {

// Root over a power-of-two number of hashes.
Hash32 FoldPair(const Hash32* hashes, size_t count) {
  if (count == 1) return hashes[0];
  return NodeHash(FoldPair(hashes, count / 2), FoldPair(hashes + count / 2, count / 2));
}

Result<std::vector<Hash32>> ParseTile(ByteView row) {
  if (row.size() != kTileWidth * 32) return Status(Code::kCorrupt, "a tile has another size than 256 hashes");
  std::vector<Hash32> hashes(kTileWidth);
  for (size_t i = 0; i < hashes.size(); ++i)
    std::copy_n(row.begin() + 32 * static_cast<std::ptrdiff_t>(i), 32, hashes[i].begin());
  return hashes;
}

}  // namespace

Bytes TileKey(uint8_t level, uint64_t tile) { return Writer().U8(level).U64(tile).Take(); }

Status TileTree::Load(uint64_t size, const std::vector<Hash32>& leaves) {
  CHECK(leaves.size() == size % kTileWidth);
  auto edge = std::make_shared<Edge>();
  edge->size = size;
  edge->partial.push_back(leaves);
  uint64_t full = size / kTileWidth;  // full tiles at the level below
  for (uint8_t level = 0; full > 0; ++level, full /= kTileWidth) {
    std::vector<Hash32> above;
    for (uint64_t tile = full / kTileWidth * kTileWidth; tile < full; ++tile) {
      ASSIGN_OR_RETURN(const std::optional<Bytes> row, store_.Get(Family::kTile, TileKey(level, tile)));
      if (!row) return Status(Code::kCorrupt, "a tile of the log is missing");
      ASSIGN_OR_RETURN(const std::vector<Hash32> hashes, ParseTile(*row));
      above.push_back(FoldPair(hashes.data(), kTileWidth));
    }
    edge->partial.push_back(std::move(above));
  }
  MutexLock lock(mutex_);
  committed_ = edge;
  staged_ = nullptr;
  return OkStatus();
}

void TileTree::Push(Edge& edge, size_t level, const Hash32& hash, Batch& batch) {
  if (edge.partial.size() <= level) edge.partial.resize(level + 1);
  std::vector<Hash32>& tile = edge.partial[level];
  tile.push_back(hash);
  if (tile.size() < kTileWidth) return;
  Bytes row;
  row.reserve(kTileWidth * 32);
  for (const Hash32& h : tile) Append(row, h);
  const uint64_t index = (edge.size >> (8 * (level + 1))) - 1;
  batch.Put(Family::kTile, TileKey(static_cast<uint8_t>(level), index), std::move(row));
  const Hash32 root = FoldPair(tile.data(), kTileWidth);
  tile.clear();
  Push(edge, level + 1, root, batch);
}

void TileTree::Stage(const std::vector<Hash32>& leaves, Batch& batch) {
  if (staged_ == nullptr) staged_ = std::make_shared<Edge>(*Committed());
  for (const Hash32& leaf : leaves) {
    ++staged_->size;
    Push(*staged_, 0, leaf, batch);
  }
}

void TileTree::Commit() {
  if (staged_ == nullptr) return;
  MutexLock lock(mutex_);
  committed_ = std::move(staged_);
  staged_ = nullptr;
}

const Hash32 TileTree::StagedRoot() const {
  const std::shared_ptr<const Edge> committed = Committed();
  const Edge& edge = staged_ ? *staged_ : *committed;
  std::optional<Hash32> root;
  for (const std::vector<Hash32>& tile : edge.partial) {
    size_t end = tile.size();
    while (end > 0) {
      const size_t take = size_t{1} << std::countr_zero(end);
      const Hash32 part = FoldPair(tile.data() + end - take, take);
      root = root ? NodeHash(part, *root) : part;
      end -= take;
    }
  }
  return root.value_or(EmptyRoot());
}

Result<Hash32> TileTree::Node(uint32_t level, uint64_t index) const {
  if (level >= 56) return Status(Code::kNotFound, "the log is not that long");
  const std::shared_ptr<const Edge> edge = Committed();
  const TileNode node = TileOfNode(level, index);
  const size_t count = size_t{1} << node.height;
  const uint64_t full = edge->size >> (8 * (node.tile_level + 1));
  if (node.tile_index < full) {
    ASSIGN_OR_RETURN(const std::optional<Bytes> row,
                     store_.Get(Family::kTile, TileKey(node.tile_level, node.tile_index)));
    if (!row) return Status(Code::kCorrupt, "a tile of the log is missing");
    ASSIGN_OR_RETURN(const std::vector<Hash32> hashes, ParseTile(*row));
    return FoldPair(hashes.data() + node.first, count);
  }
  if (node.tile_index > full || node.tile_level >= edge->partial.size() ||
      node.first + count > edge->partial[node.tile_level].size()) {
    return Status(Code::kNotFound, "the log is not that long");
  }
  return FoldPair(edge->partial[node.tile_level].data() + node.first, count);
}

}  // namespace spor::ledger
