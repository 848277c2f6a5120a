// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <tuple>

#include "privacy/run_record.h"
#include "tools/report/evidence.h"
#include "tools/report/figures.h"

// What the ledger says of a period: the figures of the annual review.
namespace spor::report {

struct OperationCounts {
  uint64_t created = 0;
  uint64_t moved = 0;
  uint64_t erased = 0;
};

struct EventKey {
  std::string action;
  std::string purpose;
  std::string result;
  auto operator<=>(const EventKey&) const = default;
};

struct ReviewHead {
  uint64_t index = 0;
  uint32_t time_s = 0;
  ledger::HeadBody body;
};

struct ReviewFigures {
  EntryRange range;
  uint32_t first_time = 0;
  uint32_t last_time = 0;
  uint64_t heads = 0;
  ReviewHead start;      // the newest before the period, or the ledger's first
  ReviewHead end;        // the newest in it
  uint64_t overdue = 0;  // promised maxima past their day at the end head

  std::map<std::pair<uint16_t, uint16_t>, OperationCounts> operations;  // (category, rule)
  std::map<std::string, uint64_t> erase_reasons;
  std::map<EventKey, uint64_t> events;
  std::map<std::string, uint64_t> refusals;  // reason -> how often
  uint64_t events_total = 0;
  uint64_t events_opened = 0;
  uint64_t events_destroyed = 0;  // their audit key was erased in time
  uint64_t sections_broken = 0;   // an audit section that does not open as it must
  uint64_t logins = 0;
  uint64_t logins_refused = 0;
  uint64_t accesses = 0;  // acts of a logged-in person or application
  uint64_t accesses_with_second_factor = 0;
  uint64_t reads_without_purpose = 0;
  std::vector<privacy::RunRecord> runs;
};

// kInvalidArgument when nothing happened in the period.
Result<ReviewFigures> CollectFigures(const ReportParts& parts, privacy::LegalDate from, privacy::LegalDate to);

}  // namespace spor::report
