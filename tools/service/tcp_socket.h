// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tools/service/unix_socket.h"

namespace spor::service {

// A host (name or number) and a port from 0 to 65535; port 0 lets the system choose when listening.
struct TcpAddress {
  std::string host;
  uint16_t port = 0;
};
// "127.0.0.1:8090", "[::1]:8090", "laptop.example.no:8090"; kInvalidArgument otherwise.
Result<TcpAddress> ParseTcpAddress(std::string_view text);
// As it is parsed, and as a Host header wants it.
std::string FormatTcpAddress(const TcpAddress& address);

using Deadline = std::chrono::steady_clock::time_point;
// For poll(): 0 when it has passed, and never more than an hour.
int MillisUntil(Deadline deadline);

// kLater when nobody answers there before the deadline, or the name is not known.
Result<UniqueFd> ConnectTcp(const TcpAddress& address, Deadline deadline);
// kConflict when the port is taken; kInvalidArgument when the host is none of this machine's.
Result<UniqueFd> ListenTcp(const TcpAddress& address);
// The port that a listening socket has.
uint16_t PortOf(int listener);

}  // namespace spor::service
