// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "ledger/chunk_line.h"
#include "ledger/first_damage.h"
#include "ledger/log_reader.h"
#include "ledger/section_table.h"

namespace spor::ledger {

// What stays of the chunks when they are read: the nodes above the tiles of the lowest level, and what the entries
// commit to for their sections. Grows as chunks are read, because the size of a damaged log can be any number.
//
// Threads: Keep() from any, each chunk once; the rest when all are read.
class KeptChunks {
 public:
  void Keep(uint64_t number, SectionTable sections, std::vector<Hash32> tile_roots);
  // Compares the tiles above the lowest level, and looks for tiles behind the end. How many there are in all.
  Result<uint64_t> CheckUpperTiles(const Store& store, FirstDamage& damage) const;
  uint64_t sections() const;
  // What the entry commits to; nothing if it has no such section.
  std::optional<uint64_t> SectionRoot(uint64_t entry, uint8_t section) const;

 private:
  struct Kept {
    SectionTable sections;
    std::vector<Hash32> tile_roots;
  };
  mutable Mutex mutex_;
  std::deque<Kept> kept_;  // by chunk; grows under the mutex
};

// Reads chunks of the log: parses and hashes every entry, and compares the tiles with what that gives.
//
// Threads: one at a time; several readers share what they keep.
class ChunkReader {
 public:
  ChunkReader(const Store& store, uint64_t size, FirstDamage& damage, KeptChunks& kept)
      : store_(store), size_(size), damage_(damage), kept_(kept) {}
  static uint64_t ChunksOf(uint64_t size) {
    return size / LogChunk::kEntries + (size % LogChunk::kEntries != 0 ? 1 : 0);
  }
  // The chunk up to its first damage, which is noted. Fails only where nothing can be read.
  Result<LogChunk> Read(uint64_t number);

 private:
  Status ReadEntries(LogChunk& chunk);
  bool Visit(uint64_t index, ByteView bytes, LogChunk& chunk);
  Result<std::vector<Hash32>> CheckTiles(uint64_t first_tile);

  const Store& store_;
  const uint64_t size_;
  FirstDamage& damage_;
  KeptChunks& kept_;
  // Of the chunk at hand; their memory is used again for the next.
  std::vector<Hash32> leaves_;
  SectionTable sections_;
};

}  // namespace spor::ledger
