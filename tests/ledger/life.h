// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>

#include "ledger/blobs.h"
#include "tests/ledger/answers.h"

namespace spor::ledger {

// The whole life of a ledger in one scenario: made, several callers at once, heads, an erasure, rewriting, closed and
// opened again. Something in it fails; whoever runs it then goes on as an operator would, by opening it again. Notes
// everything that was answered.
class Life {
 public:
  using OpenStore = std::function<Result<std::unique_ptr<Store>>(StoreOptions::Mode)>;

  Life(doubles::TestLog& log, OpenStore open) : log_(log), open_(std::move(open)) {}

  // False if it could not even be created: then nothing may be there that opens.
  bool Run() {
    if (!Create()) return false;
    answers_.created = true;
    for (int start = 0; start < 2; ++start) {
      Do([&](Ledger& ledger) { return Say(ledger, "first"); });
      Do([&](Ledger& ledger) { return SayAllAtOnce(ledger); });
      Do([&](Ledger& ledger) { return Publish(ledger); });
      Do([&](Ledger& ledger) { return NewUnit(ledger); });
      Do([&](Ledger& ledger) { return Say(ledger, "before the erasure"); });
      Do([&](Ledger& ledger) { return Erase(ledger); });
      Do([&](Ledger&) { return store_->Rewrite({Family::kSubjectBlob, Family::kAuditBlob, Family::kKey}); });
      Do([&](Ledger& ledger) { return Publish(ledger); });
      Do([&](Ledger& ledger) { return Say(ledger, "last"); });
      Close();
    }
    return true;
  }
  Answers& answers() { return answers_; }
  size_t failures() const { return failures_; }

 private:
  bool Create() {
    const auto store = open_(StoreOptions::Mode::kCreate);
    if (!store.ok()) return false;
    return log_.Create(**store, {log_.CreateOp(1, {2, 21000}), log_.CreateOp(2, {0, 20305})}).ok();
  }
  void Close() {
    ledger_.reset();
    store_.reset();
  }
  Status Open() {
    ASSIGN_OR_RETURN(store_, open_(StoreOptions::Mode::kOpen));
    ASSIGN_OR_RETURN(ledger_, log_.Open(*store_));
    answers_.checkpoints.push_back(ledger_->Checkpoint());
    return doubles::TestLog::FinishErasure(*ledger_);
  }
  // One step on a ledger that is open. After a failure the ledger takes nothing more until it is opened again.
  template <typename Step>
  void Do(const Step& step) {
    for (int attempt = 0; ledger_ == nullptr; ++attempt) {
      if (const Status opened = Open(); !opened.ok()) {
        ASSERT_LT(attempt, 3) << "it does not open any more: " << opened.message();
        ++failures_;
        Close();
      }
    }
    ++steps_;
    if (const Status done = step(*ledger_); !done.ok()) {
      EXPECT_EQ(done.code(), Code::kIo) << done.message();
      ++failures_;
      if (!ledger_->health().ok()) {
        EXPECT_FALSE(ledger_->Submit(log_.Say("after a failure", 1, 2)).ok());
        EXPECT_FALSE(ledger_->Publish().ok());
      }
      Close();
    }
  }

  Status Say(Ledger& ledger, const std::string& what) {
    const std::string name = std::to_string(steps_) + " " + what;
    ASSIGN_OR_RETURN(const Receipt receipt, ledger.Submit(log_.Say(name, 1, 2)));
    const Result<Bytes> entry = ledger.reader().EntryBytes(receipt.first_entry);
    MutexLock lock(mutex_);
    failures_ += entry.ok() ? 0 : 1;
    answers_.Entry(name, receipt.first_entry, entry.ok() ? std::optional(LeafHash(*entry)) : std::nullopt);
    return OkStatus();
  }
  Status SayAllAtOnce(Ledger& ledger) {
    std::array<Status, 3> ends;
    std::vector<std::thread> callers;
    for (size_t caller = 0; caller < ends.size(); ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < 2 && ends[caller].ok(); ++i) {
          ends[caller] = Say(ledger, std::to_string(caller) + "." + std::to_string(i));
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    for (const Status& end : ends) RETURN_IF_ERROR(end);
    return OkStatus();
  }
  Status Publish(Ledger& ledger) {
    ASSIGN_OR_RETURN(const std::string checkpoint, ledger.Publish());
    answers_.checkpoints.push_back(checkpoint);
    answers_.checkpoints.push_back(ledger.Checkpoint());
    return OkStatus();
  }
  Status NewUnit(Ledger& ledger) {
    unit_ = 100 + static_cast<uint32_t>(steps_);
    return ledger.Submit(log_.Create(unit_, {0, 20400})).status();
  }
  Status Erase(Ledger& ledger) {
    const auto owed = log_.Flip(ledger, {UnitOp::Erase(doubles::TestLog::Unit(unit_), {0, 20400}, EraseReason::kDue)});
    // It may not be there, if making it failed.
    if (!owed.ok() && owed.error().code() == Code::kConflict) return OkStatus();
    RETURN_IF_ERROR(owed.status());
    answers_.erased.push_back(doubles::TestLog::Unit(unit_));
    return doubles::TestLog::Destroyed(ledger, *owed);
  }

  doubles::TestLog& log_;
  const OpenStore open_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Ledger> ledger_;
  size_t steps_ = 0;
  size_t failures_ = 0;
  uint32_t unit_ = 0;
  Mutex mutex_;
  Answers answers_;
};

}  // namespace spor::ledger
