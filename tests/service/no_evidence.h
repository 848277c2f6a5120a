// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/files.h"
#include "tests/doubles/ram_dir.h"
#include "tests/service/main_work.h"

namespace spor::service {

// The main job over a store one of whose calls fails. What the service answered is noted; afterwards the bytes that
// survived are opened again and must hold the evidence of all of it.
class NoEvidence : public MainWork {
 public:
  // A home with its administrator invited; made once, copied for each walk.
  NoEvidence() : origin_(dir_ / "origin") {
    std::filesystem::create_directory(dir_ / "origin");
    const Status founded = origin_.Found();
    EXPECT_TRUE(founded.ok()) << founded.message();
    activation_code_ = origin_.activation_code;
    origin_.Close();
  }

  enum class Walk { kFailed, kUntouched };
  // Fails call `n`; kUntouched if the scenario has fewer calls.
  Walk WithFailureAt(uint64_t n, doubles::FaultStore::How how) {
    const std::string path = dir_ / ("walk" + std::to_string(++walks_));
    const std::unique_ptr<World> world = origin_.CrashCopy(path);
    world->activation_code = origin_.activation_code;
    EXPECT_CODE(kOk, world->Open());
    answered_ = {};
    world->fault->FailAt(n, how);
    Scenario(*world);
    const bool failed = world->fault->has_failed();
    if (!failed) ExpectAllAnswered();
    const std::vector<std::string> given = GivenOut(*world);
    // As a crash would leave it: what the service still holds in memory is lost.
    const std::unique_ptr<World> left = world->CrashCopy(path + ".left");
    world->Close();
    EXPECT_CODE(kOk, left->Open());
    CheckEvidence(*left);
    GoOn(*left);
    ExpectConsistent(*left, given);
    left->Close();
    EXPECT_EQ(left->Damage(), "");
    std::filesystem::remove_all(path);
    std::filesystem::remove_all(path + ".left");
    return failed ? Walk::kFailed : Walk::kUntouched;
  }

 private:
  // Every checkpoint that anybody may have seen by now: the published one, and those in the anchor.
  static std::vector<std::string> GivenOut(World& world) {
    std::vector<std::string> notes = {world.ledger().Checkpoint()};
    for (const char* file : {"/anchor.0", "/anchor.1"}) {
      const Result<std::string> note = ReadSmallFile(world.places().anchor_dir + file, ledger::kMaxNoteBytes);
      if (note.ok()) notes.push_back(*note);
    }
    return notes;
  }
  // The log goes on from each of them: it was not cut, and it did not fork.
  static void ExpectConsistent(World& world, const std::vector<std::string>& notes) {
    const auto genesis = ledger::ParseGenesis(world.ledger().reader().EntryAt(0)->body);
    const ledger::VerifierKey key = ledger::MakeVerifierKey(genesis->origin, genesis->log_key);
    for (const std::string& note : notes) {
      const auto checkpoint = ledger::OpenCheckpoint(note, key);
      ASSERT_WORKS(checkpoint);
      const Result<Hash32> root = ledger::RootAt(world.ledger().nodes(), checkpoint->size);
      ASSERT_WORKS(root);
      EXPECT_EQ(*root, checkpoint->root) << "the log has forked at " << checkpoint->size;
    }
  }

  doubles::RamDir dir_;
  World origin_;
  int walks_ = 0;
};

// Fails call 1, 1 + step, 1 + 2 * step ... until the scenario passes untouched; then the number of calls is below what
// is returned.
inline uint64_t WalkAll(uint64_t first, uint64_t step, doubles::FaultStore::How how) {
  NoEvidence scenario;
  for (uint64_t n = first;; n += step) {
    const NoEvidence::Walk walk = scenario.WithFailureAt(n, how);
    if (walk == NoEvidence::Walk::kUntouched) return n;
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "with call " << n << " failing";
      return n;
    }
  }
}

}  // namespace spor::service
