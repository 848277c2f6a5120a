// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <thread>

#include "ledger/blobs.h"
#include "tests/ledger/answers.h"

// A child process opens a ledger, appends, publishes, erases and rewrites, and prints whatever was answered; the parent
// kills it at a random moment, opens the same directory and compares. The child is this program again: after a bare
// fork RocksDB's threads would be missing.
namespace spor::ledger {

inline constexpr int kCrashOutput = 9;

inline Result<std::unique_ptr<Store>> OpenForCrash(const std::string& directory, StoreOptions::Mode mode) {
  StoreOptions options;
  options.mode = mode;
  options.before_writing = [&](const Store& store) {
    return CheckAgainstAnchor(store, directory + "/anchor").status();
  };
  return OpenRocksStore(directory + "/data", options);
}

// ---- the child ----

class CrashChild {
 public:
  // Never ends by itself, unless something fails.
  static void Run(const std::string& directory, uint32_t round, size_t extra_bytes) {
    const auto store = OpenForCrash(directory, StoreOptions::Mode::kOpen);
    ASSERT_TRUE(store.ok()) << store.error().message();
    doubles::TestLog log(directory + "/anchor");
    log.options.head_interval = std::chrono::milliseconds(20);
    auto ledger = log.Open(**store);
    ASSERT_TRUE(ledger.ok()) << ledger.error().message();
    ASSERT_TRUE(doubles::TestLog::FinishErasure(**ledger).ok());
    CrashChild child(log, **store, **ledger, round, extra_bytes);
    std::vector<std::thread> threads;
    for (uint32_t t = 0; t < 3; ++t) threads.emplace_back([&, t] { child.Append(t); });
    threads.emplace_back([&] { child.Erase(); });
    for (std::thread& thread : threads) thread.join();
  }

 private:
  CrashChild(doubles::TestLog& log, Store& store, Ledger& ledger, uint32_t round, size_t extra_bytes)
      : log_(log), store_(store), ledger_(ledger), round_(round), extra_bytes_(extra_bytes) {}

  // One line in one write(), so that what the parent reads are whole lines but for the last.
  static void Print(const std::string& what) {
    const std::string line = what + "\n";
    ASSERT_EQ(write(kCrashOutput, line.data(), line.size()), static_cast<ssize_t>(line.size()));
  }
  uint32_t UnitNumber(uint32_t thread, uint32_t i) const { return (round_ + 1) * 1000000 + thread * 100000 + i; }
  Proposal NewUnit(uint32_t unit) const { return log_.Create(unit, {0, 20400}); }

  void Append(uint32_t thread) {
    for (uint32_t i = 0;; ++i) {
      const std::string name = std::to_string(round_) + "/" + std::to_string(thread) + "/" + std::to_string(i);
      Proposal proposal = i % 10 == 0 ? NewUnit(UnitNumber(thread, i)) : Proposal();
      proposal.entries.push_back(log_.Event(name, 1, 2));
      for (size_t at = 0; at < extra_bytes_; at += 8000) {
        proposal.writes.Put(Family::kState, ToBytes(AsBytes(std::to_string(at))), Bytes(8000, 1));
      }
      const Result<Receipt> receipt = ledger_.Submit(std::move(proposal));
      ASSERT_TRUE(receipt.ok()) << receipt.error().message();
      const Hash32 leaf = LeafHash(*ledger_.reader().EntryBytes(receipt->first_entry));
      Print("entry " + name + " " + std::to_string(receipt->first_entry) + " " + HexEncode(leaf));
      if (i % 50 != 7) continue;
      const Result<std::string> checkpoint = ledger_.Publish();
      ASSERT_TRUE(checkpoint.ok());
      Print("checkpoint " + HexEncode(AsBytes(*checkpoint)));
    }
  }
  void Erase() {
    for (uint32_t i = 0;; ++i) {
      const uint32_t unit = UnitNumber(9, i);
      Proposal made = NewUnit(unit);
      made.entries.push_back(log_.Event(std::to_string(round_) + "/unit/" + std::to_string(i), 1, unit));
      ASSERT_TRUE(ledger_.Submit(std::move(made)).ok());
      const std::vector<UnitOp> due = {UnitOp::Erase(doubles::TestLog::Unit(unit), {0, 20400}, EraseReason::kDue)};
      const auto owed = log_.Flip(ledger_, due);
      ASSERT_TRUE(owed.ok()) << owed.error().message();
      Print("erased " + std::to_string(unit));
      ASSERT_TRUE(doubles::TestLog::Destroyed(ledger_, *owed).ok());
      if (i % 3 == 0) {
        ASSERT_TRUE(store_.Rewrite({Family::kSubjectBlob, Family::kAuditBlob, Family::kKey}).ok());
      }
    }
  }

  doubles::TestLog& log_;
  Store& store_;
  Ledger& ledger_;
  const uint32_t round_;
  const size_t extra_bytes_;
};

TEST(LedgerCrashChild, DISABLED_Works) {
  const char* directory = getenv("SPOR_CRASH_DIRECTORY");
  if (directory == nullptr) GTEST_SKIP() << "this is what the tests of kills start";
  CrashChild::Run(directory, static_cast<uint32_t>(std::stoul(getenv("SPOR_CRASH_ROUND"))),
                  std::stoul(getenv("SPOR_CRASH_BYTES")));
}

// ---- the parent ----

class CrashRounds {
 public:
  explicit CrashRounds(uint32_t seed) : random_(seed) {}

  // A fresh log; what was answered before is forgotten.
  void Begin() {
    std::filesystem::remove_all(directory());
    std::filesystem::create_directory(directory());
    answers_ = Answers();
    const auto store = OpenForCrash(directory(), StoreOptions::Mode::kCreate);
    ASSERT_TRUE(store.ok()) << store.error().message();
    doubles::TestLog log(directory() + "/anchor");
    ASSERT_TRUE(log.Create(**store, {log.CreateOp(1, {2, 21000}), log.CreateOp(2, {0, 20305})}).ok());
  }

