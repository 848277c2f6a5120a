// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "ledger/blobs.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::FaultStore;
using doubles::MemoryStore;
using doubles::TestLog;

// Holds the sequencer until it is told to go on, and then takes the proposal or refuses it.
class Gate final : public Precondition {
 public:
  Status Check(UnixSeconds, Batch& batch) const override {
    batch.Put(Family::kState, {0x6a}, {1});
    MutexLock lock(mutex_);
    entered_ = true;
    changed_.NotifyAll();
    while (!open_) changed_.Wait(mutex_);
    return answer;
  }
  void WaitUntilEntered() const {
    MutexLock lock(mutex_);
    while (!entered_) changed_.Wait(mutex_);
  }
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  Status answer;

 private:
  mutable Mutex mutex_;
  mutable CondVar changed_;
  mutable bool entered_ GUARDED_BY(mutex_) = false;
  bool open_ GUARDED_BY(mutex_) = false;
};

class LedgerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_.Create(memory_, {log_.CreateOp(1, {2, 21000}), log_.CreateOp(2, {0, 20305})}).ok());
    Reopen();
  }
  void TearDown() override {
    ledger_.reset();
    EXPECT_EQ(log_.Damage(memory_), "");
  }
  void Reopen() {
    ledger_.reset();
    auto opened = log_.Open(store_);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    ledger_ = std::move(*opened);
  }
  Receipt Say(const std::string& name) {
    const Result<Receipt> receipt = ledger_->Submit(log_.Say(name, 1, 2));
    EXPECT_TRUE(receipt.ok());
    return receipt.ok() ? *receipt : Receipt();
  }
  HeadBody NewestHeadBody() { return NewestHead(ledger_->reader(), ledger_->size() - 1)->body; }

  // Submits all of `proposals`, so that they wait in the queue in this order while the sequencer is held; then lets it
  // go on. Answers in the same order.
  std::vector<Result<Receipt>> SubmitTogether(std::vector<Proposal> proposals) {
    Gate gate;
    std::vector<std::future<Result<Receipt>>> answers;
    const auto submit = [&](Proposal proposal) {
      answers.push_back(std::async(std::launch::async, [this, moved = std::make_shared<Proposal>(std::move(proposal))] {
        return ledger_->Submit(std::move(*moved));
      }));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    };
    Proposal first;
    first.precondition = &gate;
    submit(std::move(first));
    gate.WaitUntilEntered();
    for (Proposal& proposal : proposals) submit(std::move(proposal));
    store_.FailAt(0, FaultStore::How::kNotPersisted);  // counts from here
    gate.Open();
    std::vector<Result<Receipt>> results;
    for (auto& answer : answers) results.push_back(answer.get());
    results.erase(results.begin());
    return results;
  }
  // Batches written for SubmitTogether()'s proposals, without the one of its gate.
  uint64_t batches() const { return store_.calls() - 1; }

  TestLog log_;
  MemoryStore memory_;
  FaultStore store_{memory_};
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LedgerTest, ANewLogHoldsFiveEntries) {
  const std::vector<EntryKind> kinds = {EntryKind::kGenesis, EntryKind::kSlots, EntryKind::kPolicy, EntryKind::kOps,
                                        EntryKind::kHead};
  ASSERT_EQ(ledger_->size(), kinds.size());
  for (size_t i = 0; i < kinds.size(); ++i) EXPECT_EQ(ledger_->reader().EntryAt(i)->kind, kinds[i]);
  const HeadBody head = NewestHeadBody();
  EXPECT_EQ(head.own_index, 4u);
  EXPECT_EQ(head.previous_head, kNoEntry);
  EXPECT_EQ(head.live_n, 2u);
  EXPECT_EQ(head.min_due, 20305u);
  EXPECT_EQ(head.legal_day, TestLog::kStart / 86400);
  const Result<Checkpoint> checkpoint = OpenCheckpoint(ledger_->Checkpoint(), log_.key());
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(checkpoint->size, 5u);
  EXPECT_EQ(checkpoint->root, *RootAt(ledger_->nodes(), 5));
}

