// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "crypto/mutex.h"
#include "ledger/entry.h"

namespace spor::ledger {

// What those who check the log in order need of a stretch of it: every entry but plain events.
struct LogChunk {
  static constexpr uint64_t kEntries = 8192;  // whole tiles

  uint64_t begin = 0;
  uint64_t end = 0;  // behind the last good entry
  uint32_t first_time = 0;
  uint32_t last_time = 0;
  std::vector<std::pair<uint64_t, Entry>> statements;
};

// Chunks are made by several threads in any order and taken by several others, each of which sees all of them in order.
// Makers never run far ahead of the slowest taker.
//
// Threads: any.
class ChunkLine {
 public:
  ChunkLine(uint64_t chunks, size_t takers) : limit_(chunks), position_(takers, 0) {}

  // The number of a chunk to make; nothing when there is none left. Waits for slow takers.
  std::optional<uint64_t> Claim();
  void Put(uint64_t number, LogChunk chunk);
  // Chunk `number`, which ends the use of the ones before; null when no more come.
  std::shared_ptr<const LogChunk> Take(size_t taker, uint64_t number);
  // This taker needs nothing more.
  void Leave(size_t taker);
  // Nobody needs a chunk from `number` on.
  void StopAt(uint64_t number);
  // How many chunks every taker is done with.
  uint64_t done() const;

 private:
  static constexpr uint64_t kWindow = 16;
  uint64_t Slowest() const REQUIRES(mutex_);
  void Forget() REQUIRES(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  uint64_t next_ GUARDED_BY(mutex_) = 0;
  uint64_t limit_ GUARDED_BY(mutex_);
  std::vector<uint64_t> position_ GUARDED_BY(mutex_);
  std::map<uint64_t, std::shared_ptr<const LogChunk>> made_ GUARDED_BY(mutex_);
};

// Runs each job on a thread of its own and returns when all are done; calls `tick` ten times a second meanwhile.
void RunBesideEachOther(const std::vector<std::function<void()>>& jobs, const std::function<void()>& tick);

}  // namespace spor::ledger
