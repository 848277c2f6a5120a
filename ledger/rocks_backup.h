// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/backup.h"

namespace rocksdb {
class DB;
}  // namespace rocksdb

namespace spor::ledger {

// What Store::BackUp() does.
Result<BackupInfo> BackUpDatabase(rocksdb::DB& db, const std::string& directory, const std::string& note);

}  // namespace spor::ledger
