// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <thread>

#include "ledger/blobs.h"
#include "tests/doubles/ram_dir.h"
#include "tests/doubles/recorded_disk.h"
#include "tests/doubles/test_log.h"
#include "tests/ledger/answers.h"

// A ledger at work on a disk that is recorded; then the power goes at any moment, and what the disk shows is opened.
namespace spor::ledger {

using doubles::DiskEvent;
using doubles::DiskModel;
using doubles::PowerLoss;
using doubles::RecordedDisk;
using doubles::TestLog;

class PowerTest : public ::testing::Test {
 protected:
  // Creates a log; several callers append, publish, erase and rewrite; closes and opens it in between.
  void Record() {
    std::filesystem::create_directory(dir_ / "live");
    RecordedDisk disk(dir_ / "live");
    model_.emplace(disk.model());
    TestLog log(dir_ / "live/anchor");
    {
      const auto store = OpenRocksStore(dir_ / "live/db", {StoreOptions::Mode::kCreate});
      ASSERT_TRUE(store.ok()) << store.error().message();
      ASSERT_TRUE(log.Create(**store, {log.CreateOp(1, {2, 21000}), log.CreateOp(2, {0, 20305})}).ok());
      disk.Mark("created");
    }
    for (int start = 0; start < 3; ++start) {
      const auto store = OpenRocksStore(dir_ / "live/db", {StoreOptions::Mode::kOpen});
      ASSERT_TRUE(store.ok()) << store.error().message();
      auto ledger = log.Open(**store);
      ASSERT_TRUE(ledger.ok()) << ledger.error().message();
      Work(disk, log, **store, **ledger, start);
    }
    events_ = disk.events();
  }

  // Cuts the power before every `step`-th event, with every kind of loss; returns how many disks were opened.
  size_t CutEverywhere(size_t step, uint32_t seed) {
    size_t opened = 0;
    DiskModel model = *model_;
    Answers answers;
    for (size_t i = 0; i <= events_.size(); ++i) {
      for (const PowerLoss loss : doubles::kPowerLosses) {
        if ((i * std::size(doubles::kPowerLosses) + static_cast<size_t>(loss) + seed) % step != 0) continue;
        SCOPED_TRACE("event " + std::to_string(i) + " of " + std::to_string(events_.size()) + ", loss " +
                     std::to_string(static_cast<int>(loss)));
        const std::string place = dir_ / "cut";
        std::filesystem::remove_all(place);
        model.Make(loss, seed + static_cast<uint32_t>(i), place);
        CheckAfter(place, answers);
        ++opened;
        if (HasFailure()) return opened;
      }
      if (i == events_.size()) break;
      model.Play(events_[i]);
      Note(events_[i], answers);
    }
    return opened;
  }
  const std::vector<DiskEvent>& events() const { return events_; }

 private:
  static constexpr int kCallers = 3, kEach = 6;

  void Work(RecordedDisk& disk, TestLog& log, Store& store, Ledger& ledger, int start) {
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < kEach; ++i) {
          const std::string name = std::to_string(start) + "/" + std::to_string(caller) + "/" + std::to_string(i);
          const uint32_t unit = static_cast<uint32_t>(100 + start * 100 + caller * 10 + i);
          Proposal proposal = log.Say(name, 1, 2);
          proposal.ops.push_back(log.CreateOp(unit, {0, 20400}));
          proposal.new_units.push_back({TestLog::Unit(unit), TestLog::KeyOf(unit)});
          const Result<Receipt> receipt = ledger.Submit(std::move(proposal));
          ASSERT_TRUE(receipt.ok()) << receipt.error().message();
          const Bytes entry = *ledger.reader().EntryBytes(receipt->first_entry);
          disk.Mark("entry " + name + " " + std::to_string(receipt->first_entry) + " " + HexEncode(LeafHash(entry)));
          if (i % 3 != 2) continue;
          const Result<std::string> checkpoint = ledger.Publish();
          ASSERT_TRUE(checkpoint.ok());
          disk.Mark("checkpoint " + *checkpoint);
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    if (start != 1) return;
    const std::vector<UnitOp> due = {UnitOp::Erase(TestLog::Unit(100), {0, 20400}, EraseReason::kDue)};
    ASSERT_TRUE(log.Erase(ledger, due).ok());
    disk.Mark("erased");
    ASSERT_TRUE(store.Rewrite({Family::kSubjectBlob, Family::kAuditBlob, Family::kKey}).ok());
  }

  static void Note(const DiskEvent& event, Answers& answers) {
    if (event.type != DiskEvent::Type::kMark) return;
    std::istringstream in(event.path);
    std::string verb, name, hash;
    uint64_t index = 0;
    in >> verb;
    if (verb == "created") answers.created = true;
    if (verb == "erased") answers.erased = {TestLog::Unit(100)};
    if (verb == "checkpoint") answers.checkpoints.push_back(event.path.substr(verb.size() + 1));
    if (verb != "entry") return;
    in >> name >> index >> hash;
    answers.Entry(name, index, *ToHash32(*HexDecode(hash)));
  }

  // As the next start finds it.
  static void CheckAfter(const std::string& place, const Answers& answers) {
    TestLog log(place + "/anchor");
    StoreOptions options;
    options.before_writing = [&](const Store& store) { return CheckAgainstAnchor(store, place + "/anchor").status(); };
    const auto store = OpenRocksStore(place + "/db", options);
    if (!store.ok()) {
      EXPECT_FALSE(answers.created) << "refused: " << store.error().message();
      return;
    }
    EXPECT_EQ(log.Damage(**store), "");
    {
      auto ledger = log.Open(**store);
      ASSERT_TRUE(ledger.ok()) << ledger.error().message();
      ASSERT_TRUE((*ledger)->Submit(log.Say("afterwards", 1, 2)).ok());
    }
    EXPECT_EQ(log.Damage(**store), "");
    ExpectKept(log, **store, answers);
  }

  doubles::RamDir dir_;
  std::optional<DiskModel> model_;
  std::vector<DiskEvent> events_;
};

}  // namespace spor::ledger
