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

Status Anchor::Write(const std::string& note) {
  if (next_ < 0) {
    // The older file goes first, a damaged one before a good one; which one that is matters only once in the life of
    // a process.
    const Result<Signed> first = Read(0);
    const Result<Signed> second = Read(1);
    next_ = first.ok() && (!second.ok() || first->checkpoint.size > second->checkpoint.size) ? 1 : 0;
  }
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
