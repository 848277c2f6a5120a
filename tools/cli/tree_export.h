// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "ledger/tile_reader.h"

namespace spor::cli {

struct ExportOptions {
  std::string directory;
  // Read again and check what an earlier export left, instead of only looking whether it is there.
  enum class Present { kTrust, kCheck } present = Present::kTrust;
  std::function<void(uint64_t done, uint64_t of)> progress;
};

struct ExportCounts {
  uint64_t written = 0;
  uint64_t present = 0;      // were there already
  uint64_t removed = 0;      // partial files whose full ones are there now
  uint64_t size_before = 0;  // of the checkpoint that was there; 0 if none
};

// Writes the tree of a checkpoint as static files of C2SP tlog-tiles: `checkpoint`, `tile/..`, `tile/entries/..`. What
// an earlier export left there is kept; an interrupted one goes on where it was. Nothing is written under its name
// before it is checked against the checkpoint's root; `checkpoint` itself comes last, so that a reader never finds one
// without its tiles. The note's signature is the caller's to check.
//
// Errors: kConflict, with nothing overwritten, where the directory holds something else, another log, or other bytes
// under a name of this one; kCorrupt where it holds a longer or a different history of this log; kFailed where what
// `fetch` gives is not what the checkpoint says; kIo.
Result<ExportCounts> ExportTree(const std::string& note, ledger::TileReader::Fetch fetch, const ExportOptions& options);

}  // namespace spor::cli
