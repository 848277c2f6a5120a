// SPDX-License-Identifier: Apache-2.0
#include "ledger/anchor.h"

#include "crypto/files.h"

namespace spor::ledger {
namespace {

std::string PathOf(const std::string& directory, int which) { return directory + "/anchor." + std::to_string(which); }

}  // namespace

Anchor::Anchor(std::string directory, VerifierKey key) : directory_(std::move(directory)) {
  origin_.keys.push_back({std::move(key), 1});
}

Status Anchor::Create() const { return MakePrivateDirectory(directory_); }

Result<Anchor::Signed> Anchor::Read(int which) const {
  Result<std::string> content = ReadSmallFile(PathOf(directory_, which), kMaxNoteBytes);
  if (!content.ok() && content.error().code() != Code::kInvalidArgument) return content.error();
  Result<Checkpoint> checkpoint = content.ok() ? LogKeys::OpenIn(origin_, *content) : content.error();
  if (checkpoint.ok()) return Signed{std::move(*checkpoint), std::move(*content)};
  return Status(Code::kCorrupt,
                "no anchor in " + directory_ + " is signed by this log's key: wrong directory or damage");
}

// The older file goes first, a damaged one before a good one; which one that is matters only once in the life of a
// process. A process before this one may have left what is not on the disk: a file whose name was never synced, or one
// whose sync failed, so that its content is in memory only. Written again it is there before the other is touched.
Status Anchor::Begin() {
  RETURN_IF_ERROR(SyncDirectory(directory_));
  const std::array<Result<Signed>, 2> files = {Read(0), Read(1)};
  const bool keep_first = files[0].ok() && (!files[1].ok() || files[0]->checkpoint.size > files[1]->checkpoint.size);
  const int kept = keep_first ? 0 : 1;
  if (const Result<Signed>& newest = files[static_cast<size_t>(kept)]; newest.ok()) {
    RETURN_IF_ERROR(OverwriteFileInPlace(PathOf(directory_, kept), AsBytes(newest->note)));
  }
  next_ = 1 - kept;
  return OkStatus();
}

Status Anchor::Write(const std::string& note) {
  if (next_ < 0) RETURN_IF_ERROR(Begin());
  RETURN_IF_ERROR(OverwriteFileInPlace(PathOf(directory_, next_), AsBytes(note)));
  next_ = 1 - next_;
  return OkStatus();
}

Result<std::optional<Anchor::Signed>> Anchor::ReadNewest() const {
  std::optional<Signed> newest;
  Status damaged;
  for (int which : {0, 1}) {
    Result<Signed> read = Read(which);
    if (!read.ok()) {
      if (read.error().code() == Code::kIo) return read.error();
      if (read.error().code() == Code::kCorrupt) damaged = read.error();
    } else if (!newest || read->checkpoint.size > newest->checkpoint.size) {
      newest = std::move(*read);
    }
  }
  if (!newest && !damaged.ok()) return damaged;
  return newest;
}

Result<std::optional<Checkpoint>> Anchor::Newest() const {
  ASSIGN_OR_RETURN(const std::optional<Signed> newest, ReadNewest());
  return newest ? std::optional(newest->checkpoint) : std::nullopt;
}

Result<std::optional<std::string>> Anchor::NewestNote() const {
  ASSIGN_OR_RETURN(const std::optional<Signed> newest, ReadNewest());
  return newest ? std::optional(newest->note) : std::nullopt;
}

std::optional<Checkpoint> Anchor::Claimed() const {
  std::optional<Checkpoint> largest;
  for (int which : {0, 1}) {
    const Result<std::string> content = ReadSmallFile(PathOf(directory_, which), kMaxNoteBytes);
    const Result<Note> note = content.ok() ? ParseNote(*content) : Result<Note>(content.error());
    const Result<Checkpoint> claimed = note.ok() ? ParseCheckpoint(note->text) : Result<Checkpoint>(note.error());
    if (claimed.ok() && (!largest || claimed->size > largest->size)) largest = *claimed;
  }
  return largest;
}

}  // namespace spor::ledger
