// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/blobs.h"
#include "ledger/fsck_chunks.h"
#include "ledger/map.h"

namespace spor::ledger {

// Compares every sealed section that lies beside the log with its entry. Sections lie by unit, so that this waits for
// all chunks to be read; several threads share the ranges of unit ids.
class SectionCheck {
 public:
  SectionCheck(const Store& store, const KeptChunks& kept, FirstDamage& damage)
      : store_(store), kept_(kept), limit_(damage.entry()), damage_(damage), units_(kTasks) {}

  // Takes ranges until none is left. Call on several threads.
  Status Work();
  uint64_t present() const { return present_.load(std::memory_order_relaxed); }
  // When all are done: does every section lie under a unit that is live?
  void CheckUnits(const Map& live) const;

 private:
  static constexpr size_t kRanges = 64;  // of the first byte of unit ids, in each of the two tables
  static constexpr size_t kTasks = 2 * kRanges;
  struct Seen {
    UnitId unit{};
    uint64_t entry = 0;  // the first one
    uint8_t section = 0;
  };
  Status Range(size_t task);
  void Check(const StoredBlob& blob) const;

  const Store& store_;
  const KeptChunks& kept_;
  const uint64_t limit_;  // entries from here on are damaged or were not read
  FirstDamage& damage_;
  std::atomic<size_t> next_{0};
  std::atomic<uint64_t> present_{0};
  std::vector<std::vector<Seen>> units_;  // by task
};

}  // namespace spor::ledger
