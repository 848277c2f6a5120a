// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/vault/vault_fixture.h"

namespace spor::vault {

// Every key, info row, vault field and sealed section of these units opens and says what was put there.
inline void ExpectAlive(const World& world, const std::vector<TestUnit>& units) {
  for (const TestUnit& unit : units) {
    const Result<UnitKey> key = world.vault().keys().OpenUnit(unit.id);
    ASSERT_TRUE(key.ok()) << key.error().message();
    ASSERT_TRUE(SecretEquals(key->Reveal(), unit.key));
    const auto info = world.store().Get(Family::kRecord, UnitInfoRow(unit.id));
    ASSERT_TRUE(info.ok() && info->has_value());
    const Result<UnitInfo> opened = OpenUnitInfo(world.ledger_id(), *key, unit.id, **info);
    ASSERT_TRUE(opened.ok() && opened->subject == World::Subject(unit.id));
    const FieldPlace place = world.PlaceOf(unit.id);
    const auto row = world.store().Get(Family::kRecord, FieldRow(unit.id, place.record, place.field));
    ASSERT_TRUE(row.ok() && row->has_value());
    const Result<VaultValue> value = OpenField(*key, place, **row);
    ASSERT_TRUE(value.ok() && AsText(value->value.Reveal()) == World::Held(unit.id));
    size_t sections = 0;
    ASSERT_TRUE(
        ledger::ScanSubjectBlobs(world.store(), unit.id, unit.event, unit.event + 1, [&](const ledger::StoredBlob&) {
          return ++sections, true;
        }).ok());
    ASSERT_EQ(sections, 1u);
  }
}

// No key, row or section of these units is left anywhere.
inline void ExpectGone(const World& world, const std::vector<TestUnit>& units) {
  std::set<UnitId> gone;
  for (const TestUnit& unit : units) {
    gone.insert(unit.id);
    ASSERT_EQ(world.vault().keys().OpenUnit(unit.id).status().code(), Code::kNotFound);
  }
  const std::pair<Family, size_t> places[] = {{Family::kKey, 1},       {Family::kRecord, 0}, {Family::kSubjectBlob, 0},
                                              {Family::kAuditBlob, 0}, {Family::kLive, 0},   {Family::kDue, 5}};
  for (const auto& [family, offset] : places) {
    for (const Bytes& key : world.Keys(family)) {
      if (key.size() < offset + 16) continue;
      const Result<Id16> id = ToId16(ByteView(key).subspan(offset, 16));
      ASSERT_FALSE(gone.contains(*id)) << "a row of " << ledger::FamilyName(family);
    }
  }
}

// The store holds exactly what `alive` need at this generation: no staged, replaced or orphaned row, no mark of
// unfinished work, the slot file in force and a blank one beside it, and a log without a fault.
inline void ExpectClean(const World& world, const std::vector<TestUnit>& alive, uint32_t generation) {
  EXPECT_EQ(world.vault().keys().generation(), generation);
  const Result<uint32_t> stored = KeyTree::StoredGeneration(world.store());
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(*stored, generation);
  std::set<Bytes> objects;
  for (const Bytes& key : world.Keys(Family::kKey)) {
    if (key == GenerationRow()) continue;
    ASSERT_GT(key.size(), 5u) << "a mark of unfinished work: " << key[0];
    EXPECT_LE(GenerationOf(key), generation) << "a staged row is left";
    EXPECT_TRUE(objects.insert(Bytes(key.begin(), key.end() - 4)).second) << "a replaced row is left";
  }
  EXPECT_EQ(world.Keys(Family::kKey, AsBytes("U")).size(), alive.size());
  EXPECT_EQ(world.Keys(Family::kKey, AsBytes("S")).size(), kServiceKeys.size());
  EXPECT_EQ(world.Keys(Family::kLive).size(), alive.size());
  EXPECT_EQ(world.Keys(Family::kDue).size(), alive.size());

  const Result<OpenedSlots> now = world.SlotFile(generation);
  ASSERT_TRUE(now.ok());
  EXPECT_EQ(now->generation, generation);
  EXPECT_EQ(world.SlotFile(generation + 1).status().code(), Code::kNotFound) << "the other slot file is not blank";
  EXPECT_EQ(world.ledger().facts().root_generation, generation);
  EXPECT_EQ(world.ledger().facts().slots_digest, now->digest);

  const Result<ledger::FsckReport> fsck = ledger::Fsck(world.store(), world.anchor(), {});
  ASSERT_TRUE(fsck.ok());
  EXPECT_EQ(fsck->first_damaged, "");
  EXPECT_EQ(fsck->units, alive.size());
}

// How often each of the entries that belong to erasures stands in the log.
inline size_t CountKind(const World& world, EntryKind kind) {
  const std::vector<EntryKind> kinds = world.Kinds(0);
  return static_cast<size_t>(std::count(kinds.begin(), kinds.end(), kind));
}

// Whatever interrupted the erasure of `victims`: after reopening it never happened or is complete, and the next works.
inline void ExpectSettled(World& world, const std::vector<TestUnit>& survivors, const std::vector<TestUnit>& victims) {
  const Status opened = world.Open();
  ASSERT_TRUE(opened.ok()) << opened.message();
  const uint32_t generation = world.vault().keys().generation();
  std::vector<TestUnit> alive = survivors;
  if (generation == 1) {
    alive.insert(alive.end(), victims.begin(), victims.end());
  } else {
    ExpectGone(world, victims);
  }
  ExpectAlive(world, alive);
  ASSERT_TRUE(world.ledger().Publish().ok());
  ExpectClean(world, alive, generation);
  EXPECT_EQ(CountKind(world, EntryKind::kErase), generation - 1);
  EXPECT_EQ(CountKind(world, EntryKind::kRootDestroyed), generation - 1);

  const std::vector<TestUnit> next(alive.begin(), alive.begin() + 2);
  alive.erase(alive.begin(), alive.begin() + 2);
  const Result<EraseResult> erased = world.Erase(next);
  ASSERT_TRUE(erased.ok()) << erased.error().message();
  ExpectGone(world, next);
  ExpectAlive(world, alive);
  const std::vector<TestUnit> created = world.Create(1);
  alive.insert(alive.end(), created.begin(), created.end());
  ASSERT_TRUE(world.ledger().Publish().ok());
  ExpectClean(world, alive, generation + 1);
}

}  // namespace spor::vault
