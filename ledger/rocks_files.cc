// SPDX-License-Identifier: Apache-2.0
#include "ledger/rocks_files.h"

#include <algorithm>
#include <filesystem>

#include "crypto/codec.h"
#include "crypto/files.h"
#include "ledger/record_file.h"

namespace spor::ledger {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFile = size_t{4} << 30;
constexpr size_t kMaxCurrent = 64;
constexpr std::string_view kManifestPrefix = "MANIFEST-";

// The number of a file called `before` NUMBER `after`.
std::optional<uint64_t> NumberOf(std::string_view name, std::string_view before, std::string_view after) {
  if (!name.starts_with(before) || !name.ends_with(after)) return std::nullopt;
  name.remove_prefix(before.size());
  name.remove_suffix(after.size());
  const bool digits = std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (name.empty() || name.size() > 18 || !digits) return std::nullopt;
  return std::stoull(std::string(name));
}

// Numbers of the log files, ascending.
Result<std::vector<std::pair<uint64_t, std::string>>> LogFiles(const std::string& directory) {
  std::vector<std::pair<uint64_t, std::string>> files;
  std::error_code error;
  for (fs::directory_iterator file(directory, error), end; !error && file != end; file.increment(error)) {
    const std::string name = file->path().filename().string();
    if (const auto number = NumberOf(name, "", ".log")) files.emplace_back(*number, directory + "/" + name);
  }
  if (error) return Status(Code::kIo, "cannot list " + directory + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::string> CurrentManifest(const std::string& directory) {
  const Result<std::string> current = ReadSmallFile(directory + "/CURRENT", kMaxCurrent);
  if (!current.ok()) {
    return current.error().code() == Code::kIo ? current.error() : Refused("there is no database in " + directory);
  }
  if (!NumberOf(*current, kManifestPrefix, "\n")) return Refused(directory + "/CURRENT is damaged");
  return current->substr(0, current->size() - 1);
}

}  // namespace

Status Refused(const std::string& what) {
  return Status(Code::kCorrupt, what + ": do not write; copy the directory aside, then restore the newest copy that " +
                                    "`spor fsck` accepts");
}

Bytes EncodeBatchNumber(uint64_t number) { return Writer().U64(number).Take(); }

Result<uint64_t> ParseBatchNumber(ByteView value) {
  Reader in(value);
  const uint64_t number = in.U64();
  RETURN_IF_ERROR(in.Finish("number of a batch"));
  return number;
}

// u64 sequence, u32 number of rows (low byte first); then the first row: type, table, key, value, the lengths in one
// byte as far as they are below 128.
Result<std::optional<uint64_t>> ParseBatchHead(ByteView head) {
  constexpr uint8_t kRowOfATable = 5;
  Reader in(head);
  in.Raw(8);
  const bool rows = in.U32() != 0;
  if (!rows && !in.failed() && in.left() == 0) return std::optional<uint64_t>();
  const bool put = in.U8() == kRowOfATable && in.U8() < 0x80;
  const ByteView key = in.Str8(kBatchNumberKey.size());
  const ByteView value = in.Str8(sizeof(uint64_t));
  if (in.failed() || !put || AsText(key) != kBatchNumberKey) {
    return Status(Code::kCorrupt, "a record without the number of its batch");
  }
  ASSIGN_OR_RETURN(const uint64_t number, ParseBatchNumber(value));
  return std::optional(number);
}

Result<WriteAheadLog> ReadWriteAheadLog(const std::string& directory) {
  WriteAheadLog log;
  const auto add = [&](ByteView head) -> Status {
    ASSIGN_OR_RETURN(const std::optional<uint64_t> number, ParseBatchHead(head));
    if (!number) return OkStatus();
    if (!log.runs.empty() && log.runs.back().last + 1 == *number) {
      log.runs.back().last = *number;
    } else {
      log.runs.push_back({*number, *number});
    }
    return OkStatus();
  };
  ASSIGN_OR_RETURN(const auto files, LogFiles(directory));
  for (const auto& [number, path] : files) {
    ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(path, kMaxFile));
    const Result<RecordFileEnd> end = ReadRecordFile(AsBytes(content), add);
    if (!end.ok()) return Refused(path + " is damaged");
    log.unfinished = log.unfinished || end->unfinished;
  }
  return log;
}

Result<uint64_t> NewestBatch(const WriteAheadLog& log, uint64_t flushed) {
  uint64_t newest = flushed;
  for (const BatchRun& run : log.runs) {
    if (run.first > newest + 1) {
      return Refused("batches " + std::to_string(newest + 1) + " to " + std::to_string(run.first - 1) + " are missing");
    }
    newest = std::max(newest, run.last);
  }
  return newest;
}

Bytes EncodeManifest(const Manifest& manifest) { return Writer().U64(manifest.size).Str8(manifest.name).Take(); }

Result<Manifest> ParseManifest(ByteView value) {
  Reader in(value);
  Manifest manifest;
  manifest.size = in.U64();
  manifest.name = AsText(in.Str8(kMaxCurrent));
  RETURN_IF_ERROR(in.Finish("row of the manifest"));
  return manifest;
}

Result<Manifest> ReadManifest(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string name, CurrentManifest(directory));
  const std::string path = directory + "/" + name;
  const Result<std::string> content = ReadSmallFile(path, kMaxFile);
  if (!content.ok()) {
    return content.error().code() == Code::kNotFound ? Refused(path + " is missing") : content.error();
  }
  // The end of a write that never ended is no part of the database: nothing was done before it was synced.
  const Result<RecordFileEnd> end = ReadRecordFile(AsBytes(*content), [](ByteView) { return OkStatus(); });
  if (!end.ok()) return Refused(path + " is damaged");
  return Manifest{name, end->size, end->unfinished};
}

Result<Manifest> SyncManifest(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string name, CurrentManifest(directory));
  ASSIGN_OR_RETURN(const uint64_t size, SyncFile(directory + "/" + name));
  return Manifest{name, size};
}

Status CheckManifest(const Manifest& now, const Manifest& before) {
  const auto now_number = NumberOf(now.name, kManifestPrefix, "");
  const auto before_number = NumberOf(before.name, kManifestPrefix, "");
  const bool older = !now_number || !before_number || *now_number < *before_number;
  if (!older && (now.name != before.name || now.size >= before.size)) return OkStatus();
  return Refused(now.name + " is older or shorter than it was");
}

}  // namespace spor::ledger
