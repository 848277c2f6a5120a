// SPDX-License-Identifier: Apache-2.0
#include "ledger/log_rules.h"

#include <gtest/gtest.h>

#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::TestLog;

UnitId Unit(uint8_t n) { return UnitId{n}; }

// Genesis, slots, policy, head, and an erasure of four units in two parts with what belongs to it; then a head.
class Rules : public ::testing::Test {
 protected:
  enum At : size_t { kGenesis, kSlots, kPolicy, kHead, kIntent, kNextSlots, kPart0, kPart1, kNextHead, kDestroyed };

  Rules() {
    const TestLog log;
    GenesisBody genesis;
    genesis.origin = TestLog::kOrigin;
    genesis.log_key = log.signer.public_key();
    genesis.ledger_id = log.ledger_id;
    Add(EntryKind::kGenesis, Encode(genesis));
    Add(EntryKind::kSlots, Encode(SlotsBody{1, Hash32{1}}));
    Add(EntryKind::kPolicy, Encode(PolicyBody{Hash32{9}, 1, {}, {}}));
    Add(EntryKind::kHead, Encode(Head(kHead, kNoEntry, 1)));
    Sha256Stream digest;
    for (uint8_t n = 1; n <= 4; ++n) digest.Update(Unit(n));
    Add(EntryKind::kEraseIntent, Encode(IntentBody{1, 2, 4, digest.Finish()}));
    Add(EntryKind::kSlots, Encode(SlotsBody{2, Hash32{2}}));
    for (uint16_t part = 0; part < 2; ++part) {
      Add(EntryKind::kErase, Encode(EraseBody{kIntent, 1, 2, 4, 11, part, 2}));
      for (uint8_t n = 1; n <= 2; ++n) {
        const UnitId unit = Unit(static_cast<uint8_t>(2 * part + n));
        entries_.back().ops.push_back(UnitOp::Erase(unit, {0, 5}, EraseReason::kDue));
      }
    }
    Add(EntryKind::kHead, Encode(Head(kNextHead, kHead, 2)));
    Add(EntryKind::kRootDestroyed, Encode(DestroyedBody{kPart1, 1, 0, 0, {}}));
  }
  void Add(EntryKind kind, Bytes body) { entries_.push_back({kind, 7, {}, {}, std::move(body), {}}); }
  static HeadBody Head(uint64_t index, uint64_t previous, uint8_t generation) {
    HeadBody head;
    head.own_index = index;
    head.previous_head = previous;
    head.root_generation = generation;
    head.slots_digest = Hash32{generation};
    head.policy_digest = Hash32{9};
    head.legal_day = 20000;
    return head;
  }

  // The first entry that is refused; the number of entries if the end is, and one more if nothing is.
  static size_t Refused(const std::vector<Entry>& entries) {
    LogRules rules;
    for (size_t i = 0; i < entries.size(); ++i) {
      const Status good = rules.Observe(i, entries[i]);
      if (!good.ok()) {
        EXPECT_EQ(good.code(), Code::kCorrupt);
        return i;
      }
    }
    return entries.size() + (rules.Finish().ok() ? 1 : 0);
  }
  template <typename Body, typename Edit>
  size_t RefusedWith(size_t at, Result<Body> (*parse)(ByteView), const Edit& edit) const {
    std::vector<Entry> entries = entries_;
    Body body = *parse(entries[at].body);
    edit(body);
    entries[at].body = Encode(body);
    return Refused(entries);
  }
  size_t RefusedWithout(size_t at) const {
    std::vector<Entry> entries = entries_;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
    return Refused(entries);
  }

  std::vector<Entry> entries_;
};

TEST_F(Rules, AGoodLog) {
  LogRules rules;
  for (size_t i = 0; i < entries_.size(); ++i) ASSERT_TRUE(rules.Observe(i, entries_[i]).ok()) << i;
  EXPECT_TRUE(rules.Finish().ok());
  EXPECT_EQ(rules.heads(), 2u);
  EXPECT_EQ(rules.last_head(), kNextHead);
  EXPECT_EQ(rules.sections_dropped(), 11u) << "a total, not one for each part";
  EXPECT_EQ(rules.keys().genesis().origin, TestLog::kOrigin);
}

