// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/bytes.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace spor::ledger {

// kCorrupt where RocksDB only writes a warning into its own log and goes on: a table file without its properties, or
// with range deletions that can't be read, so that what was deleted would be back.
Status CheckTables(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families);

// The newest batch number in the table files of `family`; 0 if there is none.
Result<uint64_t> FlushedBatch(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family);

}  // namespace spor::ledger
