// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/backup.h"
#include "tools/service/home.h"

// Backups of the data, without any root key. docs/operations.md, "Backup and restore"; docs/formats/backup.md.
namespace spor::service {

// What the note of a backup says.
struct BackupNote {
  Hash32 ledger_id{};
  std::string origin;
  uint32_t generation = 0;  // of the root key under which its keys are wrapped
  uint64_t size = 0;        // entries of the log, at least
  std::string checkpoint;   // signed
};
Result<BackupNote> ParseBackupNote(std::string_view text);

struct MadeBackup {
  ledger::BackupInfo info;
  BackupNote note;
};

// Into `directory`, absolute, which is made if it is not there and must be empty or hold backups of this ledger. No
// erasure goes on meanwhile (kLater); appends do. It is recorded before it begins, and when it is done.
Result<MadeBackup> MakeBackup(const privacy::Parts& parts, const auth::Actor& actor, const std::string& directory);

// {number, made, bytes, files, origin, log_size, generation}
std::string DescribeBackup(const MadeBackup& backup);

// Without a service. By number.
Result<std::vector<MadeBackup>> ReadBackups(const std::string& directory);
// `number` 0: the newest.
Result<MadeBackup> FindBackup(const std::string& directory, uint32_t number);

struct VerifiedBackup {
  MadeBackup backup;
  std::optional<ledger::FsckReport> log;  // unless only checksums were compared
};
// Every file against its checksum; then, unless `quick`, the backup is restored into a directory beside it, the whole
// log is recomputed from it as fsck does, and that directory is removed again. kCorrupt if anything differs.
Result<VerifiedBackup> CheckBackup(const std::string& directory, uint32_t number, bool quick,
                                   const ledger::FsckProgress& progress);

}  // namespace spor::service
