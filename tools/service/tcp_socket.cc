// SPDX-License-Identifier: Apache-2.0
#include "tools/service/tcp_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <future>
#include <memory>
#include <thread>

namespace spor::service {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Status BadAddress(std::string_view text) {
  return Status(Code::kInvalidArgument,
                "'" + Shown(text) + "' is no HOST:PORT such as 127.0.0.1:8090 or [::1]:8090 with a port up to 65535");
}

Result<Addresses> Look(const TcpAddress& address, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) {
    return Status(Code::kLater, "the host name " + Shown(address.host) + " is not known (" + gai_strerror(error) + ")");
  }
  return Addresses(found, &freeaddrinfo);
}

// The resolver knows no time limit. A name is looked up on a thread that is left behind when it takes too long.
Result<Addresses> LookBefore(const TcpAddress& address, Deadline deadline) {
  if (Result<Addresses> numeric = Look(address, AI_NUMERICHOST); numeric.ok()) return numeric;
  auto answer = std::make_shared<std::promise<Result<Addresses>>>();
  std::future<Result<Addresses>> looked = answer->get_future();
  std::thread([answer, address] { answer->set_value(Look(address, AI_ADDRCONFIG)); }).detach();
  if (looked.wait_until(deadline) == std::future_status::ready) return looked.get();
  return Status(Code::kLater, "the host name " + Shown(address.host) + " could not be looked up in time");
}

// 0, or the errno of the failure.
int ConnectOne(int fd, const addrinfo& to, Deadline deadline) {
  if (connect(fd, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting{fd, POLLOUT, 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, MillisUntil(deadline));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

int MillisUntil(Deadline deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 3'600'000));
}

Result<TcpAddress> ParseTcpAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return BadAddress(text);
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const std::string_view port = text.substr(colon + 1);
  TcpAddress out;
  out.host = host;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  bool good = error == std::errc() && end == port.data() + port.size() && !host.empty() && host.size() <= 255;
  if (!bracketed && host.find(':') != std::string_view::npos) good = false;
  for (const unsigned char c : host) good &= std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':';
  if (!good) return BadAddress(text);
  return out;
}

std::string FormatTcpAddress(const TcpAddress& address) {
  const bool colons = address.host.find(':') != std::string::npos;
  return (colons ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<UniqueFd> ConnectTcp(const TcpAddress& address, Deadline deadline) {
  ASSIGN_OR_RETURN(const Addresses found, LookBefore(address, deadline));
  int error = ECONNREFUSED;
  for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
    UniqueFd fd(socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd.get() < 0) return Status(Code::kIo, std::string("no socket to be had: ") + std::strerror(errno));
    error = ConnectOne(fd.get(), *at, deadline);
    if (error == 0) {
      const int flags = fcntl(fd.get(), F_GETFL);
      CHECK(flags >= 0 && fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) == 0);
      return fd;
    }
  }
  return Status(Code::kLater, "nobody answers at " + FormatTcpAddress(address) + " (" + std::strerror(error) + ")");
}

Result<UniqueFd> ListenTcp(const TcpAddress& address) {
  Result<Addresses> found = Look(address, AI_PASSIVE);
  if (!found.ok()) return Status(Code::kInvalidArgument, found.error().message());
  const addrinfo& at = **found;
  UniqueFd fd(socket(at.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (fd.get() < 0 || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
    return Status(Code::kIo, std::string("no socket to be had: ") + std::strerror(errno));
  }
  if (bind(fd.get(), at.ai_addr, at.ai_addrlen) == 0 && listen(fd.get(), SOMAXCONN) == 0) return fd;
  const int error = errno;
  const Code code = error == EADDRINUSE      ? Code::kConflict
                    : error == EADDRNOTAVAIL ? Code::kInvalidArgument
                    : error == EACCES        ? Code::kDenied
                                             : Code::kIo;
  return Status(code, "can't listen at " + FormatTcpAddress(address) + ": " + std::strerror(error));
}

uint16_t PortOf(int listener) {
  sockaddr_storage own{};
  socklen_t size = sizeof(own);
  CHECK(getsockname(listener, reinterpret_cast<sockaddr*>(&own), &size) == 0);
  if (own.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&own)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&own)->sin_port);
}

}  // namespace spor::service
