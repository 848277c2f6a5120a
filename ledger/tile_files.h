// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/log_reader.h"
#include "ledger/tile_path.h"

// The static files of C2SP tlog-tiles that a tree has; docs/formats/log.md, "Static files".
namespace spor::ledger {

// Whether a tree of `size` entries holds what the file says: also a partial tile of an earlier size.
bool TreeHolds(uint64_t size, const TilePath& path);

// Every file of a tree of `size` entries but its checkpoint, each after the one whose hashes vouch for it: tiles from
// the top level down, then entry bundles.
Status ForEachTile(uint64_t size, const std::function<Status(const TilePath&)>& visitor);
uint64_t CountTiles(uint64_t size);

// Makes the files from what the log stores.
//
// Threads: any. Ownership: borrows both.
class TileFiles {
 public:
  TileFiles(const Store& store, const NodeSource& nodes) : store_(store), nodes_(nodes) {}
  // The bytes of one file of the tree of the first `size` entries, of which all are committed. kNotFound if that tree
  // does not hold it.
  Result<Bytes> Read(const TilePath& path, uint64_t size) const;

 private:
  Result<Bytes> Hashes(const TilePath& path) const;
  Result<Bytes> Entries(const TilePath& path) const;

  const Store& store_;
  const NodeSource& nodes_;
};

}  // namespace spor::ledger
