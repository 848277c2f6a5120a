// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/people_edit.h"
#include "privacy/run_record.h"

namespace spor::privacy {

// Units by rule and category.
struct RuleCount {
  uint16_t rule = 0;
  uint16_t category = 0;
  uint64_t units = 0;
};

struct RetentionPlan {
  LegalDate as_of;
  uint64_t due = 0;
  uint64_t held = 0;  // due, but held back
  std::vector<RuleCount> rules;
};

struct RetentionStatus {
  LegalDate today;
  uint64_t alive = 0;
  uint64_t overdue = 0;
  uint64_t held = 0;
  uint64_t undecided = 0;
  uint64_t not_started = 0;
  uint64_t review_due = 0;  // class 2: to be asked again, not erased
  uint32_t earliest = ledger::kNotStarted;
  std::vector<RuleCount> undecided_rules;
  std::vector<RuleCount> overdue_rules;
};

// Finds what is due in the due map's order, erases it by key destruction, and says what is left. Counts are units.
//
// Threads: any; one run at a time (kLater for a second one).
// Durability: a run is a begin event, erasures of at most 20,000 units each, and an end event. After a crash the units
// of a finished part are gone with their proof and the rest is still due: run again.
class Retention {
 public:
  explicit Retention(const Parts& parts) : parts_(parts) {}

  Result<RetentionPlan> Plan(const auth::Actor& actor, std::optional<LegalDate> as_of);
  Result<RetentionStatus> State(const auth::Actor& actor);
  Result<RunRecord> Run(const auth::Actor& actor);

 private:
  struct DueUnit {
    UnitId unit{};
    ledger::DueKey due;
    uint16_t rule = 0;
  };
  struct Found {
    std::vector<DueUnit> due;
    uint64_t held = 0;
  };
  Result<Found> FindDue(LegalDate day) const;
  Result<std::vector<RuleCount>> CountByRule(const std::vector<DueUnit>& units) const;
  Status RunInTurn(const auth::Actor& actor, RunRecord& run, Found found);
  Status EraseSome(RunRecord& run, std::span<const DueUnit> units);
  // What the plan found and is still so: a clock may have moved since.
  Result<std::vector<DueUnit>> StillDue(std::span<const DueUnit> units) const;
  Status ForgetUnits(RunRecord& run, std::span<const DueUnit> units, vault::EraseRequest& request);
  Result<uint64_t> RecordEvent(const auth::Actor& actor, std::string_view action, const RunRecord& run,
                               uint64_t planned, ledger::Batch rows);
  Result<uint16_t> CategoryOf(const UnitId& unit) const;
  Result<vault::UnitInfo> InfoOf(const UnitId& unit) const;

  const Parts& parts_;
};

}  // namespace spor::privacy
