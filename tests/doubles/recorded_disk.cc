// SPDX-License-Identifier: Apache-2.0
#include "tests/doubles/recorded_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>

#include "crypto/files.h"

namespace spor::doubles {
namespace {

using Type = DiskEvent::Type;

// What is being recorded; one for the process, because the calls of the C library have no object.
struct Recording {
  struct Open {
    uint64_t file = 0;  // 0: a directory
    std::string path;
  };
  std::string root;
  std::vector<DiskEvent> events;
  std::map<std::string, uint64_t> files;  // as they are called now
  std::set<std::string> directories;
  std::map<int, Open> open;
  uint64_t next_file = 1;
  uint64_t calls = 0, fail_at = 0;
  RecordedDisk::How how = RecordedDisk::How::kNotDone;
  std::string part;
};
std::mutex mutex;  // also around the call itself, so that the events stand in the order of their effects
Recording* recording = nullptr;

// The path below the root, if it lies there.
std::optional<std::string> Below(const char* path) {
  if (recording == nullptr || path == nullptr) return std::nullopt;
  const std::string whole(path);
  if (whole == recording->root) return "";
  if (!whole.starts_with(recording->root + "/")) return std::nullopt;
  std::string below = std::filesystem::path(whole.substr(recording->root.size() + 1)).lexically_normal().string();
  if (below.ends_with('/')) below.pop_back();
  return below;
}

Recording::Open* OpenAt(int fd) {
  if (recording == nullptr) return nullptr;
  const auto found = recording->open.find(fd);
  return found == recording->open.end() ? nullptr : &found->second;
}

// Whether this call on `path` is the one that fails, and then whether it is done all the same.
bool Fails(const std::string& path) {
  if (recording->fail_at == 0 || path.find(recording->part) == std::string::npos) return false;
  return ++recording->calls == recording->fail_at;
}
bool DoneAllTheSame() { return recording->how == RecordedDisk::How::kDone; }

// Does `act`, notes `event` if it worked, and fails if it is this call's turn.
template <typename Act>
long Recorded(const std::string& path, const Act& act, DiskEvent event) {
  const bool fails = Fails(path);
  if (fails && !DoneAllTheSame()) return errno = EIO, -1;
  const long result = act();
  if (result >= 0) recording->events.push_back(std::move(event));
  if (fails) return errno = EIO, -1;
  return result;
}

[[maybe_unused]] int OpenFile(const char* path, int flags, mode_t mode) {
  const auto act = [&] { return syscall(SYS_openat, AT_FDCWD, path, flags, mode); };
  const std::lock_guard<std::mutex> lock(mutex);
  const std::optional<std::string> below = Below(path);
  if (!below) return static_cast<int>(act());
  const bool fresh = !recording->files.contains(*below);
  const bool creates = (flags & O_CREAT) != 0 && fresh;
  const bool changes = creates || (flags & O_TRUNC) != 0;
  const bool fails = changes && Fails(*below);
  if (fails && !DoneAllTheSame()) return errno = EIO, -1;
  const int fd = static_cast<int>(act());
  if (fd < 0) return fd;
  struct stat info {};
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    recording->open[fd] = {0, *below};
    return fd;
  }
  if (creates) recording->events.push_back({Type::kCreate, recording->next_file, *below, "", 0, ""});
  if (fresh) recording->files[*below] = recording->next_file++;
  const uint64_t file = recording->files[*below];
  if ((flags & O_TRUNC) != 0 && !creates) recording->events.push_back({Type::kResize, file, *below, "", 0, ""});
  if (fails) {
    syscall(SYS_close, fd);
    return errno = EIO, -1;
  }
  recording->open[fd] = {file, *below};
  return fd;
}

[[maybe_unused]] ssize_t WriteAt(int fd, const void* bytes, size_t size, std::optional<off_t> offset) {
  const auto act = [&] {
    return offset ? syscall(SYS_pwrite64, fd, bytes, size, *offset) : syscall(SYS_write, fd, bytes, size);
  };
  const std::lock_guard<std::mutex> lock(mutex);
  const Recording::Open* open = OpenAt(fd);
  if (open == nullptr || open->file == 0) return act();
  const bool fails = Fails(open->path);
  if (fails && !DoneAllTheSame()) return errno = EIO, -1;
  const off_t at = offset ? *offset : lseek(fd, 0, SEEK_CUR);
  const ssize_t written = act();
  if (written > 0) {
    recording->events.push_back({Type::kWrite, open->file, open->path, "", static_cast<uint64_t>(at),
                                 std::string(static_cast<const char*>(bytes), static_cast<size_t>(written))});
  }
  if (fails) return errno = EIO, -1;
  return written;
}

[[maybe_unused]] int Resize(int fd, off_t size) {
  const auto act = [&] { return syscall(SYS_ftruncate, fd, size); };
  const std::lock_guard<std::mutex> lock(mutex);
  const Recording::Open* open = OpenAt(fd);
  if (open == nullptr || open->file == 0) return static_cast<int>(act());
  return static_cast<int>(
      Recorded(open->path, act, {Type::kResize, open->file, open->path, "", static_cast<uint64_t>(size), ""}));
}

[[maybe_unused]] int Sync(int fd, long number) {
  const auto act = [&] { return syscall(number, fd); };
  const std::lock_guard<std::mutex> lock(mutex);
  const Recording::Open* open = OpenAt(fd);
  if (open == nullptr) return static_cast<int>(act());
  const Type type = open->file == 0 ? Type::kSyncDirectory : Type::kSync;
  const size_t before = recording->events.size();
  const long result = Recorded(open->path, act, {type, open->file, open->path, "", 0, ""});
  if (result < 0 && type == Type::kSync && recording->events.size() == before) {
    recording->events.push_back({Type::kSyncFailed, open->file, open->path, "", 0, ""});
  }
  return static_cast<int>(result);
}

[[maybe_unused]] int Rename(const char* from, const char* to) {
  const auto act = [&] { return syscall(SYS_rename, from, to); };
  const std::lock_guard<std::mutex> lock(mutex);
  const std::optional<std::string> old_path = Below(from), new_path = Below(to);
  if (!old_path || !new_path || !recording->files.contains(*old_path)) return static_cast<int>(act());
  const uint64_t file = recording->files[*old_path];
  const size_t before = recording->events.size();
  const long result = Recorded(*new_path, act, {Type::kRename, file, *old_path, *new_path, 0, ""});
  if (recording->events.size() > before) {
    recording->files.erase(*old_path);
    recording->files[*new_path] = file;
  }
  return static_cast<int>(result);
}

[[maybe_unused]] int Unlink(const char* path) {
  const auto act = [&] { return syscall(SYS_unlink, path); };
  const std::lock_guard<std::mutex> lock(mutex);
  const std::optional<std::string> below = Below(path);
  if (!below || !recording->files.contains(*below)) return static_cast<int>(act());
  const size_t before = recording->events.size();
  const long result = Recorded(*below, act, {Type::kUnlink, recording->files[*below], *below, "", 0, ""});
  if (recording->events.size() > before) recording->files.erase(*below);
  return static_cast<int>(result);
}

[[maybe_unused]] int MakeDirectory(const char* path, mode_t mode) {
  const auto act = [&] { return syscall(SYS_mkdir, path, mode); };
  const std::lock_guard<std::mutex> lock(mutex);
  const std::optional<std::string> below = Below(path);
  if (!below) return static_cast<int>(act());
  return static_cast<int>(Recorded(*below, act, {Type::kMakeDirectory, 0, *below, "", 0, ""}));
}

[[maybe_unused]] int Allocate(int fd, int mode, off_t offset, off_t size) {
  // Room that is only set aside changes nothing that can be seen, but on a disk in memory it costs the memory.
  if ((mode & FALLOC_FL_KEEP_SIZE) != 0) return 0;
  const auto act = [&] { return syscall(SYS_fallocate, fd, mode, offset, size); };
  const std::lock_guard<std::mutex> lock(mutex);
  const Recording::Open* open = OpenAt(fd);
  if (open == nullptr) return static_cast<int>(act());
  const uint64_t end = static_cast<uint64_t>(offset + size);
  return static_cast<int>(Recorded(open->path, act, {Type::kResize, open->file, open->path, "", end, ""}));
}

[[maybe_unused]] int Close(int fd) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (recording != nullptr) recording->open.erase(fd);
  return static_cast<int>(syscall(SYS_close, fd));
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

constexpr size_t kPage = 4096;

}  // namespace

