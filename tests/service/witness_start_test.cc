// SPDX-License-Identifier: Apache-2.0
// Before anybody writes, the witnesses say whether this copy of the data is the newest.
#include "tools/service/witness_start.h"

#include "tests/service/witness_world.h"

namespace spor::service {
namespace {

namespace fs = std::filesystem;

using WitnessStart = WitnessWorldTest;

TEST_F(WitnessStart, WithoutAnybodyThereItStartsWithAWarning) {
  RunningWitness& ida = AddWitness("ida");
  const std::string policy = ida.PolicyLine() + "quorum ida\n";
  ida.Stop();
  ASSERT_WORKS(OpenWith(policy));
  EXPECT_NE(Log().find("warning: witness ida"), std::string::npos) << Log();
  at_start = WitnessOptions::AtStart::kRequire;
  EXPECT_CODE(kLater, OpenWith(policy));
  ida.Start();
  EXPECT_CODE(kOk, OpenWith(policy));
}

TEST_F(WitnessStart, ALogThatTheWitnessDoesNotKnowIsAWarning) {
  RunningWitness& ida = AddWitness("ida");
  RunningWitness stranger("stranger", world.clock);
  stranger.Start();
  const std::string policy = ida.PolicyLine() + stranger.PolicyLine() + "group g any ida stranger\nquorum g\n";
  at_start = WitnessOptions::AtStart::kRequire;
  ASSERT_WORKS(OpenWith(policy));  // one of two is enough for this quorum
  EXPECT_NE(Log().find("warning: witness stranger"), std::string::npos) << Log();
  EXPECT_CODE(kLater, OpenWith(stranger.PolicyLine() + "quorum stranger\n"));
  world.Close();
}

TEST_F(WitnessStart, AWitnessThatIsBehindCatchesUp) {
  const RunningWitness& ida = AddWitness("ida");
  ASSERT_WORKS(OpenWith(ida.PolicyLine() + "quorum ida\n"));
  world.options.witnesses.reset();
  ASSERT_WORKS(world.Open());
  for (int i = 0; i < 5; ++i) Publish();
  const uint64_t before = ida.Seen(World::kOrigin);
  ASSERT_WORKS(OpenWith(ida.PolicyLine() + "quorum ida\n"));
  EXPECT_GT(ida.Seen(World::kOrigin), before);
}

TEST_F(WitnessStart, WhatWitnessesSayAtTheStartIsKept) {
  const RunningWitness& ida = AddWitness("ida");
  ASSERT_WORKS(OpenWith(ida.PolicyLine() + "quorum ida\n"));
  EXPECT_EQ(LinesOf(StoredBest()), 1u);
  EXPECT_EQ(cosigner().Witnesses()[0].last_answer.substr(0, 12), "has cosigned");
}

TEST_F(WitnessStart, APolicyThatIsOfNoUseIsRefused) {
  const std::string vkey = FormatVerifierKey(AddWitness("ida").key());
  EXPECT_CODE(kInvalidArgument, ParseWitnessOptions("quorum none\n"));
  EXPECT_CODE(kInvalidArgument, ParseWitnessOptions("witness ida " + vkey + "\n"));
  for (const char* url : {"https://x.example/", "http://", "ftp://x", "x.example:80", "http://x:0/", "http://u@x:80/",
                          "http://x:80/?q", "http://x y/"}) {
    EXPECT_CODE(kInvalidArgument, ParseWitnessOptions("witness ida " + vkey + " " + url + "\nquorum ida\n"));
  }
  for (const char* url : {"http://x", "http://x/", "http://x:8090/a/b", "http://[::1]:80/", "http://[::1]"}) {
    EXPECT_CODE(kOk, ParseWitnessOptions("witness ida " + vkey + " " + url + "\nquorum ida\n"));
  }
  EXPECT_EQ(ParseWitnessUrl("http://x/a/b/")->path, "/a/b/add-checkpoint");
  EXPECT_EQ(ParseWitnessUrl("http://x")->address.port, 80);
}

TEST_F(WitnessStart, OlderWitnessesSay409WithoutASizeForAnotherRoot) {
  const ScriptedWitness old([](HttpRequest&) { return HttpResponse{409, "text/plain", "root mismatch\n"}; });
  EXPECT_CODE(kCorrupt, OpenWith(old.PolicyLine() + "quorum liar\n"));
  const ScriptedWitness now([](HttpRequest&) { return HttpResponse{422, "text/plain", "root mismatch\n"}; });
  EXPECT_CODE(kCorrupt, OpenWith(now.PolicyLine() + "quorum liar\n"));
  const ScriptedWitness ahead([](HttpRequest&) { return HttpResponse{409, "text/x.tlog.size", "123456789\n"}; });
  EXPECT_CODE(kCorrupt, OpenWith(ahead.PolicyLine() + "quorum liar\n"));
}

// A home on disk, with everything beside it, that is set back to an older copy.
class SetBack : public testing::Test {
 protected:
  SetBack() : world(dir_ / "w", World::Disk::kRocks), ida("ida", world.clock) { fs::create_directory(dir_ / "w"); }
  void SetUp() override {
    ASSERT_WORKS(world.Begin());
    const Result<ledger::Entry> first = ledger::LogReader(*world.parts().store).EntryAt(0);
    ida.Trust(ledger::MakeVerifierKey(World::kOrigin, ledger::ParseGenesis(first->body)->log_key));
    ida.Start();
    Result<WitnessOptions> witnesses = ParseWitnessOptions(ida.PolicyLine() + "quorum ida\n");
    ASSERT_WORKS(witnesses);
    world.options.witnesses = *witnesses;
    Reopen();
    world.Close();
    fs::copy(dir_ / "w", dir_ / "old", fs::copy_options::recursive);
    Reopen();
    ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")}));
    ASSERT_WORKS(world.ledger().Publish());
    world.home().cosigner()->NewestCosigned();
    size_ = world.ledger().size();
    ASSERT_EQ(ida.Seen(World::kOrigin), size_);
    world.Close();
    fs::copy(dir_ / "w", dir_ / "new", fs::copy_options::recursive);
  }
  void TearDown() override { world.Close(); }
  void Reopen() {
    ASSERT_WORKS(world.Open());
    ASSERT_WORKS(world.Login());
  }
  void Restore(const std::string& copy) {
    world.Close();
    fs::remove_all(dir_ / "w");
    fs::copy(dir_ / copy, dir_ / "w", fs::copy_options::recursive);
  }
  void RestoreOnly(const std::string& copy, const std::string& place) {
    fs::remove_all(dir_ / ("w/" + place));
    fs::copy(dir_ / (copy + "/" + place), dir_ / ("w/" + place), fs::copy_options::recursive);
  }

