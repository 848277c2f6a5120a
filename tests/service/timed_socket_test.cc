// SPDX-License-Identifier: Apache-2.0
#include "tools/service/timed_socket.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>

#include "tools/service/unix_socket.h"

namespace spor::service {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

class TimedSockets : public testing::Test {
 protected:
  TimedSockets() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    ours_ = UniqueFd(fds[0]);
    theirs_ = UniqueFd(fds[1]);
  }
  // What Receive() or Send() of up to 4,096 bytes returns.
  ssize_t Receive(const TimedSocket& socket) { return socket.Receive(message_); }
  ssize_t Send(const TimedSocket& socket) { return socket.Send(message_); }
  void TheySend(size_t bytes) { EXPECT_EQ(send(theirs_.get(), block_.data(), bytes, 0), static_cast<ssize_t>(bytes)); }

  UniqueFd ours_, theirs_;
  std::array<char, 4096> block_{};
  iovec part_{block_.data(), block_.size()};
  msghdr message_ = [this] {
    msghdr message{};
    message.msg_iov = &part_;
    message.msg_iovlen = 1;
    return message;
  }();
};

TEST_F(TimedSockets, ReceivesWhatIsThereAndTheEnd) {
  const TimedSocket socket(ours_.get());
  TheySend(7);
  EXPECT_EQ(Receive(socket), 7);
  theirs_ = UniqueFd();
  EXPECT_EQ(Receive(socket), 0);
}

TEST_F(TimedSockets, WaitsForASilentPeerAsLongAsAllowed) {
  TimedSocket socket(ours_.get());
  socket.set_wait(30);
  const auto start = SteadyClock::now();
  EXPECT_EQ(Receive(socket), -1);
  EXPECT_EQ(errno, ETIMEDOUT);
  EXPECT_GE(SteadyClock::now() - start, milliseconds(29));
}

TEST_F(TimedSockets, WaitsForRoomAsLongAsAllowed) {
  TimedSocket socket(ours_.get());
  socket.set_limit(milliseconds(30));
  while (Send(socket) > 0) {
  }
  EXPECT_EQ(errno, ETIMEDOUT);
}

TEST_F(TimedSockets, StopsForAPeerThatNeverPausesWhenTheLimitHasPassed) {
  TimedSocket socket(ours_.get());
  socket.set_limit(milliseconds(30));
  const auto start = SteadyClock::now();
  do {
    TheySend(1);
    ASSERT_LT(SteadyClock::now() - start, std::chrono::seconds(10));
  } while (Receive(socket) == 1);
  EXPECT_EQ(errno, ETIMEDOUT);
}

}  // namespace
}  // namespace spor::service