// ---- the model ----

void DiskModel::Apply(const DiskEvent& event, Names& names) {
  switch (event.type) {
    case Type::kCreate: names.files[event.path] = event.file; break;
    case Type::kMakeDirectory: names.directories.push_back(event.path); break;
    case Type::kRename:
      names.files.erase(event.path);
      names.files[event.to] = event.file;
      break;
    case Type::kUnlink: names.files.erase(event.path); break;
    default: break;
  }
}

void DiskModel::Apply(const DiskEvent& event, std::string& content) {
  if (event.type == Type::kResize) return content.resize(event.at, '\0');
  if (content.size() < event.at + event.bytes.size()) content.resize(event.at + event.bytes.size(), '\0');
  content.replace(event.at, event.bytes.size(), event.bytes);
}

void DiskModel::Play(const DiskEvent& event) {
  switch (event.type) {
    case Type::kMark: break;
    case Type::kWrite:
    case Type::kResize: contents_pending_[event.file].push_back(event); break;
    case Type::kSync:
      for (const DiskEvent& change : contents_pending_[event.file]) Apply(change, contents_[event.file]);
      contents_pending_.erase(event.file);
      break;
    case Type::kSyncFailed: contents_pending_.erase(event.file); break;
    case Type::kSyncDirectory:
      std::erase_if(names_pending_, [&](const DiskEvent& change) {
        const bool here = DirectoryOf(change.path) == event.path || DirectoryOf(change.to) == event.path;
        if (here) Apply(change, durable_);
        return here;
      });
      break;
    default: names_pending_.push_back(event);
  }
}

