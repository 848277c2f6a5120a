// SPDX-License-Identifier: Apache-2.0
#include "ledger/fsck.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "ledger/blobs.h"
#include "ledger/tiles.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::MemoryStore;
using doubles::TestLog;

// A log of some 350 entries: a full tile, several rows in each table, a unit moved and one erased.
class FsckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_.Create(store_, {log_.CreateOp(1, {2, 21000}), log_.CreateOp(2, {0, 20305})}).ok());
    auto ledger = log_.Open(store_);
    ASSERT_TRUE(ledger.ok());
    for (uint32_t i = 0; i < 60; ++i) {
      Proposal proposal = log_.Create(10 + i, {static_cast<uint8_t>(i % 3), 20400 + i});
      for (int k = 0; k < 4; ++k) proposal.entries.push_back(log_.Event("e", 1, 10 + i));
      ASSERT_TRUE((*ledger)->Submit(std::move(proposal)).ok());
      log_.clock.Advance(1);
      if (i % 10 == 0) {
        ASSERT_TRUE((*ledger)->Publish().ok());
      }
    }
    ASSERT_TRUE(log_.Erase(**ledger, {UnitOp::Erase(TestLog::Unit(10), {0, 20400}, EraseReason::kDue)}).ok());
    Proposal redue;
    redue.ops = {UnitOp::Redue(TestLog::Unit(11), {1, 20401}, {1, 20500}, 1, 1, RedueReason::kHoldOn)};
    ASSERT_TRUE((*ledger)->Submit(std::move(redue)).ok());
    log_.clock.Advance(1);
    ASSERT_TRUE((*ledger)->Publish().ok());
    ASSERT_TRUE((*ledger)->Submit(log_.Say("after the last head", 1, 12)).ok());
    // Before closing makes a head.
    copy_ = std::make_unique<MemoryStore>(store_);
    std::filesystem::copy(log_.options.anchor_directory, copy_directory_ / "anchor");
  }
  // What fsck says of the copy, or of a damaged copy of it.
  std::string Damage(const MemoryStore& store) const { return TestLog::DamageOf(store, copy_directory_ / "anchor"); }

  // Flips one bit in each of `tries` places of a table's keys or values; every one must be noticed.
  void FlipEach(Family family, bool in_key, size_t tries) {
    std::mt19937 random(static_cast<uint32_t>(family) * 2 + in_key);
    MemoryStore::Rows rows = copy_->Table(family);
    ASSERT_FALSE(rows.empty()) << FamilyName(family);
    // Behind the newest head nothing but the sealed sections can tell.
    if (family == Family::kEntry) rows.erase(std::prev(rows.end()));
    size_t bytes = 0;
    for (const auto& [key, value] : rows) bytes += in_key ? key.size() : value.size();
    for (size_t i = 0; i < tries; ++i) {
      size_t at = tries >= bytes * 8 ? i / 8 : random() % bytes;
      const uint8_t mask = static_cast<uint8_t>(1 << (tries >= bytes * 8 ? i % 8 : random() % 8));
      if (at >= bytes) return;
      for (const auto& [key, value] : rows) {
        const size_t size = in_key ? key.size() : value.size();
        if (at >= size) {
          at -= size;
          continue;
        }
        MemoryStore damaged(*copy_);
        Bytes new_key = key;
        Bytes new_value = value;
        (in_key ? new_key : new_value)[at] ^= mask;
        damaged.Table(family).erase(key);
        damaged.Table(family)[new_key] = new_value;
        ASSERT_NE(Damage(damaged), "") << FamilyName(family) << (in_key ? " key " : " value ") << HexEncode(key)
                                       << " byte " << at;
        break;
      }
    }
  }

  TestLog log_;
  MemoryStore store_;
  std::unique_ptr<MemoryStore> copy_;
  doubles::TempDir copy_directory_;
};

TEST_F(FsckTest, CountsWhatItSees) {
  uint64_t calls = 0;
  const Result<FsckReport> report =
      Fsck(*copy_, copy_directory_ / "anchor", [&](FsckStage, uint64_t, uint64_t) { ++calls; });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->first_damaged, "");
  EXPECT_EQ(report->origin, TestLog::kOrigin);
  EXPECT_EQ(report->entries, LogReader(*copy_).State()->size);
  EXPECT_EQ(report->heads, 9u);
  EXPECT_EQ(report->operations, 64u);
  EXPECT_EQ(report->units, 61u);
  EXPECT_EQ(report->tiles, 1u);
  EXPECT_EQ(report->sections, 482u);
  EXPECT_EQ(report->blobs_present, 478u);
  EXPECT_GT(calls, 0u);
}

TEST_F(FsckTest, FindsAFlippedBitOfTheLogState) {
  FlipEach(Family::kMeta, false, 400);
  FlipEach(Family::kMeta, true, 100000);
}

