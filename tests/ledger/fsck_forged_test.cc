// SPDX-License-Identifier: Apache-2.0
// Logs that somebody who holds the signing key wrote anew: every hash and signature is right, one statement is not.
#include <gtest/gtest.h>

#include <functional>

#include "crypto/codec.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::MemoryStore;
using doubles::TestLog;

class ForgedLog : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_.Create(store_, {log_.CreateOp(1, {2, 21000}), log_.CreateOp(2, {0, 20305})}).ok());
    auto ledger = log_.Open(store_);
    ASSERT_TRUE(ledger.ok());
    for (uint32_t i = 0; i < 3; ++i) {
      log_.clock.Advance(10);
      Proposal proposal = log_.Say("event", 1, 2);
      proposal.ops.push_back(log_.CreateOp(10 + i, {0, 20400}));
      ASSERT_TRUE((*ledger)->Submit(std::move(proposal)).ok());
      ASSERT_TRUE((*ledger)->Publish().ok());
    }
    ledger->reset();
    ASSERT_EQ(log_.Damage(store_), "");
  }

  // Writes the log anew with `edit` applied to each entry: entries, tree, checkpoint, anchor.
  std::string DamageAfter(const std::function<void(uint64_t, Entry&)>& edit) {
    MemoryStore forged(store_);
    const LogReader reader(store_);
    const LogState state = *reader.State();
    CompactTree tree;
    forged.Table(Family::kEntry).clear();
    for (uint64_t i = 0; i < state.size; ++i) {
      Entry entry = *reader.EntryAt(i);
      edit(i, entry);
      const Bytes bytes = EncodeEntry(entry);
      forged.Table(Family::kEntry)[IndexKey(i)] = Writer().Str16(bytes).Take();
      tree.Add(LeafHash(bytes));
    }
    const std::string note = SignCheckpoint({TestLog::kOrigin, state.size, tree.Root()}, log_.signer);
    forged.Table(Family::kMeta)[ToBytes(AsBytes(kCheckpointKey))] = ToBytes(AsBytes(note));
    doubles::TempDir anchors;
    EXPECT_TRUE(Anchor(anchors.path(), log_.key()).Write(note).ok());
    return TestLog::DamageOf(forged, anchors.path());
  }
  std::string DamageWithHead(const std::function<void(HeadBody&)>& edit) {
    return DamageAfter([&](uint64_t index, Entry& entry) {
      if (index != LogReader(store_).State()->last_head) return;
      HeadBody head = *ParseHead(entry.body);
      edit(head);
      entry.body = Encode(head);
    });
  }

  TestLog log_;
  MemoryStore store_;
};

TEST_F(ForgedLog, UnchangedIsClean) {
  EXPECT_EQ(DamageAfter([](uint64_t, Entry&) {}), "");
  EXPECT_EQ(DamageWithHead([](HeadBody& head) { head.legal_day += 1; }), "") << "what only a key or calendar can tell";
}

TEST_F(ForgedLog, TimeThatGoesBack) {
  EXPECT_NE(DamageAfter([](uint64_t index, Entry& entry) { entry.time_s += index == 5 ? 1000 : 0; }), "");
  EXPECT_NE(DamageAfter([](uint64_t index, Entry& entry) { entry.time_s -= index == 8 ? 1000 : 0; }), "");
}

TEST_F(ForgedLog, HeadsThatSaySomethingElse) {
  const std::vector<std::function<void(HeadBody&)>> edits = {
      [](HeadBody& head) { head.own_index += 1; },    [](HeadBody& head) { head.previous_head -= 1; },
      [](HeadBody& head) { head.live_n -= 1; },       [](HeadBody& head) { head.due_n += 1; },
      [](HeadBody& head) { head.live_root[0] ^= 1; }, [](HeadBody& head) { head.due_root[31] ^= 1; },
      [](HeadBody& head) { head.min_due += 1; },      [](HeadBody& head) { head.not_started += 1; },
      [](HeadBody& head) { head.undecided += 1; },    [](HeadBody& head) { head.held += 1; }};
  for (size_t i = 0; i < edits.size(); ++i) EXPECT_NE(DamageWithHead(edits[i]), "") << "edit " << i;
}

TEST_F(ForgedLog, HeadsThatDoNotSayWhatSlotsAndPolicySay) {
  EXPECT_NE(DamageWithHead([](HeadBody& head) { head.root_generation += 1; }), "");
  EXPECT_NE(DamageWithHead([](HeadBody& head) { head.slots_digest[5] ^= 1; }), "");
  EXPECT_NE(DamageWithHead([](HeadBody& head) { head.policy_digest[5] ^= 1; }), "");
  EXPECT_NE(DamageWithHead([](HeadBody& head) { head.legal_day -= 1; }), "");
}

TEST_F(ForgedLog, AnErasedUnitUnderWhoseIdAnotherIsCreated) {
  auto ledger = log_.Open(store_);
  ASSERT_TRUE(ledger.ok());
  ASSERT_TRUE(log_.Erase(**ledger, {UnitOp::Erase(TestLog::Unit(11), {0, 20400}, EraseReason::kDue)}).ok());
  ASSERT_TRUE((*ledger)->Publish().ok());
  EXPECT_EQ(log_.Damage(store_), "");
  const uint64_t at = (*ledger)->size();
  ASSERT_TRUE((*ledger)->Submit(log_.Create(11, {0, 20400})).ok());
  ledger->reset();
  EXPECT_TRUE(log_.Damage(store_).starts_with("entry " + std::to_string(at) + ": ")) << log_.Damage(store_);
}

TEST_F(ForgedLog, GenesisTwiceOrNotAtAll) {
  const Entry genesis = *LogReader(store_).EntryAt(0);
  EXPECT_NE(DamageAfter([&](uint64_t index, Entry& entry) {
              if (index == 1) entry.body = genesis.body, entry.kind = EntryKind::kGenesis;
            }),
            "");
  EXPECT_NE(DamageAfter([](uint64_t index, Entry& entry) {
              if (index == 0) entry.kind = EntryKind::kSlots;
            }),
            "");
}

TEST_F(ForgedLog, OperationsThatDoNotFit) {
  const auto edit_ops = [&](const std::function<void(UnitOp&)>& edit) {
    return DamageAfter([&](uint64_t, Entry& entry) {
      if (entry.ops.size() == 1 && entry.ops[0].unit == TestLog::Unit(11)) edit(entry.ops[0]);
    });
  };
  EXPECT_EQ(edit_ops([](UnitOp&) {}), "");
  EXPECT_NE(edit_ops([](UnitOp& op) { op.unit = TestLog::Unit(10); }), "") << "created twice";
  EXPECT_NE(edit_ops([](UnitOp& op) { op.due.due = 20500; }), "") << "another day than the maps say";
  EXPECT_NE(edit_ops([](UnitOp& op) { op.key_commit[0] ^= 1; }), "");
  EXPECT_NE(edit_ops([](UnitOp& op) {
              op = UnitOp::Redue(TestLog::Unit(2), {0, 1}, {0, 2}, 0, 1, RedueReason::kClock);
            }),
            "");
}

TEST_F(ForgedLog, SectionsThatTheBlobsDoNotMatch) {
  EXPECT_NE(DamageAfter([](uint64_t, Entry& entry) {
              if (!entry.sections.empty()) entry.sections[1].root[0] ^= 1;
            }),
            "");
  EXPECT_NE(DamageAfter([](uint64_t, Entry& entry) {
              if (!entry.sections.empty()) entry.sections.pop_back();
            }),
            "");
}

}  // namespace
}  // namespace spor::ledger
