// SPDX-License-Identifier: Apache-2.0
#include "ledger/unit_maps.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

UnitId Unit(uint32_t n) { return doubles::TestLog::Unit(n); }

HeadBody HeadOf(UnitMaps& maps) {
  HeadBody head;
  maps.FillHead(head);
  return head;
}

TEST(UnitMaps, KeysAndValuesRoundTrip) {
  const LiveValue live{0x0102, 0x030405060708090a, Hash32{0xcc}};
  EXPECT_EQ(Encode(*ParseLiveValue(Encode(live))), Encode(live));
  EXPECT_EQ(HexEncode(Encode(live)).substr(0, 22), "0102030405060708090acc");
  const DueValue due{0x0102, 1, 0x030405060708090a};
  EXPECT_EQ(HexEncode(Encode(due)), "010201030405060708090a");
  EXPECT_EQ(Encode(*ParseDueValue(Encode(due))), Encode(due));
  const Bytes key = EncodeDueMapKey({2, 20305}, Id16{0xaa});
  EXPECT_EQ(HexEncode(key), "0200004f51aa000000000000000000000000000000");
  const Result<DueMapKey> parsed = ParseDueMapKey(key);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->due, (DueKey{2, 20305}));
  EXPECT_EQ(parsed->unit, Id16{0xaa});
  for (const Bytes& bytes : {Encode(live), Encode(due), key}) {
    const ByteView cut = ByteView(bytes).first(bytes.size() - 1);
    EXPECT_FALSE(ParseLiveValue(cut).ok() || ParseDueValue(cut).ok() || ParseDueMapKey(cut).ok());
  }
}

TEST(UnitMaps, EarliestDayIsThatOfClassZero) {
  UnitMaps maps;
  EXPECT_EQ(HeadOf(maps).min_due, kNotStarted);
  ASSERT_TRUE(maps.Apply(UnitOp::Create(Unit(1), 1, {1, 100}, 1, {}), 5, nullptr).ok());
  ASSERT_TRUE(maps.Apply(UnitOp::Create(Unit(2), 1, {2, 90}, 1, {}), 5, nullptr).ok());
  EXPECT_EQ(HeadOf(maps).min_due, kNotStarted) << "a minimum by law and a review are not overdue";
  ASSERT_TRUE(maps.Apply(UnitOp::Create(Unit(3), 1, {0, kNotStarted}, 1, {}), 5, nullptr).ok());
  EXPECT_EQ(HeadOf(maps).min_due, kNotStarted);
  ASSERT_TRUE(maps.Apply(UnitOp::Create(Unit(4), 1, {0, 20305}, 1, {}), 5, nullptr).ok());
  EXPECT_EQ(HeadOf(maps).min_due, 20305u);
  ASSERT_TRUE(maps.Apply(UnitOp::Create(Unit(5), 1, {0, 20304}, 1, {}), 5, nullptr).ok());
  EXPECT_EQ(HeadOf(maps).min_due, 20304u);
  ASSERT_TRUE(maps.Apply(UnitOp::Create(Unit(6), 1, {0, 0}, 1, {}), 5, nullptr).ok());
  EXPECT_EQ(HeadOf(maps).min_due, 0u);
  ASSERT_TRUE(maps.Apply(UnitOp::Erase(Unit(6), {0, 0}, EraseReason::kDue), 6, nullptr).ok());
  ASSERT_TRUE(maps.Apply(UnitOp::Erase(Unit(5), {0, 20304}, EraseReason::kDue), 6, nullptr).ok());
  EXPECT_EQ(HeadOf(maps).min_due, 20305u);
}

TEST(UnitMaps, OperationsThatDoNotFit) {
  UnitMaps maps;
  const UnitOp create = UnitOp::Create(Unit(1), 1, {0, 10}, 1, {});
  ASSERT_TRUE(maps.Apply(create, 5, nullptr).ok());
  const Hash32 root = maps.due().Root();
  const auto refused = [&](const UnitOp& op) { return maps.Apply(op, 6, nullptr).code() == Code::kConflict; };
  EXPECT_TRUE(refused(create)) << "it exists";
  EXPECT_TRUE(refused(UnitOp::Redue(Unit(1), {0, 11}, {0, 12}, 0, 1, RedueReason::kClock))) << "another day";
  EXPECT_TRUE(refused(UnitOp::Redue(Unit(1), {1, 10}, {0, 12}, 0, 1, RedueReason::kClock))) << "another class";
  EXPECT_TRUE(refused(UnitOp::Redue(Unit(2), {0, 10}, {0, 12}, 0, 1, RedueReason::kClock))) << "not live";
  EXPECT_TRUE(refused(UnitOp::Erase(Unit(1), {0, 11}, EraseReason::kDue)));
  EXPECT_TRUE(refused(UnitOp::Erase(Unit(2), {0, 10}, EraseReason::kDue)));
  EXPECT_EQ(maps.due().Root(), root);
  ASSERT_TRUE(maps.Apply(UnitOp::Erase(Unit(1), {0, 10}, EraseReason::kDue), 6, nullptr).ok());
  EXPECT_TRUE(refused(UnitOp::Erase(Unit(1), {0, 10}, EraseReason::kDue))) << "it is gone";
}

