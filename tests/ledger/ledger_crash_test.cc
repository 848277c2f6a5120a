// SPDX-License-Identifier: Apache-2.0
// A child process appends and prints a receipt for every answer; the parent kills it at a random moment. Afterwards
// every printed receipt is in the log once, and the log verifies.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::TestLog;

constexpr const char* kDirectoryVariable = "SPOR_CRASH_DIR";
constexpr const char* kRoundVariable = "SPOR_CRASH_ROUND";
constexpr const char* kBytesVariable = "SPOR_CRASH_BYTES";

std::unique_ptr<Store> OpenStore(const std::string& directory, StoreOptions::Mode mode) {
  StoreOptions options;
  options.mode = mode;
  auto store = OpenRocksStore(directory + "/data", options);
  EXPECT_TRUE(store.ok()) << store.error().message();
  return store.ok() ? std::move(*store) : nullptr;
}

// One line in one write(), so that what the parent reads are whole receipts but for the last.
void Print(const std::string& name, uint64_t index) {
  const std::string line = name + " " + std::to_string(index) + "\n";
  ASSERT_EQ(write(STDOUT_FILENO, line.data(), line.size()), static_cast<ssize_t>(line.size()));
}

// Runs in the child only.
TEST(LedgerCrashChild, DISABLED_Append) {
  const char* directory = getenv(kDirectoryVariable);
  ASSERT_NE(directory, nullptr);
  const std::string round = getenv(kRoundVariable);
  const size_t extra_bytes = std::stoul(getenv(kBytesVariable));
  const std::unique_ptr<Store> store = OpenStore(directory, StoreOptions::Mode::kOpen);
  ASSERT_NE(store, nullptr);
  TestLog log(std::string(directory) + "/anchor");
  log.options.head_interval = std::chrono::milliseconds(20);
  auto ledger = log.Open(*store);
  ASSERT_TRUE(ledger.ok()) << ledger.error().message();
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uint32_t i = 0;; ++i) {
        const std::string name = round + "/" + std::to_string(t) + "/" + std::to_string(i);
        Proposal proposal = log.Say(name, 1, 2);
        for (size_t at = 0; at < extra_bytes; at += 8000) {
          proposal.writes.Put(Family::kState, ToBytes(AsBytes(std::to_string(at))), Bytes(8000, 1));
        }
        if (i % 10 == 0) {
          const uint32_t unit = (static_cast<uint32_t>(std::stoul(round)) + 1) * 100000000 + t * 10000000 + i;
          proposal.ops.push_back(log.CreateOp(unit, {0, 20400}));
          proposal.new_units.push_back({TestLog::Unit(unit), TestLog::KeyOf(unit)});
        }
        const Result<Receipt> receipt = (*ledger)->Submit(std::move(proposal));
        ASSERT_TRUE(receipt.ok()) << receipt.error().message();
        Print(name, receipt->first_entry);
        if (i % 50 == 7) {
          ASSERT_TRUE((*ledger)->Publish().ok());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Starts the child, kills it `after` its first receipt, returns everything it printed.
std::string RunAndKill(const std::string& directory, int round, size_t extra_bytes, std::chrono::microseconds after) {
  int pipe_ends[2];
  CHECK(pipe(pipe_ends) == 0);
  const std::string filter = "--gtest_filter=LedgerCrashChild.DISABLED_Append";
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    close(pipe_ends[0]);
    setenv(kDirectoryVariable, directory.c_str(), 1);
    setenv(kRoundVariable, std::to_string(round).c_str(), 1);
    setenv(kBytesVariable, std::to_string(extra_bytes).c_str(), 1);
    execl("/proc/self/exe", "child", filter.c_str(), "--gtest_also_run_disabled_tests", "--gtest_brief=1", nullptr);
    _exit(127);
  }
  close(pipe_ends[1]);
  std::string printed;
  std::array<char, 65536> block;
  std::thread killer;
  for (;;) {
    const ssize_t n = read(pipe_ends[0], block.data(), block.size());
    if (n <= 0) break;
    printed.append(block.data(), static_cast<size_t>(n));
    if (!killer.joinable() && printed.find(std::to_string(round) + "/") != std::string::npos) {
      killer = std::thread([child, after] {
        std::this_thread::sleep_for(after);
        kill(child, SIGKILL);
      });
    }
  }
  close(pipe_ends[0]);
  if (killer.joinable()) killer.join();
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << printed.substr(0, 2000);
  return printed;
}

// The whole lines "round/thread/number index".
std::map<std::string, uint64_t> Receipts(const std::string& printed) {
  std::map<std::string, uint64_t> receipts;
  for (size_t at = 0, end; (end = printed.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = printed.substr(at, end - at);
    const size_t space = line.find(' ');
    if (space == std::string::npos || line.find('/') > space) continue;
    receipts[line.substr(0, space)] = std::stoull(line.substr(space + 1));
  }
  return receipts;
}

// Proposals carry `extra_bytes` of rows, so that a batch takes several writes.
void KillAndCheck(int rounds, size_t extra_bytes) {
  doubles::TempDir dir;
  {
    const std::unique_ptr<Store> store = OpenStore(dir.path(), StoreOptions::Mode::kCreate);
    ASSERT_NE(store, nullptr);
    TestLog log(dir / "anchor");
    ASSERT_TRUE(log.Create(*store, {log.CreateOp(1, {2, 21000}), log.CreateOp(2, {0, 20305})}).ok());
  }
  std::mt19937 random(20240501);
  std::map<std::string, uint64_t> receipts;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const auto printed =
        Receipts(RunAndKill(dir.path(), round, extra_bytes, std::chrono::microseconds(random() % 200000)));
    ASSERT_FALSE(printed.empty());
    receipts.insert(printed.begin(), printed.end());
    const std::unique_ptr<Store> store = OpenStore(dir.path(), StoreOptions::Mode::kOpen);
    ASSERT_NE(store, nullptr);
    ASSERT_EQ(TestLog::DamageOf(*store, dir / "anchor"), "");
    const auto found = doubles::EventsIn(*store);
    for (const auto& [name, index] : receipts) {
      ASSERT_EQ(found.count(name), 1u) << name;
      ASSERT_EQ(found.find(name)->second, index) << name;
    }
    for (auto event = found.begin(); event != found.end(); event = found.upper_bound(event->first)) {
      ASSERT_EQ(found.count(event->first), 1u) << event->first;
    }
  }
  std::printf("%zu receipts of %d killed processes\n", receipts.size(), rounds);
}

TEST(LedgerCrash, EveryPrintedReceiptIsInTheLogOnce) { KillAndCheck(30, 0); }

// A process that dies within such a batch leaves a record that ends with the file.
TEST(LedgerCrash, AlsoWhenBatchesAreLarge) { KillAndCheck(10, size_t{6} << 20); }

}  // namespace
}  // namespace spor::ledger
