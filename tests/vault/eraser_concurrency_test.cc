// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "tests/vault/eraser_fixture.h"

// What others do while an erasure runs.
namespace spor::vault {
namespace {

using EraserConcurrencyTest = EraserTest;

TEST_F(EraserConcurrencyTest, UnitsAreRefusedBetweenStagingAndFlip) {
  std::vector<TestUnit> units = world_.Create(5);
  std::vector<std::pair<EraseStep, Code>> seen;
  const auto result = world_.Erase(TakeFirst(units, 1), [&](EraseStep step) {
    ledger::Proposal proposal;
    const TestUnit unit = world_.Draft(RandomArray<16>(), proposal);
    const Status created = world_.ledger().Submit(std::move(proposal)).status();
    if (created.ok()) units.push_back(unit);
    seen.emplace_back(step, created.code());
    return OkStatus();
  });
  ASSERT_TRUE(result.ok()) << result.error().message();
  const std::vector<std::pair<EraseStep, Code>> expected = {
      {EraseStep::kIntent, Code::kOk},           {EraseStep::kStaged, Code::kLater},
      {EraseStep::kSlotWritten, Code::kLater},   {EraseStep::kFlipped, Code::kOk},
      {EraseStep::kCleaned, Code::kOk},          {EraseStep::kVerified, Code::kOk},
      {EraseStep::kOldRootDestroyed, Code::kOk}, {EraseStep::kDone, Code::kOk}};
  EXPECT_EQ(seen, expected);
  for (const TestUnit& unit : units) EXPECT_TRUE(world_.vault().keys().OpenUnit(unit.id).ok());
}

TEST_F(EraserConcurrencyTest, UnitsCreatedBesideErasedOnesDoNotDisturbTheCount) {
  std::vector<TestUnit> units = world_.Create(5);
  const std::vector<TestUnit> gone = TakeFirst(units, 1);
  const auto result = world_.Erase(gone, [&](EraseStep step) {
    if (step != EraseStep::kFlipped) return OkStatus();
    const std::vector<TestUnit> more = world_.Create(3, [&](size_t i) {
      UnitId id = gone[0].id;  // the same leaf node
      id[8] ^= static_cast<uint8_t>(i + 1);
      return id;
    });
    units.insert(units.end(), more.begin(), more.end());
    return OkStatus();
  });
  ASSERT_TRUE(result.ok()) << result.error().message();
  ExpectAlive(world_, units);
  ASSERT_TRUE(world_.ledger().Publish().ok());
  ExpectClean(world_, units, 2);
}

TEST_F(EraserConcurrencyTest, SectionsAddedUntilTheFlipAreDroppedAndCounted) {
  std::vector<TestUnit> units = world_.Create(5);
  const std::vector<TestUnit> gone = TakeFirst(units, 2);
  const auto result = world_.Erase(gone, [&](EraseStep step) {
    if (step != EraseStep::kSlotWritten) return OkStatus();
    return world_.Submit(world_.Event(gone[1], ledger::BlobPlace::kSubject));
  });
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->sections_dropped, 3u);
  ExpectGone(world_, gone);
}

// Holds the sequencer back for a moment.
class Slow final : public ledger::Precondition {
 public:
  Status Check(UnixSeconds, ledger::Batch&) const override {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return OkStatus();
  }
};

TEST_F(EraserConcurrencyTest, SectionsAddedBetweenCountAndFlipAreCountedToo) {
  std::vector<TestUnit> units = world_.Create(5);
  const std::vector<TestUnit> gone = TakeFirst(units, 2);
  const Slow slow;
  std::thread late;
  const auto result = world_.Erase(gone, [&](EraseStep step) {
    if (step != EraseStep::kSlotWritten) return OkStatus();
    late = std::thread([&] {
      ledger::Proposal proposal;
      proposal.precondition = &slow;
      proposal.entries.push_back(world_.Event(gone[1], ledger::BlobPlace::kSubject));
      EXPECT_TRUE(world_.ledger().Submit(std::move(proposal)).ok());
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // it is being taken, and not yet in the store
    return OkStatus();
  });
  late.join();
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result->sections_dropped, 3u);
  EXPECT_EQ(BodyAt(result->erase_entry, ledger::ParseErase).sections_dropped_total, 3u);
  ExpectGone(world_, gone);
}

TEST_F(EraserConcurrencyTest, AKeyThatIsInUseUntilTheFlipIsGoneBehindIt) {
  std::vector<TestUnit> units = world_.Create(4);
  const std::vector<TestUnit> gone = TakeFirst(units, 1);
  const auto result = world_.Erase(gone, [&](EraseStep step) {
    const Code expected = step < EraseStep::kFlipped ? Code::kOk : Code::kNotFound;
    for (int i = 0; i < 2; ++i) EXPECT_EQ(world_.vault().keys().OpenUnit(gone[0].id).status().code(), expected);
    return OkStatus();
  });
  EXPECT_TRUE(result.ok());
  ExpectGone(world_, gone);
}

TEST_F(EraserConcurrencyTest, ASecondErasureWaits) {
  std::vector<TestUnit> units = world_.Create(9);
  const std::vector<TestUnit> other = TakeFirst(units, 1);
  for (EraseStep when : {EraseStep::kIntent, EraseStep::kStaged, EraseStep::kFlipped, EraseStep::kVerified}) {
    const auto result = world_.Erase(TakeFirst(units, 1), [&](EraseStep step) {
      if (step == when) {
        EXPECT_EQ(world_.Erase(other).status().code(), Code::kLater);
      }
      return OkStatus();
    });
    ASSERT_TRUE(result.ok()) << result.error().message();
  }
  EXPECT_TRUE(world_.Erase(other).ok());
  ExpectAlive(world_, units);
}

TEST_F(EraserConcurrencyTest, ReadersAndWritersGoOnDuringErasures) {
  std::vector<TestUnit> units = world_.Create(60);
  const std::vector<TestUnit> kept = TakeFirst(units, 20);
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> opened{0}, failed{0}, created{0}, refused{0};
  std::thread reader([&] {
    while (!stop) {
      for (const TestUnit& unit : kept) ++(world_.vault().keys().OpenUnit(unit.id).ok() ? opened : failed);
      for (ServiceKey key : kServiceKeys) ++(world_.vault().keys().OpenService(key).ok() ? opened : failed);
    }
  });
  std::thread writer([&] {
    while (!stop) {
      ledger::Proposal proposal;
      world_.Draft(RandomArray<16>(), proposal);
      const Status status = world_.ledger().Submit(std::move(proposal)).status();
      ++(status.ok() ? created : status.code() == Code::kLater ? refused : failed);
    }
  });
  for (int generation = 0; generation < 8; ++generation) {
    const Result<EraseResult> erased = world_.Erase(TakeFirst(units, 5));
    EXPECT_TRUE(erased.ok()) << erased.error().message();
  }
  stop = true;
  reader.join();
  writer.join();
  EXPECT_EQ(failed, 0u);
  EXPECT_GT(opened, 0u);
  EXPECT_GT(created, 0u);
  ASSERT_TRUE(world_.Open().ok());
  ExpectAlive(world_, kept);
  EXPECT_EQ(world_.Keys(Family::kLive).size(), kept.size() + created);
}

}  // namespace
}  // namespace spor::vault
