// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/file_write.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "tools/service/unix_socket.h"

namespace spor::cli {
namespace {

Status Failed(const std::string& path) {
  return Status(Code::kIo, path + " can't be written: " + std::strerror(errno));
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

void SyncFolder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const service::UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) fsync(fd.get());
}

}  // namespace

Status WriteFileAtomically(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string temporary = path + ".part-" + std::to_string(getpid());
  unlink(temporary.c_str());
  const service::UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (fd.get() < 0) return Failed(path);
  if (!WriteAll(fd.get(), bytes) || fsync(fd.get()) != 0 || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const Status failed = Failed(path);
    unlink(temporary.c_str());
    return failed;
  }
  SyncFolder(path);
  return OkStatus();
}

}  // namespace spor::cli
