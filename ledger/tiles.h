// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "crypto/mutex.h"
#include "ledger/merkle.h"
#include "ledger/store.h"
#include "ledger/tile_path.h"

namespace spor::ledger {

// The hashes of the log in tiles of 256 (C2SP tlog-tiles: eight tree levels to a tile level). Full tiles are rows of
// Family::kTile; the partial tiles of the right edge live in memory and are rebuilt from what is below them.
//
// Threads: Node() from any; Stage() and Commit() from one thread.
// Durability: Stage() only adds rows to a batch; readers see it after Commit(), when the batch is durable.
class TileTree final : public NodeSource {
 public:
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
    std::vector<std::vector<Hash32>> partial;  // by tile level
  };
  std::shared_ptr<const Edge> Committed() const {
    MutexLock lock(mutex_);
    return committed_;
  }
  void Push(Edge& edge, size_t level, const Hash32& hash, Batch& batch);

  const Store& store_;
  mutable Mutex mutex_;
  std::shared_ptr<const Edge> committed_ GUARDED_BY(mutex_);
  std::shared_ptr<Edge> staged_;
};

Bytes TileKey(uint8_t level, uint64_t tile);

}  // namespace spor::ledger
