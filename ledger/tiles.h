// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "crypto/mutex.h"
#include "ledger/merkle.h"
#include "ledger/store.h"
#include "ledger/tile_path.h"

namespace spor::ledger {

// Up to 256 hashes and every node above them inside the tile.
class TileNodes {
 public:
  static constexpr size_t kWidth = 256;

  void Push(const Hash32& hash);
  size_t size() const { return size_; }
  bool full() const { return size_ == kWidth; }
  // The root of 2^height hashes (height 0 to 8), which must all be there.
  const Hash32& Node(size_t height, size_t index) const { return nodes_[Offset(height) + index]; }
  bool Has(size_t height, size_t index) const { return (index + 1) << height <= size_; }
  // The row of a full tile: its 256 hashes.
  Bytes Row() const;
  static Result<TileNodes> FromRow(ByteView row);

 private:
  static constexpr size_t Offset(size_t height) { return 2 * kWidth - ((2 * kWidth) >> height); }

  size_t size_ = 0;
  std::array<Hash32, 2 * kWidth - 1> nodes_;  // height 0, then 1, ...
};

// The hashes of the log in tiles of 256 (C2SP tlog-tiles: eight tree levels to a tile level). Full tiles are rows of
// Family::kTile; the partial tiles of the right edge live in memory and are rebuilt from what is below them. Tiles that
// were read are kept with their inner nodes: above the lowest level there is one for 65,536 entries, so that a proof
// reads and hashes one tile.
//
// Threads: Node() from any; Stage() and Commit() from one thread.
// Durability: Stage() only adds rows to a batch; readers see it after Commit(), when the batch is durable.
class TileTree final : public NodeSource {
 public:
  static constexpr uint64_t kTileWidth = TileNodes::kWidth;

  explicit TileTree(const Store& store) : store_(store), committed_(std::make_shared<const Edge>()) {}
  // Rebuilds the right edge for a log of `size` entries; `leaves` are the hashes of its last size % 256 entries.
  Status Load(uint64_t size, const std::vector<Hash32>& leaves);
  void Stage(const std::vector<Hash32>& leaves, Batch& batch);
  void Commit();

  // kNotFound beyond what is committed.
  Result<Hash32> Node(uint32_t level, uint64_t index) const override;
  uint64_t size() const { return Committed()->size; }
  // Root of everything staged.
  const Hash32 StagedRoot() const;

 private:
  struct Edge {
    uint64_t size = 0;
    std::vector<TileNodes> partial;  // by tile level
  };
  struct CachedTile {
    uint64_t name = 0;  // tile << 8 | level
    std::shared_ptr<const TileNodes> nodes;
  };
  // A tile stays in its slot until another one wants it; 16 kB each. The upper levels of 50 million entries fit.
  static constexpr size_t kLowSlots = 16;
  static constexpr size_t kHighSlots = 1024;

  std::shared_ptr<const Edge> Committed() const {
    MutexLock lock(mutex_);
    return committed_;
  }
  Result<std::shared_ptr<const TileNodes>> FullTile(uint8_t level, uint64_t tile) const;
  void Push(Edge& edge, size_t level, const Hash32& hash, Batch& batch);

  const Store& store_;
  mutable Mutex mutex_;
  std::shared_ptr<const Edge> committed_ GUARDED_BY(mutex_);
  mutable std::vector<CachedTile> cache_ GUARDED_BY(mutex_) = std::vector<CachedTile>(kLowSlots + kHighSlots);
  std::shared_ptr<Edge> staged_;
};

Bytes TileKey(uint8_t level, uint64_t tile);

}  // namespace spor::ledger
