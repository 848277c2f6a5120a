// SPDX-License-Identifier: Apache-2.0
#include "tools/service/backup.h"

#include <algorithm>
#include <filesystem>

#include "crypto/files.h"
#include "privacy/json.h"
#include "tools/service/recorded_act.h"

namespace spor::service {
namespace {

namespace fs = std::filesystem;
using privacy::JsonWriter;

// The file that says whose backups a directory holds: this, the ledger id in hexadecimal, a line feed.
constexpr std::string_view kMarker = "spor backups 1 ";
constexpr size_t kMaxMarker = 256;
constexpr unsigned kOwnerOnly = 0600;

std::string MarkerOf(const Hash32& ledger_id) { return std::string(kMarker) + HexEncode(ledger_id) + "\n"; }

Status Claim(const std::string& directory, const Hash32& ledger_id) {
  if (!fs::path(directory).is_absolute()) {
    return Status(Code::kInvalidArgument, "the directory must be named from the root: the service writes it, not you");
  }
  RETURN_IF_ERROR(MakePrivateDirectory(directory));
  const std::string marker = directory + "/spor-backups";
  const Result<std::string> found = ReadSmallFile(marker, kMaxMarker);
  if (found.ok()) {
    if (*found == MarkerOf(ledger_id)) return OkStatus();
    return Status(Code::kConflict, directory + " holds backups of another ledger: name another directory");
  }
  if (found.error().code() != Code::kNotFound) return found.error();
  std::error_code error;
  if (!fs::is_empty(directory, error) || error) {
    return Status(Code::kConflict, directory + " is not empty and holds no backups: name a new directory");
  }
  return WriteFileAtomically(marker, AsBytes(MarkerOf(ledger_id)), kOwnerOnly);
}

std::string NoteText(const BackupNote& note) {
  JsonWriter out;
  out.BeginObject().Key("ledger_id").String(HexEncode(note.ledger_id)).Key("origin").String(note.origin);
  out.Key("generation").Uint(note.generation).Key("size").Uint(note.size);
  return out.Key("checkpoint").String(note.checkpoint).EndObject().Take();
}

Result<BackupNote> NoteNow(const privacy::Parts& parts) {
  BackupNote note;
  note.ledger_id = parts.vault->ledger_id();
  note.generation = parts.vault->keys().generation();
  ASSIGN_OR_RETURN(note.checkpoint, parts.ledger->Publish());
  const ledger::LogKeys keys = parts.ledger->keys();
  note.origin = keys.genesis().origin;
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, keys.Open(note.checkpoint));
  note.size = checkpoint.size;
  return note;
}

// Removed again on every way out.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) { Remove(); }
  ~ScratchDirectory() { Remove(); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  void Remove() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const std::string path_;
};

Result<ledger::FsckReport> RecomputeLog(const std::string& directory, const MadeBackup& backup,
                                        const ledger::FsckProgress& progress) {
  const ScratchDirectory scratch(directory + "/verify.tmp");
  RETURN_IF_ERROR(MakePrivateDirectory(scratch.path()));
  const std::string database = scratch.path() + "/db";
  RETURN_IF_ERROR(ledger::RestoreBackup(directory, backup.info.number, database));
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> store,
                   ledger::OpenRocksStore(database, {ledger::StoreOptions::Mode::kReadOnly}));
  ASSIGN_OR_RETURN(ledger::FsckReport report, ledger::Fsck(*store, "", progress));
  if (!report.first_damaged.empty()) return report;
  // What the backup says of itself is what is in it.
  ASSIGN_OR_RETURN(const ledger::LogKeys keys, ledger::LoadLogKeys(ledger::LogReader(*store)));
  ASSIGN_OR_RETURN(const ledger::Checkpoint stated, keys.Open(backup.note.checkpoint));
  ASSIGN_OR_RETURN(const ledger::LogState state, ledger::LogReader(*store).State());
  if (state.size < stated.size) report.first_damaged = "the log is shorter than its backup says";
  return report;
}

}  // namespace

