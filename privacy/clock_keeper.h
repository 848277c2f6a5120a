// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "privacy/importer.h"

namespace spor::privacy {

struct ClockCounts {
  uint64_t started = 0;
  uint64_t moved = 0;
  uint64_t unchanged = 0;
  uint64_t cleared = 0;
  uint64_t refused = 0;
  std::vector<RowRefusal> reasons;
  uint64_t entry = 0;
};

// Starts, moves and clears the retention clocks of people: begin entry, atomic chunks, end entry, as an import. Each
// person whose clock changes gets an event that commits to every operation that follows from it.
//
// Threads: any. Errors: kInvalidArgument for a clock that the policy lacks or that a record's own field starts.
class ClockKeeper {
 public:
  explicit ClockKeeper(const Parts& parts) : parts_(parts) {}

  enum class Change : uint8_t { kStart, kClear };
  Result<std::string> Begin(const auth::Actor& actor, Change change, std::string_view clock);
  // Rows are external_id, date (kStart) or external_id alone (kClear).
  Result<ClockCounts> Chunk(const auth::Actor& actor, std::string_view run, uint64_t first_row,
                            std::span<const std::vector<std::string>> rows);
  Result<ClockCounts> End(const auth::Actor& actor, std::string_view run);

 private:
  struct Open {
    Id16 account{};
    Change change = Change::kStart;
    std::string clock;
    ClockCounts totals;
  };
  Result<Open> Find(const auth::Actor& actor, std::string_view run) const;
  Result<ClockCounts> TryChunk(const auth::Actor& actor, const Open& open, uint64_t first_row,
                               std::span<const std::vector<std::string>> rows);
  Result<std::string> ApplyRow(PeopleEdit& edit, const Open& open, const std::vector<std::string>& row,
                               ClockCounts& counts);
  Result<uint64_t> SubmitAudit(const auth::Actor& actor, std::string_view action, const Open& open);

  const Parts& parts_;
  mutable Mutex mutex_;
  std::map<std::string, Open, std::less<>> open_ GUARDED_BY(mutex_);
};

}  // namespace spor::privacy
