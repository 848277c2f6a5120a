// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/log_reader.h"
#include "ledger/unit_maps.h"

namespace spor::ledger {

// What the operations behind the newest head replaced, in rows of Family::kMeta that go with that head's successor:
// "replaced/" | u64 size of the log after the batch -> for each redue the due value, for each erase the due and the
// live value, in the order of the operations. With them the maps can be taken back to what the newest head, which is
// signed, says of them: so they are checked when a log is opened, before anything new is signed, and never need
// hashing in between.
//
// Threads: one at a time.
class ReplacedRows {
 public:
  // Call before `op`, which fits, is applied.
  void Note(const UnitMaps& maps, const UnitOp& op);
  // Ends a batch: one that has no head keeps its row, a head drops them all.
  void EndBatch(uint64_t size, Batch& batch);
  void EndBatchWithHead(Batch& batch);
  // What all rows together say.
  Result<Bytes> Load(const Store& store);

 private:
  Bytes bytes_;              // of the batch in the making
  std::vector<Bytes> rows_;  // keys of the rows that are there
};

// Are these the maps that the log gives? `maps` were loaded from their rows. Takes back what stands behind the newest
// head, compares with that head, and applies it again. kCorrupt if anything differs.
Status CheckMapsAgainstHead(UnitMaps& maps, const LogReader& reader, const LogState& state, ByteView replaced);

}  // namespace spor::ledger
