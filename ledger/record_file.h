// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "crypto/bytes.h"

namespace spor::ledger {

// The record files of RocksDB, its write-ahead log and its manifest, read more strictly than RocksDB 7.8 reads them: a
// damaged length or type is the end of the file to it, and what lies behind is dropped without a word. The format and
// the rules are in docs/reliability.md.
struct RecordFileEnd {
  // Behind the last record is what a write leaves that never ended: part of one record, or zeros.
  bool unfinished = false;
  uint64_t size = 0;  // of the whole records
};

// Sees the first bytes of a record: all of it, or kRecordHead. What it returns ends the reading, unless it is OK.
inline constexpr size_t kRecordHead = 64;
using RecordVisitor = std::function<Status(ByteView head)>;

// Visits every record in order. kCorrupt where the bytes are not what was written: a record that does not fit its
// checksum and can't be the last, or can be but was not cut short.
Result<RecordFileEnd> ReadRecordFile(ByteView file, const RecordVisitor& visit);

}  // namespace spor::ledger
