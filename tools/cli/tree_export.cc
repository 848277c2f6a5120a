// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/tree_export.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "crypto/files.h"
#include "tools/cli/file_write.h"

namespace spor::cli {
namespace {

namespace fs = std::filesystem;
using ledger::TilePath;

// The directory is ours alone unless it was made by somebody else, because the log is not public by itself; the files
// in it can then be served by any web server.
constexpr mode_t kFileMode = 0644;
constexpr size_t kMaxFileBytes = size_t{32} << 20;  // 256 entries of 64 KiB
constexpr uint8_t kLevels = 8;

Result<ledger::Checkpoint> CheckpointOf(const std::string& note) {
  ASSIGN_OR_RETURN(const ledger::Note parsed, ledger::ParseNote(note));
  return ledger::ParseCheckpoint(parsed.text);
}

bool IsFile(const std::string& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() == fs::file_type::regular;
}

class TreeExport {
 public:
  TreeExport(const std::string& note, ledger::TileReader::Fetch fetch, const ExportOptions& options)
      : note_(note), fetch_(std::move(fetch)), options_(options) {}

  Result<ExportCounts> Run() {
    ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, CheckpointOf(note_));
    RETURN_IF_ERROR(Claim());
    RETURN_IF_ERROR(ReadBefore(checkpoint));
    Result<ledger::TileReader> reader =
        ledger::TileReader::Open(checkpoint, [this](const TilePath& path) { return Fetch(path); });
    RETURN_IF_ERROR(reader.status());
    RETURN_IF_ERROR(CheckBefore(*reader));
    use_disk_ = true;  // from here on what differs is a damaged file, not another history
    RETURN_IF_ERROR(WriteTiles(*reader));
    if (stored_note_ != note_) {
      RETURN_IF_ERROR(WriteFileAtomically(At("checkpoint"), note_, kFileMode, Overwrite::kYes));
    }
    RemoveOvertaken(checkpoint.size);
    return counts_;
  }

 private:
  std::string At(const std::string& name) const { return options_.directory + "/" + name; }
  std::string At(const TilePath& path) const { return At(ledger::FormatTilePath(path)); }

