// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "tests/doubles/ram_dir.h"
#include "tests/doubles/recorded_disk.h"
#include "tests/ledger/life.h"

namespace spor::ledger {

// The whole life of a ledger on RocksDB, in which one call on the disk fails: a write, a sync, a rename ... of any file
// of the database or the anchor. Afterwards the power goes.
class LifeOnDisk {
 public:
  using How = doubles::RecordedDisk::How;

  // Whether there was such a call.
  bool WithFailureAt(uint64_t call, How how, uint32_t seed) {
    doubles::RamDir dir;
    std::filesystem::create_directory(dir / "live");
    doubles::RecordedDisk disk(dir / "live");
    doubles::DiskModel model = disk.model();
    disk.FailAt(call, how, "");
    doubles::TestLog log(dir / "live/anchor");
    Life life(log, [&](StoreOptions::Mode mode) { return Open(dir / "live", mode); });
    const bool created = life.Run();
    const bool failed = disk.has_failed();
    if (!failed) {
      EXPECT_EQ(life.failures(), 0u);
    }
    for (const doubles::DiskEvent& event : disk.events()) {
      model.Play(event);
      if (event.type == doubles::DiskEvent::Type::kWrite && event.path.starts_with("anchor/")) {
        life.answers().checkpoints.push_back(event.bytes);
      }
    }
    if (!created) return failed;
    for (const doubles::PowerLoss loss : {doubles::PowerLoss::kNothingUnsynced, doubles::PowerLoss::kSomeUnsynced}) {
      SCOPED_TRACE("loss " + std::to_string(static_cast<int>(loss)));
      const std::string place = dir / ("after" + std::to_string(static_cast<int>(loss)));
      model.Make(loss, seed, place);
      const auto store = Open(place, StoreOptions::Mode::kOpen);
      EXPECT_TRUE(store.ok()) << store.status().message();
      if (store.ok()) ExpectKept(doubles::TestLog(place + "/anchor"), **store, life.answers());
    }
    return failed;
  }

  // Fails call 1 + `first`, then each `step`-th one until the life passes untouched; the number of calls it took.
  static uint64_t Walk(uint64_t first, uint64_t step, How how) {
    for (uint64_t n = 1 + first;; n += step) {
      SCOPED_TRACE("call " + std::to_string(n));
      if (!LifeOnDisk().WithFailureAt(n, how, static_cast<uint32_t>(n)) || ::testing::Test::HasFailure()) return n;
    }
  }

 private:
  static Result<std::unique_ptr<Store>> Open(const std::string& place, StoreOptions::Mode mode) {
    StoreOptions options;
    options.mode = mode;
    options.before_writing = [&](const Store& store) { return CheckAgainstAnchor(store, place + "/anchor").status(); };
    return OpenRocksStore(place + "/db", options);
  }
};

}  // namespace spor::ledger