DiskModel::Names DiskModel::NamesAfter(PowerLoss loss, std::mt19937& random) const {
  Names names = durable_;
  size_t kept = loss == PowerLoss::kNothingUnsynced ? 0 : names_pending_.size();
  if (loss == PowerLoss::kSomeUnsynced) kept = random() % (kept + 1);
  for (size_t i = 0; i < kept; ++i) {
    if (loss == PowerLoss::kRenamesLost && names_pending_[i].type == Type::kRename) continue;
    Apply(names_pending_[i], names);
  }
  return names;
}

std::string DiskModel::ContentAfter(PowerLoss loss, std::mt19937& random, uint64_t file) const {
  const auto durable = contents_.find(file);
  std::string content = durable == contents_.end() ? "" : durable->second;
  const auto found = contents_pending_.find(file);
  if (found == contents_pending_.end() || loss == PowerLoss::kNothingUnsynced) return content;
  const std::vector<DiskEvent>& pending = found->second;
  const std::string before = content;
  const size_t kept = loss == PowerLoss::kSomeUnsynced ? random() % (pending.size() + 1) : pending.size();
  for (size_t i = 0; i < kept; ++i) Apply(pending[i], content);
  if (kept < pending.size() && pending[kept].type == Type::kWrite) {
    DiskEvent torn = pending[kept];
    torn.bytes.resize(random() % (torn.bytes.size() + 1));
    Apply(torn, content);
  }
  if (loss != PowerLoss::kNamesOnly && loss != PowerLoss::kSomePages) return content;
  for (size_t page = 0; page < content.size(); page += kPage) {
    if (loss == PowerLoss::kSomePages && random() % 2 == 0) continue;
    for (size_t i = page; i < std::min(page + kPage, content.size()); ++i)
      content[i] = i < before.size() ? before[i] : 0;
  }
  return content;
}

std::map<std::string, std::string> DiskModel::After(PowerLoss loss, std::mt19937& random) const {
  std::map<std::string, std::string> files;
  for (const auto& [path, file] : NamesAfter(loss, random).files) files[path] = ContentAfter(loss, random, file);
  return files;
}

