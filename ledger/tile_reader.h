// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>

#include "ledger/checkpoint.h"
#include "ledger/tile_files.h"

namespace spor::ledger {

// A tree read from static files that somebody else holds. Nothing is handed out before it is checked: tiles lead, hash
// by hash, to the root of the checkpoint, and bundles to the tiles. Whether the checkpoint may be trusted is the
// caller's to check.
//
// Threads: one at a time.
// Errors: kFailed where a file is not what the checkpoint says: it is the one fetched last. Whatever `fetch` says.
class TileReader final : public NodeSource {
 public:
  using Fetch = std::function<Result<Bytes>(const TilePath&)>;

  // Reads the tiles at the right edge of the tree, from which the root follows.
  static Result<TileReader> Open(const Checkpoint& checkpoint, Fetch fetch);

  uint64_t size() const { return size_; }
  // The bytes of one file of the tree. kNotFound if it has no such file.
  Result<Bytes> Read(const TilePath& path) const;
  Result<std::vector<Bytes>> Bundle(uint64_t index) const;
  Result<Hash32> Node(uint32_t level, uint64_t index) const override;

 private:
  using Tile = std::vector<Hash32>;
  TileReader(uint64_t size, Fetch fetch) : size_(size), fetch_(std::move(fetch)) {}
  Result<const Tile*> TileAt(uint8_t level, uint64_t index) const;
  Result<Tile> FetchTile(const TilePath& path) const;

  const uint64_t size_;
  const Fetch fetch_;
  std::map<uint8_t, Tile> edge_;  // the partial tiles
  // The full tile of each level that was read last: files are asked for in order.
  mutable std::map<uint8_t, std::pair<uint64_t, Tile>> last_;
};

}  // namespace spor::ledger
