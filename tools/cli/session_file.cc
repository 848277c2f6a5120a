// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/session_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "tools/cli/file_write.h"
#include "tools/service/unix_socket.h"

namespace spor::cli {
namespace {

constexpr size_t kMaxTokenBytes = 512;
constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

Status MakePrivateFolders(const std::filesystem::path& folder) {
  std::filesystem::path so_far;
  for (const std::filesystem::path& part : folder) {
    so_far /= part;
    if (mkdir(so_far.c_str(), S_IRWXU) != 0 && errno != EEXIST && !std::filesystem::is_directory(so_far)) {
      return Status(Code::kIo, so_far.string() + " can't be made: " + std::strerror(errno));
    }
  }
  return OkStatus();
}

}  // namespace

std::string SessionFilePath(const Arguments& arguments) {
  if (std::optional<std::string> given = arguments.Find("session-file")) return *given;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') return std::string(runtime) + "/spor/session";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : ".") + "/.cache/spor/session";
}

Result<SecretBytes> ReadSessionFile(const std::string& path) {
  const service::UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0 && errno == ENOENT) {
    return Status(Code::kUnauthenticated, "not logged in; log in with: spor login USER");
  }
  struct stat found {};
  if (fd.get() < 0 || fstat(fd.get(), &found) != 0) {
    return Status(Code::kDenied, "session file " + path + " can't be read: " + std::strerror(errno));
  }
  if (!S_ISREG(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 077) != 0) {
    return Status(Code::kDenied, "session file " + path +
                                     " must be a plain file of yours that nobody else may open (mode 0600); remove it "
                                     "and log in again");
  }
  SecretBytes buffer(kMaxTokenBytes + 1);
  const ssize_t got = read(fd.get(), buffer.RevealMutable().data(), buffer.size());
  const std::string_view text = AsText(buffer.Reveal()).substr(0, got > 0 ? static_cast<size_t>(got) : 0);
  const std::string_view token = text.substr(0, text.find_last_not_of(" \r\n") + 1);
  if (token.empty() || text.size() > kMaxTokenBytes) {
    return Status(Code::kUnauthenticated, "session file " + path + " holds no session; log in again");
  }
  return SecretBytes::CopyOf(AsBytes(token));
}

Status WriteSessionFile(const std::string& path, std::string_view token) {
  RETURN_IF_ERROR(MakePrivateFolders(std::filesystem::path(path).parent_path()));
  return WriteFileAtomically(path, token, kOwnerOnly, Overwrite::kYes);
}

void RemoveSessionFile(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return;
  {
    const service::UniqueFd fd(open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    const std::string zeroes(std::min<size_t>(static_cast<size_t>(found.st_size), kMaxTokenBytes), '\0');
    if (fd.get() >= 0 && write(fd.get(), zeroes.data(), zeroes.size()) >= 0) fsync(fd.get());
  }
  unlink(path.c_str());
}

}  // namespace spor::cli
