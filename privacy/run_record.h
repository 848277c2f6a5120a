// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/store.h"
#include "privacy/calendar.h"

namespace spor::privacy {

// What the service keeps of a retention run: places in the log and counts, no personal data.
struct RunRecord {
  struct Generation {
    uint64_t intent_entry = 0;
    uint64_t erase_entry = 0;  // the first of erase_parts consecutive entries
    uint16_t erase_parts = 0;
    uint64_t head = 0;  // the head that ends the flip's batch
    uint64_t destroyed_entry = 0;
    uint32_t generation = 0;  // in force afterwards
    uint32_t units = 0;
    uint32_t sections_dropped = 0;
  };
  uint32_t number = 0;  // its id: 1, 2, ...
  LegalDate as_of;
  int64_t started = 0;   // UTC seconds
  int64_t finished = 0;  // 0: interrupted
  uint64_t begin_entry = 0;
  uint64_t end_entry = 0;
  uint64_t head_before = 0;  // N: the newest head before the first intent
  uint64_t head_after = 0;   // M: a head after the last destruction
  uint64_t erased = 0;
  uint64_t erased_instead_of_anonymised = 0;  // part of `erased`
  uint64_t held = 0;
  uint64_t people_forgotten = 0;
  uint64_t restricted_people = 0;  // whose processing was restricted and of whom something was erased
  std::vector<Generation> generations;
};

// Rows of Family::kState: "run" | u32 number.
Bytes RunRow(uint32_t number);
Bytes EncodeRun(const RunRecord& run);
Result<RunRecord> ParseRun(ByteView bytes);
// kNotFound, with the runs there are, for an unknown id ("1", "2", ... or "last").
Result<RunRecord> FindRun(const ledger::Store& store, std::string_view id);
Result<uint32_t> LastRunNumber(const ledger::Store& store);  // 0 when there is none

}  // namespace spor::privacy
