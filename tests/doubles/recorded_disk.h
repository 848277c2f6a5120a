// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace spor::doubles {

// One thing that was done to the files below a directory.
struct DiskEvent {
  enum class Type {
    kCreate,
    kMakeDirectory,
    kWrite,
    kResize,
    kSync,
    kSyncFailed,  // what was not synced by then never will be: the kernel has forgotten that it is to be written
    kSyncDirectory,
    kRename,
    kUnlink,
    kMark
  };
  Type type = Type::kMark;
  uint64_t file = 0;  // the same for all names of a file
  std::string path;   // below the directory; of kMark: what was answered
  std::string to;     // kRename
  uint64_t at = 0;    // kWrite: offset, kResize: size
  std::string bytes;  // kWrite
};

// How much of what was never synced a disk shows after the power has gone.
enum class PowerLoss {
  kNothingUnsynced,  // only what was synced: bytes of files, and names in directories
  kSomeUnsynced,     // besides, some of the first changes of each file and of all names; the last one may be torn
  kNamesOnly,        // names and sizes are there, the unsynced bytes are zeros
  kSomePages,        // ... some pages of them are zeros
  kRenamesLost,      // everything but the renames
  kEverything,       // as after a kill: nothing is lost
};
inline constexpr PowerLoss kPowerLosses[] = {PowerLoss::kNothingUnsynced, PowerLoss::kSomeUnsynced,
                                             PowerLoss::kNamesOnly,       PowerLoss::kSomePages,
                                             PowerLoss::kRenamesLost,     PowerLoss::kEverything};

// A disk that is played from events: what it would show if the power went now.
class DiskModel {
 public:
  struct Names {
    std::map<std::string, uint64_t> files;
    std::vector<std::string> directories;  // in the order of their making
  };
  DiskModel(Names names, std::map<uint64_t, std::string> contents)
      : durable_(std::move(names)), contents_(std::move(contents)) {}

  void Play(const DiskEvent& event);
  // Names and bytes of all files after a loss; random choices are those of `random`.
  std::map<std::string, std::string> After(PowerLoss loss, std::mt19937& random) const;
  // The directories that would be there.
  std::vector<std::string> DirectoriesAfter(PowerLoss loss, std::mt19937 random) const;
  // Makes them below `place`, which must not be there.
  void Make(PowerLoss loss, uint32_t seed, const std::string& place) const;

 private:
  static void Apply(const DiskEvent& event, Names& names);
  static void Apply(const DiskEvent& event, std::string& content);
  Names NamesAfter(PowerLoss loss, std::mt19937& random) const;
  std::string ContentAfter(PowerLoss loss, std::mt19937& random, uint64_t file) const;

  Names durable_;
  std::vector<DiskEvent> names_pending_;
  std::map<uint64_t, std::string> contents_;
  std::map<uint64_t, std::vector<DiskEvent>> contents_pending_;
};

// Records what this process does to the files below one directory, RocksDB's part of it too: open(), write(), fsync()
// and their like are defined in this binary and call the kernel themselves. One of the calls can be made to fail.
//
// Threads: any while it records. One at a time in a process. Not in a build with sanitizers, which need those calls.
class RecordedDisk {
 public:
  enum class How { kNotDone, kDone };

  static bool Works();
  // What lies below `root` now counts as synced.
  explicit RecordedDisk(const std::string& root);
  ~RecordedDisk();
  RecordedDisk(const RecordedDisk&) = delete;
  RecordedDisk& operator=(const RecordedDisk&) = delete;

  // Notes that something was answered: a loss of power from now on must not lose it.
  void Mark(const std::string& what);
  // The `call`-th call from now on that changes or syncs a file whose path contains `part` fails with EIO: before it
  // did anything, or after. 0: none.
  void FailAt(uint64_t call, How how, const std::string& part);
  bool has_failed() const;
  std::vector<DiskEvent> events() const;
  DiskModel model() const;  // as it was in the beginning

 private:
  DiskModel::Names names_;
  std::map<uint64_t, std::string> contents_;
};

}  // namespace spor::doubles
