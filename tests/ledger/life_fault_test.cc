// SPDX-License-Identifier: Apache-2.0
// The whole life of a ledger, in which call 1 fails, then call 2, then 3 ... until nothing fails any more: calls of the
// store and of the anchor's files, each in two ways, failed and not done, failed and done all the same.
#include <gtest/gtest.h>

#include <filesystem>

#include "crypto/files.h"
#include "tests/doubles/borrowed_store.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/ram_dir.h"
#include "tests/doubles/recorded_disk.h"
#include "tests/ledger/life.h"

namespace spor::ledger {
namespace {

using doubles::BorrowedStore;
using doubles::FaultStore;
using doubles::MemoryStore;
using doubles::RecordedDisk;
using doubles::TestLog;

// A life over a store in memory. `dir` holds the anchor.
struct MemoryLife {
  explicit MemoryLife(const std::string& dir)
      : faults(memory), log(dir + "/anchor"), life(log, [this](StoreOptions::Mode) -> Result<std::unique_ptr<Store>> {
          return std::unique_ptr<Store>(std::make_unique<BorrowedStore>(faults));
        }) {}

  // Afterwards, with nothing failing any more.
  void ExpectAllKept(bool created) {
    if (!created) {
      // Nothing, or half of it, does not open; all of it may, though nobody was told that it is there.
      const bool opens = log.Open(memory).ok();
      EXPECT_EQ(opens && log.Damage(memory).empty(), opens);
      EXPECT_FALSE(opens && AnchorIsMissing());
      return;
    }
    {
      auto again = log.Open(memory);
      ASSERT_TRUE(again.ok()) << again.error().message();
      ASSERT_TRUE((*again)->Submit(log.Say("afterwards", 1, 2)).ok());
      ASSERT_TRUE((*again)->Publish().ok());
    }
    ExpectKept(log, memory, life.answers());
  }
  bool AnchorIsMissing() const {
    return !std::filesystem::exists(log.options.anchor_directory + "/anchor.0") &&
           !std::filesystem::exists(log.options.anchor_directory + "/anchor.1");
  }

  MemoryStore memory;
  FaultStore faults;
  TestLog log;
  Life life;
};

class StoreFaults : public ::testing::TestWithParam<FaultStore::How> {};

TEST_P(StoreFaults, EveryCallOfAWholeLifeInTurn) {
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 1000u);
    SCOPED_TRACE("call " + std::to_string(n));
    doubles::RamDir dir;
    MemoryLife one(dir.path());
    one.faults.FailAt(n, GetParam());
    const bool created = one.life.Run();
    const bool untouched = !one.faults.has_failed();
    if (untouched) {
      EXPECT_EQ(one.life.failures(), 0u);
    }
    one.faults.FailAt(0, GetParam());
    one.ExpectAllKept(created);
    if (HasFailure()) return;
    if (!untouched) continue;
    EXPECT_EQ(one.life.answers().entries.size(), 18u);
    EXPECT_EQ(one.life.answers().erased.size(), 2u);
    std::printf("%llu calls\n", static_cast<unsigned long long>(n - 1));
    break;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, StoreFaults,
                         ::testing::Values(FaultStore::How::kNotPersisted, FaultStore::How::kPersisted),
                         [](const auto& how) {
                           return how.param == FaultStore::How::kPersisted ? "Persisted" : "NotPersisted";
                         });

class AnchorFaults : public ::testing::TestWithParam<RecordedDisk::How> {};

// Every checkpoint that was written to the anchor, whether or not it was synced.
void AddAnchored(const std::vector<doubles::DiskEvent>& events, Answers& answers) {
  for (const doubles::DiskEvent& event : events) {
    if (event.type == doubles::DiskEvent::Type::kWrite && event.path.find("anchor.") != std::string::npos) {
      answers.checkpoints.push_back(event.bytes);
    }
  }
}

TEST_P(AnchorFaults, EveryCallOfAWholeLifeInTurn) {
  if (!RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 1000u);
    SCOPED_TRACE("call " + std::to_string(n));
    doubles::RamDir dir;
    RecordedDisk disk(dir.path());
    MemoryLife one(dir.path());
    disk.FailAt(n, GetParam(), "anchor");
    const bool created = one.life.Run();
    const bool untouched = !disk.has_failed();
    if (untouched) {
      EXPECT_EQ(one.life.failures(), 0u);
    }
    disk.FailAt(0, GetParam(), "");
    AddAnchored(disk.events(), one.life.answers());
    one.ExpectAllKept(created);
    if (HasFailure()) return;
    if (!untouched) continue;
    EXPECT_GE(one.life.answers().checkpoints.size(), 12u);
    std::printf("%llu calls\n", static_cast<unsigned long long>(n - 1));
    break;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, AnchorFaults, ::testing::Values(RecordedDisk::How::kNotDone, RecordedDisk::How::kDone),
                         [](const auto& how) { return how.param == RecordedDisk::How::kDone ? "Done" : "NotDone"; });

}  // namespace
}  // namespace spor::ledger
