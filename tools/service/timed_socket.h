// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include "tools/service/tcp_socket.h"

namespace spor::service {

// A connected socket of which no wait takes longer than its limits allow. Without a limit it blocks.
//
// Threads: one. Ownership: borrows the descriptor.
class TimedSocket {
 public:
  static constexpr int kForever = -1;

  explicit TimedSocket(int fd) : fd_(fd) {}
  // Milliseconds that one wait may take, or kForever.
  void set_wait(int millis) { wait_ = millis; }
  // From now on all waits together take no longer than this; zero lifts the limit.
  void set_limit(std::chrono::milliseconds limit) {
    deadline_ = limit.count() == 0 ? Deadline::max() : std::chrono::steady_clock::now() + limit;
  }
  void set_deadline(Deadline deadline) { deadline_ = deadline; }

  // Whether one of the poll() events came in time.
  bool WaitFor(short events) const;
  // As recvmsg() and sendmsg(): some bytes, 0 at the end, -1 with errno, ETIMEDOUT when a limit passed.
  ssize_t Receive(msghdr& message) const;
  ssize_t Send(msghdr& message) const;

 private:
  int MillisLeft() const;
  template <typename Call>
  ssize_t Transfer(short events, Call call) const;

  int fd_;
  int wait_ = kForever;
  Deadline deadline_ = Deadline::max();
};

}  // namespace spor::service
