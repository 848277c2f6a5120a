// SPDX-License-Identifier: Apache-2.0
#include "ledger/anchor.h"

#include "crypto/files.h"

namespace spor::ledger {
namespace {

std::string PathOf(const std::string& directory, int which) { return directory + "/anchor." + std::to_string(which); }

}  // namespace

Status Anchor::Create() const { return MakePrivateDirectory(directory_); }

Status Anchor::Write(const std::string& note) {
  if (next_ < 0) {
    // The older file goes first; which one that is matters only once in the life of a process.
    next_ = 0;
    uint64_t sizes[2] = {0, 0};
    for (int which : {0, 1}) {
      const Result<std::string> content = ReadSmallFile(PathOf(directory_, which), kMaxNoteBytes);
      if (!content.ok()) continue;
      const size_t line = content->find('\n');
      if (line != std::string::npos) sizes[which] = std::strtoull(content->c_str() + line + 1, nullptr, 10);
    }
    if (sizes[0] > sizes[1]) next_ = 1;
  }
  RETURN_IF_ERROR(OverwriteFileInPlace(PathOf(directory_, next_), AsBytes(note)));
  next_ = 1 - next_;
  return OkStatus();
}

Result<std::optional<Checkpoint>> Anchor::Newest(const VerifierKey& key) const {
  std::optional<Checkpoint> newest;
  bool damaged = false;
  for (int which : {0, 1}) {
    const Result<std::string> content = ReadSmallFile(PathOf(directory_, which), kMaxNoteBytes);
    if (!content.ok()) {
      if (content.error().code() == Code::kNotFound) continue;
      return content.error();
    }
    const Result<Checkpoint> checkpoint = OpenCheckpoint(*content, key);
    if (!checkpoint.ok()) {
      damaged = true;
    } else if (!newest || checkpoint->size > newest->size) {
      newest = *checkpoint;
    }
  }
  if (!newest && damaged) {
    return Status(Code::kCorrupt,
                  "no anchor in " + directory_ + " is signed by this log's key: wrong directory or damage");
  }
  return newest;
}

}  // namespace spor::ledger