std::vector<std::string> DiskModel::DirectoriesAfter(PowerLoss loss, std::mt19937 random) const {
  return NamesAfter(loss, random).directories;
}

void DiskModel::Make(PowerLoss loss, uint32_t seed, const std::string& place) const {
  namespace fs = std::filesystem;
  std::mt19937 random(seed);
  std::set<std::string> there = {""};
  CHECK(fs::create_directory(place));
  for (const std::string& directory : DirectoriesAfter(loss, random)) {
    if (!there.contains(DirectoryOf(directory))) continue;  // what it lies in is gone
    if (there.insert(directory).second) fs::create_directory(place + "/" + directory);
  }
  for (const auto& [path, content] : After(loss, random)) {
    if (!there.contains(DirectoryOf(path))) continue;
    const int fd = open((place + "/" + path).c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0 && write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    close(fd);
  }
}

// ---- the recording ----

RecordedDisk::RecordedDisk(const std::string& root) {
  namespace fs = std::filesystem;
  auto* fresh = new Recording();
  fresh->root = root;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string path = fs::relative(entry.path(), root).string();
    if (entry.is_directory()) {
      names_.directories.push_back(path);
    } else {
      fresh->files[path] = names_.files[path] = fresh->next_file;
      contents_[fresh->next_file++] = *ReadSmallFile(entry.path().string(), size_t{1} << 30);
    }
  }
  std::sort(names_.directories.begin(), names_.directories.end());
  const std::lock_guard<std::mutex> lock(mutex);
  CHECK(recording == nullptr);
  recording = fresh;
}

RecordedDisk::~RecordedDisk() {
  const std::lock_guard<std::mutex> lock(mutex);
  delete recording;
  recording = nullptr;
}

void RecordedDisk::Mark(const std::string& what) {
  const std::lock_guard<std::mutex> lock(mutex);
  recording->events.push_back({Type::kMark, 0, what, "", 0, ""});
}

void RecordedDisk::FailAt(uint64_t call, How how, const std::string& part) {
  const std::lock_guard<std::mutex> lock(mutex);
  recording->calls = 0;
  recording->fail_at = call;
  recording->how = how;
  recording->part = part;
}

bool RecordedDisk::has_failed() const {
  const std::lock_guard<std::mutex> lock(mutex);
  return recording->fail_at != 0 && recording->calls >= recording->fail_at;
}

std::vector<DiskEvent> RecordedDisk::events() const {
  const std::lock_guard<std::mutex> lock(mutex);
  return recording->events;
}

DiskModel RecordedDisk::model() const { return DiskModel(names_, contents_); }

#ifdef SPOR_SANITIZED
bool RecordedDisk::Works() { return false; }
#else
bool RecordedDisk::Works() { return true; }
#endif

}  // namespace spor::doubles

#ifndef SPOR_SANITIZED
// The dynamic linker finds these before the C library's, for the shared libraries too.
extern "C" {

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list more;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    va_end(more);
  }
  return spor::doubles::OpenFile(path, flags, mode);
}
int close(int fd) { return spor::doubles::Close(fd); }
ssize_t write(int fd, const void* bytes, size_t size) { return spor::doubles::WriteAt(fd, bytes, size, std::nullopt); }
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) { return spor::doubles::WriteAt(fd, bytes, size, at); }
int ftruncate(int fd, off_t size) { return spor::doubles::Resize(fd, size); }
int fsync(int fd) { return spor::doubles::Sync(fd, SYS_fsync); }
int fdatasync(int fd) { return spor::doubles::Sync(fd, SYS_fdatasync); }
int fallocate(int fd, int mode, off_t offset, off_t size) { return spor::doubles::Allocate(fd, mode, offset, size); }
int rename(const char* from, const char* to) { return spor::doubles::Rename(from, to); }
int unlink(const char* path) { return spor::doubles::Unlink(path); }
int mkdir(const char* path, mode_t mode) { return spor::doubles::MakeDirectory(path, mode); }

}  // extern "C"
#endif
