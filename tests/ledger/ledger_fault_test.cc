// SPDX-License-Identifier: Apache-2.0
// Every call to the store fails in turn, in both ways, until the scenario passes untouched.
#include <gtest/gtest.h>

#include <filesystem>

#include "ledger/blobs.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::FaultStore;
using doubles::MemoryStore;
using doubles::TestLog;

class LedgerFaults : public ::testing::TestWithParam<FaultStore::How> {
 protected:
  // Opens, writes, publishes, erases, closes; notes what was acknowledged. After a failure nothing may be.
  void Scenario(TestLog& log, FaultStore& store) {
    acknowledged_.clear();
    erased_ = false;
    auto opened = log.Open(store);
    if (!opened.ok()) {
      ASSERT_TRUE(store.has_failed()) << opened.error().message();
      return;
    }
    Ledger& ledger = **opened;
    for (uint32_t i = 0; i < 4; ++i) {
      const std::string name = "event " + std::to_string(i);
      Proposal proposal = log.Say(name, 1, 10 + i);
      proposal.ops.push_back(log.CreateOp(10 + i, {0, 20400 + i}));
      proposal.new_units.push_back({TestLog::Unit(10 + i), TestLog::KeyOf(10 + i)});
      const Result<Receipt> receipt = ledger.Submit(std::move(proposal));
      Note(store, receipt.status());
      if (receipt.ok()) acknowledged_[name] = receipt->first_entry;
      if (i == 1) Note(store, ledger.Publish().status());
    }
    const std::vector<UnitOp> ops = {UnitOp::Erase(TestLog::Unit(10), {0, 20400}, EraseReason::kDue)};
    const Result<Receipt> intent = ledger.Submit(TestLog::EraseIntent(ledger, ops));
    Note(store, intent.status());
    const uint64_t intent_entry = intent.ok() ? intent->first_entry : 0;
    const Status erased = ledger.Submit(TestLog::EraseFlip(ledger, intent_entry, ops, 1)).status();
    Note(store, erased);
    erased_ = erased.ok();
    EXPECT_EQ(ledger.health().ok(), !store.has_failed());
  }

  void Note(const FaultStore& store, const Status& status) {
    EXPECT_EQ(status.ok(), !store.has_failed()) << status.message();
    if (!status.ok()) {
      EXPECT_EQ(status.code(), Code::kIo) << status.message();
    }
  }

  // Reopened without faults, everything acknowledged is there once and the log verifies.
  void CheckAfterwards(TestLog& log, MemoryStore& memory) {
    EXPECT_EQ(log.Damage(memory), "");
    {
      auto again = log.Open(memory);
      ASSERT_TRUE(again.ok()) << again.error().message();
      ASSERT_TRUE((*again)->Submit(log.Say("afterwards", 1, 2)).ok());
    }
    EXPECT_EQ(log.Damage(memory), "");
    const auto found = doubles::EventsIn(memory);
    EXPECT_EQ(found.count("afterwards"), 1u);
    for (const auto& [name, index] : acknowledged_) {
      ASSERT_EQ(found.count(name), 1u) << name;
      EXPECT_EQ(found.find(name)->second, index);
    }
    for (const auto& event : found) EXPECT_EQ(found.count(event.first), 1u) << event.first;
    if (erased_) {
      EXPECT_FALSE(memory.Table(Family::kLive).contains(ToBytes(TestLog::Unit(10))));
    }
  }

  std::map<std::string, uint64_t> acknowledged_;
  bool erased_ = false;
};

TEST_P(LedgerFaults, EveryCallOfAScenarioInTurn) {
  TestLog log;
  MemoryStore fresh;
  ASSERT_TRUE(log.Create(fresh, {log.CreateOp(1, {2, 21000}), log.CreateOp(2, {0, 20305})}).ok());
  const std::string anchor = log.options.anchor_directory;
  bool untouched = false;
  for (uint64_t n = 1; !untouched; ++n) {
    ASSERT_LT(n, 200u);
    SCOPED_TRACE("call " + std::to_string(n));
    doubles::TempDir dir;
    std::filesystem::copy(anchor, dir / "anchor");
    TestLog run(dir / "anchor");
    MemoryStore memory(fresh);
    FaultStore faults(memory);
    faults.FailAt(n, GetParam());
    Scenario(run, faults);
    untouched = !faults.has_failed();
    if (untouched) {
      EXPECT_EQ(acknowledged_.size(), 4u);
      EXPECT_TRUE(erased_);
    }
    CheckAfterwards(run, memory);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST_P(LedgerFaults, EveryCallOfCreate) {
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 20u);
    TestLog log;
    MemoryStore memory;
    FaultStore faults(memory);
    faults.FailAt(n, GetParam());
    const Status created = log.Create(faults);
    ASSERT_EQ(created.ok(), !faults.has_failed());
    if (created.ok()) break;
    // Half a creation is refused at start, never continued.
    EXPECT_FALSE(log.Open(memory).ok());
    const bool any = !memory.Table(Family::kMeta).empty();
    EXPECT_EQ(any, GetParam() == FaultStore::How::kPersisted);
  }
}

INSTANTIATE_TEST_SUITE_P(Both, LedgerFaults,
                         ::testing::Values(FaultStore::How::kNotPersisted, FaultStore::How::kPersisted),
                         [](const auto& how) {
                           return how.param == FaultStore::How::kPersisted ? "Persisted" : "NotPersisted";
                         });

TEST(LedgerAnchorFault, NoCheckpointLeavesThatIsNotAnchored) {
  TestLog log;
  MemoryStore memory;
  ASSERT_TRUE(log.Create(memory, {log.CreateOp(1, {2, 21000}), log.CreateOp(2, {0, 20305})}).ok());
  auto ledger = log.Open(memory);
  ASSERT_TRUE(ledger.ok());
  const std::string before = (*ledger)->Checkpoint();
  ASSERT_TRUE((*ledger)->Submit(log.Say("a", 1, 2)).ok());
  std::filesystem::remove_all(log.options.anchor_directory);
  EXPECT_EQ((*ledger)->Publish().status().code(), Code::kIo);
  EXPECT_EQ((*ledger)->Checkpoint(), before);
  EXPECT_EQ((*ledger)->Submit(log.Say("b", 1, 2)).status().code(), Code::kIo);
  EXPECT_FALSE((*ledger)->health().ok());
}

}  // namespace
}  // namespace spor::ledger
