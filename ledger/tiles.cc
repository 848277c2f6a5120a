// SPDX-License-Identifier: Apache-2.0
#include "ledger/tiles.h"

#include <bit>

#include "crypto/codec.h"

namespace spor::ledger {
Bytes TileKey(uint8_t level, uint64_t tile) { return Writer().U8(level).U64(tile).Take(); }

void TileNodes::Push(const Hash32& hash) {
  CHECK(!full());
  nodes_[size_] = hash;
  size_t index = size_++;
  for (size_t height = 0; index % 2 == 1; ++height, index /= 2) {
    nodes_[Offset(height + 1) + index / 2] = NodeHash(Node(height, index - 1), Node(height, index));
  }
}

Bytes TileNodes::Row() const {
  CHECK(full());
  Bytes row;
  row.reserve(kWidth * sizeof(Hash32));
  for (size_t i = 0; i < kWidth; ++i) Append(row, nodes_[i]);
  return row;
}

Result<TileNodes> TileNodes::FromRow(ByteView row) {
  if (row.size() != kWidth * sizeof(Hash32)) {
    return Status(Code::kCorrupt, "a tile has another size than 256 hashes");
  }
  TileNodes tile;
  Reader in(row);
  for (size_t i = 0; i < kWidth; ++i) tile.Push(in.Fixed<32>());
  return tile;
}

Result<std::shared_ptr<const TileNodes>> TileTree::FullTile(uint8_t level, uint64_t tile) const {
  const size_t slot = level == 0 ? tile % kLowSlots : kLowSlots + (tile + 257 * level) % kHighSlots;
  const uint64_t name = tile << 8 | level;
  {
    MutexLock lock(mutex_);
    if (cache_[slot].nodes != nullptr && cache_[slot].name == name) return cache_[slot].nodes;
  }
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store_.Get(Family::kTile, TileKey(level, tile)));
  if (!row) return Status(Code::kCorrupt, "a tile of the log is missing");
  ASSIGN_OR_RETURN(TileNodes parsed, TileNodes::FromRow(*row));
  auto nodes = std::make_shared<const TileNodes>(std::move(parsed));
  MutexLock lock(mutex_);
  cache_[slot] = {name, nodes};
  return nodes;
}

Status TileTree::Load(uint64_t size, const std::vector<Hash32>& leaves) {
  CHECK(leaves.size() == size % kTileWidth);
  auto edge = std::make_shared<Edge>();
  edge->size = size;
  edge->partial.emplace_back();
  for (const Hash32& leaf : leaves) edge->partial[0].Push(leaf);
  uint64_t full = size / kTileWidth;  // full tiles at the level below
  for (uint8_t level = 0; full > 0; ++level, full /= kTileWidth) {
    TileNodes above;
    for (uint64_t tile = full / kTileWidth * kTileWidth; tile < full; ++tile) {
      ASSIGN_OR_RETURN(const auto nodes, FullTile(level, tile));
      above.Push(nodes->Node(8, 0));
    }
    edge->partial.push_back(above);
  }
  MutexLock lock(mutex_);
  committed_ = edge;
  staged_ = nullptr;
  return OkStatus();
}

void TileTree::Push(Edge& edge, size_t level, const Hash32& hash, Batch& batch) {
  if (edge.partial.size() <= level) edge.partial.resize(level + 1);
  TileNodes& tile = edge.partial[level];
  tile.Push(hash);
  if (!tile.full()) return;
  const uint64_t index = (edge.size >> (8 * (level + 1))) - 1;
  batch.Put(Family::kTile, TileKey(static_cast<uint8_t>(level), index), tile.Row());
  const Hash32 root = tile.Node(8, 0);
  tile = TileNodes();
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
  for (const TileNodes& tile : edge.partial) {
    for (size_t end = tile.size(); end > 0; end &= end - 1) {
      const size_t height = static_cast<size_t>(std::countr_zero(end));
      const Hash32& part = tile.Node(height, (end >> height) - 1);
      root = root ? NodeHash(part, *root) : part;
    }
  }
  return root.value_or(EmptyRoot());
}

Result<Hash32> TileTree::Node(uint32_t level, uint64_t index) const {
  if (level >= 56) return Status(Code::kNotFound, "the log is not that long");
  const std::shared_ptr<const Edge> edge = Committed();
  const size_t tile_level = level / 8;
  const size_t height = level % 8;
  const uint64_t tile = (index << height) / kTileWidth;
  const size_t inside = index % (kTileWidth >> height);
  const uint64_t full = edge->size >> (8 * (tile_level + 1));
  if (tile < full) {
    ASSIGN_OR_RETURN(const auto nodes, FullTile(static_cast<uint8_t>(tile_level), tile));
    return nodes->Node(height, inside);
  }
  if (tile > full || tile_level >= edge->partial.size() || !edge->partial[tile_level].Has(height, inside)) {
    return Status(Code::kNotFound, "the log is not that long");
  }
  return edge->partial[tile_level].Node(height, inside);
}

}  // namespace spor::ledger
