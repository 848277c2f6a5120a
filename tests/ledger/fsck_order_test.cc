// SPDX-License-Identifier: Apache-2.0
// A log of many chunks, read by several threads: the first damage in the log is named, every time.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "crypto/codec.h"
#include "ledger/tiles.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::FaultStore;
using doubles::MemoryStore;
using doubles::TestLog;

class FsckOrder : public ::testing::Test {
 protected:
  static constexpr uint64_t kBatches = 70;
  static constexpr uint64_t kBatch = 1000;  // events; then an operation and a head

  static void SetUpTestSuite() {
    log_ = new TestLog;
    store_ = new MemoryStore;
    ASSERT_TRUE(log_->Create(*store_, {log_->CreateOp(1, {2, 21000})}).ok());
    LogAppender appender(*store_, TestLog::kOrigin, &log_->signer);
    ASSERT_TRUE(appender.Load(*store_).ok());
    for (uint32_t b = 0; b < kBatches; ++b) {
      appender.Begin(static_cast<uint32_t>(TestLog::kStart) + b);
      for (uint64_t i = 0; i < kBatch; ++i) appender.Add({EntryKind::kEvent, RandomArray<16>(), {}, {}});
      ASSERT_TRUE(appender.AddOps({log_->CreateOp(10 + b, {0, 20400 + b})}, nullptr).ok());
      appender.AddHead({1, {}, {}, 0}, log_->day.At(TestLog::kStart + b));
      ASSERT_TRUE(store_->Write(appender.Finish(), Durability::kSynced).ok());
      appender.Commit();
    }
    ASSERT_TRUE(Anchor(log_->options.anchor_directory, log_->key()).Write(appender.checkpoint()).ok());
  }
  static void TearDownTestSuite() {
    delete store_;
    delete log_;
  }
  static uint64_t OpsOf(uint64_t batch) { return 5 + batch * (kBatch + 2) + kBatch; }
  static uint64_t HeadOf(uint64_t batch) { return OpsOf(batch) + 1; }

  // Flips a bit of the entry's kind, time, or last byte; without its tile the tree over it would show that.
  static void Damage(MemoryStore& store, uint64_t index, int from_end) {
    MemoryStore::Rows& rows = store.Table(Family::kEntry);
    auto row = std::prev(rows.upper_bound(IndexKey(index)));
    Bytes out;
    Reader in(row->second);
    for (uint64_t i = Reader(row->first).U64(); in.left() > 0; ++i) {
      Bytes entry = ToBytes(in.Str16(kMaxEntryBytes));
      if (i == index) entry[from_end > 0 ? entry.size() - static_cast<size_t>(from_end) : 1] ^= 0x40;
      Append(out, Writer().Str16(entry).bytes());
    }
    row->second = out;
  }
  static std::string Said(const MemoryStore& store) { return log_->Damage(store); }

  static TestLog* log_;
  static MemoryStore* store_;
};
TestLog* FsckOrder::log_ = nullptr;
MemoryStore* FsckOrder::store_ = nullptr;

TEST_F(FsckOrder, NothingIsWrong) {
  const Result<FsckReport> report = Fsck(*store_, log_->options.anchor_directory, nullptr);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->first_damaged, "");
  EXPECT_EQ(report->entries, HeadOf(kBatches - 1) + 1);
  EXPECT_EQ(report->heads, kBatches + 1);
  EXPECT_EQ(report->operations, kBatches + 1);
  EXPECT_EQ(report->tiles, report->entries / 256 + 1);
}

TEST_F(FsckOrder, TheFirstDamageOfManyIsNamed) {
  std::mt19937 random(7);
  for (int round = 0; round < 12; ++round) {
    MemoryStore damaged(*store_);
    uint64_t first = kNoEntry;
    // An entry that cannot be read, an operation, a head, a tile: found by four different threads.
    for (int n = 0; n < 5; ++n) {
      const uint64_t batch = random() % kBatches;
      switch (random() % 4) {
        case 0:
          Damage(damaged, OpsOf(batch) - 7, 0);
          first = std::min(first, OpsOf(batch) - 7);
          break;
        case 1:
          Damage(damaged, OpsOf(batch), 1);  // another key commitment: the next head differs, unless the tile is first
          first = std::min({first, HeadOf(batch), (OpsOf(batch) / 256 + 1) * 256 - 1});
          break;
        case 2:
          Damage(damaged, HeadOf(batch), 100);
          first = std::min(first, HeadOf(batch));
          break;
        case 3: {
          const uint64_t tile = OpsOf(batch) / 256;
          if ((tile + 1) * 256 > HeadOf(kBatches - 1)) break;
          damaged.Table(Family::kTile)[TileKey(0, tile)][99] ^= 1;
          first = std::min(first, (tile + 1) * 256 - 1);
          break;
        }
      }
    }
    if (first == kNoEntry) continue;
    const std::string said = Said(damaged);
    EXPECT_TRUE(said.starts_with("entry " + std::to_string(first) + ": ")) << said << ", not " << first;
    for (int again = 0; again < 3; ++again) EXPECT_EQ(Said(damaged), said);
  }
}

TEST_F(FsckOrder, TilesOfTheUpperLevels) {
  MemoryStore damaged(*store_);
  damaged.Table(Family::kTile)[TileKey(1, 0)][8000] ^= 1;
  EXPECT_TRUE(Said(damaged).starts_with("entry 65535: "));
  damaged.Table(Family::kTile).erase(TileKey(1, 0));
  EXPECT_TRUE(Said(damaged).starts_with("entry 65535: "));
}

TEST_F(FsckOrder, AFailureToReadIsNoDamage) {
  MemoryStore copy(*store_);
  FaultStore faults(copy);
  for (uint64_t call : {2u, 3u, 5u, 11u, 17u, 23u}) {
    faults.FailAt(call, FaultStore::How::kNotPersisted);
    const Result<FsckReport> report = Fsck(faults, log_->options.anchor_directory, nullptr);
    if (!faults.has_failed()) break;
    EXPECT_EQ(report.status().code(), Code::kIo) << call;
  }
}

}  // namespace
}  // namespace spor::ledger
