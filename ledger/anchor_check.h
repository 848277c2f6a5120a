// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/anchor.h"

namespace spor::ledger {

// A stored log held against its anchor. Nothing is written.
struct AnchorCheck {
  enum class Finding : uint8_t {
    kMatches,
    kShorter,       // the anchor knows of more entries than are left
    kDiffers,       // the log has another root at the anchor's size
    kNoAnchor,      // nothing is there
    kNotOfThisLog,  // what is there, no key of this log signed
    kNotAnchored,   // a successor origin was begun, and its first checkpoint is not in the anchor yet
  } finding = Finding::kMatches;
  LogKeys keys;
  LogState state;
  LogPoint stored;          // the log as it is
  std::string anchor_note;  // the newest checkpoint that verifies; empty for the last three
  LogPoint anchored;        // what it says
  std::string text;         // what is wrong and what to do; empty for kMatches
};

// Reads the log's keys, verifies that the entries they come from are in the tree, and compares with the anchor; also
// with `known`, unless it is empty: a checkpoint that somebody else kept, which counts where it shows a loss that the
// anchor does not. kNotFound if there is no log, kCorrupt if the log itself can't be read, kInvalidArgument if no key
// of the log signed `known`.
Result<AnchorCheck> CompareWithAnchor(const Store& store, const std::string& anchor_directory,
                                      const std::string& known = {});
// The keys of the log, or kCorrupt with `text` for every finding but kMatches.
Result<LogKeys> CheckAgainstAnchor(const Store& store, const std::string& anchor_directory);

}  // namespace spor::ledger
