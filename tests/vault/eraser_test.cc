// SPDX-License-Identifier: Apache-2.0
#include "vault/eraser.h"

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "tests/vault/eraser_fixture.h"

namespace spor::vault {
namespace {

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
  EXPECT_EQ(CountKind(world_, EntryKind::kEraseIntent), 2u) << "what names a unit twice is not even begun";
  // The refused ones left rows and a slot file behind; the next erasure starts afresh.
  ASSERT_TRUE(world_.Erase(TakeFirst(units, 2)).ok());
  ExpectGone(world_, good);
  ExpectAlive(world_, units);
  ASSERT_TRUE(world_.ledger().Publish().ok());
  ExpectClean(world_, units, 2);
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

TEST_F(EraserTest, ADamagedServiceKeyStopsItEvenIfSomebodyHasItOpen) {
  std::vector<TestUnit> units = world_.Create(3);
  const auto result = world_.Erase(TakeFirst(units, 1), [&](EraseStep step) {
    if (step == EraseStep::kFlipped) {
      EXPECT_TRUE(world_.vault().keys().OpenService(ServiceKey::kIndex).ok());
    }
    if (step == EraseStep::kCleaned) world_.memory().Table(Family::kKey)[ServiceRow(ServiceKey::kIndex, 2)][30] ^= 1;
    return OkStatus();
  });
  EXPECT_EQ(result.status().code(), Code::kCorrupt);
  EXPECT_TRUE(world_.SlotFile(1).ok());
}

TEST_F(EraserTest, AWrongBranchKeyUnderTheRightWrapIsNoticed) {
  std::vector<TestUnit> units = world_.Create(2, [](size_t i) {
    UnitId id = RandomArray<16>();
    id[0] = static_cast<uint8_t>(i);
    return id;
  });
  const std::vector<TestUnit> gone = TakeFirst(units, 1);
  const auto result = world_.Erase(gone, [&](EraseStep step) {
    if (step != EraseStep::kCleaned) return OkStatus();
    const Bytes row_key = WithGeneration(BranchPrefix(units[0].id[0]), 2);
    Bytes ad = ToBytes(world_.ledger_id());
    Append(ad, row_key);
    const SecretBytes wrap = Derive(world_.SlotFile(2)->root.Reveal(), label::kWrapBranch, {});
    world_.memory().Table(Family::kKey)[row_key] = Seal(wrap.Reveal(), ad, RandomArray<32>());
    return OkStatus();
  });
  EXPECT_EQ(result.status().code(), Code::kCorrupt);
  EXPECT_TRUE(world_.SlotFile(1).ok());
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
