// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "crypto/result.h"
#include "tools/service/unix_socket.h"

namespace spor::cli {

inline constexpr size_t kMaxBatchLines = 1024;
inline constexpr size_t kMaxBatchBytes = size_t{8} << 20;

// Whole lines of an input, each with its line end.
struct LineBatch {
  std::string text;
  uint64_t lines = 0;
};

// Cuts a file or a pipe into batches of whole lines. When the input pauses, what is there goes out as a batch, so that
// a slow stream of events is not held back until 1,024 have come.
//
// Threads: one. Errors: kInvalidArgument names a line of more than 8 MiB.
class LineBatches {
 public:
  // kNotFound when there is no such file.
  static Result<LineBatches> Open(const std::string& path);
  // Reads `fd`, which stays the caller's.
  static LineBatches FromFd(int fd);

  // Nothing at the end of the input.
  Result<std::optional<LineBatch>> Next();

 private:
  LineBatches(service::UniqueFd owned, int fd) : owned_(std::move(owned)), fd_(fd) {}
  // Reads more; false when the input pauses and `may_wait` does not hold.
  Result<bool> Fill(bool may_wait);
  LineBatch Cut(size_t bytes, uint64_t lines);

  service::UniqueFd owned_;
  int fd_;
  std::string pending_;
  uint64_t lines_before_ = 0;
  bool ended_ = false;
};

// The bytes of the first `lines` lines of `text`.
size_t BytesOfLines(const std::string& text, uint64_t lines);

}  // namespace spor::cli
