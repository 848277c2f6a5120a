// SPDX-License-Identifier: Apache-2.0
// Who writes, how much of it in one batch, and what an answer with a checkpoint holds.
#include <gtest/gtest.h>

#include <filesystem>

#include "ledger/ledger.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::FaultStore;
using doubles::MemoryStore;
using doubles::TestLog;

// Notes on which thread it was asked; waits there while `hold` is set.
class Asked final : public Precondition {
 public:
  Status Check(UnixSeconds, Batch&) const override {
    by = std::this_thread::get_id();
    entered = true;
    while (hold) std::this_thread::yield();
    return OkStatus();
  }
  mutable std::atomic<std::thread::id> by;
  mutable std::atomic<bool> entered{false};
  std::atomic<bool> hold{false};
};

class LedgerTurn : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_.Create(store_, {log_.CreateOp(1, {2, 21000}), log_.CreateOp(2, {0, 20305})}).ok());
    ledger_ = std::move(*log_.Open(store_));
  }
  void TearDown() override {
    ledger_.reset();
    EXPECT_EQ(log_.Damage(memory_), "");
  }
  Result<Receipt> Say(const std::string& name, const Precondition* precondition = nullptr,
                      Proposal::Head head = Proposal::Head::kWhenDue) {
    Proposal proposal = log_.Say(name, 1, 2);
    proposal.precondition = precondition;
    proposal.head = head;
    return ledger_->Submit(std::move(proposal));
  }

  TestLog log_;
  MemoryStore memory_;
  FaultStore store_{memory_};
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LedgerTurn, AnAnswerWithItsCheckpointIsOneBatch) {
  ASSERT_TRUE(Say("before").ok());
  store_.FailAt(0, FaultStore::How::kPersisted);
  const Result<Receipt> receipt = Say("x", nullptr, Proposal::Head::kNow);
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(store_.calls(), 1u);
  EXPECT_EQ(receipt->checkpoint, ledger_->Checkpoint());
  const Result<Checkpoint> checkpoint = OpenCheckpoint(receipt->checkpoint, log_.key());
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(checkpoint->size, receipt->head + 1);
  const Result<TlogProof> proof = ledger_->Prove(receipt->first_entry, *receipt);
  ASSERT_TRUE(proof.ok());
  EXPECT_EQ(proof->index, receipt->first_entry);
  EXPECT_EQ(proof->checkpoint, receipt->checkpoint);
  const Hash32 leaf = LeafHash(*ledger_->reader().EntryBytes(receipt->first_entry));
  EXPECT_TRUE(VerifyInclusion(proof->index, checkpoint->size, leaf, proof->hashes, checkpoint->root).ok());
}

TEST_F(LedgerTurn, OnlyWhoAsksGetsACheckpoint) {
  EXPECT_EQ(Say("x")->checkpoint, "");
  // Still of the checkpoint that it was answered with when later ones are there.
  const Receipt receipt = *Say("y", nullptr, Proposal::Head::kNow);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(Say("z", nullptr, Proposal::Head::kNow).ok());
  const Checkpoint checkpoint = *OpenCheckpoint(receipt.checkpoint, log_.key());
  const TlogProof proof = *ledger_->Prove(receipt.first_entry, receipt);
  const Hash32 leaf = LeafHash(*ledger_->reader().EntryBytes(receipt.first_entry));
  EXPECT_TRUE(VerifyInclusion(proof.index, checkpoint.size, leaf, proof.hashes, checkpoint.root).ok());
}

TEST_F(LedgerTurn, WithoutAnchorThereIsNoCheckpoint) {
  std::filesystem::remove_all(log_.options.anchor_directory);
  EXPECT_EQ(Say("x", nullptr, Proposal::Head::kNow).status().code(), Code::kIo);
  EXPECT_EQ(doubles::EventsIn(memory_).count("x"), 1u) << "unknown to whoever asked, but durable";
  EXPECT_EQ(Say("y").status().code(), Code::kIo);
  ASSERT_TRUE(std::filesystem::create_directory(log_.options.anchor_directory));
  ledger_ = std::move(*Ledger::Open(log_.options));
}

TEST_F(LedgerTurn, ALoneCallerHasIt) {
  for (int i = 0; i < 10; ++i) {
    const Asked asked;
    ASSERT_TRUE(Say("x", &asked).ok());
    EXPECT_EQ(asked.by, std::this_thread::get_id());
  }
}

TEST_F(LedgerTurn, CallersWhoComeTogetherAreOneBatchOfTheLedgersThread) {
  Asked first;
  first.hold = true;
  std::thread leader([&] { EXPECT_TRUE(Say("first", &first).ok()); });
  while (!first.entered) std::this_thread::yield();
  constexpr size_t kFollowers = 20;
  std::array<Asked, kFollowers> asked;
  std::atomic<size_t> submitted{0};
  std::vector<std::thread> followers;
  for (Asked& one : asked) {
    followers.emplace_back([&] {
      Proposal proposal = log_.Say("follower", 1, 2);
      proposal.precondition = &one;
      ++submitted;
      EXPECT_TRUE(ledger_->Submit(std::move(proposal)).ok());
    });
  }
  while (submitted < kFollowers) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // until all are queued
  store_.FailAt(0, FaultStore::How::kPersisted);
  const std::thread::id leader_id = leader.get_id();
  first.hold = false;
  leader.join();
  for (std::thread& follower : followers) follower.join();
  EXPECT_EQ(first.by, leader_id);
  EXPECT_EQ(store_.calls(), 2u) << "the first one's batch and one for all others";
  for (const Asked& one : asked) EXPECT_EQ(one.by, asked[0].by);
  // Alone again: the first goes by the ledger's thread, and one of the next has the turn.
  const Asked one;
  ASSERT_TRUE(Say("one", &one).ok());
  EXPECT_EQ(one.by, asked[0].by);
  bool own = false;
  for (int i = 0; i < 1000 && !own; ++i) {
    const Asked next;
    ASSERT_TRUE(Say("next", &next).ok());
    own = next.by == std::this_thread::get_id();
  }
  EXPECT_TRUE(own);
}

TEST_F(LedgerTurn, HeadsComeWhoeverWrites) {
  log_.options.head_interval = std::chrono::milliseconds(20);
  ledger_.reset();
  ledger_ = std::move(*log_.Open(store_));
  const uint64_t before = Say("x")->head;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (OpenCheckpoint(ledger_->Checkpoint(), log_.key())->size <= before + 2) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace
}  // namespace spor::ledger