Result<BackupNote> ParseBackupNote(std::string_view text) {
  ASSIGN_OR_RETURN(const privacy::JsonValue json, privacy::ParseJson(text));
  BackupNote note;
  ASSIGN_OR_RETURN(const std::string id, json.GetString("ledger_id"));
  ASSIGN_OR_RETURN(const Bytes raw, HexDecode(id));
  ASSIGN_OR_RETURN(note.ledger_id, ToHash32(raw));
  ASSIGN_OR_RETURN(note.origin, json.GetString("origin"));
  ASSIGN_OR_RETURN(const int64_t generation, json.GetInt("generation"));
  ASSIGN_OR_RETURN(const int64_t size, json.GetInt("size"));
  if (generation < 1 || generation > UINT32_MAX || size < 1) return Status(Code::kCorrupt, "a number out of range");
  note.generation = static_cast<uint32_t>(generation);
  note.size = static_cast<uint64_t>(size);
  ASSIGN_OR_RETURN(note.checkpoint, json.GetString("checkpoint"));
  return note;
}

Result<MadeBackup> MakeBackup(const privacy::Parts& parts, const auth::Actor& actor, const std::string& directory) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kBackup));
  RETURN_IF_ERROR(Claim(directory, parts.vault->ledger_id()));
  // Held to the end: a backup from the middle of an erasure would hold keys of two generations.
  ASSIGN_OR_RETURN(const vault::RotationTurn turn, parts.vault->TakeRotationTurn());
  RETURN_IF_ERROR(RecordAct(parts, &actor, "backup_begin", {ledger::TextField("directory", directory)}));
  MadeBackup made;
  ASSIGN_OR_RETURN(made.note, NoteNow(parts));
  ASSIGN_OR_RETURN(made.info, parts.store->BackUp(directory, NoteText(made.note)));
  RETURN_IF_ERROR(RecordAct(
      parts, &actor, "backup",
      {ledger::TextField("directory", directory), ledger::UintField("number", made.info.number),
       ledger::UintField("log_size", made.note.size), ledger::UintField("generation", made.note.generation)}));
  return made;
}

std::string DescribeBackup(const MadeBackup& backup) {
  JsonWriter out;
  out.BeginObject().Key("number").Uint(backup.info.number).Key("made").String(privacy::FormatUtc(backup.info.made));
  out.Key("bytes").Uint(backup.info.bytes).Key("files").Uint(backup.info.files);
  out.Key("origin").String(backup.note.origin).Key("log_size").Uint(backup.note.size);
  return out.Key("generation").Uint(backup.note.generation).EndObject().Take();
}

Result<std::vector<MadeBackup>> ReadBackups(const std::string& directory) {
  ASSIGN_OR_RETURN(std::vector<ledger::BackupInfo> infos, ledger::ListBackups(directory));
  std::vector<MadeBackup> backups;
  for (ledger::BackupInfo& info : infos) {
    Result<BackupNote> note = ParseBackupNote(info.note);
    if (!note.ok()) {
      return Status(Code::kCorrupt, "backup " + std::to_string(info.number) + " in " + directory +
                                        " does not say what it is of: it was not made by this program");
    }
    backups.push_back({std::move(info), std::move(*note)});
  }
  return backups;
}

Result<MadeBackup> FindBackup(const std::string& directory, uint32_t number) {
  ASSIGN_OR_RETURN(std::vector<MadeBackup> backups, ReadBackups(directory));
  if (number == 0) return std::move(backups.back());
  const auto found =
      std::find_if(backups.begin(), backups.end(), [&](const MadeBackup& b) { return b.info.number == number; });
  if (found != backups.end()) return std::move(*found);
  return Status(Code::kNotFound, "there is no backup " + std::to_string(number) + " in " + directory +
                                     "; `spor backup list` shows those there are");
}

Result<VerifiedBackup> CheckBackup(const std::string& directory, uint32_t number, bool quick,
                                   const ledger::FsckProgress& progress) {
  VerifiedBackup out;
  ASSIGN_OR_RETURN(out.backup, FindBackup(directory, number));
  RETURN_IF_ERROR(ledger::VerifyBackup(directory, out.backup.info.number));
  if (quick) return out;
  ASSIGN_OR_RETURN(out.log, RecomputeLog(directory, out.backup, progress));
  return out;
}

}  // namespace spor::service