TEST_F(LedgerTest, AnEventIsStoredWithItsBlobs) {
  log_.clock.Advance(7);
  const Receipt receipt = Say("hello");
  EXPECT_EQ(receipt.first_entry, 5u);
  EXPECT_EQ(receipt.time_s, TestLog::kStart + 7);
  EXPECT_EQ(receipt.head, 4u);
  const Result<Entry> entry = ledger_->reader().EntryAt(5);
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(AsText(entry->body), "hello");
  const SecretBytes seal_key = SealKey(log_.ledger_id, TestLog::KeyOf(2));
  size_t blobs = 0;
  ASSERT_TRUE(ScanSubjectBlobs(memory_, TestLog::Unit(2), 0, 100, [&](const StoredBlob& blob) {
                const SealContext context{log_.ledger_id, EntryKind::kEvent, entry->seal_id, 1, TestLog::Unit(2)};
                const auto fields = OpenSection(context, SectionSeed(context, seal_key.Reveal()).Reveal(),
                                                entry->sections[1], blob.blob);
                EXPECT_TRUE(fields.ok());
                ++blobs;
                return true;
              }).ok());
  ASSERT_TRUE(ScanAuditBlobs(memory_, TestLog::Unit(1), 0, 100, [&](const StoredBlob& blob) {
                EXPECT_EQ(SectionRoot(blob.blob, blob.fields_hash), entry->sections[0].root);
                ++blobs;
                return true;
              }).ok());
  EXPECT_EQ(blobs, 2u);
}

TEST_F(LedgerTest, AuditBlobsAreFoundByRange) {
  for (int i = 0; i < 20; ++i) {
    Proposal two = log_.Say("a", 1, 2);
    two.entries.push_back(log_.Event("b", 1, 2));
    ASSERT_TRUE(ledger_->Submit(std::move(two)).ok());
  }
  for (uint64_t begin = 3; begin < 46; ++begin) {
    for (uint64_t end = begin; end < 47; ++end) {
      std::vector<uint64_t> found, expected;
      for (uint64_t i = std::max<uint64_t>(begin, 5); i < std::min<uint64_t>(end, 45); ++i) expected.push_back(i);
      const auto collect = [&](const StoredBlob& blob) { return found.push_back(blob.entry), true; };
      ASSERT_TRUE(ScanAuditBlobs(memory_, TestLog::Unit(1), begin, end, collect).ok());
      ASSERT_EQ(found, expected) << begin << " to " << end;
      found.clear();
      ASSERT_TRUE(ScanSubjectBlobs(memory_, TestLog::Unit(2), begin, end, collect).ok());
      ASSERT_EQ(found, expected) << begin << " to " << end;
    }
  }
}

TEST_F(LedgerTest, PublishMakesAHeadOnlyWhenSomethingIsNew) {
  const std::string before = *ledger_->Publish();
  EXPECT_EQ(ledger_->size(), 5u);
  EXPECT_EQ(before, ledger_->Checkpoint());
  Say("x");
  const Result<std::string> after = ledger_->Publish();
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(ledger_->size(), 7u);
  EXPECT_EQ(OpenCheckpoint(*after, log_.key())->size, 7u);
  EXPECT_EQ(NewestHeadBody().previous_head, 4u);
  EXPECT_EQ(*ledger_->Publish(), *after);
}

TEST_F(LedgerTest, RestartGoesOnWhereItStopped) {
  uint64_t at = 5;
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(Say("event").first_entry, at + static_cast<uint64_t>(i));
    Reopen();  // closing writes a head
    at += 21;
    ASSERT_EQ(ledger_->size(), at);
  }
  EXPECT_EQ(OpenCheckpoint(ledger_->Checkpoint(), log_.key())->size, at);
  const HeadBody head = NewestHeadBody();
  Result<UnitMaps> maps = ReplayMaps(ledger_->reader(), ledger_->size());
  ASSERT_TRUE(maps.ok());
  EXPECT_EQ(maps->live().Root(), head.live_root);
  EXPECT_EQ(maps->due().Root(), head.due_root);
}

TEST_F(LedgerTest, TimeNeverGoesBack) {
  log_.clock.Advance(100);
  EXPECT_EQ(Say("a").time_s, TestLog::kStart + 100);
  log_.clock.Advance(-50);
  EXPECT_EQ(Say("b").time_s, TestLog::kStart + 100);
  Reopen();
  EXPECT_EQ(Say("c").time_s, TestLog::kStart + 100);
  EXPECT_EQ(*ledger_->reader().FirstAt(TestLog::kStart + 1), 5u);
  EXPECT_EQ(*ledger_->reader().FirstAt(TestLog::kStart + 101), ledger_->size());
}

