// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/file_write.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "tools/service/unix_socket.h"

namespace spor::cli {
namespace {

constexpr int kInterrupts[] = {SIGINT, SIGTERM, SIGHUP};

Status Failed(const std::string& path) {
  return Status(Code::kIo, path + " can't be written: " + std::strerror(errno));
}

Status Occupied(const std::string& path) {
  return Status(Code::kConflict, path + " exists already; give --force to overwrite it, or another name");
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::filesystem::path FolderOf(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

void SyncFolder(const std::filesystem::path& path) {
  const service::UniqueFd fd(open(FolderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) fsync(fd.get());
}

// The file that a signal handler removes; nothing but async-signal-safe calls happen there.
char partial_path[PATH_MAX];

void RemoveAndEnd(int signal) {
  unlink(partial_path);
  struct sigaction end {};
  end.sa_handler = SIG_DFL;
  sigaction(signal, &end, nullptr);
  raise(signal);
}

// A half written file, gone when this object is, and also when the program is interrupted meanwhile. One at a time.
class PartialFile {
 public:
  explicit PartialFile(const std::string& path) {
    // A longer one is refused by open(), so that there is nothing to remove.
    const size_t size = path.size() < sizeof(partial_path) ? path.size() : 0;
    std::memcpy(partial_path, path.c_str(), size);
    partial_path[size] = '\0';
    for (size_t i = 0; i < std::size(kInterrupts); ++i) {
      sigaction(kInterrupts[i], nullptr, &before_[i]);
      if (before_[i].sa_handler != SIG_DFL) continue;  // whoever ignores or handles it goes on
      struct sigaction remove {};
      remove.sa_handler = RemoveAndEnd;
      sigaction(kInterrupts[i], &remove, nullptr);
    }
  }
  ~PartialFile() {
    unlink(partial_path);  // after a rename there is none
    for (size_t i = 0; i < std::size(kInterrupts); ++i) sigaction(kInterrupts[i], &before_[i], nullptr);
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

 private:
  struct sigaction before_[std::size(kInterrupts)] = {};
};

bool Rename(const std::string& from, const std::string& to, Overwrite overwrite) {
  if (overwrite == Overwrite::kYes) return std::rename(from.c_str(), to.c_str()) == 0;
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL) return false;
  // A file system that can't: look, then rename.
  struct stat found {};
  if (lstat(to.c_str(), &found) == 0) {
    errno = EEXIST;
    return false;
  }
  return std::rename(from.c_str(), to.c_str()) == 0;
}

}  // namespace

Status CheckWritable(const std::string& path, Overwrite overwrite) {
  struct stat found {};
  if (lstat(path.c_str(), &found) == 0) {
    if (!S_ISREG(found.st_mode)) return Status(Code::kInvalidArgument, path + " is no plain file; give another name");
    return overwrite == Overwrite::kYes ? OkStatus() : Occupied(path);
  }
  if (errno != ENOENT && errno != ENOTDIR) return Failed(path);
  std::error_code ignored;
  if (std::filesystem::is_directory(FolderOf(path), ignored)) return OkStatus();
  return Status(Code::kInvalidArgument, "there is no directory " + FolderOf(path).string() + "; make it first");
}

Status WriteFileAtomically(const std::string& path, std::string_view bytes, mode_t mode, Overwrite overwrite) {
  RETURN_IF_ERROR(CheckWritable(path, overwrite));
  const std::string temporary = path + ".part-" + std::to_string(getpid());
  unlink(temporary.c_str());
  const PartialFile partial(temporary);
  const service::UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (fd.get() < 0) return Failed(path);
  if (!WriteAll(fd.get(), bytes) || fsync(fd.get()) != 0) return Failed(path);
  if (!Rename(temporary, path, overwrite)) return errno == EEXIST ? Occupied(path) : Failed(path);
  SyncFolder(path);
  return OkStatus();
}

}  // namespace spor::cli