// The rows that a batch writes give the same maps and counts when they are read back, also through the twin: a plain
// table of what each unit's state should be.
TEST(UnitMaps, RowsAndCountsFollowRandomOperations) {
  doubles::MemoryStore store;
  UnitMaps maps;
  std::map<uint32_t, std::pair<DueKey, uint8_t>> twin;
  std::mt19937 random(17);
  const auto any_due = [&] {
    const DueDay days[] = {kNotStarted, kUndecided, 20000 + static_cast<DueDay>(random() % 50)};
    return DueKey{static_cast<uint8_t>(random() % 3), days[random() % 3]};
  };
  for (int step = 0; step < 3000; ++step) {
    const uint32_t n = random() % 100;
    const auto known = twin.find(n);
    Batch batch;
    if (known == twin.end()) {
      const DueKey due = any_due();
      ASSERT_TRUE(maps.Apply(UnitOp::Create(Unit(n), 1, due, 1, {}), 5, &batch).ok());
      twin[n] = {due, 0};
    } else if (random() % 3 == 0) {
      ASSERT_TRUE(maps.Apply(UnitOp::Erase(Unit(n), known->second.first, EraseReason::kDue), 5, &batch).ok());
      twin.erase(known);
    } else {
      const DueKey due = random() % 4 == 0 ? known->second.first : any_due();
      const uint8_t held = static_cast<uint8_t>(random() % 2);
      const UnitOp op = UnitOp::Redue(Unit(n), known->second.first, due, held, 1, RedueReason::kClock);
      ASSERT_TRUE(maps.Apply(op, 5, &batch).ok());
      known->second = {due, held};
    }
    ASSERT_TRUE(store.Write(batch, Durability::kSynced).ok());
    if (step % 50 != 0) continue;
    const HeadBody head = HeadOf(maps);
    UnitMaps again;
    ASSERT_TRUE(again.Load(store).ok());
    ASSERT_EQ(Encode(HeadOf(again)), Encode(head));
    uint64_t not_started = 0, undecided = 0, held = 0;
    DueDay min_due = kNotStarted;
    for (const auto& [unit, state] : twin) {
      not_started += state.first.due == kNotStarted ? 1 : 0;
      undecided += state.first.due == kUndecided ? 1 : 0;
      held += state.second;
      if (state.first.retention_class == 0) min_due = std::min(min_due, state.first.due);
    }
    ASSERT_EQ(head.live_n, twin.size());
    ASSERT_EQ(head.due_n, twin.size());
    ASSERT_EQ(head.not_started, not_started);
    ASSERT_EQ(head.undecided, undecided);
    ASSERT_EQ(head.held, held);
    ASSERT_EQ(head.min_due, min_due);
  }
}

TEST(UnitMaps, DamagedRowsAreCorrupt) {
  doubles::MemoryStore good;
  UnitMaps maps;
  Batch batch;
  for (uint32_t n = 0; n < 4; ++n) {
    ASSERT_TRUE(maps.Apply(UnitOp::Create(Unit(n), 1, {0, n}, 1, {}), 5, &batch).ok());
  }
  ASSERT_TRUE(good.Write(batch, Durability::kSynced).ok());
  const auto load = [](const doubles::MemoryStore& store) { return UnitMaps().Load(store).code(); };
  EXPECT_EQ(load(good), Code::kOk);
  for (Family family : {Family::kLive, Family::kDue}) {
    doubles::MemoryStore missing(good);
    missing.Table(family).erase(missing.Table(family).begin());
    EXPECT_EQ(load(missing), Code::kCorrupt);
    doubles::MemoryStore cut(good);
    cut.Table(family).begin()->second.pop_back();
    EXPECT_EQ(load(cut), Code::kCorrupt);
    doubles::MemoryStore stray(good);
    stray.Table(family)[Bytes{1, 2, 3}] = Bytes{4};
    EXPECT_EQ(load(stray), Code::kCorrupt);
  }
  doubles::MemoryStore twice(good);
  twice.Table(Family::kDue)[EncodeDueMapKey({1, 7}, Unit(0))] = Encode(DueValue{1, 0, 5});
  EXPECT_EQ(load(twice), Code::kCorrupt) << "one unit twice in the due map";
}

}  // namespace
}  // namespace spor::ledger
