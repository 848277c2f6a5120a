// SPDX-License-Identifier: Apache-2.0
#include "tests/vault/vault_checks.h"

// Interrupted erasures on a store in memory, a sample of what eraser_crash_test.cc does in full.
namespace spor::vault {
namespace {

constexpr EraseStep kSteps[] = {EraseStep::kIntent,           EraseStep::kStaged,  EraseStep::kSlotWritten,
                                EraseStep::kFlipped,          EraseStep::kCleaned, EraseStep::kVerified,
                                EraseStep::kOldRootDestroyed, EraseStep::kDone};

class EraserRestartTest : public ::testing::Test {
 protected:
  EraserRestartTest() { std::filesystem::create_directory(dir_ / "world"); }
  void SetUp() override {
    world_.Found();
    survivors_ = world_.Create(24, [](size_t i) {
      UnitId id = RandomArray<16>();
      id[0] = static_cast<uint8_t>(i % 2);
      id[1] = static_cast<uint8_t>(i % 5);
      return id;
    });
    victims_.assign(survivors_.begin(), survivors_.begin() + 6);
    survivors_.erase(survivors_.begin(), survivors_.begin() + 6);
    ASSERT_TRUE(world_.ledger().Publish().ok());
  }

  doubles::TempDir dir_;
  World world_{dir_ / "world", World::Disk::kMemory};
  std::vector<TestUnit> survivors_;
  std::vector<TestUnit> victims_;
};

TEST_F(EraserRestartTest, ACrashAtEveryStepIsUndoneOrFinished) {
  for (EraseStep crash : kSteps) {
    SCOPED_TRACE(static_cast<int>(crash));
    const std::string name = std::to_string(static_cast<int>(crash));
    auto running = world_.CrashCopy(dir_ / ("running-" + name));
    ASSERT_TRUE(running->Open().ok());
    std::unique_ptr<World> left;
    const auto result = running->Erase(victims_, [&](EraseStep step) {
      if (step != crash) return OkStatus();
      left = running->CrashCopy(dir_ / ("left-" + name));
      return Status(Code::kInternal, "crash");
    });
    ASSERT_FALSE(result.ok());
    ASSERT_TRUE(left);
    ASSERT_NO_FATAL_FAILURE(ExpectSettled(*left, survivors_, victims_));
    EXPECT_EQ(left->vault().keys().generation(), crash < EraseStep::kFlipped ? 2u : 3u) << "with the one that followed";
  }
}

TEST_F(EraserRestartTest, AnErrorAtEveryStepIsPutRightByTheNextErasureInTheSameProcess) {
  for (EraseStep stop : kSteps) {
    SCOPED_TRACE(static_cast<int>(stop));
    auto running = world_.CrashCopy(dir_ / ("world-" + std::to_string(static_cast<int>(stop))));
    ASSERT_TRUE(running->Open().ok());
    const auto hook = [&](EraseStep step) { return step == stop ? Status(Code::kInternal, "stop") : OkStatus(); };
    ASSERT_FALSE(running->Erase(victims_, hook).ok());
    std::vector<TestUnit> alive = survivors_;
    if (stop < EraseStep::kFlipped) alive.insert(alive.end(), victims_.begin(), victims_.end());
    const std::vector<TestUnit> next = {alive.front()};
    alive.erase(alive.begin());
    const Result<EraseResult> result = running->Erase(next);
    ASSERT_TRUE(result.ok()) << result.error().message();
    ExpectGone(*running, next);
    ExpectAlive(*running, alive);
    ASSERT_TRUE(running->ledger().Publish().ok());
    ExpectClean(*running, alive, stop < EraseStep::kFlipped ? 2 : 3);
    EXPECT_EQ(CountKind(*running, EntryKind::kRootDestroyed), stop < EraseStep::kFlipped ? 1u : 2u);
  }
}

TEST_F(EraserRestartTest, ARecoveryThatIsItselfInterruptedIsFinishedNextTime) {
  std::unique_ptr<World> left;
  const auto hook = [&](EraseStep step) {
    if (step == EraseStep::kFlipped) left = world_.CrashCopy(dir_ / "left");
    return OkStatus();
  };
  ASSERT_TRUE(world_.Erase(victims_, hook).ok());
  const auto untouched = left->CrashCopy(dir_ / "untouched");
  const uint64_t before = left->fault().calls();
  ASSERT_TRUE(left->Open().ok());
  const uint64_t calls = left->fault().calls() - before;
  for (uint64_t call = 1; call <= calls; call += 23) {
    SCOPED_TRACE(call);
    auto again = untouched->CrashCopy(dir_ / ("again-" + std::to_string(call)));
    again->fault().FailAt(call, doubles::FaultStore::How::kNotPersisted);
    EXPECT_FALSE(again->Open().ok());
    again->fault().FailAt(0, doubles::FaultStore::How::kNotPersisted);
    ASSERT_NO_FATAL_FAILURE(ExpectSettled(*again, survivors_, victims_));
    EXPECT_EQ(again->vault().keys().generation(), 3u);
  }
}

TEST_F(EraserRestartTest, AStoreThatFailsAtASampleOfItsCalls) {
  auto counted = world_.CrashCopy(dir_ / "counted");
  ASSERT_TRUE(counted->Open().ok());
  counted->fault().FailAt(0, doubles::FaultStore::How::kPersisted);
  ASSERT_TRUE(counted->Erase(victims_).ok());
  const uint64_t calls = counted->fault().calls();
  ASSERT_GT(calls, 50u);
  for (uint64_t call = 1; call <= calls; call += 11) {
    for (auto how : {doubles::FaultStore::How::kNotPersisted, doubles::FaultStore::How::kPersisted}) {
      SCOPED_TRACE(call);
      auto failing = world_.CrashCopy(dir_ / "failing");
      ASSERT_TRUE(failing->Open().ok());
      failing->fault().FailAt(call, how);
      EXPECT_FALSE(failing->Erase(victims_).ok());
      failing->fault().FailAt(0, how);
      ASSERT_NO_FATAL_FAILURE(ExpectSettled(*failing, survivors_, victims_));
      failing.reset();
      std::filesystem::remove_all(dir_ / "failing");
    }
  }
}

TEST_F(EraserRestartTest, SlotFilesOfAnotherGenerationAreNamedAsSuch) {
  const auto before = world_.CrashCopy(dir_ / "before");
  ASSERT_TRUE(world_.Erase(victims_).ok());
  world_.Close();
  // Old data with new keys.
  std::filesystem::remove_all(dir_ / "before/keys");
  std::filesystem::copy(dir_ / "world/keys", dir_ / "before/keys");
  EXPECT_EQ(before->Open().code(), Code::kCorrupt);
  EXPECT_TRUE(world_.Open().ok());
  EXPECT_TRUE(world_.SlotFile(2).ok()) << "the root in force is untouched";
}

}  // namespace
}  // namespace spor::vault
