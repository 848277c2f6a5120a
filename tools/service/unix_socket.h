// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>

#include "crypto/result.h"

namespace spor::service {

// Owns a file descriptor.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// kLater when nobody listens at `path`; kInvalidArgument when it is longer than a socket's path may be.
Result<UniqueFd> ConnectUnix(const std::string& path);
// A listening socket that only its owner may open (mode 0600). Removes a socket that nobody listens at any more;
// kConflict when somebody does, or when `path` is something else.
Result<UniqueFd> ListenUnix(const std::string& path);
// The user at the other end (SO_PEERCRED); UINT32_MAX when it is not known.
uint32_t PeerUser(int fd);

}  // namespace spor::service