TEST_F(LedgerTest, VersionsMovedSinceTheDecisionAreAConflict) {
  const Stripe stripe = StripeOf("session", AsBytes("1"));
  const Expectation before = ledger_->Expect(stripe);
  Proposal touch = log_.Say("touch", 1, 2);
  touch.touches = {stripe};
  ASSERT_TRUE(ledger_->Submit(std::move(touch)).ok());
  EXPECT_EQ(ledger_->Version(stripe), before.version + 1);
  Proposal stale = log_.Say("stale", 1, 2);
  stale.expects = {before};
  stale.writes.Put(Family::kState, {1}, {2});
  EXPECT_EQ(ledger_->Submit(std::move(stale)).status().code(), Code::kConflict);
  EXPECT_EQ(ledger_->size(), 6u);
  EXPECT_TRUE(memory_.Table(Family::kState).empty());
  Proposal fresh = log_.Say("fresh", 1, 2);
  fresh.expects = {ledger_->Expect(stripe)};
  EXPECT_TRUE(ledger_->Submit(std::move(fresh)).ok());
}

TEST_F(LedgerTest, TouchedInTheSameBatchIsAConflictToo) {
  const Stripe stripe = StripeOf("session", AsBytes("1"));
  std::vector<Proposal> proposals(4);
  proposals[0] = log_.Say("expects first", 1, 2);
  proposals[0].expects = {ledger_->Expect(stripe)};
  proposals[1] = log_.Say("touches", 1, 2);
  proposals[1].touches = {stripe};
  proposals[2] = log_.Say("expects after", 1, 2);
  proposals[2].expects = {ledger_->Expect(stripe)};
  proposals[3] = log_.Say("bystander", 1, 2);
  const auto answers = SubmitTogether(std::move(proposals));
  EXPECT_EQ(batches(), 1u);
  EXPECT_TRUE(answers[0].ok());
  EXPECT_TRUE(answers[1].ok());
  EXPECT_EQ(answers[2].status().code(), Code::kConflict);
  EXPECT_TRUE(answers[3].ok());
  EXPECT_FALSE(doubles::EventsIn(memory_).contains("expects after"));
}

TEST_F(LedgerTest, TwoOperationsOnOneUnitLandInDifferentBatches) {
  std::vector<Proposal> proposals(4);
  proposals[0].ops = {UnitOp::Redue(TestLog::Unit(2), {0, 20305}, {0, 20400}, 0, 1, RedueReason::kClock)};
  proposals[1].ops = {UnitOp::Redue(TestLog::Unit(2), {0, 20400}, {0, 20500}, 1, 1, RedueReason::kHoldOn)};
  proposals[2].ops = {UnitOp::Redue(TestLog::Unit(2), {0, 20400}, {0, 20600}, 0, 1, RedueReason::kClock)};
  proposals[3].ops = {UnitOp::Redue(TestLog::Unit(1), {2, 21000}, {2, 21001}, 0, 1, RedueReason::kClock)};
  const auto answers = SubmitTogether(std::move(proposals));
  EXPECT_EQ(batches(), 3u);
  EXPECT_TRUE(answers[0].ok());
  EXPECT_TRUE(answers[1].ok());
  EXPECT_EQ(answers[2].status().code(), Code::kConflict);
  EXPECT_TRUE(answers[3].ok());
  ASSERT_TRUE(ledger_->Publish().ok());
  EXPECT_EQ(NewestHeadBody().min_due, 20500u);
  EXPECT_EQ(NewestHeadBody().held, 1u);
}

TEST_F(LedgerTest, AloneIsABatchOfItsOwn) {
  std::vector<Proposal> proposals(5);
  for (size_t i = 0; i < proposals.size(); ++i) proposals[i] = log_.Say(std::to_string(i), 1, 2);
  proposals[2].placement = Proposal::Placement::kAlone;
  const auto answers = SubmitTogether(std::move(proposals));
  EXPECT_EQ(batches(), 3u);
  for (size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i]->first_entry, 5 + i) << "in the order of the queue";
}

TEST_F(LedgerTest, AnErasureIsABatchOfItsOwnEvenWhenItDoesNotAsk) {
  const std::vector<UnitOp> ops = {UnitOp::Erase(TestLog::Unit(2), {0, 20305}, EraseReason::kRequest)};
  ASSERT_TRUE(ledger_->Submit(TestLog::EraseIntent(*ledger_, ops)).ok());
  std::vector<Proposal> proposals(3);
  proposals[0] = log_.Create(3, {0, 20310});
  proposals[1] = TestLog::EraseFlip(*ledger_, 5, ops, 0);
  proposals[2] = log_.Create(4, {0, 20320});
  const auto answers = SubmitTogether(std::move(proposals));
  EXPECT_EQ(batches(), 3u);
  for (const auto& answer : answers) EXPECT_TRUE(answer.ok());
  const std::vector<EntryKind> kinds = {EntryKind::kOps, EntryKind::kSlots, EntryKind::kErase, EntryKind::kHead,
                                        EntryKind::kOps};
  for (size_t i = 0; i < kinds.size(); ++i) EXPECT_EQ(ledger_->reader().EntryAt(6 + i)->kind, kinds[i]) << i;
}

