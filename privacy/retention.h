// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/hold_keeper.h"
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
  uint64_t due = 0;   // those whose hold will have ended by then included
  uint64_t held = 0;  // due, but for a hold that stands on that day
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
  uint64_t holds_ending = 0;                        // within kHoldsEndingDays
  std::vector<SubjectBook::HoldRow> next_to_end{};  // the first kHoldsShown of them
  std::vector<RuleCount> undecided_rules;
  std::vector<RuleCount> overdue_rules;
};

inline constexpr int kHoldsEndingDays = 30;
inline constexpr size_t kHoldsShown = 100;

// Finds what is due in the due map's order, erases it by key destruction, and says what is left. Counts are units.
//
// Threads: any; one run at a time (kLater for a second one).
// Durability: a run is a begin event, erasures of at most 20,000 units each, and an end event. After a crash the units
// of a finished part are gone with their proof and the rest is still due: run again.
// Holds: those whose last day is over end first. While one stands its units are due later, and no run takes them.
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
  Result<std::vector<DueUnit>> FindDue(LegalDate day) const;
  // Units that would be due on `day` and are held on it. Looks only at people who have a hold.
  Result<uint64_t> CountHeld(LegalDate day) const;
  Status FindEndingHolds(RetentionStatus& status) const;
  Result<std::vector<RuleCount>> CountByRule(const std::vector<DueUnit>& units) const;
  Status RunInTurn(const auth::Actor& actor, RunRecord& run, const std::vector<DueUnit>& due);
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