  // One kill and one look at what is left. One in five comes while the child still opens.
  void Round(size_t extra_bytes = 0) {
    const bool early = random_() % 5 == 0;
    const auto after = std::chrono::microseconds(random_() % (early ? 60000 : 150000));
    const std::string printed = RunAndKill(extra_bytes, early, after);
    Answers fresh;
    Read(printed, fresh);
    receipts_ += fresh.entries.size();
    checkpoints_ += fresh.checkpoints.size();
    ASSERT_TRUE(early || !printed.empty());
    Verify(fresh);
    for (const auto& [name, told] : fresh.entries) answers_.Entry(name, told.index, told.leaf);
    answers_.checkpoints.insert(answers_.checkpoints.end(), fresh.checkpoints.begin(), fresh.checkpoints.end());
    answers_.erased.insert(answers_.erased.end(), fresh.erased.begin(), fresh.erased.end());
    ++round_;
  }
  // Everything that was ever answered by this directory.
  void VerifyAll() {
    const auto store = OpenForCrash(directory(), StoreOptions::Mode::kReadOnly);
    ASSERT_TRUE(store.ok()) << store.error().message();
    ExpectKept(doubles::TestLog(directory() + "/anchor"), **store, answers_);
  }
  void Report() const {
    EXPECT_GT(receipts_, round_) << "the children do not get to work";
    std::printf("%u kills, %zu receipts, %zu checkpoints\n", round_, receipts_, checkpoints_);
  }

 private:
  std::string directory() const { return dir_ / "log"; }

  std::string RunAndKill(size_t extra_bytes, bool early, std::chrono::microseconds after) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    setenv("SPOR_CRASH_DIRECTORY", directory().c_str(), 1);
    setenv("SPOR_CRASH_ROUND", std::to_string(round_).c_str(), 1);
    setenv("SPOR_CRASH_BYTES", std::to_string(extra_bytes).c_str(), 1);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      dup2(ends[1], kCrashOutput);
      close(ends[0]);
      execl("/proc/self/exe", "child", "--gtest_filter=LedgerCrashChild.DISABLED_Works",
            "--gtest_also_run_disabled_tests", "--gtest_brief=1", nullptr);
      _exit(127);
    }
    close(ends[1]);
    std::string printed;
    std::thread killer;
    const auto kill_it = [child, after] {
      std::this_thread::sleep_for(after);
      kill(child, SIGKILL);
    };
    if (early) killer = std::thread(kill_it);
    std::array<char, 65536> block;
    for (ssize_t n = 0; (n = read(ends[0], block.data(), block.size())) > 0;) {
      printed.append(block.data(), static_cast<size_t>(n));
      if (!killer.joinable()) killer = std::thread(kill_it);
    }
    close(ends[0]);
    if (killer.joinable()) killer.join();
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself";
    return printed;
  }

  static void Read(const std::string& printed, Answers& answers) {
    for (size_t at = 0, end = 0; (end = printed.find('\n', at)) != std::string::npos; at = end + 1) {
      std::istringstream line(printed.substr(at, end - at));
      std::string verb, first, leaf;
      uint64_t index = 0;
      line >> verb >> first >> index >> leaf;
      if (verb == "entry") answers.Entry(first, index, *ToHash32(*HexDecode(leaf)));
      if (verb == "checkpoint") answers.checkpoints.emplace_back(AsText(*HexDecode(first)));
      if (verb == "erased") {
        answers.erased.push_back(doubles::TestLog::Unit(static_cast<uint32_t>(std::stoul(first))));
      }
    }
  }

  // As whoever holds a receipt does it: inclusion in the newest checkpoint, consistency with it.
  void Verify(const Answers& fresh) {
    const auto store = OpenForCrash(directory(), StoreOptions::Mode::kOpen);
    ASSERT_TRUE(store.ok()) << store.error().message();
    doubles::TestLog log(directory() + "/anchor");
    ASSERT_EQ(log.Damage(**store), "");
    auto ledger = log.Open(**store);
    ASSERT_TRUE(ledger.ok()) << ledger.error().message();
    const Result<std::string> note = (*ledger)->Publish();
    ASSERT_TRUE(note.ok());
    const Checkpoint now = *OpenCheckpoint(*note, log.key());
    for (const auto& [name, told] : fresh.entries) {
      const auto proof = InclusionProof((*ledger)->nodes(), told.index, now.size);
      ASSERT_TRUE(proof.ok()) << name << " is lost";
      ASSERT_TRUE(VerifyInclusion(told.index, now.size, *told.leaf, *proof, now.root).ok()) << name;
    }
    for (const std::string& given : fresh.checkpoints) {
      const Result<Checkpoint> then = OpenCheckpoint(given, log.key());
      ASSERT_TRUE(then.ok());
      const auto proof = ConsistencyProof((*ledger)->nodes(), then->size, now.size);
      ASSERT_TRUE(proof.ok()) << "a checkpoint is of a longer log";
      ASSERT_TRUE(VerifyConsistency(then->size, now.size, *proof, then->root, now.root).ok());
    }
    for (const UnitId& unit : fresh.erased) {
      const auto row = (*store)->Get(Family::kLive, unit);
      ASSERT_TRUE(row.ok() && !row->has_value()) << "an erased unit is back";
    }
  }

  std::mt19937 random_;
  doubles::TempDir dir_;
  uint32_t round_ = 0;
  size_t receipts_ = 0, checkpoints_ = 0;
  Answers answers_;
};

}  // namespace spor::ledger
