// SPDX-License-Identifier: Apache-2.0
#include "ledger/replaced.h"

#include <gtest/gtest.h>

#include "crypto/codec.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::MemoryStore;
using doubles::TestLog;

// A log that ends in operations of every kind without a head behind them, as a crash would leave it.
class Replaced : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_.Create(store_, {log_.CreateOp(1, {2, 21000}), log_.CreateOp(2, {0, 20305})}).ok());
    auto ledger = log_.Open(store_);
    ASSERT_TRUE(ledger.ok());
    const auto submit = [&](Proposal proposal) { ASSERT_TRUE((*ledger)->Submit(std::move(proposal)).ok()); };
    for (uint32_t n = 10; n < 15; ++n) submit(log_.Create(n, {0, 20400}));
    ASSERT_TRUE((*ledger)->Publish().ok());
    published_ = std::make_unique<MemoryStore>(store_);
    submit(Move({0, 20400}, {1, 20500}, 1));
    submit(log_.Create(20, {0, 20600}));
    submit(Move({1, 20500}, {0, kNotStarted}, 0));
    submit(Erase(12, {0, 20400}));
    submit(Erase(11, {0, kNotStarted}));
    crashed_ = std::make_unique<MemoryStore>(store_);
    anchors_.emplace();
    std::filesystem::copy(log_.options.anchor_directory, *anchors_ / "anchor");
  }
  static Proposal Move(DueKey from, DueKey to, uint8_t held) {
    Proposal proposal;
    proposal.ops = {UnitOp::Redue(TestLog::Unit(11), from, to, held, 1, RedueReason::kClock)};
    return proposal;
  }
  static Proposal Erase(uint32_t n, DueKey due) {
    Proposal proposal;
    proposal.ops = {UnitOp::Erase(TestLog::Unit(n), due, EraseReason::kDue)};
    proposal.erase = EraseBody{};
    return proposal;
  }
  Code CodeOfOpening(MemoryStore store) const {
    LogAppender appender(store, TestLog::kOrigin, &log_.signer);
    return appender.Load(store).code();
  }
  static size_t RowsOfReplaced(MemoryStore& store) {
    size_t rows = 0;
    for (const auto& [key, value] : store.Table(Family::kMeta)) rows += AsText(key).starts_with("replaced/") ? 1 : 0;
    return rows;
  }

  TestLog log_;
  MemoryStore store_;
  std::unique_ptr<MemoryStore> published_;
  std::unique_ptr<MemoryStore> crashed_;
  std::optional<doubles::TempDir> anchors_;
};

TEST_F(Replaced, RowsStandUntilTheNextHead) {
  EXPECT_EQ(RowsOfReplaced(*published_), 0u);
  EXPECT_EQ(RowsOfReplaced(*crashed_), 4u) << "a create replaces nothing";
  EXPECT_EQ(CodeOfOpening(*crashed_), Code::kOk);
  EXPECT_EQ(RowsOfReplaced(store_), 0u) << "closing makes a head";
  TestLog later(*anchors_ / "anchor");
  auto again = later.Open(*crashed_);
  ASSERT_TRUE(again.ok());
  ASSERT_TRUE((*again)->Publish().ok());
  EXPECT_EQ(RowsOfReplaced(*crashed_), 0u) << "also those of an earlier process";
}

TEST_F(Replaced, MapsThatDifferAreNeverSignedOver) {
  for (MemoryStore* good : {published_.get(), crashed_.get()}) {
    for (Family family : {Family::kLive, Family::kDue}) {
      for (const auto& [key, value] : good->Table(family)) {
        for (size_t at = 0; at < value.size(); ++at) {
          MemoryStore damaged(*good);
          damaged.Table(family)[key][at] ^= 1;
          ASSERT_EQ(CodeOfOpening(damaged), Code::kCorrupt) << FamilyName(family) << " byte " << at;
        }
        MemoryStore moved(*good);
        moved.Table(family).erase(key);
        Bytes other = key;
        other.back() ^= 1;
        moved.Table(family)[other] = value;
        ASSERT_EQ(CodeOfOpening(moved), Code::kCorrupt) << FamilyName(family);
      }
    }
  }
}

TEST_F(Replaced, DamagedRowsAreNoticed) {
  for (const auto& [key, value] : crashed_->Table(Family::kMeta)) {
    if (!AsText(key).starts_with("replaced/")) continue;
    for (size_t at = 0; at < value.size(); ++at) {
      MemoryStore damaged(*crashed_);
      damaged.Table(Family::kMeta)[key][at] ^= 0x80;
      EXPECT_EQ(CodeOfOpening(damaged), Code::kCorrupt) << "byte " << at;
    }
    MemoryStore missing(*crashed_);
    missing.Table(Family::kMeta).erase(key);
    EXPECT_EQ(CodeOfOpening(missing), Code::kCorrupt);
  }
  MemoryStore stray(*crashed_);
  stray.Table(Family::kMeta)[Writer().Raw("replaced/").U64(1).Take()] = {1};
  EXPECT_EQ(CodeOfOpening(stray), Code::kCorrupt);
}

}  // namespace
}  // namespace spor::ledger
