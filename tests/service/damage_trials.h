// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/files.h"
#include "tests/service/small_home.h"

// One file of a small home is damaged, the home is checked and opened as the service does it, and all of it is read.
namespace spor::service {

namespace fs = std::filesystem;

enum class Outcome {
  kRefused,      // at start
  kUnreadable,   // opened, and a read says so
  kFound,        // every answer is the same, and fsck says so
  kIrrelevant,   // every answer is the same, and fsck finds nothing wrong
  kLoss,         // exactly what lies behind the newest anchor is gone, or the newest part of it
  kAborted,      // the process ended itself before any answer
  kAbortedLate,  // ... after it had opened
  kHung,
  kDifferent,  // another answer
};
inline constexpr std::array<const char*, 9> kOutcomeNames = {
    "refused", "unreadable", "found by fsck", "irrelevant", "loss", "aborted", "aborted late", "hung", "DIFFERENT"};
constexpr size_t kOutcomes = kOutcomeNames.size();

struct Trial {
  enum class How { kUntouched, kFlipped, kRemoved, kCut, kOlder } how = How::kUntouched;
  std::string file;  // below the master, "home/db/000012.log"
  size_t at = 0;     // byte, size, or number of the older copy
  int bit = 0;       // of the byte

  std::string Name() const {
    static constexpr std::array<const char*, 5> kNames = {"untouched", "flipped", "removed", "cut", "older"};
    return file + " " + kNames[static_cast<size_t>(how)] + " " + std::to_string(at) + "." + std::to_string(bit);
  }
};

// What a file is to RocksDB or to us.
inline std::string KindOf(const std::string& file) {
  const std::string name = file.substr(file.rfind('/') + 1);
  if (name.starts_with("LOG.old")) return "LOG";
  if (file.find("/db/") == std::string::npos) {
    if (name.starts_with("anchor.")) return "anchor";
    if (name.starts_with("slots.")) return "slot file";
    return name == "home.secret" ? "slot secret" : name;
  }
  if (name.ends_with(".sst")) return "table";
  if (name.ends_with(".log")) return "write-ahead log";
  return name.substr(0, name.find('-'));
}

// Where RocksDB itself looks away, each bit of a byte is flipped; elsewhere one, another one from byte to byte.
inline bool AllBitsOf(const std::string& kind) { return kind == "write-ahead log" || kind == "MANIFEST"; }

inline std::string Content(const std::string& path) {
  const Result<std::string> content = ReadSmallFile(path, size_t{1} << 28);
  CHECK(content.ok());
  return *content;
}

// Every trial of the home in `directory`, in an order that depends on nothing but its files.
inline std::vector<Trial> AllTrials(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory + "/master")) {
    if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), directory + "/master").string());
  }
  std::sort(files.begin(), files.end());
  std::vector<Trial> trials = {{}};
  for (const std::string& file : files) {
    const std::string now = Content(directory + "/master/" + file);
    trials.push_back({Trial::How::kRemoved, file, 0});
    for (const size_t size : std::set<size_t>{0, now.size() / 2, now.empty() ? 0 : now.size() - 1}) {
      if (size < now.size()) trials.push_back({Trial::How::kCut, file, size});
    }
    std::set<std::string> seen = {now};
    for (size_t n = 0; fs::exists(directory + "/older." + std::to_string(n)); ++n) {
      const std::string path = directory + "/older." + std::to_string(n) + "/" + file;
      if (fs::exists(path) && seen.insert(Content(path)).second) trials.push_back({Trial::How::kOlder, file, n});
    }
    const bool all = AllBitsOf(KindOf(file));
    for (size_t at = 0; at < now.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        if (all || static_cast<size_t>(bit) == (at * 5 + at / 8) % 8) {
          trials.push_back({Trial::How::kFlipped, file, at, bit});
        }
      }
    }
  }
  return trials;
}

inline void Apply(const Trial& trial, const std::string& directory, const std::string& home) {
  const std::string path = home + "/" + trial.file;
  switch (trial.how) {
    case Trial::How::kUntouched: return;
    case Trial::How::kRemoved: CHECK(fs::remove(path)); return;
    case Trial::How::kCut: fs::resize_file(path, trial.at); return;
    case Trial::How::kOlder:
      fs::copy_file(directory + "/older." + std::to_string(trial.at) + "/" + trial.file, path,
                    fs::copy_options::overwrite_existing);
      return;
    case Trial::How::kFlipped: {
      std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
      stream.seekg(static_cast<std::streamoff>(trial.at));
      const int byte = stream.get() ^ 1 << trial.bit;
      stream.seekp(static_cast<std::streamoff>(trial.at));
      stream.put(static_cast<char>(byte));
      CHECK(stream.flush().good());
    }
  }
}

// Does one trial after the other in a directory of its own; a process of its own, because RocksDB can end it.
class DamageWorker {
 public:
  DamageWorker(std::string directory, std::string place, std::vector<Hash32> states, UnixSeconds time)
      : directory_(std::move(directory)), place_(std::move(place)), states_(std::move(states)), time_(time) {}

  // `opened` is told once answers could be given.
  Outcome Do(const Trial& trial, const std::function<void()>& opened) {
    Prepare(trial);
    World world(place_, World::Disk::kRocks);
    world.clock.Set(time_);
    why_.clear();
    if (const Status open = world.Open(); !open.ok()) return why_ = open.message(), Outcome::kRefused;
    opened();
    const Result<Hash32> rows = DigestOf(*world.parts().store);
    if (!rows.ok()) return Outcome::kUnreadable;
    const auto state = std::find(states_.begin(), states_.end(), *rows);
    if (state == states_.end()) return Outcome::kDifferent;
    world.Close();
    if (why_ = world.Damage(); !why_.empty()) return Outcome::kFound;
    if (state + 1 != states_.end()) return Outcome::kLoss;
    // A start may have mended it; what would fsck have said before?
    Prepare(trial);
    why_ = world.Damage();
    return why_.empty() ? Outcome::kIrrelevant : Outcome::kFound;
  }
  const std::string& why() const { return why_; }

 private:
  // Files that RocksDB writes once are shared with the master, but for the one that is damaged.
  void Prepare(const Trial& trial) const {
    static const std::set<std::string> kWrittenOnce = {"table", "write-ahead log", "MANIFEST"};
    fs::remove_all(place_);
    fs::create_directory(place_);
    for (const auto& entry : fs::recursive_directory_iterator(directory_ + "/master")) {
      const std::string file = fs::relative(entry.path(), directory_ + "/master").string();
      if (entry.is_directory()) {
        fs::create_directory(place_ + "/" + file);
      } else if (file != trial.file && kWrittenOnce.contains(KindOf(file))) {
        fs::create_hard_link(entry.path(), place_ + "/" + file);
      } else {
        fs::copy_file(entry.path(), place_ + "/" + file);
      }
    }
    Apply(trial, directory_, place_);
  }

  const std::string directory_, place_;
  const std::vector<Hash32> states_;
  const UnixSeconds time_;
  std::string why_;
};

}  // namespace spor::service
