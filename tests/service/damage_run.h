// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <random>
#include <thread>

#include "tests/service/damage_trials.h"

// Runs trials in processes of this program, counts what came of them by kind of file, and prints the table that
// docs/reliability.md shows.
namespace spor::service {

inline constexpr int kTrialOutput = 9;
inline constexpr unsigned kTrialSeconds = 30;

// What a child is told, in a file whose path is its whole environment.
struct TrialOrders {
  std::string directory;  // of the small home
  std::string place;      // of the child's own
  UnixSeconds time = 0;
  std::string states;          // hexadecimal
  std::vector<size_t> trials;  // their numbers

  void Write(const std::string& path) const {
    std::ostringstream out;
    out << directory << " " << place << " " << time << " " << states;
    for (const size_t trial : trials) out << " " << trial;
    CHECK(WriteFileAtomically(path, AsBytes(out.str()), 0600).ok());
  }
  static TrialOrders Read(const std::string& path) {
    std::istringstream in(Content(path));
    TrialOrders orders;
    in >> orders.directory >> orders.place >> orders.time >> orders.states;
    for (size_t trial = 0; in >> trial;) orders.trials.push_back(trial);
    return orders;
  }
};

inline void Say(const std::string& line) {
  const std::string whole = line + "\n";
  if (write(kTrialOutput, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) _exit(4);
}

TEST(DamageChild, DISABLED_Works) {
  const char* path = getenv("SPOR_DAMAGE_ORDERS");
  if (path == nullptr) GTEST_SKIP() << "this is what the tests of damage start";
  const TrialOrders orders = TrialOrders::Read(path);
  std::vector<Hash32> states;
  const Bytes raw = *HexDecode(orders.states);
  for (size_t at = 0; at < raw.size(); at += 32) states.push_back(*ToHash32(ByteView(raw).subspan(at, 32)));
  DamageWorker worker(orders.directory, orders.place, states, orders.time);
  const std::vector<Trial> trials = AllTrials(orders.directory);
  for (const size_t trial : orders.trials) {
    const std::string name = std::to_string(trial);
    Say("begin " + name);
    alarm(kTrialSeconds);
    const Outcome outcome = worker.Do(trials.at(trial), [&] { Say("opened " + name); });
    alarm(0);  // the parent may be slow to listen
    Say("end " + name + " " + std::to_string(static_cast<int>(outcome)) + " " + worker.why());
  }
}

// One process at a time and its share of the trials; a process that dies is followed by another for the rest.
class TrialProcess {
 public:
  using Told = std::function<void(size_t trial, Outcome outcome, const std::string& why)>;

  void Run(TrialOrders orders, const Told& told) {
    while (!orders.trials.empty()) {
      size_t done = 0;
      const int status = Child(orders, [&](size_t trial, Outcome outcome, const std::string& why) {
        CHECK(trial == orders.trials.at(done));
        ++done;
        told(trial, outcome, why);
      });
      orders.trials.erase(orders.trials.begin(), orders.trials.begin() + static_cast<std::ptrdiff_t>(done));
      if (orders.trials.empty()) return;
      ASSERT_TRUE(begun_) << "a child did nothing; its status is " << status;
      const bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
      told(orders.trials[0], hung ? Outcome::kHung : opened_ ? Outcome::kAbortedLate : Outcome::kAborted, "");
      orders.trials.erase(orders.trials.begin());
    }
  }

 private:
  int Child(const TrialOrders& orders, const Told& told) {
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    const std::string path = orders.place + ".orders";
    orders.Write(path);
    const std::string variable = "SPOR_DAMAGE_ORDERS=" + path;
    const std::array<const char*, 2> environment = {variable.c_str(), nullptr};
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      dup2(ends[1], kTrialOutput);
      const int nothing = open("/dev/null", O_WRONLY);
      dup2(nothing, STDOUT_FILENO);
      dup2(nothing, STDERR_FILENO);  // what RocksDB's asserts say
      execle("/proc/self/exe", "child", "--gtest_filter=DamageChild.DISABLED_Works", "--gtest_also_run_disabled_tests",
             "--gtest_brief=1", nullptr, environment.data());
      _exit(127);
    }
    close(ends[1]);
    begun_ = opened_ = false;
    FILE* lines = fdopen(ends[0], "r");
    char* line = nullptr;
    size_t size = 0;
    while (getline(&line, &size, lines) > 0) Take(line, told);
    free(line);
    fclose(lines);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    return status;
  }
  void Take(const std::string& line, const Told& told) {
    std::istringstream in(line);
    std::string verb, why;
    size_t trial = 0, outcome = 0;
    in >> verb >> trial >> outcome;
    if (verb == "begin") begun_ = true, opened_ = false;
    if (verb == "opened") opened_ = true;
    if (verb != "end") return;
    std::getline(in, why);
    begun_ = false;
    told(trial, static_cast<Outcome>(outcome), why);
  }
  bool begun_ = false;
  bool opened_ = false;
};

// The counts, by kind of file and what was done to it.
using DamageTable = std::map<std::pair<std::string, std::string>, std::array<size_t, kOutcomes>>;

inline void PrintTable(const DamageTable& table) {
  std::printf("| file | done to it | trials |");
  for (const char* name : kOutcomeNames) std::printf(" %s |", name);
  std::printf("\n|---|---|---|");
  for (size_t i = 0; i < kOutcomes; ++i) std::printf("---|");
  std::printf("\n");
  for (const auto& [what, counts] : table) {
    size_t all = 0;
    for (const size_t count : counts) all += count;
    std::printf("| %s | %s | %zu |", what.first.c_str(), what.second.c_str(), all);
    for (const size_t count : counts) std::printf(count == 0 ? " |" : " %zu |", count);
    std::printf("\n");
  }
  std::fflush(stdout);
}

// Every file below the master.
inline std::map<std::string, std::string> FilesOf(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory + "/master")) {
    if (entry.is_regular_file()) files[entry.path().string()] = Content(entry.path().string());
  }
  return files;
}

