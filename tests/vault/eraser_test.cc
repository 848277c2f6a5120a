// SPDX-License-Identifier: Apache-2.0
#include "vault/eraser.h"

#include <thread>

#include "ledger/replay.h"
#include "tests/vault/vault_checks.h"

namespace spor::vault {
namespace {

class EraserTest : public ::testing::Test {
 protected:
  void SetUp() override { world_.Found(); }
  // Every third unit gets a second section about it, in the audit table.
  void AddAuditSections(const std::vector<TestUnit>& units) {
    for (size_t i = 0; i < units.size(); i += 3) {
      ASSERT_TRUE(world_.Submit(world_.Event(units[i], ledger::BlobPlace::kAudit)).ok());
    }
  }
  // The first `count` units go; `units` keeps the others.
  static std::vector<TestUnit> TakeFirst(std::vector<TestUnit>& units, size_t count) {
    const auto end = units.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<TestUnit> taken(units.begin(), end);
    units.erase(units.begin(), end);
    return taken;
  }
  template <typename Body>
  Body BodyAt(uint64_t index, Result<Body> (*parse)(ByteView)) {
    const Result<ledger::Entry> entry = world_.ledger().reader().EntryAt(index);
    EXPECT_TRUE(entry.ok());
    const Result<Body> body = parse(entry->body);
    EXPECT_TRUE(body.ok()) << "entry " << index;
    return body.ok() ? *body : Body();
  }

  doubles::TempDir dir_;
  World world_{dir_ / "world", World::Disk::kMemory};

