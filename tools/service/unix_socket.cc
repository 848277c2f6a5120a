// SPDX-License-Identifier: Apache-2.0
#include "tools/service/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace spor::service {
namespace {

Result<sockaddr_un> SocketAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Status(Code::kInvalidArgument, "socket path of " + std::to_string(path.size()) +
                                              " bytes; a socket's may have 1 to " +
                                              std::to_string(sizeof(address.sun_path) - 1));
  }
  path.copy(address.sun_path, path.size());
  return address;
}

}  // namespace

Result<UniqueFd> ConnectUnix(const std::string& path) {
  ASSIGN_OR_RETURN(const sockaddr_un address, SocketAddress(path));
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return Status(Code::kIo, std::string("no socket to be had: ") + std::strerror(errno));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return Status(Code::kLater, "no service answers at " + path + " (" + std::strerror(errno) + ")");
  }
  return fd;
}

namespace {

Status RemoveStaleSocket(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? OkStatus() : Status(Code::kIo, path + ": " + std::strerror(errno));
  }
  if (!S_ISSOCK(found.st_mode)) return Status(Code::kConflict, path + " exists and is no socket; move it away");
  if (ConnectUnix(path).ok()) return Status(Code::kConflict, "a service already answers at " + path);
  if (unlink(path.c_str()) != 0) return Status(Code::kIo, path + ": " + std::strerror(errno));
  return OkStatus();
}

}  // namespace

// Bound, then closed to others, then opened for callers: in this order nobody else can slip in between.
Result<UniqueFd> ListenUnix(const std::string& path) {
  ASSIGN_OR_RETURN(const sockaddr_un address, SocketAddress(path));
  RETURN_IF_ERROR(RemoveStaleSocket(path));
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0 || bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || listen(fd.get(), SOMAXCONN) != 0) {
    return Status(Code::kIo, "can't listen at " + path + ": " + std::strerror(errno));
  }
  return fd;
}

uint32_t PeerUser(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.uid : UINT32_MAX;
}

}  // namespace spor::service