// All trials but flips, and a flip in one of `sample` bytes: of 1 all that there are, else one bit of the byte. Of the
// OPTIONS files one in 100 of those.
inline DamageTable RunTrials(uint32_t seed, size_t sample) {
  DamageTable table;
  doubles::RamDir dir;
  SmallHome home(dir.path());
  home.Make();
  if (::testing::Test::HasFatalFailure()) return table;
  const std::vector<Trial> trials = AllTrials(dir.path());
  const auto master = FilesOf(dir.path());
  TrialOrders orders{dir.path(), "", home.time(), "", {}};
  for (const auto& state : home.after_anchor()) orders.states += HexEncode(state.rows);
  std::array<TrialOrders, 2> shares = {orders, orders};
  size_t chosen = 0;
  std::mt19937 random(seed);
  for (size_t i = 0; i < trials.size(); ++i) {
    const std::string kind = KindOf(trials[i].file);
    const bool flip = trials[i].how == Trial::How::kFlipped;
    const size_t bits = sample > 1 && AllBitsOf(kind) ? 8 : 1;
    if (flip && random() % (kind == "OPTIONS" ? sample * 100 : sample * bits) != 0) continue;
    shares[chosen++ % shares.size()].trials.push_back(i);
  }
  std::printf("seed %u, %zu of %zu trials\n", seed, chosen, trials.size());
  std::fflush(stdout);
  static constexpr std::array<const char*, 5> kDone = {"nothing", "bit flipped", "removed", "cut", "older version"};
  Mutex mutex;
  size_t done = 0;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < shares.size(); ++i) {
    shares[i].place = dir / ("child." + std::to_string(i));
    threads.emplace_back([&, mine = shares[i]] {
      TrialProcess().Run(mine, [&](size_t number, Outcome outcome, const std::string& why) {
        MutexLock lock(mutex);
        const Trial& trial = trials[number];
        const size_t how = static_cast<size_t>(trial.how);
        ++table[{trial.file.empty() ? "" : KindOf(trial.file), kDone[how]}][static_cast<size_t>(outcome)];
        // All of them take long: what has been seen so far.
        if (++done % 20000 == 0) {
          std::printf("%zu of %zu\n", done, chosen);
          PrintTable(table);
        }
        if (outcome >= Outcome::kAborted) {
          std::printf("%s: %s %s\n", trial.Name().c_str(), kOutcomeNames[static_cast<size_t>(outcome)], why.c_str());
        }
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(FilesOf(dir.path()) == master) << "a trial has changed what the others begin with";
  return table;
}

// No damage gives another answer, and none to what is checksummed stays unnoticed.
inline void ExpectHarmless(const DamageTable& table) {
  const auto count = [](const std::array<size_t, kOutcomes>& counts, Outcome outcome) {
    return counts[static_cast<size_t>(outcome)];
  };
  static const std::set<std::string> kChecked = {"table", "write-ahead log", "MANIFEST", "CURRENT", "format"};
  size_t untouched = 0;
  for (const auto& [what, counts] : table) {
    const auto& [kind, done] = what;
    for (const Outcome outcome : {Outcome::kDifferent, Outcome::kAbortedLate, Outcome::kHung}) {
      EXPECT_EQ(count(counts, outcome), 0u)
          << kind << ", " << done << ": " << kOutcomeNames[static_cast<size_t>(outcome)];
    }
    if (done == "nothing") untouched += count(counts, Outcome::kIrrelevant);
    if (done == "bit flipped") {
      EXPECT_EQ(count(counts, Outcome::kLoss), 0u) << kind;
      if (kChecked.contains(kind)) {
        EXPECT_EQ(count(counts, Outcome::kIrrelevant), 0u) << kind;
      }
    }
    // Only the end of the write-ahead log can be lost without a trace in the database itself.
    if (kind != "write-ahead log") {
      EXPECT_EQ(count(counts, Outcome::kLoss), 0u) << kind << ", " << done;
    }
  }
  EXPECT_EQ(untouched, 1u) << "the home is not sound before anything was done to it";
}

}  // namespace spor::service
