// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/files.h"
#include "tests/vault/vault_checks.h"

// Erasures killed at every step on a real RocksDB directory, and failing at every single call of a store in memory.
namespace spor::vault {
namespace {

constexpr int kLastStep = static_cast<int>(EraseStep::kDone);
constexpr int kKilled = 42;

// What the parent tells the child: where, at which step to die, and whom to erase.
struct Orders {
  std::string directory;
  int step = 0;
  std::vector<TestUnit> victims;

  void Give() const {
    std::string ids;
    for (const TestUnit& unit : victims) ids += HexEncode(unit.id);
    setenv("SPOR_TEST_DIRECTORY", directory.c_str(), 1);
    setenv("SPOR_TEST_STEP", std::to_string(step).c_str(), 1);
    setenv("SPOR_TEST_UNITS", ids.c_str(), 1);
  }
  static std::optional<Orders> Take() {
    const char* directory = getenv("SPOR_TEST_DIRECTORY");
    if (directory == nullptr) return std::nullopt;
    Orders orders{directory, std::atoi(getenv("SPOR_TEST_STEP")), {}};
    const Bytes ids = *HexDecode(getenv("SPOR_TEST_UNITS"));
    for (size_t at = 0; at < ids.size(); at += 16) {
      orders.victims.push_back({*ToId16(ByteView(ids).subspan(at, 16)), {0, World::kDueDay}, {}, 0});
    }
    return orders;
  }
};

// The child is this program again: after a bare fork RocksDB's threads would be missing.
int RunChild(const Orders& orders) {
  const pid_t child = fork();
  if (child == 0) {
    orders.Give();
    execl("/proc/self/exe", "child", "--gtest_filter=EraserCrashChild.Erase", "--gtest_brief=1", nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(EraserCrashChild, Erase) {
  const std::optional<Orders> orders = Orders::Take();
  if (!orders) GTEST_SKIP() << "only as a child of the test below";
  World world(orders->directory, World::Disk::kRocks);
  const Status opened = world.Open();
  ASSERT_TRUE(opened.ok()) << opened.message();
  const auto erased = world.Erase(orders->victims, [&](EraseStep step) {
    if (static_cast<int>(step) == orders->step) _exit(kKilled);
    return OkStatus();
  });
  FAIL() << "not killed at step " << orders->step << ": " << erased.status().message();
}

class EraserCrashTest : public ::testing::Test {
 protected:
  static std::vector<TestUnit> Split(std::vector<TestUnit>& units, size_t count) {
    const auto end = units.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<TestUnit> taken(units.begin(), end);
    units.erase(units.begin(), end);
    return taken;
  }
  doubles::TempDir dir_;
};

TEST_F(EraserCrashTest, KilledAtEveryStepOnDisk) {
  for (int step = 0; step <= kLastStep; ++step) {
    SCOPED_TRACE(step);
    const std::string place = dir_ / std::to_string(step);
    std::filesystem::create_directory(place);
    World world(place, World::Disk::kRocks);
    world.Found();
    std::vector<TestUnit> survivors = world.Create(200);
    ASSERT_TRUE(world.ledger().Publish().ok());
    world.Close();
    const std::vector<TestUnit> victims = Split(survivors, 60);
    ASSERT_EQ(RunChild({place, step, victims}), kKilled);
    ASSERT_NO_FATAL_FAILURE(ExpectSettled(world, survivors, victims));
    const uint32_t before_next = world.vault().keys().generation() - 1;
    EXPECT_EQ(before_next, step < static_cast<int>(EraseStep::kFlipped) ? 1u : 2u);
    ASSERT_TRUE(world.Open().ok()) << "and once more after that";
  }
}

TEST_F(EraserCrashTest, KilledAgainAndAgainOnTheSameDirectory) {
  const std::string place = dir_ / "world";
  std::filesystem::create_directory(place);
  World world(place, World::Disk::kRocks);
  world.Found();
  std::vector<TestUnit> units = world.Create(120);
  for (int step = 0; step <= kLastStep; ++step) {
    SCOPED_TRACE(step);
    world.Close();
    const std::vector<TestUnit> victims = Split(units, 10);
    ASSERT_EQ(RunChild({place, step, victims}), kKilled);
    const Status opened = world.Open();
    ASSERT_TRUE(opened.ok()) << opened.message();
    if (step < static_cast<int>(EraseStep::kFlipped)) {
      units.insert(units.end(), victims.begin(), victims.end());
    } else {
      ExpectGone(world, victims);
    }
    ExpectAlive(world, units);
    ASSERT_TRUE(world.ledger().Publish().ok());
    ExpectClean(world, units, world.vault().keys().generation());
  }
  EXPECT_EQ(world.vault().keys().generation(), 1u + kLastStep - static_cast<int>(EraseStep::kFlipped) + 1);
}

// No value that was erased, and no key that was destroyed, can be found as bytes in the files of the data directory.
TEST_F(EraserCrashTest, SealedBytesOfErasedUnitsLeaveTheFiles) {
  const std::string place = dir_ / "world";
  std::filesystem::create_directory(place);
  World world(place, World::Disk::kRocks);
  world.Found();
  std::vector<TestUnit> units = world.Create(300);
  const std::vector<TestUnit> victims = Split(units, 30);
  std::vector<std::string> needles;
  for (const TestUnit& unit : victims) {
    const FieldPlace field = world.PlaceOf(unit.id);
    for (const auto& [family, key] : {std::pair(Family::kRecord, FieldRow(unit.id, field.record, field.field)),
                                      std::pair(Family::kRecord, UnitInfoRow(unit.id)),
                                      std::pair(Family::kKey, WithGeneration(UnitPrefix(unit.id), 1))}) {
      const auto row = world.store().Get(family, key);
      ASSERT_TRUE(row.ok() && row->has_value());
      needles.emplace_back(AsText(**row).substr(0, 40));
    }
  }
  const auto found = [&] {
    size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(place + "/data")) {
      const Result<std::string> content = ReadSmallFile(file.path().string(), size_t{64} << 20);
      EXPECT_TRUE(content.ok());
      for (const std::string& needle : needles) count += content->find(needle) != std::string::npos ? 1 : 0;
    }
    return count;
  };
  EXPECT_GE(found(), needles.size()) << "the search finds them while they are there";
  ASSERT_TRUE(world.Erase(victims).ok());
  EXPECT_EQ(found(), 0u);
  ExpectAlive(world, units);
}

TEST_F(EraserCrashTest, AStoreThatFailsAtEveryCall) {
  std::filesystem::create_directory(dir_ / "world");
  World base(dir_ / "world", World::Disk::kMemory);
  base.Found();
  std::vector<TestUnit> survivors = base.Create(14, [](size_t i) {
    UnitId id = RandomArray<16>();
    id[0] = static_cast<uint8_t>(i % 2);
    id[1] = static_cast<uint8_t>(i % 3);
    return id;
  });
  const std::vector<TestUnit> victims = Split(survivors, 4);
  ASSERT_TRUE(base.ledger().Publish().ok());
  for (auto how : {doubles::FaultStore::How::kNotPersisted, doubles::FaultStore::How::kPersisted}) {
    for (uint64_t call = 1;; ++call) {
      SCOPED_TRACE(call);
      auto failing = base.CrashCopy(dir_ / "failing");
      ASSERT_TRUE(failing->Open().ok());
      failing->fault().FailAt(call, how);
      const bool done = failing->Erase(victims).ok();
      const bool untouched = !failing->fault().has_failed();
      EXPECT_EQ(done, untouched) << "a failure was taken for success";
      failing->fault().FailAt(0, how);
      ASSERT_NO_FATAL_FAILURE(ExpectSettled(*failing, survivors, victims));
      failing.reset();
      std::filesystem::remove_all(dir_ / "failing");
      if (HasFailure()) return;
      if (untouched) {
        EXPECT_GT(call, 50u);
        break;
      }
    }
  }
}

}  // namespace
}  // namespace spor::vault
