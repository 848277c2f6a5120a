// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/cosignature.h"
#include "tests/doubles/witnesses.h"
#include "tests/service/world_fixture.h"

namespace spor::service {

using doubles::RunningWitness;
using doubles::ScriptedWitness;

// A world with its administrator logged in, to be opened again under a witness policy.
class WitnessWorldTest : public WorldTest {
 protected:
  void TearDown() override {
    witnesses.clear();
    WorldTest::TearDown();
  }
  // The key that signs the log.
  ledger::VerifierKey LogKey() {
    const Result<ledger::Entry> first = ledger::LogReader(*world.parts().store).EntryAt(0);
    CHECK(first.ok());
    return ledger::MakeVerifierKey(World::kOrigin, ledger::ParseGenesis(first->body)->log_key);
  }
  RunningWitness& AddWitness(const std::string& name) {
    witnesses.push_back(std::make_unique<RunningWitness>(name, world.clock));
    witnesses.back()->Trust(LogKey());
    witnesses.back()->Start();
    return *witnesses.back();
  }
  // Rounds in the background are an hour apart unless the test wants them.
  Status OpenWith(const std::string& policy) {
    Result<WitnessOptions> options = ParseWitnessOptions(policy);
    if (!options.ok()) return options.error();
    options->timeout = timeout;
    options->interval = interval;
    options->at_start = at_start;
    world.options.witnesses = std::move(*options);
    world.options.log = [this](const std::string& line) {
      MutexLock lock(mutex_);
      lines_ += line + "\n";
    };
    RETURN_IF_ERROR(world.Open());
    return world.Login();
  }
  std::string Log() {
    MutexLock lock(mutex_);
    return lines_;
  }
  // Something new in the log, published.
  std::string Publish() {
    ledger::Proposal proposal;
    ledger::EntryDraft draft;
    draft.seal_id = RandomArray<16>();
    proposal.entries.push_back(std::move(draft));
    EXPECT_TRUE(world.ledger().Submit(std::move(proposal)).ok());
    const Result<std::string> note = world.ledger().Publish();
    EXPECT_TRUE(note.ok());
    return note.ok() ? *note : "";
  }
  Cosigner& cosigner() { return *world.home().cosigner(); }
  size_t LinesOf(const std::string& note) {
    const Result<ledger::Note> parsed = ledger::ParseNote(note);
    return parsed.ok() ? parsed->signatures.size() - 1 : 0;  // but for the log's own
  }
  Result<uint64_t> TimeIn(const std::string& note, const ledger::VerifierKey& witness) {
    ASSIGN_OR_RETURN(const ledger::Note parsed, ledger::ParseNote(note));
    return ledger::VerifyCosignature(parsed, witness);
  }
  std::string StoredBest() {
    const auto row = world.parts().store->Get(ledger::Family::kMeta, AsBytes("cosigned"));
    return row.ok() && *row ? std::string(AsText(**row)) : "";
  }
  uint64_t Now() const { return static_cast<uint64_t>(world.clock.Now()); }

  std::chrono::milliseconds timeout{2000};
  std::chrono::milliseconds interval = std::chrono::hours(1);
  WitnessOptions::AtStart at_start = WitnessOptions::AtStart::kWarn;
  std::vector<std::unique_ptr<RunningWitness>> witnesses;

 private:
  Mutex mutex_;
  std::string lines_ GUARDED_BY(mutex_);
};

}  // namespace spor::service
