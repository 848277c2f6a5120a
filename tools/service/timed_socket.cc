// SPDX-License-Identifier: Apache-2.0
#include "tools/service/timed_socket.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace spor::service {

int TimedSocket::MillisLeft() const {
  if (deadline_ == Deadline::max()) return wait_;
  const int left = MillisUntil(deadline_);
  return wait_ == kForever ? left : std::min(wait_, left);
}

bool TimedSocket::WaitFor(short events) const {
  pollfd waiting{fd_, events, 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, MillisLeft());
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

// Under a limit the call itself does not wait: otherwise a send blocks until the last byte has found room. It comes
// before the wait, because most often there is something to read, and room to write.
template <typename Call>
ssize_t TimedSocket::Transfer(short events, Call call) const {
  const bool limited = wait_ != kForever || deadline_ != Deadline::max();
  const auto too_late = [] { return errno = ETIMEDOUT, ssize_t{-1}; };
  for (;;) {
    // Asked each time: a peer that never pauses gets no further than one that does.
    if (deadline_ != Deadline::max() && std::chrono::steady_clock::now() >= deadline_) return too_late();
    const ssize_t moved = call(limited ? MSG_DONTWAIT : 0);
    if (moved >= 0) return moved;
    if (errno == EINTR) continue;
    if (!limited || errno != EAGAIN) return moved;
    if (!WaitFor(events)) return too_late();
  }
}

ssize_t TimedSocket::Receive(msghdr& message) const {
  return Transfer(POLLIN, [&](int flags) { return recvmsg(fd_, &message, flags); });
}

ssize_t TimedSocket::Send(msghdr& message) const {
  return Transfer(POLLOUT, [&](int flags) { return sendmsg(fd_, &message, flags | MSG_NOSIGNAL); });
}

}  // namespace spor::service
