// SPDX-License-Identifier: Apache-2.0
#include "ledger/rocks_backup.h"

#include <rocksdb/db.h>
#include <rocksdb/utilities/backup_engine.h>
#include <rocksdb/version.h>

#include <filesystem>
#include <memory>

namespace spor::ledger {
namespace {

namespace fs = std::filesystem;

// Its texts name files and sizes, nothing of what the rows hold.
Status FromEngine(const rocksdb::Status& status, const std::string& directory) {
  if (status.ok()) return OkStatus();
  const std::string what = "backups in " + directory + ": " + status.ToString();
  if (status.IsCorruption()) return Status(Code::kCorrupt, what);
  if (status.IsNotFound()) return Status(Code::kNotFound, what);
  return Status(Code::kIo, what);
}

rocksdb::BackupEngineOptions OptionsFor(const std::string& directory) {
  rocksdb::BackupEngineOptions options(directory);
  options.share_table_files = true;
  options.share_files_with_checksum = true;
  options.sync = true;               // what is written, and what is restored
  options.backup_log_files = false;  // everything is in table files: all of them are flushed before, at one instant
  return options;
}

BackupInfo InfoOf(const rocksdb::BackupInfo& info) {
  return {info.backup_id, static_cast<UnixSeconds>(info.timestamp), info.size, info.number_files, info.app_metadata};
}

Result<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenToRead(const std::string& directory) {
  std::error_code error;
  if (!fs::is_directory(directory + "/meta", error)) {
    return Status(Code::kNotFound, "there is no backup in " + directory + "; make one with `spor backup create`");
  }
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  RETURN_IF_ERROR(FromEngine(
      rocksdb::BackupEngineReadOnly::Open(OptionsFor(directory), rocksdb::Env::Default(), &engine), directory));
  return std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine);
}

}  // namespace

Result<BackupInfo> BackUpDatabase(rocksdb::DB& db, const std::string& directory, const std::string& note) {
  rocksdb::BackupEngine* opened = nullptr;
  RETURN_IF_ERROR(
      FromEngine(rocksdb::BackupEngine::Open(OptionsFor(directory), rocksdb::Env::Default(), &opened), directory));
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  rocksdb::CreateBackupOptions options;
  options.flush_before_backup = true;
  rocksdb::BackupID number = 0;
  RETURN_IF_ERROR(FromEngine(engine->CreateNewBackupWithMetadata(options, &db, note, &number), directory));
  rocksdb::BackupInfo info;
  RETURN_IF_ERROR(FromEngine(engine->GetBackupInfo(number, &info), directory));
  return InfoOf(info);
}

std::string StoreVersion() { return rocksdb::GetRocksVersionAsString(true); }

Result<std::vector<BackupInfo>> ListBackups(const std::string& directory) {
  ASSIGN_OR_RETURN(const auto engine, OpenToRead(directory));
  std::vector<rocksdb::BackupInfo> infos;
  engine->GetBackupInfo(&infos);
  std::vector<BackupInfo> backups;
  backups.reserve(infos.size());
  for (const rocksdb::BackupInfo& info : infos) backups.push_back(InfoOf(info));
  if (backups.empty()) return Status(Code::kNotFound, "none of the backups in " + directory + " can be read");
  return backups;
}

Status VerifyBackup(const std::string& directory, uint32_t number) {
  ASSIGN_OR_RETURN(const auto engine, OpenToRead(directory));
  return FromEngine(engine->VerifyBackup(number, true), directory);
}

Status RestoreBackup(const std::string& directory, uint32_t number, const std::string& database) {
  std::error_code error;
  if (fs::exists(database, error) || error) {
    return Status(Code::kConflict, database + " exists: a backup is restored into a new directory only");
  }
  ASSIGN_OR_RETURN(const auto engine, OpenToRead(directory));
  return FromEngine(engine->RestoreDBFromBackup(number, database, database), directory);
}

}  // namespace spor::ledger
