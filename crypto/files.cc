// SPDX-License-Identifier: Apache-2.0
#include "crypto/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace spor {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status Failed(const char* doing, const std::string& path) {
  const int error = errno;
  const Code code = error == ENOENT ? Code::kNotFound : Code::kIo;
  return Status(code, std::string("cannot ") + doing + " " + path + ": " + std::strerror(error));
}

Status WriteAll(int fd, ByteView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Failed("write", path);
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  // The content and the length; to wait for the time of the change, too, would cost a second write.
  return fdatasync(fd) == 0 ? OkStatus() : Failed("sync", path);
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::string> ReadSmallFile(const std::string& path, size_t max) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return Failed("open", path);
  std::string content;
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t n = read(file.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("read", path);
    if (n == 0) return content;
    content.append(block.data(), static_cast<size_t>(n));
    if (content.size() > max) {
      return Status(Code::kInvalidArgument, path + " is larger than " + std::to_string(max) + " bytes");
    }
  }
}

Status WriteFileAtomically(const std::string& path, ByteView bytes, unsigned mode) {
  const std::string temporary = path + ".tmp-" + HexEncode(AsBytes(std::to_string(getpid())));
  {
    const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.get() < 0) return Failed("create", temporary);
    if (Status written = WriteAll(file.get(), bytes, temporary); !written.ok()) {
      unlink(temporary.c_str());
      return written;
    }
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const Status failed = Failed("rename into", path);
    unlink(temporary.c_str());
    return failed;
  }
  return SyncDirectory(DirectoryOf(path));
}

Status OverwriteFileInPlace(const std::string& path, ByteView bytes) {
  struct stat before {};
  const bool fresh = stat(path.c_str(), &before) != 0 && errno == ENOENT;
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return Failed("open", path);
  RETURN_IF_ERROR(WriteAll(file.get(), bytes, path));
  const off_t size = static_cast<off_t>(bytes.size());
  if (before.st_size > size && (ftruncate(file.get(), size) != 0 || fsync(file.get()) != 0)) {
    return Failed("sync", path);
  }
  return fresh ? SyncDirectory(DirectoryOf(path)) : OkStatus();
}

Status MakePrivateDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) {
    if (errno != EEXIST) return Failed("create directory", path);
    RETURN_IF_ERROR(SyncDirectory(path));  // fails if it is something else than a directory
  }
  return SyncDirectory(DirectoryOf(path));
}

Status SyncDirectory(const std::string& path) {
  const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || fsync(directory.get()) != 0) return Failed("sync directory", path);
  return OkStatus();
}

Result<uint64_t> SyncFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0 || fsync(file.get()) != 0) return Failed("sync", path);
  return static_cast<uint64_t>(info.st_size);
}

}  // namespace spor
