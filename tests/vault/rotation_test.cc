// SPDX-License-Identifier: Apache-2.0
#include "tests/vault/vault_checks.h"

// The root key rotated for its own sake: with other slots, or to have a new one.
namespace spor::vault {
namespace {

constexpr EraseStep kSteps[] = {EraseStep::kIntent,           EraseStep::kStaged,  EraseStep::kSlotWritten,
                                EraseStep::kFlipped,          EraseStep::kCleaned, EraseStep::kVerified,
                                EraseStep::kOldRootDestroyed, EraseStep::kDone};

class RotationTest : public ::testing::Test {
 protected:
  RotationTest() { std::filesystem::create_directory(dir_ / "world"); }
  void SetUp() override {
    world_.Found();
    units_ = world_.Create(12);
    ASSERT_TRUE(world_.ledger().Publish().ok());
  }
  static std::vector<Slot> With(std::vector<Slot> slots, const BoxSecretKey& secret, std::string label) {
    slots.push_back({SlotType::kRecoveryKey, BoxPublicKey(secret), std::move(label), {}});
    return slots;
  }
  static Result<EraseResult> Rotate(World& world, std::optional<std::vector<Slot>> slots, Eraser::StepHook hook = {}) {
    EraseRequest request;
    request.slots = std::move(slots);
    Eraser eraser = world.vault().MakeEraser(world.ledger());
    eraser.set_step_hook(std::move(hook));
    return eraser.Run(std::move(request));
  }
  Result<OpenedSlots> OpenWith(const World& world, uint32_t generation, const BoxSecretKey& secret) {
    ASSIGN_OR_RETURN(const Bytes file, world.slots().Read(generation));
    return OpenSlotFile(file, world.ledger_id(), secret);
  }

  doubles::TempDir dir_;
  World world_{dir_ / "world", World::Disk::kMemory};
  std::vector<TestUnit> units_;
};

TEST_F(RotationTest, EverythingOpensUnderTheNewRootAndTheOldOneIsDestroyed) {
  const Bytes old_root = ToBytes(world_.SlotFile(1)->root.Reveal());
  const uint64_t before = world_.ledger().size();
  const Result<EraseResult> rotated = Rotate(world_, std::nullopt);
  ASSERT_TRUE(rotated.ok()) << rotated.error().message();
  ExpectAlive(world_, units_);
  ASSERT_TRUE(world_.ledger().Publish().ok());
  ExpectClean(world_, units_, 2);
  EXPECT_FALSE(SecretEquals(world_.SlotFile(2)->root.Reveal(), old_root));
  EXPECT_EQ(world_.SlotFile(1).status().code(), Code::kNotFound) << "blank";
  const std::vector<EntryKind> expected = {EntryKind::kEraseIntent, EntryKind::kSlots, EntryKind::kHead,
                                           EntryKind::kRootDestroyed, EntryKind::kHead};
  EXPECT_EQ(world_.Kinds(before), expected);
  const Result<ledger::Entry> destroyed = world_.ledger().reader().EntryAt(rotated->destroyed_entry);
  EXPECT_EQ(ledger::ParseDestroyed(destroyed->body)->erase, before + 1) << "the slots entry";
}

TEST_F(RotationTest, ANewSlotOpensWhatWasThereBefore) {
  const BoxSecretKey recovery = BoxSecretKey::Random();
  ASSERT_TRUE(Rotate(world_, With(world_.vault().slots(), recovery, "paper")).ok());
  EXPECT_EQ(world_.vault().slots().size(), 2u);
  ASSERT_TRUE(OpenWith(world_, 2, recovery).ok());
  world_.Close();
  const Result<std::unique_ptr<Vault>> vault =
      Vault::OpenWith(world_.store(), world_.paths().keys_directory, world_.ledger_id(), recovery);
  ASSERT_TRUE(vault.ok()) << vault.error().message();
  EXPECT_EQ((*vault)->opened_with(), BoxPublicKey(recovery));
  EXPECT_TRUE((*vault)->keys().OpenUnit(units_[0].id).ok());
}

TEST_F(RotationTest, ALaterErasureSealsTheNextRootToEverySlot) {
  const BoxSecretKey recovery = BoxSecretKey::Random();
  ASSERT_TRUE(Rotate(world_, With(world_.vault().slots(), recovery, "paper")).ok());
  ASSERT_TRUE(world_.Erase({units_[0]}).ok());
  EXPECT_TRUE(OpenWith(world_, 3, recovery).ok());
}

TEST_F(RotationTest, ARemovedSlotOpensNothingAnyMore) {
  const BoxSecretKey recovery = BoxSecretKey::Random();
  const std::vector<Slot> first = world_.vault().slots();
  ASSERT_TRUE(Rotate(world_, With(first, recovery, "paper")).ok());
  ASSERT_TRUE(Rotate(world_, first).ok());
  EXPECT_EQ(OpenWith(world_, 3, recovery).status().code(), Code::kUnauthenticated);
  EXPECT_EQ(OpenWith(world_, 2, recovery).status().code(), Code::kNotFound) << "the file of before is blank";
  ExpectAlive(world_, units_);
}

TEST_F(RotationTest, ACrashAtEveryStepIsUndoneOrFinished) {
  const BoxSecretKey recovery = BoxSecretKey::Random();
  for (EraseStep crash : kSteps) {
    SCOPED_TRACE(static_cast<int>(crash));
    const std::string name = std::to_string(static_cast<int>(crash));
    auto running = world_.CrashCopy(dir_ / ("running-" + name));
    ASSERT_TRUE(running->Open().ok());
    std::unique_ptr<World> left;
    const auto result = Rotate(*running, With(running->vault().slots(), recovery, "paper"), [&](EraseStep step) {
      if (step != crash) return OkStatus();
      left = running->CrashCopy(dir_ / ("left-" + name));
      return Status(Code::kInternal, "crash");
    });
    ASSERT_FALSE(result.ok());
    ASSERT_TRUE(left);
    const Status opened = left->Open();
    ASSERT_TRUE(opened.ok()) << opened.message();
    const bool happened = crash >= EraseStep::kFlipped;
    EXPECT_EQ(left->vault().slots().size(), happened ? 2u : 1u);
    ExpectAlive(*left, units_);
    ASSERT_TRUE(left->ledger().Publish().ok());
    ExpectClean(*left, units_, happened ? 2 : 1);
    EXPECT_EQ(OpenWith(*left, 2, recovery).ok(), happened);
  }
}

TEST_F(RotationTest, WhatThePreconditionRefusesChangesNothing) {
  class Refuses final : public ledger::Precondition {
    Status Check(UnixSeconds, ledger::Batch&) const override { return Status(Code::kDenied, "the session ended"); }
  };
  const Refuses refuses;
  EraseRequest request;
  request.precondition = &refuses;
  request.slots = With(world_.vault().slots(), BoxSecretKey::Random(), "paper");
  EXPECT_EQ(world_.vault().MakeEraser(world_.ledger()).Run(std::move(request)).status().code(), Code::kDenied);
  EXPECT_EQ(world_.vault().slots().size(), 1u);
  EXPECT_EQ(world_.vault().keys().generation(), 1u);
  ASSERT_TRUE(Rotate(world_, std::nullopt).ok()) << "and the next one goes its way";
  ExpectAlive(world_, units_);
}

}  // namespace
}  // namespace spor::vault
