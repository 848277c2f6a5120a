// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/bodies.h"
#include "ledger/entry.h"
#include "ledger/unit_maps.h"

namespace spor::report {

// Replays a log from entry 0, as fsck does: operations fit, bodies parse, genesis stands first and only there, and each
// head says what the operations before it give. Remembers the first thing that does not.
class LogReplay {
 public:
  void Add(uint64_t index, const ledger::Entry& entry);
  const Status& status() const { return status_; }

 private:
  Status Check(uint64_t index, const ledger::Entry& entry);
  Status CheckHead(uint64_t index, const ledger::Entry& entry);

  ledger::UnitMaps maps_;
  uint64_t last_head_ = ledger::kNoEntry;
  Status status_;
};

}  // namespace spor::report
