// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/log_keys.h"
#include "ledger/unit_maps.h"

namespace spor::report {

// Replays a log from entry 0, as fsck does: operations fit, bodies parse, keys and origins follow each other as they
// may, and each head says what the operations before it give. Remembers the first thing that does not.
class LogReplay {
 public:
  void Add(uint64_t index, const ledger::Entry& entry);
  const Status& status() const { return status_; }

 private:
  Status Check(uint64_t index, const ledger::Entry& entry);
  Status CheckKeys(uint64_t index, const ledger::Entry& entry);
  Status CheckHead(uint64_t index, const ledger::Entry& entry);

  ledger::UnitMaps maps_;
  ledger::LogKeys keys_;
  bool endorsed_ = false;  // the entry before is a log key
  uint64_t last_head_ = ledger::kNoEntry;
  Status status_;
};

}  // namespace spor::report