TEST_F(LedgerTest, ErasureDropsTheUnitAndItsBlobs) {
  Say("about her");
  ASSERT_TRUE(log_.Erase(*ledger_, {UnitOp::Erase(TestLog::Unit(2), {0, 20305}, EraseReason::kRequest)}).ok());
  EXPECT_EQ(NewestHeadBody().live_n, 1u);
  EXPECT_EQ(memory_.Table(Family::kSubjectBlob).size(), 0u);
  EXPECT_EQ(memory_.Table(Family::kAuditBlob).size(), 1u);
  const Result<Entry> entry = ledger_->reader().EntryAt(8);
  EXPECT_EQ(ParseErase(entry->body)->parts, 1u);
}

TEST_F(LedgerTest, ManyOperationsTakeSeveralEntries) {
  Proposal many;
  for (uint32_t n = 100; n < 2600; ++n) {
    many.ops.push_back(log_.CreateOp(n, {0, 20500}));
    many.new_units.push_back({TestLog::Unit(n), TestLog::KeyOf(n)});
  }
  ASSERT_TRUE(ledger_->Submit(std::move(many)).ok());
  EXPECT_EQ(ledger_->size(), 8u);
  ASSERT_TRUE(ledger_->Publish().ok());
  EXPECT_EQ(NewestHeadBody().live_n, 2502u);
  std::vector<UnitOp> erasures;
  for (uint32_t n = 100; n < 2600; ++n) {
    erasures.push_back(UnitOp::Erase(TestLog::Unit(n), {0, 20500}, EraseReason::kDue));
  }
  erasures.push_back(UnitOp::Erase(TestLog::Unit(2), {0, 20305}, EraseReason::kDue));
  ASSERT_TRUE(log_.Erase(*ledger_, erasures).ok());
  for (uint64_t part : {0, 1}) {
    const EraseBody body = *ParseErase(ledger_->reader().EntryAt(11 + part)->body);
    EXPECT_EQ(body.part, part);
    EXPECT_EQ(body.parts, 2u);
  }
  Reopen();
  EXPECT_EQ(NewestHeadBody().live_n, 1u);
}

TEST_F(LedgerTest, ProposalsThatNoStateCouldAccept) {
  const auto refused = [&](Proposal proposal) {
    return ledger_->Submit(std::move(proposal)).status().code() == Code::kInvalidArgument;
  };
  Proposal twice = log_.Create(3, {0, 20310});
  twice.ops.push_back(twice.ops[0]);
  EXPECT_TRUE(refused(std::move(twice)));
  Proposal bare;
  bare.ops = {UnitOp::Erase(TestLog::Unit(2), {0, 20305}, EraseReason::kDue)};
  EXPECT_TRUE(refused(std::move(bare))) << "an erasure without its body";
  Proposal mixed = log_.Create(3, {0, 20310});
  mixed.erase = EraseBody{};
  EXPECT_TRUE(refused(std::move(mixed))) << "a creation in an erasure";
  for (EntryKind kind : {EntryKind::kGenesis, EntryKind::kOps, EntryKind::kHead, EntryKind::kErase}) {
    Proposal own;
    own.entries.push_back({kind, {}, {}, {}});
    EXPECT_TRUE(refused(std::move(own))) << EntryKindName(kind);
  }
  Proposal large;
  large.entries.push_back({EntryKind::kEvent, {}, {}, Bytes(kMaxEntryBytes - 26)});
  EXPECT_TRUE(refused(std::move(large)));
  Proposal sections;
  sections.entries.push_back({EntryKind::kEvent, {}, std::vector<SealedSection>(5), {}});
  EXPECT_TRUE(refused(std::move(sections)));
  Proposal largest;
  largest.entries.push_back({EntryKind::kEvent, {}, {}, Bytes(kMaxEntryBytes - 27)});
  EXPECT_TRUE(ledger_->Submit(std::move(largest)).ok());
}

TEST_F(LedgerTest, ARefusedPreconditionLeavesNoRow) {
  Gate gate;
  gate.answer = Status(Code::kConflict, "no");
  gate.Open();
  Proposal proposal = log_.Create(3, {0, 20310});
  proposal.entries.push_back(log_.Event("never", 1, 2));
  proposal.writes.Put(Family::kState, {2}, {2});
  proposal.precondition = &gate;
  EXPECT_EQ(ledger_->Submit(std::move(proposal)).status().code(), Code::kConflict);
  Say("bystander");
  EXPECT_TRUE(memory_.Table(Family::kState).empty());
  EXPECT_TRUE(memory_.Table(Family::kKey).empty());
  EXPECT_EQ(ledger_->size(), 6u);
}

