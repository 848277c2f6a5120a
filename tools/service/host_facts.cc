// SPDX-License-Identifier: Apache-2.0
#include "tools/service/host_facts.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "crypto/versions.h"

namespace spor::service {
namespace {

namespace fs = std::filesystem;

// f_type of statfs(2).
struct Magic {
  uint32_t number;
  const char* name;
};
constexpr std::array<Magic, 16> kMagics = {{{0xEF53, "ext4"},
                                            {0x58465342, "xfs"},
                                            {0x9123683E, "btrfs"},
                                            {0x2FC12FC1, "zfs"},
                                            {0xCA451A4E, "bcachefs"},
                                            {0xF2F52010, "f2fs"},
                                            {0x3434, "nilfs2"},
                                            {0x794C7630, "overlayfs"},
                                            {0x01021994, "tmpfs"},
                                            {0x858458F6, "ramfs"},
                                            {0x6969, "nfs"},
                                            {0xFF534D42, "cifs"},
                                            {0xFE534D42, "smb2"},
                                            {0x65735546, "fuse"},
                                            {0x01021997, "9p"},
                                            {0x4D44, "vfat"}}};

std::string FileSystemOf(const std::string& path) {
  struct statfs facts {};
  if (statfs(path.c_str(), &facts) != 0) return "";
  for (const Magic& magic : kMagics) {
    if (magic.number == static_cast<uint32_t>(facts.f_type)) return magic.name;
  }
  return "";
}

std::string FirstLine(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// The directory of a block device in /sys; empty for what has none (overlays, networks, memory).
fs::path BlockDevice(uint64_t device) {
  const fs::path link = "/sys/dev/block/" + std::to_string(major(device)) + ":" + std::to_string(minor(device));
  std::error_code error;
  const fs::path real = fs::canonical(link, error);
  return error ? fs::path() : real;
}

// Whether dm-crypt is this device or lies below it.
bool IsEncrypted(const fs::path& block, int depth = 0) {
  if (FirstLine(block / "dm/uuid").starts_with("CRYPT-")) return true;
  std::error_code error;
  bool any = false;
  for (fs::directory_iterator slave(block / "slaves", error); !error && slave != fs::directory_iterator();
       slave.increment(error)) {
    const fs::path below = fs::canonical(slave->path(), error);
    if (error || depth > 8 || !IsEncrypted(below, depth + 1)) return false;
    any = true;
  }
  return any;
}

std::optional<bool> IsSpinning(fs::path block) {
  std::error_code error;
  if (fs::exists(block / "partition", error)) block = block.parent_path();
  const std::string line = FirstLine(block / "queue/rotational");
  if (line.empty()) return std::nullopt;
  return line == "1";
}

PlaceFacts FactsOf(std::string name, const std::string& path) {
  PlaceFacts facts;
  facts.name = std::move(name);
  facts.path = path;
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return facts;
  facts.exists = true;
  facts.directory = S_ISDIR(found.st_mode);
  facts.owned = found.st_uid == geteuid();
  facts.mode = found.st_mode & 07777;
  facts.device = found.st_dev;
  facts.file_system = FileSystemOf(path);
  std::error_code error;
  const fs::space_info space = fs::space(path, error);
  if (!error) facts.free_bytes = space.available;
  const fs::path block = BlockDevice(found.st_dev);
  if (block.empty()) return facts;
  facts.spinning = IsSpinning(block);
  facts.encrypted = IsEncrypted(block);
  return facts;
}

std::vector<std::string> PlainSwaps() {
  std::ifstream in("/proc/swaps");
  std::string line;
  std::getline(in, line);  // headings
  std::vector<std::string> plain;
  while (std::getline(in, line)) {
    const std::string device = line.substr(0, line.find_first_of(" \t"));
    struct stat found {};
    if (device.find("/zram") != std::string::npos) continue;  // memory
    const bool known = stat(device.c_str(), &found) == 0;
    const fs::path block = known ? BlockDevice(S_ISBLK(found.st_mode) ? found.st_rdev : found.st_dev) : fs::path();
    if (block.empty() || !IsEncrypted(block)) plain.push_back(device);
  }
  return plain;
}

}  // namespace

HostFacts ReadHostFacts(const HomePlaces& places) {
  HostFacts facts;
  facts.places = {FactsOf("data", places.home), FactsOf("keys", places.keys_dir),
                  FactsOf("secret", places.slot_secret_file), FactsOf("anchor", places.anchor_dir)};
  facts.plain_swaps = PlainSwaps();
  const std::string resume = FirstLine("/sys/power/resume");
  facts.hibernates = !resume.empty() && resume != "0:0";
  facts.core_pattern = FirstLine("/proc/sys/kernel/core_pattern");
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) facts.memory_lock = limit.rlim_cur;
  facts.secrets_locked = SecretMemoryLocked();
  timex clock{};
  const int state = adjtimex(&clock);
  if (state >= 0) facts.clock_synchronised = state != TIME_ERROR;
  facts.root = geteuid() == 0;
  facts.sodium = SodiumVersion();
  facts.openssl = OpenSslVersion();
  facts.rocksdb = ledger::StoreVersion();
  return facts;
}

}  // namespace spor::service
