// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ledger/store.h"

// Copies of a whole store in a directory elsewhere. One after the other, each consistent in itself; files that an
// earlier one has are not copied again. Made by Store::BackUp(). The directory belongs to one store.
namespace spor::ledger {

// By number; those that can't be read any more are left out. kNotFound if there is no backup in `directory`.
Result<std::vector<BackupInfo>> ListBackups(const std::string& directory);
// Reads every file of it and compares it with its checksum. kCorrupt if one differs or is missing.
Status VerifyBackup(const std::string& directory, uint32_t number);
// Writes the store of before into `database`, which must not exist; it survives power loss then. kCorrupt as
// VerifyBackup(), and what was written is to be thrown away then.
Status RestoreBackup(const std::string& directory, uint32_t number, const std::string& database);

}  // namespace spor::ledger
