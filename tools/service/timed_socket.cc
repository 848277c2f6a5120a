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

// Under a limit the call itself does not wait: otherwise a send blocks until the last byte has found room.
template <typename Call>
ssize_t TimedSocket::Transfer(short events, Call call) const {
  const bool limited = wait_ != kForever || deadline_ != Deadline::max();
  ssize_t moved = 0;
  do {
    if (limited && !WaitFor(events)) {
      errno = ETIMEDOUT;
      return -1;
    }
    moved = call(limited ? MSG_DONTWAIT : 0);
  } while (moved < 0 && (errno == EINTR || (limited && errno == EAGAIN)));
  return moved;
}

ssize_t TimedSocket::Receive(msghdr& message) const {
  return Transfer(POLLIN, [&](int flags) { return recvmsg(fd_, &message, flags); });
}

ssize_t TimedSocket::Send(msghdr& message) const {
  return Transfer(POLLOUT, [&](int flags) { return sendmsg(fd_, &message, flags | MSG_NOSIGNAL); });
}

}  // namespace spor::service