TEST_F(LedgerTest, ARefusingKeeperLeavesNoRow) {
  log_.keeper.refuse = true;
  Gate gate;
  gate.Open();
  Proposal proposal = log_.Create(3, {0, 20310});
  proposal.precondition = &gate;
  EXPECT_FALSE(ledger_->Submit(std::move(proposal)).ok());
  Say("bystander");
  EXPECT_TRUE(memory_.Table(Family::kState).empty());
  EXPECT_TRUE(memory_.Table(Family::kKey).empty());
}

TEST_F(LedgerTest, OnCommitRunsInOrderAfterTheWriteAndBeforeTheVersionMoves) {
  const Stripe stripe = StripeOf("x", AsBytes("y"));
  const uint64_t version = ledger_->Version(stripe);
  std::vector<int> order;
  std::vector<Proposal> proposals(3);
  for (int i = 0; i < 3; ++i) {
    Proposal& proposal = proposals[static_cast<size_t>(i)];
    proposal = log_.Say(std::to_string(i), 1, 2);
    proposal.writes.Put(Family::kState, {static_cast<uint8_t>(i)}, {1});
    proposal.touches = {stripe};
    proposal.on_commit = [&, i] {
      order.push_back(i);
      EXPECT_TRUE(memory_.Get(Family::kState, Bytes{static_cast<uint8_t>(i)})->has_value());
      EXPECT_EQ(ledger_->size(), 8u);
      EXPECT_EQ(ledger_->Version(stripe), version) << "whoever sees the new version must find the new state";
    };
  }
  SubmitTogether(std::move(proposals));
  EXPECT_EQ(batches(), 1u);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
  EXPECT_NE(ledger_->Version(stripe), version);
}

TEST_F(LedgerTest, ChangedFactsMakeAHeadEvenIfNothingElseIsNew) {
  Proposal proposal;
  proposal.update_facts = [](HeadFacts& facts) { facts.flags = kFlagBreakGlass; };
  const Result<Receipt> receipt = ledger_->Submit(std::move(proposal));
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(NewestHeadBody().flags, uint32_t{kFlagBreakGlass});
  EXPECT_EQ(receipt->head, 5u);
  EXPECT_EQ(OpenCheckpoint(ledger_->Checkpoint(), log_.key())->size, 6u);
  Reopen();
  EXPECT_EQ(ledger_->facts().flags, uint32_t{kFlagBreakGlass});
  EXPECT_EQ(ledger_->facts().root_generation, 1u);
}

TEST_F(LedgerTest, SixtyFourThreads) {
  std::mutex mutex;
  std::map<std::string, uint64_t> receipts;
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string name = std::to_string(t) + "/" + std::to_string(i);
        Proposal proposal = log_.Say(name, 1, 2);
        if (i % 5 == 0) {
          const uint32_t unit = static_cast<uint32_t>(1000 + t * 100 + i);
          proposal.ops.push_back(log_.CreateOp(unit, {0, 20400}));
          proposal.new_units.push_back({TestLog::Unit(unit), TestLog::KeyOf(unit)});
        }
        const Result<Receipt> receipt = ledger_->Submit(std::move(proposal));
        ASSERT_TRUE(receipt.ok());
        const std::lock_guard<std::mutex> lock(mutex);
        receipts[name] = receipt->first_entry;
        if (i == 12) {
          EXPECT_TRUE(ledger_->Publish().ok());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto found = doubles::EventsIn(memory_);
  EXPECT_EQ(found.size(), 64u * 25u);
  for (const auto& [name, index] : receipts) {
    const auto [first, last] = found.equal_range(name);
    ASSERT_EQ(std::distance(first, last), 1) << name;
    ASSERT_EQ(first->second, index) << name;
  }
  Reopen();
  EXPECT_EQ(NewestHeadBody().live_n, 2u + 64u * 5u);
}

TEST_F(LedgerTest, ClosingAnswersWhatIsQueued) {
  std::vector<Proposal> proposals(20);
  for (Proposal& proposal : proposals) proposal = log_.Say("x", 1, 2);
  for (const auto& answer : SubmitTogether(std::move(proposals))) EXPECT_TRUE(answer.ok());
  ledger_.reset();
  EXPECT_EQ(doubles::EventsIn(memory_).size(), 20u);
  EXPECT_EQ(LogReader(memory_).State()->last_head + 1, LogReader(memory_).State()->size);
}

}  // namespace
}  // namespace spor::ledger
