// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "ledger/chunk_line.h"
#include "ledger/first_damage.h"
#include "ledger/log_reader.h"
#include "ledger/section_table.h"

namespace spor::ledger {

// Reads the log by chunks: parses and hashes every entry, and compares the tiles with what that gives.
//
// Threads: Read() from any, each number once; the rest when all are read.
class ChunkReader {
 public:
  ChunkReader(const Store& store, uint64_t size, FirstDamage& damage) : store_(store), size_(size), damage_(damage) {}
  uint64_t chunks() const { return size_ / LogChunk::kEntries + (size_ % LogChunk::kEntries != 0 ? 1 : 0); }
  // The chunk up to its first damage, which is noted. Fails only where nothing can be read.
  Result<LogChunk> Read(uint64_t number);

  // Compares the tiles above the lowest level, and looks for tiles behind the end. How many there are in all.
  Result<uint64_t> CheckUpperTiles() const;
  uint64_t sections() const;
  // What the entry commits to; nothing if it has no such section.
  std::optional<uint64_t> SectionRoot(uint64_t entry, uint8_t section) const;

 private:
  Status ReadEntries(LogChunk& chunk, SectionTable& sections, std::vector<Hash32>& leaves);
  Status CheckTiles(uint64_t first_tile, const std::vector<Hash32>& leaves, std::vector<Hash32>& roots);
  Status CheckNothingBehind(uint8_t level, uint64_t tiles) const;
  void Damaged(uint8_t level, uint64_t tile) const;

  const Store& store_;
  const uint64_t size_;
  FirstDamage& damage_;
  // What stays of a chunk. Grows as chunks are read, because the size of a damaged log can be any number.
  struct Kept {
    SectionTable sections;
    std::vector<Hash32> tile_roots;  // of the full tiles of level 0
  };
  mutable Mutex mutex_;
  std::deque<Kept> kept_;  // grows under the mutex; each element belongs to whoever reads its chunk
};

}  // namespace spor::ledger
