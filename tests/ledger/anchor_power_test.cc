// SPDX-License-Identifier: Apache-2.0
// The anchor's files when each of its calls fails, and when the power goes at any moment.
#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "ledger/anchor.h"
#include "tests/doubles/ram_dir.h"
#include "tests/doubles/recorded_disk.h"

namespace spor::ledger {
namespace {

using doubles::DiskEvent;
using doubles::DiskModel;
using doubles::PowerLoss;
using doubles::RecordedDisk;

class AnchorPower : public ::testing::Test {
 protected:
  AnchorPower()
      : signer_(SigningKey::CopyOf(Sha256(AsBytes("log")))),
        key_(MakeVerifierKey("spor.example/log", signer_.public_key())) {}

  std::string NoteOf(uint64_t size) const {
    return SignCheckpoint({key_.name, size, Sha256(AsBytes(std::to_string(size))), {}}, signer_);
  }
  // Six checkpoints by processes that each write two; one that sees a failure ends, and the next one goes on.
  void WriteSix(RecordedDisk& disk) {
    if (!Anchor(dir_ / "live/anchor", key_).Create().ok()) return;
    uint64_t size = 5;
    for (int process = 0; process < 5 && size < 11; ++process) {
      Anchor anchor(dir_ / "live/anchor", key_);
      for (int i = 0; i < 2 && size < 11; ++i, ++size) {
        if (!anchor.Write(NoteOf(size)).ok()) break;
        disk.Mark(std::to_string(size));
      }
    }
  }
  // The newest anchor of each disk that the losses leave is at least as new as what was answered.
  void CutEverywhere(const RecordedDisk& disk) {
    DiskModel model = disk.model();
    uint64_t answered = 0;
    const std::vector<DiskEvent> events = disk.events();
    for (size_t i = 0; i <= events.size(); ++i) {
      for (const PowerLoss loss : doubles::kPowerLosses) {
        std::filesystem::remove_all(dir_ / "cut");
        model.Make(loss, static_cast<uint32_t>(i), dir_ / "cut");
        const auto newest = Anchor(dir_ / "cut/anchor", key_).Newest();
        if (answered == 0) continue;
        ASSERT_TRUE(newest.ok() && newest->has_value()) << "event " << i << ", loss " << static_cast<int>(loss);
        ASSERT_GE((*newest)->size, answered) << "event " << i << ", loss " << static_cast<int>(loss);
      }
      if (i == events.size()) break;
      model.Play(events[i]);
      if (events[i].type == DiskEvent::Type::kMark) answered = std::stoull(events[i].path);
    }
  }

  doubles::RamDir dir_;
  const Signer signer_;
  const VerifierKey key_;
};

TEST_F(AnchorPower, NoAnsweredCheckpointIsLostWhicheverCallFailsAndWheneverThePowerGoes) {
  if (!RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
  for (const RecordedDisk::How how : {RecordedDisk::How::kNotDone, RecordedDisk::How::kDone}) {
    for (uint64_t n = 1;; ++n) {
      SCOPED_TRACE("call " + std::to_string(n) + (how == RecordedDisk::How::kDone ? " done" : " not done"));
      std::filesystem::remove_all(dir_ / "live");
      std::filesystem::create_directory(dir_ / "live");
      RecordedDisk disk(dir_ / "live");
      disk.FailAt(n, how, "");
      WriteSix(disk);
      const bool failed = disk.has_failed();
      ASSERT_NO_FATAL_FAILURE(CutEverywhere(disk));
      if (failed) continue;
      EXPECT_GT(n, 20u);
      break;
    }
  }
}

}  // namespace
}  // namespace spor::ledger
