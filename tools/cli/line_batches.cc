// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line_batches.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace spor::cli {
namespace {

constexpr size_t kBlockBytes = size_t{256} << 10;
constexpr int kPauseMillis = 20;

}  // namespace

size_t BytesOfLines(const std::string& text, uint64_t lines) {
  size_t bytes = 0;
  for (; lines > 0 && bytes < text.size(); --lines) {
    const size_t end = text.find('\n', bytes);
    bytes = end == std::string::npos ? text.size() : end + 1;
  }
  return bytes;
}

Result<LineBatches> LineBatches::Open(const std::string& path) {
  service::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int fd = file.get();
  if (fd < 0) {
    return Status(errno == ENOENT ? Code::kNotFound : Code::kIo, Shown(path) + ": " + std::strerror(errno));
  }
  return LineBatches(std::move(file), fd);
}

LineBatches LineBatches::FromFd(int fd) { return LineBatches(service::UniqueFd(), fd); }

Result<bool> LineBatches::Fill(bool may_wait) {
  pollfd ready{fd_, POLLIN, 0};
  if (!may_wait && poll(&ready, 1, kPauseMillis) == 0) return false;
  const size_t had = pending_.size();
  pending_.resize(had + kBlockBytes);
  ssize_t got = 0;
  do {
    got = read(fd_, pending_.data() + had, kBlockBytes);
  } while (got < 0 && errno == EINTR);
  pending_.resize(had + (got > 0 ? static_cast<size_t>(got) : 0));
  if (got < 0) return Status(Code::kIo, std::string("the input can't be read: ") + std::strerror(errno));
  if (got == 0) ended_ = true;
  return true;
}

LineBatch LineBatches::Cut(size_t bytes, uint64_t lines) {
  LineBatch batch{pending_.substr(0, bytes), lines};
  pending_.erase(0, bytes);
  lines_before_ += lines;
  return batch;
}

Result<std::optional<LineBatch>> LineBatches::Next() {
  size_t bytes = 0;  // of whole lines that are in the batch
  size_t looked = 0;
  uint64_t lines = 0;
  while (true) {
    const size_t end = pending_.find('\n', looked);
    if (end == std::string::npos) {
      looked = pending_.size();
      if (pending_.size() - bytes > kMaxBatchBytes) break;
      if (ended_) break;
      ASSIGN_OR_RETURN(const bool more, Fill(lines == 0));
      if (!more) return std::optional(Cut(bytes, lines));
      continue;
    }
    if (end + 1 > kMaxBatchBytes) break;
    bytes = looked = end + 1;
    if (++lines == kMaxBatchLines) return std::optional(Cut(bytes, lines));
  }
  // At the end the last line may lack its line end.
  const bool tail = ended_ && pending_.size() > bytes && pending_.size() <= kMaxBatchBytes;
  if (tail) return std::optional(Cut(pending_.size(), lines + 1));
  if (lines > 0) return std::optional(Cut(bytes, lines));
  if (pending_.empty()) return std::optional<LineBatch>();
  return Status(Code::kInvalidArgument, "line " + std::to_string(lines_before_ + 1) + " has more than 8 MiB");
}

}  // namespace spor::cli