  doubles::TempDir dir_;
  World world;
  RunningWitness ida;
  uint64_t size_ = 0;
};

TEST_F(SetBack, WithTheAnchorOnlyTheWitnessNotices) {
  Restore("old");
  const std::string before = world.Damage();
  EXPECT_EQ(before, "") << "the old copy is sound in itself";
  const Status refused = world.Open();
  EXPECT_CODE(kCorrupt, refused);
  for (const char* needed : {"ida", "older than what the witness has seen", "accept-loss"}) {
    EXPECT_NE(refused.message().find(needed), std::string::npos) << refused.message();
  }
  EXPECT_EQ(ida.Seen(World::kOrigin), size_);
  // Nothing was written: the newest copy can be brought back, and is taken.
  Restore("new");
  EXPECT_CODE(kOk, world.Open());
}

TEST_F(SetBack, WithoutAnchorAndWitnessItCannotBeNoticed) {
  Restore("old");
  world.options.witnesses.reset();
  EXPECT_CODE(kOk, world.Open());
}

TEST_F(SetBack, TheAnchorAloneNoticesTooWhereItWasNotSetBack) {
  Restore("old");
  RestoreOnly("new", "home.anchor");
  world.options.witnesses.reset();
  EXPECT_CODE(kCorrupt, world.Open());
}

TEST_F(SetBack, AWitnessThatIsAwayDoesNotNotice) {
  Restore("old");
  ida.Stop();
  EXPECT_CODE(kOk, world.Open());
  world.options.witnesses->at_start = WitnessOptions::AtStart::kRequire;
  EXPECT_CODE(kLater, world.Open());
}

// The old copy went on by itself, past what the witness has seen.
TEST_F(SetBack, ABranchThatOutgrewTheWitnessIsNoticed) {
  Restore("old");
  const std::optional<WitnessOptions> witnesses = world.options.witnesses;
  world.options.witnesses.reset();
  Reopen();
  for (int i = 0; i < 30; ++i) ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow(std::to_string(i))}));
  ASSERT_GT(world.ledger().size(), size_);
  world.Close();
  world.options.witnesses = witnesses;
  const Status refused = world.Open();
  EXPECT_CODE(kCorrupt, refused);
  EXPECT_NE(refused.message().find("not the one that the witness has seen"), std::string::npos) << refused.message();
}

// A crash between the disk and the anchor leaves the anchor behind. Before the witness gets to see the newest
// checkpoint the anchor has it, also when the start then fails.
TEST_F(SetBack, TheAnchorKnowsWhatTheWitnessGetsToSee) {
  RestoreOnly("old", "home.anchor");
  const fs::path secret = dir_ / "w/home.secret";
  fs::rename(secret, dir_ / "away");
  EXPECT_FALSE(world.Open().ok());
  fs::rename(dir_ / "away", secret);
  RestoreOnly("old", "home");
  world.options.witnesses.reset();
  EXPECT_CODE(kCorrupt, world.Open());
}

}  // namespace
}  // namespace spor::service
