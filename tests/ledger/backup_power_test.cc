// SPDX-License-Identifier: Apache-2.0
// What ledger/backup.h promises about loss of power.
#include <gtest/gtest.h>

#include <fstream>

#include "ledger/backup.h"
#include "tests/doubles/ram_dir.h"
#include "tests/doubles/recorded_disk.h"

namespace spor::ledger {
namespace {

TEST(BackupPower, ARestoredStoreIsThereAfterTheAnswer) {
  if (!doubles::RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  doubles::RamDir dir;
  {
    const auto store = OpenRocksStore(dir / "db", {StoreOptions::Mode::kCreate});
    ASSERT_TRUE(store.ok());
    Batch batch;
    batch.Put(Family::kState, Bytes{1}, Bytes(1000, 7));
    ASSERT_TRUE((*store)->Write(batch, Durability::kSynced).ok());
    const Result<BackupInfo> made = (*store)->BackUp(dir / "backups", "note");
    ASSERT_TRUE(made.ok()) << made.error().message();
  }
  std::filesystem::create_directory(dir / "live");
  doubles::RecordedDisk disk(dir / "live");
  const Status restored = RestoreBackup(dir / "backups", 1, dir / "live/db");
  ASSERT_TRUE(restored.ok()) << restored.message();
  doubles::DiskModel model = disk.model();
  for (const doubles::DiskEvent& event : disk.events()) model.Play(event);
  for (const doubles::PowerLoss loss : doubles::kPowerLosses) {
    for (uint32_t seed = 0; seed < 5; ++seed) {
      std::mt19937 random(seed);
      const auto left = model.After(loss, random);
      size_t tables = 0;
      for (const auto& file : std::filesystem::directory_iterator(dir / "live/db")) {
        const std::string name = "db/" + file.path().filename().string();
        std::ifstream in(file.path(), std::ios::binary);
        const std::string written((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        ASSERT_TRUE(left.contains(name)) << name << " after " << static_cast<int>(loss);
        EXPECT_TRUE(left.at(name) == written) << name << " after " << static_cast<int>(loss);
        tables += name.ends_with(".sst");
      }
      EXPECT_GE(tables, 1u);
    }
  }
}

}  // namespace
}  // namespace spor::ledger