  // The directory is new, empty, or holds what an export makes.
  Status Claim() const {
    std::error_code error;
    if (!fs::exists(options_.directory, error) && !error) return MakePrivateDirectory(options_.directory);
    for (fs::directory_iterator it(options_.directory, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (name == "checkpoint" || name == "tile") continue;
      if (name.starts_with("checkpoint.part-")) {  // of an export that was killed
        fs::remove(it->path(), error);
        continue;
      }
      return Status(Code::kConflict, options_.directory +
                                         " holds other files than an exported log: nothing was changed; give a new or "
                                         "empty directory");
    }
    return error ? Status(Code::kIo, options_.directory + ": " + error.message()) : OkStatus();
  }

  Status ReadBefore(const ledger::Checkpoint& now) {
    const Result<std::string> stored = ReadSmallFile(At("checkpoint"), ledger::kMaxNoteBytes);
    if (!stored.ok()) return stored.error().code() == Code::kNotFound ? OkStatus() : stored.error();
    const Result<ledger::Checkpoint> before = CheckpointOf(*stored);
    if (!before.ok()) return Status(Code::kConflict, At("checkpoint") + " is no checkpoint: nothing was changed");
    if (before->origin != now.origin) {
      return Status(Code::kConflict, options_.directory + " holds another log: nothing was changed; give another one");
    }
    if (before->size > now.size) {
      return Status(Code::kCorrupt, options_.directory + " holds " + std::to_string(before->size) +
                                        " entries of this log, but the service has published " +
                                        std::to_string(now.size) + ": keep both, and find out which was rolled back");
    }
    stored_note_ = *stored;
    before_ = *before;
    counts_.size_before = before->size;
    return OkStatus();
  }

  // What was exported earlier is the beginning of what is exported now.
  Status CheckBefore(const ledger::TileReader& reader) const {
    ASSIGN_OR_RETURN(const Hash32 root, ledger::RootAt(reader, before_.size));
    if (before_.size == 0 || root == before_.root) return OkStatus();
    return Status(Code::kCorrupt, options_.directory +
                                      " and the service hold different histories of this log from one "
                                      "of the first " +
                                      std::to_string(before_.size) +
                                      " entries on: keep both checkpoints, they are proof of it");
  }

  // What is there already is not asked for again.
  Result<Bytes> Fetch(const TilePath& path) {
    from_disk_ = use_disk_ && IsFile(At(path)) ? At(path) : "";
    if (from_disk_.empty()) return fetch_(path);
    ASSIGN_OR_RETURN(const std::string bytes, ReadSmallFile(from_disk_, kMaxFileBytes));
    return ToBytes(AsBytes(bytes));
  }

  static Status Damaged(const std::string& file) {
    return Status(Code::kConflict, file +
                                       " is damaged or of another log: nothing was overwritten; remove it, or give "
                                       "another directory");
  }
  // A file of ours that does not fit is not the service's fault.
  Status Explained(const Status& status) const {
    return status.code() == Code::kFailed && !from_disk_.empty() ? Damaged(from_disk_) : status;
  }

  // Whether an earlier export wrote it, having checked it.
  bool IsKnown(const TilePath& path) const {
    const uint64_t end = (path.index * ledger::kTileWidth + path.width) << (8 * path.level);
    return options_.present == ExportOptions::Present::kTrust && end <= before_.size && IsFile(At(path));
  }

  Status WriteTiles(const ledger::TileReader& reader) {
    const uint64_t all = ledger::CountTiles(reader.size());
    return ledger::ForEachTile(reader.size(), [&](const TilePath& path) -> Status {
      if (options_.progress) options_.progress(counts_.written + counts_.present, all);
      if (IsKnown(path)) {
        ++counts_.present;
        return OkStatus();
      }
      const Result<Bytes> bytes = reader.Read(path);
      RETURN_IF_ERROR(Explained(bytes.status()));
      const std::string file = At(path);
      if (IsFile(file)) {
        const Result<std::string> there = ReadSmallFile(file, kMaxFileBytes);
        if (!there.ok() || *there != AsText(*bytes)) return Damaged(file);
        ++counts_.present;
        return OkStatus();
      }
      std::error_code error;
      fs::create_directories(fs::path(file).parent_path(), error);
      if (error) return Status(Code::kIo, file + ": " + error.message());
      ++counts_.written;
      return WriteFileAtomically(file, AsText(*bytes), kFileMode, Overwrite::kNo);
    });
  }

  // Partial files of the checkpoint before whose full ones are there now: a reader of that checkpoint takes those.
  void RemoveOvertaken(uint64_t size) {
    const auto remove = [&](TilePath::Kind kind, uint8_t level) {
      const uint64_t index = before_.size >> (8 * level) >> 8;
      if (before_.size == 0 || ledger::TileWidthAt(level, index, size) != ledger::kTileWidth) return;
      std::error_code ignored;
      const uintmax_t removed = fs::remove_all(At(TilePath{kind, level, index, ledger::kTileWidth}) + ".p", ignored);
      if (removed != static_cast<uintmax_t>(-1) && removed > 0) counts_.removed += removed - 1;  // the folder itself
    };
    remove(TilePath::Kind::kEntries, 0);
    for (uint8_t level = 0; level < kLevels; ++level) remove(TilePath::Kind::kHashes, level);
  }

  const std::string& note_;
  const ledger::TileReader::Fetch fetch_;
  const ExportOptions& options_;
  std::string stored_note_;
  ledger::Checkpoint before_;
  bool use_disk_ = false;
  std::string from_disk_;  // the path of the file fetched last, if it was there
  ExportCounts counts_;
};

}  // namespace

Result<ExportCounts> ExportTree(const std::string& note, ledger::TileReader::Fetch fetch,
                                const ExportOptions& options) {
  return TreeExport(note, std::move(fetch), options).Run();
}

}  // namespace spor::cli