TEST_F(FsckTest, FindsAFlippedBitOfEntries) {
  FlipEach(Family::kEntry, false, 300);
  FlipEach(Family::kEntry, true, 100);
}

TEST_F(FsckTest, FindsAFlippedBitOfTiles) {
  FlipEach(Family::kTile, false, 100);
  FlipEach(Family::kTile, true, 100000);
}

TEST_F(FsckTest, FindsAFlippedBitOfTheMapRows) {
  for (Family family : {Family::kLive, Family::kDue}) {
    FlipEach(family, false, 150);
    FlipEach(family, true, 150);
  }
}

TEST_F(FsckTest, FindsAFlippedBitOfSealedSections) {
  for (Family family : {Family::kSubjectBlob, Family::kAuditBlob}) {
    FlipEach(family, false, 200);
    FlipEach(family, true, 200);
  }
}

TEST_F(FsckTest, FindsWhatAnErasureLeftBehind) {
  MemoryStore left(*copy_);
  const auto subject = left.Table(Family::kSubjectBlob).begin();
  Bytes key = subject->first;
  const UnitId erased = TestLog::Unit(10);
  std::copy(erased.begin(), erased.end(), key.begin());
  const Bytes value = subject->second;
  left.Table(Family::kSubjectBlob).erase(subject);
  left.Table(Family::kSubjectBlob)[key] = value;
  EXPECT_NE(Damage(left), "");
}

TEST_F(FsckTest, FindsAMissingRow) {
  for (Family family : {Family::kMeta, Family::kEntry, Family::kTile, Family::kLive, Family::kDue, Family::kSubjectBlob,
                        Family::kAuditBlob}) {
    const size_t rows = copy_->Table(family).size();
    for (size_t i = 0; i < rows; ++i) {
      MemoryStore damaged(*copy_);
      damaged.Table(family).erase(std::next(damaged.Table(family).begin(), static_cast<std::ptrdiff_t>(i)));
      ASSERT_NE(Damage(damaged), "") << FamilyName(family) << " row " << i;
    }
  }
}

TEST_F(FsckTest, FindsRowsBehindTheEnd) {
  const uint64_t size = LogReader(*copy_).State()->size;
  for (const auto& [family, key] : std::vector<std::pair<Family, Bytes>>{{Family::kEntry, IndexKey(size)},
                                                                         {Family::kEntry, IndexKey(size + 5000)},
                                                                         {Family::kTile, TileKey(0, 1)},
                                                                         {Family::kTile, TileKey(1, 0)},
                                                                         {Family::kTile, TileKey(9, 0)}}) {
    MemoryStore longer(*copy_);
    longer.Table(family)[key] = longer.Table(family).begin()->second;
    EXPECT_NE(Damage(longer), "") << FamilyName(family) << " " << HexEncode(key);
  }
}

TEST_F(FsckTest, FindsAnAnchorOfALongerLog) {
  EXPECT_EQ(Damage(*copy_), "");
  EXPECT_EQ(log_.Damage(store_), "");
  EXPECT_NE(log_.Damage(*copy_), "") << "the copy lacks the head that closing made";
}

class AnchorCheck : public FsckTest {};

TEST_F(AnchorCheck, RefusesAShorterLog) {
  MemoryStore shorter(*copy_);
  {
    auto ledger = log_.Open(store_);
    ASSERT_TRUE(ledger.ok());
    ASSERT_TRUE((*ledger)->Submit(log_.Say("lost", 1, 12)).ok());
    ASSERT_TRUE((*ledger)->Publish().ok());
  }
  EXPECT_TRUE(CheckAgainstAnchor(store_, log_.options.anchor_directory).ok());
  EXPECT_EQ(CheckAgainstAnchor(shorter, log_.options.anchor_directory).status().code(), Code::kCorrupt);
  EXPECT_EQ(log_.Open(shorter).status().code(), Code::kCorrupt);
}

TEST_F(AnchorCheck, RefusesAnotherLogOfTheSameKeyAndLength) {
  TestLog other;
  MemoryStore theirs;
  ASSERT_TRUE(other.Create(theirs, {other.CreateOp(1, {2, 21000})}).ok());
  {
    auto ledger = other.Open(theirs);
    ASSERT_TRUE(ledger.ok());
    for (int i = 0; i < 400; ++i) ASSERT_TRUE((*ledger)->Submit(other.Say("other", 1, 1)).ok());
  }
  EXPECT_TRUE(CheckAgainstAnchor(theirs, other.options.anchor_directory).ok());
  EXPECT_EQ(CheckAgainstAnchor(theirs, log_.options.anchor_directory).status().code(), Code::kCorrupt);
}

TEST_F(AnchorCheck, RefusesALogWithoutAnchor) {
  doubles::TempDir empty;
  EXPECT_EQ(CheckAgainstAnchor(*copy_, empty.path()).status().code(), Code::kCorrupt);
  EXPECT_EQ(CheckAgainstAnchor(MemoryStore(), empty.path()).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace spor::ledger
