// SPDX-License-Identifier: Apache-2.0
#include "tests/reader/check_log.h"

#include <filesystem>

#include "crypto/files.h"
#include "ledger/log_keys.h"
#include "ledger/tile_reader.h"
#include "ledger/witness_policy.h"
#include "tools/report/replayed.h"
#include "tools/report/verify.h"

namespace spor::reader {
namespace {

using ledger::TilePath;

constexpr size_t kMaxFileBytes = size_t{32} << 20;  // 256 entries of 64 KiB

// The first `width` hashes or entries of a full file.
Result<Bytes> Beginning(const TilePath& path, const Bytes& full) {
  if (path.kind == TilePath::Kind::kHashes) {
    if (full.size() != ledger::kTileWidth * 32) return Status(Code::kFailed, "is no full tile");
    return Bytes(full.begin(), full.begin() + path.width * 32);
  }
  ASSIGN_OR_RETURN(std::vector<Bytes> entries, ledger::ParseEntryBundle(full));
  if (entries.size() != ledger::kTileWidth) return Status(Code::kFailed, "is no full bundle");
  entries.resize(path.width);
  return ledger::EncodeEntryBundle(entries);
}

class CheckedLog {
 public:
  CheckedLog(const std::string& directory, const std::string& vkey) : directory_(directory), vkey_(vkey) {}

  Status Check(const std::optional<std::string>& policy) {
    file_ = "checkpoint";
    ASSIGN_OR_RETURN(const std::string note, ReadSmallFile(At(file_), kMaxFileBytes));
    ASSIGN_OR_RETURN(const ledger::VerifierKey key, ledger::ParseVerifierKey(vkey_));
    ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, ledger::OpenCheckpoint(note, key));
    if (policy) RETURN_IF_ERROR(CheckQuorum(note, *policy));
    ASSIGN_OR_RETURN(const ledger::TileReader reader,
                     ledger::TileReader::Open(checkpoint, [this](const TilePath& path) { return Fetch(path); }));
    RETURN_IF_ERROR(ledger::ForEachTile(checkpoint.size, [&](const TilePath& path) -> Status {
      if (path.kind == TilePath::Kind::kHashes) return reader.Read(path).status();
      ASSIGN_OR_RETURN(const std::vector<Bytes> entries, reader.Bundle(path.index));
      for (const Bytes& entry : entries) RETURN_IF_ERROR(Replay(entry));
      return OkStatus();
    }));
    file_ = "entry " + std::to_string(next_ - 1);
    if (last_kind_ != ledger::EntryKind::kHead) {
      return Status(Code::kFailed, "the last entry of a checkpoint is a head");
    }
    file_ = "checkpoint";
    RETURN_IF_ERROR(keys_.CheckEnd());
    const ledger::VerifierKey& right = keys_.KeyFor(checkpoint.size);
    if (right.name == key.name && right.key == key.key) return OkStatus();
    return Status(Code::kFailed, "it is of another origin or key than the entries give");
  }
  const std::string& file() const { return file_; }

 private:
  std::string At(const std::string& name) const { return directory_ + "/" + name; }

  static Status CheckQuorum(const std::string& note, const std::string& text) {
    ASSIGN_OR_RETURN(const ledger::WitnessPolicy policy, ledger::WitnessPolicy::Parse(text));
    ASSIGN_OR_RETURN(const ledger::Note parsed, ledger::ParseNote(note));
    const Status quorum = policy.QuorumTime(parsed).status();
    const bool nobody = policy.needed() == 0 && quorum.code() == Code::kNotFound;
    return nobody ? OkStatus() : quorum;
  }

  // A partial file may be gone once the full one is there.
  Result<Bytes> Fetch(const TilePath& path) {
    const TilePath full{path.kind, path.level, path.index, ledger::kTileWidth};
    const bool partial = std::filesystem::is_regular_file(At(ledger::FormatTilePath(path)));
    file_ = ledger::FormatTilePath(partial ? path : full);
    ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(At(file_), kMaxFileBytes));
    const Bytes bytes = ToBytes(AsBytes(text));
    return partial || path == full ? bytes : Beginning(path, bytes);
  }

  Status Replay(const Bytes& bytes) {
    const uint64_t index = next_++;
    file_ = "entry " + std::to_string(index);
    ASSIGN_OR_RETURN(const ledger::Entry entry, ledger::ParseEntry(bytes));
    if (entry.time_s < last_time_) return Status(Code::kFailed, "is older than the entry before");
    replay_.Add(index, entry);
    RETURN_IF_ERROR(replay_.status());
    last_time_ = entry.time_s;
    last_kind_ = entry.kind;
    return keys_.Observe(index, entry);
  }

  const std::string directory_;
  const std::string vkey_;
  std::string file_;  // what was looked at last
  report::LogReplay replay_;
  ledger::LogKeys keys_;
  uint64_t next_ = 0;
  uint32_t last_time_ = 0;
  ledger::EntryKind last_kind_{};
};

}  // namespace

Status CheckLog(const std::string& directory, const std::string& vkey, const std::optional<std::string>& policy) {
  CheckedLog log(directory, vkey);
  const Status status = log.Check(policy);
  return status.ok() ? status : Status(status.code(), log.file() + ": " + status.message());
}

Status CheckReceipt(const std::string& receipt, const std::string& trust) {
  ASSIGN_OR_RETURN(const report::Verification verification, report::Verify(receipt, trust));
  if (verification.result == "verified") return OkStatus();
  for (const report::Check& check : verification.checks) {
    if (check.result == "failed") return Status(Code::kFailed, check.name + ": " + check.text_en);
  }
  return Status(Code::kFailed, verification.result);
}

}  // namespace spor::reader
