// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/ledger.h"

namespace spor::ledger {

struct FsckReport {
  uint64_t entries = 0;
  uint64_t heads = 0;
  uint64_t operations = 0;
  uint64_t units = 0;
  uint64_t tiles = 0;
  uint64_t blobs_present = 0;
  uint64_t sections = 0;      // sections of all entries; those without a blob were dropped by an erasure
  std::string first_damaged;  // empty: nothing is damaged
  std::string origin;
};

// Recomputes the whole log from its entries, without any key: hashes, tiles, both maps, every head, what the entries
// say of each other, the signed checkpoint, the anchor, and each sealed section against its entry. Uses every core.
// Fails only where it cannot read at all; what is wrong and stands first in the log is named in `first_damaged`, the
// same whenever it is run. Without an anchor directory the log is not held against an anchor. Takes about 16 bytes an
// event beside the maps.
//
// `progress` gets (what, done, total) some ten times a second, on the caller's thread: first of the log's entries, then
// of the sealed sections.
enum class FsckStage { kEntries, kSections };
using FsckProgress = std::function<void(FsckStage stage, uint64_t done, uint64_t total)>;
Result<FsckReport> Fsck(const Store& store, const std::string& anchor_directory, const FsckProgress& progress);

}  // namespace spor::ledger