TEST_F(Rules, Heads) {
  const auto with = [&](const std::function<void(HeadBody&)>& edit) { return RefusedWith(kNextHead, ParseHead, edit); };
  EXPECT_EQ(with([](HeadBody& head) { head.legal_day += 1; }), entries_.size() + 1);
  EXPECT_EQ(with([](HeadBody& head) { head.legal_day -= 1; }), kNextHead);
  EXPECT_EQ(with([](HeadBody& head) { head.own_index += 1; }), kNextHead);
  EXPECT_EQ(with([](HeadBody& head) { head.previous_head = kNoEntry; }), kNextHead);
  EXPECT_EQ(with([](HeadBody& head) { head.root_generation = 1; }), kNextHead);
  EXPECT_EQ(with([](HeadBody& head) { head.slots_digest = Hash32{1}; }), kNextHead);
  EXPECT_EQ(with([](HeadBody& head) { head.policy_digest[31] ^= 1; }), kNextHead);
  EXPECT_EQ(RefusedWith(kPolicy, ParsePolicyBody, [](PolicyBody& body) { body.digest[0] ^= 1; }), kHead);
  EXPECT_EQ(RefusedWith(kSlots, ParseSlotsBody, [](SlotsBody& body) { body.slots_digest[0] ^= 1; }), kHead);
}

TEST_F(Rules, Generations) {
  for (uint32_t generation : {0u, 3u, 7u}) {
    EXPECT_EQ(RefusedWith(kNextSlots, ParseSlotsBody, [&](SlotsBody& body) { body.root_generation = generation; }),
              kNextSlots);
  }
  const auto with = [&](const std::function<void(IntentBody&)>& edit) {
    return RefusedWith(kIntent, ParseIntent, edit);
  };
  EXPECT_EQ(with([](IntentBody& body) { body.generation_old = 2; }), kIntent);
  EXPECT_EQ(with([](IntentBody& body) { body.generation_new = 3; }), kIntent);
  EXPECT_EQ(with([](IntentBody& body) { body.generation_old = 2, body.generation_new = 3; }), kIntent);
  EXPECT_EQ(with([](IntentBody& body) { body.units += 1; }), kPart1);
  EXPECT_EQ(with([](IntentBody& body) { body.units_digest[0] ^= 1; }), kPart1);
}

TEST_F(Rules, Erasures) {
  for (size_t at : {kPart0, kPart1}) {
    const auto with = [&](const std::function<void(EraseBody&)>& edit) { return RefusedWith(at, ParseErase, edit); };
    EXPECT_LE(with([](EraseBody& body) { body.intent += 1; }), kPart1);
    EXPECT_LE(with([](EraseBody& body) { body.generation_old = 0; }), kPart1);
    EXPECT_LE(with([](EraseBody& body) { body.generation_new = 3; }), kPart1);
    EXPECT_LE(with([](EraseBody& body) { body.units_total += 1; }), kPart1);
    EXPECT_LE(with([](EraseBody& body) { body.sections_dropped_total += 1; }), kPart1);
    EXPECT_LE(with([](EraseBody& body) { body.part ^= 1; }), kPart1);
    EXPECT_LE(with([](EraseBody& body) { body.parts = 3; }), kNextHead);
  }
  std::vector<Entry> moved = entries_;
  std::swap(moved[kPart0].ops, moved[kPart1].ops);
  EXPECT_EQ(Refused(moved), kPart1) << "units do not ascend";
  std::vector<Entry> other = entries_;
  other[kPart1].ops[1].unit = Unit(200);
  EXPECT_EQ(Refused(other), kPart1) << "not the units of the intent";
  std::vector<Entry> fewer = entries_;
  fewer[kPart1].ops.pop_back();
  EXPECT_EQ(Refused(fewer), kPart1);
  std::vector<Entry> cut(entries_.begin(), entries_.begin() + kPart1);
  EXPECT_EQ(Refused(cut), cut.size()) << "half an erasure at the end";
}

