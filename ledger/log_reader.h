// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "crypto/clock.h"
#include "ledger/entry.h"
#include "ledger/merkle.h"
#include "ledger/store.h"

namespace spor::ledger {

// Where the log stands, in Family::kMeta under "log".
struct LogState {
  uint64_t size = 0;
  uint32_t last_time = 0;
  uint64_t last_head = 0;
};
Bytes Encode(const LogState& state);
Result<LogState> ParseLogState(ByteView bytes);

inline constexpr std::string_view kLogStateKey = "log";
inline constexpr std::string_view kCheckpointKey = "checkpoint";
inline constexpr std::string_view kKeyEntriesKey = "key-entries";

// The indexes of the entries that say who signs (log_keys.h), ascending: u64 each. There is no row while entry 0 is the
// only one.
Bytes EncodeKeyEntries(const std::vector<uint64_t>& indexes);
Result<std::vector<uint64_t>> ParseKeyEntries(ByteView bytes);

// Key in Family::kMeta of the checkpoint that covers the log-key entry `index`, as the old key signed it.
Bytes EndorsementKey(uint64_t index);

// Entries as they are stored. Threads: any.
class LogReader {
 public:
  explicit LogReader(const Store& store) : store_(store) {}
  // kNotFound if the directory holds no log.
  Result<LogState> State() const;
  // The earliest time that the next entry can have: the clock's, or the newest entry's if the clock went back.
  Result<UnixSeconds> NextTime(const Clock& clock) const;
  Result<Bytes> EntryBytes(uint64_t index) const;
  Result<Entry> EntryAt(uint64_t index) const;
  // Entries [begin, end) in order; the visitor returns false to stop. kCorrupt if one is missing or a row is malformed.
  using Visitor = std::function<bool(uint64_t index, ByteView bytes)>;
  Status Scan(uint64_t begin, uint64_t end, const Visitor& visitor) const;
  // Index of the first entry with time_s >= `time`; the log's size if there is none.
  Result<uint64_t> FirstAt(uint32_t time) const;
  // The signed checkpoint stored with the newest head.
  Result<std::string> StoredCheckpoint() const;
  Result<std::vector<uint64_t>> KeyEntries() const;
  // The checkpoint that covers the log-key entry `index`; kCorrupt if it is missing.
  Result<std::string> StoredEndorsement(uint64_t index) const;

 private:
  const Store& store_;
};

Bytes IndexKey(uint64_t index);

}  // namespace spor::ledger
