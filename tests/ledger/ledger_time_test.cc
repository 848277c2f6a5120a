// SPDX-License-Identifier: Apache-2.0
// What the sequencer does by itself, while nobody asks.
#include <gtest/gtest.h>

#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::FaultStore;
using std::chrono::milliseconds;

class CountingClock final : public Clock {
 public:
  UnixSeconds Now() const override { return ++asked, doubles::TestLog::kStart; }
  mutable std::atomic<uint64_t> asked{0};
};

class LedgerTime : public ::testing::Test {
 protected:
  void Open(milliseconds head_interval) {
    log_.options.head_interval = head_interval;
    ASSERT_TRUE(log_.Create(memory_, {log_.CreateOp(1, {2, 21000}), log_.CreateOp(2, {0, 20305})}).ok());
    auto opened = log_.Open(store_);
    ASSERT_TRUE(opened.ok());
    ledger_ = std::move(*opened);
    store_.FailAt(0, FaultStore::How::kNotPersisted);
  }
  bool WaitForSize(uint64_t size) {
    for (int i = 0; i < 500 && ledger_->size() < size; ++i) std::this_thread::sleep_for(milliseconds(10));
    return ledger_->size() == size;
  }
  doubles::TestLog log_;
  doubles::MemoryStore memory_;
  FaultStore store_{memory_};
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LedgerTime, AHeadFollowsAnEventWithinTheIntervalAndNothingElseIsWritten) {
  Open(milliseconds(300));
  ASSERT_TRUE(ledger_->Submit(log_.Say("a", 1, 2)).ok());
  EXPECT_EQ(ledger_->size(), 6u);
  ASSERT_TRUE(WaitForSize(7));
  EXPECT_EQ(ledger_->reader().EntryAt(6)->kind, EntryKind::kHead);
  std::this_thread::sleep_for(milliseconds(400));
  EXPECT_EQ(ledger_->size(), 7u) << "an idle log stays as it is";
  ledger_.reset();
  EXPECT_EQ(store_.calls(), 4u) << "the event, the head, and two to read the entry here";
}

TEST_F(LedgerTime, AnIdleLogSaysEveryDayHowThingsStand) {
  Open(milliseconds(40));
  for (uint64_t day = 1; day <= 3; ++day) {
    log_.clock.Advance(86400);
    ASSERT_TRUE(WaitForSize(5 + day));
    EXPECT_EQ(NewestHead(ledger_->reader(), 4 + day)->body.legal_day, doubles::TestLog::kStart / 86400 + day);
  }
  ledger_.reset();
  EXPECT_EQ(log_.Damage(memory_), "");
}

TEST_F(LedgerTime, AStoppedLedgerDoesNotSpin) {
  CountingClock clock;
  log_.options.clock = &clock;
  Open(milliseconds(40));
  store_.FailAt(1, FaultStore::How::kNotPersisted);
  EXPECT_EQ(ledger_->Submit(log_.Say("a", 1, 2)).status().code(), Code::kIo);
  const uint64_t before = clock.asked;
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_LT(clock.asked - before, 200u);
}

}  // namespace
}  // namespace spor::ledger