TEST_F(Rules, NothingMayBeLeftOut) {
  EXPECT_EQ(RefusedWithout(kGenesis), 0u);
  EXPECT_EQ(RefusedWithout(kSlots), kHead - 1u);
  EXPECT_EQ(RefusedWithout(kPolicy), kHead - 1u);
  // Indexes inside bodies shift with what is left out, so that these are refused where the first one is wrong.
  for (size_t at : {kIntent, kNextSlots, kPart0, kPart1}) EXPECT_LE(RefusedWithout(at), kNextHead) << at;
}

TEST_F(Rules, TheOldRootIsDestroyedBeforeTheNextErasure) {
  for (const auto& edit : std::vector<std::function<void(DestroyedBody&)>>{
           [](DestroyedBody& body) { body.erase = kPart0; }, [](DestroyedBody& body) { body.generation_old = 2; }}) {
    EXPECT_EQ(RefusedWith(kDestroyed, ParseDestroyed, edit), kDestroyed);
  }
  entries_.push_back(entries_[kDestroyed]);
  EXPECT_EQ(Refused(entries_), kDestroyed + 1u) << "twice";

  // Another erasure of the next generation, with and without the record of the first one.
  const auto again = [&](size_t size) {
    std::vector<Entry> entries(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(size));
    const uint64_t intent = entries.size();
    const Hash32 digest = Sha256(Unit(9));
    entries.push_back({EntryKind::kEraseIntent, 7, {}, {}, Encode(IntentBody{2, 3, 1, digest}), {}});
    entries.push_back({EntryKind::kSlots, 7, {}, {}, Encode(SlotsBody{3, Hash32{3}}), {}});
    entries.push_back({EntryKind::kErase,
                       7,
                       {},
                       {},
                       Encode(EraseBody{intent, 2, 3, 1, 0, 0, 1}),
                       {UnitOp::Erase(Unit(9), {0, 5}, EraseReason::kDue)}});
    return Refused(entries) - entries.size();
  };
  EXPECT_EQ(again(kDestroyed + 1), 1u);
  EXPECT_EQ(again(kDestroyed), size_t{0} - 2) << "the slots entry of its generation";
}

// The root key may rotate without an erasure: an intent of no units, the slots of the next generation, its destruction.
TEST_F(Rules, ARotationWithoutAnErasureIsAnnouncedAndItsOldRootDestroyed) {
  const uint64_t intent = entries_.size();
  const auto add = [&](EntryKind kind, Bytes body) { entries_.push_back({kind, 7, {}, {}, std::move(body), {}}); };
  add(EntryKind::kEraseIntent, Encode(IntentBody{2, 3, 0, Sha256(ByteView())}));
  const uint64_t slots = entries_.size();
  add(EntryKind::kSlots, Encode(SlotsBody{3, Hash32{3}}));
  EXPECT_EQ(Refused(entries_), entries_.size() + 1) << "in the middle of it";
  add(EntryKind::kRootDestroyed, Encode(DestroyedBody{slots, 2, 0, 0, {}}));
  const uint64_t destroyed = entries_.size() - 1;
  EXPECT_EQ(Refused(entries_), entries_.size() + 1);

  EXPECT_EQ(RefusedWith(intent, ParseIntent, [](IntentBody& body) { body.units = 1; }), destroyed) << "no rotation";
  EXPECT_EQ(RefusedWith(destroyed, ParseDestroyed, [](DestroyedBody& body) { --body.erase; }), destroyed);
  EXPECT_EQ(RefusedWith(destroyed, ParseDestroyed, [](DestroyedBody& body) { ++body.generation_old; }), destroyed);
  std::vector<Entry> unannounced = entries_;
  unannounced.erase(unannounced.begin() + static_cast<std::ptrdiff_t>(intent));
  unannounced.pop_back();
  EXPECT_EQ(Refused(unannounced), unannounced.size()) << "Finish()";
  add(EntryKind::kRootDestroyed, entries_[destroyed].body);
  EXPECT_EQ(Refused(entries_), destroyed + 1) << "twice";
  entries_[destroyed] = {EntryKind::kSlots, 7, {}, {}, Encode(SlotsBody{4, Hash32{4}}), {}};
  EXPECT_EQ(Refused(entries_), destroyed) << "a further generation before the destruction";
}

}  // namespace
}  // namespace spor::ledger
