// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/bytes.h"

// What must be true of a RocksDB directory, looked at in its files before RocksDB opens them: docs/reliability.md.
// RocksStore numbers its batches 1, 2, 3 ... in the first row of each.
namespace spor::ledger {

// kCorrupt, and what to do about `what`.
Status Refused(const std::string& what);

// Consecutive batches of the write-ahead log.
struct BatchRun {
  uint64_t first = 0;
  uint64_t last = 0;
};
struct WriteAheadLog {
  std::vector<BatchRun> runs;  // in the order of the files
  bool unfinished = false;     // a file ends in a write that never ended
};

// The row that every batch begins with.
inline constexpr std::string_view kBatchNumberKey = "batches";
Bytes EncodeBatchNumber(uint64_t number);
Result<uint64_t> ParseBatchNumber(ByteView value);
// The number of a batch from the first bytes of its record (kRecordHead); nothing for a record without rows, which
// RocksDB writes by itself.
Result<std::optional<uint64_t>> ParseBatchHead(ByteView head);

// kCorrupt if a record of a log file is damaged or holds no batch number.
Result<WriteAheadLog> ReadWriteAheadLog(const std::string& directory);
// The number of the newest batch that can be read, when table files hold all up to `flushed`. kCorrupt if one between
// them is missing.
Result<uint64_t> NewestBatch(const WriteAheadLog& log, uint64_t flushed);

// The manifest that CURRENT names.
struct Manifest {
  std::string name;
  uint64_t size = 0;        // of its whole records
  bool unfinished = false;  // it ends in a write that never ended; no part of the row
};
Bytes EncodeManifest(const Manifest& manifest);
Result<Manifest> ParseManifest(ByteView value);
// kCorrupt if CURRENT names none or a record of it is damaged.
Result<Manifest> ReadManifest(const std::string& directory);
// As ReadManifest(), but for its content; afterwards so much of it survives power loss.
Result<Manifest> SyncManifest(const std::string& directory);
// kCorrupt if `now` is shorter than it was, or an older one.
Status CheckManifest(const Manifest& now, const Manifest& before);

}  // namespace spor::ledger