  EraserTest() { std::filesystem::create_directory(dir_ / "world"); }
};

TEST_F(EraserTest, EraseOneOfAThousand) {
  std::vector<TestUnit> units = world_.Create(1000);
  AddAuditSections(units);
  const std::vector<TestUnit> gone = TakeFirst(units, 1);
  const Result<EraseResult> erased = world_.Erase(gone);
  ASSERT_TRUE(erased.ok()) << erased.error().message();
  EXPECT_EQ(erased->generation, 2u);
  EXPECT_EQ(erased->sections_dropped, 2u);
  ExpectGone(world_, gone);
  ExpectAlive(world_, units);
  ASSERT_TRUE(world_.ledger().Publish().ok());
  ExpectClean(world_, units, 2);
}

TEST_F(EraserTest, EraseThreeHundredOfAThousandThenReopen) {
  std::vector<TestUnit> units = world_.Create(1000);
  AddAuditSections(units);
  const std::vector<TestUnit> gone = TakeFirst(units, 300);
  const Result<EraseResult> erased = world_.Erase(gone);
  ASSERT_TRUE(erased.ok()) << erased.error().message();
  EXPECT_EQ(erased->sections_dropped, 300u + 100u);
  for (int pass = 0; pass < 2; ++pass) {
    ExpectGone(world_, gone);
    ExpectAlive(world_, units);
    ASSERT_TRUE(world_.ledger().Publish().ok());
    ExpectClean(world_, units, 2);
    ASSERT_TRUE(world_.Open().ok());
  }
}

TEST_F(EraserTest, TheLogTellsItInOrder) {
  std::vector<TestUnit> units = world_.Create(40);
  const std::vector<TestUnit> gone = TakeFirst(units, 7);
  ASSERT_TRUE(world_.ledger().Publish().ok());
  const uint64_t before = world_.ledger().size();
  const Result<EraseResult> erased = world_.Erase(gone);
  ASSERT_TRUE(erased.ok());
  const std::vector<EntryKind> expected = {EntryKind::kEraseIntent, EntryKind::kSlots, EntryKind::kErase,
                                           EntryKind::kHead, EntryKind::kRootDestroyed};
  EXPECT_EQ(world_.Kinds(before), expected);
  EXPECT_EQ(erased->intent_entry, before);
  EXPECT_EQ(erased->erase_entry, before + 2);
  EXPECT_EQ(erased->head, before + 3);
  EXPECT_EQ(erased->destroyed_entry, before + 4);

  const auto intent = BodyAt(before, ledger::ParseIntent);
  EXPECT_EQ(intent.generation_old, 1u);
  EXPECT_EQ(intent.generation_new, 2u);
  EXPECT_EQ(intent.units, 7u);
  const auto slots = BodyAt(before + 1, ledger::ParseSlotsBody);
  EXPECT_EQ(slots.root_generation, 2u);
  EXPECT_EQ(slots.slots_digest, SlotsDigest(*world_.slots().Read(2)));
  const auto erase = BodyAt(before + 2, ledger::ParseErase);
  EXPECT_EQ(erase.intent, before);
  EXPECT_EQ(erase.units_total, 7u);
  EXPECT_EQ(erase.sections_dropped_total, 7u);
  const auto head = BodyAt(before + 3, ledger::ParseHead);
  EXPECT_EQ(head.live_n, 33u);
  EXPECT_EQ(head.root_generation, 2u);
  const auto destroyed = BodyAt(before + 4, ledger::ParseDestroyed);
  EXPECT_EQ(destroyed.erase, before + 2);
  EXPECT_EQ(destroyed.generation_old, 1u);
  EXPECT_EQ(destroyed.copies, 0u);
}

TEST_F(EraserTest, ManyEraseEntriesAreNamedFirstAndLast) {
  std::vector<TestUnit> units = world_.Create(2600);  // 2,500 operations fit one entry
  const Result<EraseResult> erased = world_.Erase(units);
  ASSERT_TRUE(erased.ok()) << erased.error().message();
  EXPECT_EQ(BodyAt(erased->erase_entry, ledger::ParseErase).part, 0u);
  EXPECT_EQ(BodyAt(erased->erase_entry + 1, ledger::ParseErase).part, 1u);
  EXPECT_EQ(BodyAt(erased->destroyed_entry, ledger::ParseDestroyed).erase, erased->erase_entry + 1);
  ASSERT_TRUE(world_.ledger().Publish().ok());
  ExpectClean(world_, {}, 2);
}

TEST_F(EraserTest, NeighboursUnderOneLeafNodeAndOneBranchSurvive) {
  // All under branch 0xff, the last prefixes there are: 16 units each under 0xfffe and 0xffff.
  std::vector<TestUnit> units = world_.Create(32, [](size_t i) {
    UnitId id = RandomArray<16>();
    id[0] = 0xff;
    id[1] = i % 2 == 0 ? 0xff : 0xfe;
    return id;
  });
  const std::vector<TestUnit> gone = TakeFirst(units, 9);
  const Result<EraseResult> erased = world_.Erase(gone);
  ASSERT_TRUE(erased.ok()) << erased.error().message();
  EXPECT_EQ(erased->rewrapped_units, 23u);
  ExpectGone(world_, gone);
  ExpectAlive(world_, units);
  ASSERT_TRUE(world_.ledger().Publish().ok());
  ExpectClean(world_, units, 2);
}

TEST_F(EraserTest, GenerationAfterGenerationUntilNothingIsLeft) {
  std::vector<TestUnit> units = world_.Create(12);
  for (uint32_t generation = 2; generation <= 5; ++generation) {
    const std::vector<TestUnit> gone = TakeFirst(units, 3);
    const Result<EraseResult> erased = world_.Erase(gone);
    ASSERT_TRUE(erased.ok()) << erased.error().message();
    EXPECT_EQ(erased->generation, generation);
    ExpectGone(world_, gone);
    ExpectAlive(world_, units);
    ASSERT_TRUE(world_.ledger().Publish().ok());
    ExpectClean(world_, units, generation);
  }
}

TEST_F(EraserTest, ServiceKeysSurviveTheRotation) {
  std::vector<TestUnit> units = world_.Create(3);
  std::vector<Bytes> before;
  for (ServiceKey key : kServiceKeys) before.push_back(ToBytes(world_.vault().keys().OpenService(key)->Reveal()));
  ASSERT_TRUE(world_.Erase(TakeFirst(units, 1)).ok());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(ToBytes(world_.vault().keys().OpenService(kServiceKeys[i])->Reveal()), before[i]);
  }
}

TEST_F(EraserTest, RowsOfHigherRoomsGoWithTheFlip) {
  std::vector<TestUnit> units = world_.Create(3);
  EraseRequest request = World::Request(TakeFirst(units, 1));
  request.writes.Put(Family::kState, ToBytes(AsBytes("run")), {1});
  Eraser eraser = world_.vault().MakeEraser(world_.ledger());
  eraser.set_step_hook([&](EraseStep step) {
    const auto row = world_.store().Get(Family::kState, AsBytes("run"));
    EXPECT_EQ(row->has_value(), step >= EraseStep::kFlipped);
    return OkStatus();
  });
  EXPECT_TRUE(eraser.Run(std::move(request)).ok());
}

TEST_F(EraserTest, NothingIsErasedWhenTheRequestDoesNotFit) {
  std::vector<TestUnit> units = world_.Create(20);
  const std::vector<TestUnit> good(units.begin(), units.begin() + 2);
  EraseRequest twice = World::Request({good[0], good[1], good[0]});
  EraseRequest other_day = World::Request(good);
  other_day.units[0].due.due += 1;
  EraseRequest unknown = World::Request(good);
  unknown.units.push_back({units[9].id, units[9].due, ledger::EraseReason::kDue});
  unknown.units.back().unit[15] ^= 1;  // its neighbour under the same leaf node
  const std::pair<EraseRequest, Code> cases[] = {
      {twice, Code::kInvalidArgument}, {other_day, Code::kConflict}, {unknown, Code::kConflict}};
  for (const auto& [request, code] : cases) {
    EXPECT_EQ(world_.vault().MakeEraser(world_.ledger()).Run(request).status().code(), code);
    ExpectAlive(world_, units);
  }
  EXPECT_TRUE(world_.ledger().health().ok());
  // The refused ones left rows and a slot file behind; the next erasure starts afresh.
  ASSERT_TRUE(world_.Erase(TakeFirst(units, 2)).ok());
  ExpectGone(world_, good);
  ExpectAlive(world_, units);
  ASSERT_TRUE(world_.ledger().Publish().ok());
  ExpectClean(world_, units, 2);
}

TEST_F(EraserTest, UnitsAreRefusedBetweenStagingAndFlip) {
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

TEST_F(EraserTest, UnitsCreatedBesideErasedOnesDoNotDisturbTheCount) {
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

TEST_F(EraserTest, SectionsAddedUntilTheFlipAreDroppedAndCounted) {
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

TEST_F(EraserTest, ASecondErasureWaits) {
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

TEST_F(EraserTest, ReadersAndWritersGoOnDuringErasures) {
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

TEST_F(EraserTest, ADamagedKeyStopsTheDestructionOfTheOldRoot) {
  std::vector<TestUnit> units = world_.Create(2, [](size_t i) {
    UnitId id = RandomArray<16>();
    id[0] = static_cast<uint8_t>(i);
    return id;
  });
  const std::vector<TestUnit> gone = TakeFirst(units, 1);
  // A branch that nobody erases from: its key was wrapped again all the same.
  const Bytes lost = WithGeneration(BranchPrefix(units[0].id[0]), 2);
  const auto result = world_.Erase(gone, [&](EraseStep step) {
    if (step == EraseStep::kCleaned) world_.memory().Table(Family::kKey)[lost][30] ^= 1;
    return OkStatus();
  });
  EXPECT_EQ(result.status().code(), Code::kCorrupt);
  EXPECT_TRUE(world_.SlotFile(1).ok()) << "the old root is still there to help";
  EXPECT_EQ(CountKind(world_, EntryKind::kRootDestroyed), 0u);
}

TEST_F(EraserTest, AWrongKeyUnderTheRightWrapIsNoticed) {
  std::vector<TestUnit> units = world_.Create(3, [](size_t i) {
    UnitId id{};
    id[15] = static_cast<uint8_t>(i + 1);
    return id;
  });
  const std::vector<TestUnit> gone = TakeFirst(units, 1);
  const auto result = world_.Erase(gone, [&](EraseStep step) {
    if (step != EraseStep::kCleaned) return OkStatus();
    const Result<std::optional<Bytes>> value = world_.store().Get(Family::kLive, units[0].id);
    Result<ledger::LiveValue> live = ledger::ParseLiveValue(**value);
    live->key_commit[0] ^= 1;
    world_.memory().Table(Family::kLive)[ToBytes(units[0].id)] = Encode(*live);
    return OkStatus();
  });
  EXPECT_EQ(result.status().code(), Code::kCorrupt);
  EXPECT_TRUE(world_.SlotFile(1).ok());
}

}  // namespace
}  // namespace spor::vault
