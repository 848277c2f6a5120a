// SPDX-License-Identifier: Apache-2.0
#include "ledger/anchor.h"

#include "crypto/files.h"

namespace spor::ledger {
namespace {

std::string PathOf(const std::string& directory, int which) { return directory + "/anchor." + std::to_string(which); }

}  // namespace

Status Anchor::Create() const { return MakePrivateDirectory(directory_); }

Result<Checkpoint> Anchor::Read(int which) const {
  const Result<std::string> content = ReadSmallFile(PathOf(directory_, which), kMaxNoteBytes);
  if (!content.ok() && content.error().code() != Code::kInvalidArgument) return content.error();
  const Result<Checkpoint> checkpoint = content.ok() ? OpenCheckpoint(*content, key_) : content.error();
  if (checkpoint.ok()) return checkpoint;
  return Status(Code::kCorrupt,
                "no anchor in " + directory_ + " is signed by this log's key: wrong directory or damage");
}

Status Anchor::Write(const std::string& note) {
  if (next_ < 0) {
    // The older file goes first, a damaged one before a good one; which one that is matters only once in the life of
    // a process.
    const Result<Checkpoint> first = Read(0);
    const Result<Checkpoint> second = Read(1);
    next_ = first.ok() && (!second.ok() || first->size > second->size) ? 1 : 0;
  }
  RETURN_IF_ERROR(OverwriteFileInPlace(PathOf(directory_, next_), AsBytes(note)));
  next_ = 1 - next_;
  return OkStatus();
}

Result<std::optional<Checkpoint>> Anchor::Newest() const {
  std::optional<Checkpoint> newest;
  Status damaged;
  for (int which : {0, 1}) {
    const Result<Checkpoint> checkpoint = Read(which);
    if (!checkpoint.ok()) {
      if (checkpoint.error().code() == Code::kIo) return checkpoint.error();
      if (checkpoint.error().code() == Code::kCorrupt) damaged = checkpoint.error();
    } else if (!newest || checkpoint->size > newest->size) {
      newest = *checkpoint;
    }
  }
  if (!newest && !damaged.ok()) return damaged;
  return newest;
}

}  // namespace spor::ledger
