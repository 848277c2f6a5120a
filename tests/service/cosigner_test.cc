// SPDX-License-Identifier: Apache-2.0
#include "tools/service/cosigner.h"

#include "tests/service/witness_world.h"

namespace spor::service {
namespace {

using CosignerTest = WitnessWorldTest;

TEST_F(CosignerTest, AnArtefactCarriesVerifiedCosignatures) {
  const RunningWitness& ida = AddWitness("ida");
  ASSERT_WORKS(OpenWith(ida.PolicyLine() + "quorum ida\n"));
  const HttpResponse answer =
      world.Call("POST", "/v1/extract", R"({"from":"2026-11-01","to":"2026-11-30","reason":"case 1"})", world.token);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const Result<privacy::JsonValue> artefact = privacy::ParseJson(answer.body);
  const std::string note = *artefact->GetString("checkpoint");
  const Result<uint64_t> time = TimeIn(note, ida.key());
  ASSERT_TRUE(time.ok()) << note;
  EXPECT_EQ(*time, Now());
  EXPECT_EQ(LinesOf(note), 1u);
  EXPECT_EQ(cosigner().CoveredTime(), std::optional(Now()));
}

TEST_F(CosignerTest, WithoutWitnessesACheckpointIsWhatItWas) {
  const std::string note = Publish();
  EXPECT_EQ(*world.home().CosignedCheckpoint(), note);
  EXPECT_EQ(world.home().cosigner(), nullptr);
  EXPECT_EQ(world.Call("GET", "/v1/witness/status", "", "").status, 404);
}

TEST_F(CosignerTest, AnArtefactIsMadeAlthoughEveryWitnessIsAway) {
  RunningWitness& ida = AddWitness("ida");
  const std::string policy = ida.PolicyLine() + "quorum ida\n";
  ida.Stop();
  ASSERT_WORKS(OpenWith(policy));
  const HttpResponse answer =
      world.Call("POST", "/v1/extract", R"({"from":"2026-11-01","to":"2026-11-30","reason":"case 1"})", world.token);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(LinesOf(*privacy::ParseJson(answer.body)->GetString("checkpoint")), 0u);
  EXPECT_EQ(cosigner().CoveredTime(), std::nullopt);
}

TEST_F(CosignerTest, InTheBackgroundWhatIsNewIsCosigned) {
  const RunningWitness& ida = AddWitness("ida");
  interval = std::chrono::milliseconds(20);
  ASSERT_WORKS(OpenWith(ida.PolicyLine() + "quorum ida\n"));
  for (int round = 0; round < 3; ++round) {
    Publish();
    const uint64_t size = world.ledger().size();
    for (int i = 0; i < 500 && ida.Seen(World::kOrigin) < size; ++i) usleep(10'000);
    EXPECT_GE(ida.Seen(World::kOrigin), size);
  }
  // An idle log is not cosigned over and over.
  usleep(100'000);
  world.clock.Advance(5);
  usleep(200'000);
  EXPECT_LT(*TimeIn(cosigner().BestKnown(), ida.key()), Now());
}

TEST_F(CosignerTest, WhatWasCosignedIsThereAfterARestart) {
  const RunningWitness& ida = AddWitness("ida");
  const std::string policy = ida.PolicyLine() + "quorum ida\n";
  ASSERT_WORKS(OpenWith(policy));
  Publish();
  const std::string best = cosigner().NewestCosigned();
  EXPECT_EQ(LinesOf(best), 1u);
  EXPECT_EQ(StoredBest(), best);
  witnesses[0]->Stop();
  ASSERT_WORKS(OpenWith(policy));
  EXPECT_EQ(*world.home().CosignedCheckpoint(), best);
  EXPECT_EQ(cosigner().Witnesses()[0].seen.size, ida.Seen(World::kOrigin));
}

TEST_F(CosignerTest, TheBestIsTheNewestThatMeetsTheQuorum) {
  std::string policy;
  for (const char* name : {"a", "b", "c"}) policy += AddWitness(name).PolicyLine();
  policy += "group two 2 a b c\nquorum two\n";
  ASSERT_WORKS(OpenWith(policy));
  Publish();
  const std::string all = cosigner().NewestCosigned();
  EXPECT_EQ(LinesOf(all), 3u);
  EXPECT_EQ(cosigner().BestKnown(), all);
  EXPECT_EQ(cosigner().CoveredTime(), std::optional(Now()));

  witnesses[0]->Stop();
  Publish();
  const std::string two = cosigner().NewestCosigned();
  EXPECT_EQ(LinesOf(two), 2u);
  EXPECT_EQ(cosigner().BestKnown(), two);

  witnesses[1]->Stop();
  world.clock.Advance(3600);
  Publish();
  const std::string one = cosigner().NewestCosigned();
  EXPECT_EQ(LinesOf(one), 1u) << "what one witness says goes into artefacts all the same";
  EXPECT_EQ(cosigner().BestKnown(), two);
  EXPECT_EQ(StoredBest(), two);
  EXPECT_EQ(cosigner().CoveredTime(), std::optional(Now() - 3600));

  // The two others come back and cosign the very same checkpoint: now it meets the quorum.
  witnesses[0]->Start();
  witnesses[1]->Start();
  EXPECT_EQ(LinesOf(cosigner().NewestCosigned()), 3u);
  EXPECT_EQ(cosigner().CoveredTime(), std::optional(Now()));
}

TEST_F(CosignerTest, AWitnessThatSawMoreIsAskedFromThere) {
  RunningWitness& ida = AddWitness("ida");
  ASSERT_WORKS(OpenWith(ida.PolicyLine() + "quorum ida\n"));
  Publish();
  cosigner().NewestCosigned();
  // The service forgets; the witness does not.
  const std::string key = "witness/" + FormatVerifierKey(ida.key()).substr(0, ida.key().name.size() + 9);
  ledger::Proposal proposal;
  proposal.writes.Delete(ledger::Family::kMeta, ToBytes(AsBytes(key)));
  ASSERT_WORKS(world.ledger().Submit(std::move(proposal)));
  ASSERT_WORKS(OpenWith(ida.PolicyLine() + "quorum ida\n"));
  Publish();
  EXPECT_EQ(LinesOf(cosigner().NewestCosigned()), 1u);
}

TEST_F(CosignerTest, TheTrustFileHoldsThePolicy) {
  EXPECT_NE(world.Call("GET", "/v1/trust", "", "").body.find("\"witness_policy\":null"), std::string::npos);
  const std::string policy = AddWitness("ida").PolicyLine() + "quorum ida\n";
  const std::string own = "log " + FormatVerifierKey(LogKey()) + "\n";
  ASSERT_WORKS(OpenWith(policy));
  const HttpResponse trust = world.Call("GET", "/v1/trust", "", "");
  ASSERT_EQ(trust.status, 200) << trust.body;
  EXPECT_EQ(*privacy::ParseJson(trust.body)->GetString("witness_policy"), policy);
  const Signer other(SigningKey::Random());
  EXPECT_CODE(kInvalidArgument,
              OpenWith("log " + FormatVerifierKey(ledger::MakeVerifierKey("other.example/log", other.public_key())) +
                       "\n" + policy));
  EXPECT_CODE(kOk, OpenWith(own + policy));
}

// After accept-loss the rows speak of the origin that was closed.
TEST_F(CosignerTest, WhatWasCosignedOfAClosedOriginIsNotUsed) {
  const RunningWitness& ida = AddWitness("ida");
  const std::string policy = ida.PolicyLine() + "quorum ida\n";
  ASSERT_WORKS(OpenWith(policy));
  const Signer closed(SigningKey::Random());
  const ledger::Checkpoint of_closed{"closed.example/log", 1'000'000, Hash32{}, {}};
  std::string note = ledger::SignCheckpoint(of_closed, closed);
  note += ledger::Cosign(ledger::FormatCheckpoint(of_closed), ida.key().name, Now(), ida.signer());
  ledger::Proposal proposal;
  proposal.writes.Put(ledger::Family::kMeta, ToBytes(AsBytes("cosigned")), ToBytes(AsBytes(note)));
  ASSERT_WORKS(world.ledger().Submit(std::move(proposal)));
  witnesses[0]->Stop();
  ASSERT_WORKS(OpenWith(policy));
  EXPECT_EQ(*world.home().CosignedCheckpoint(), world.ledger().Checkpoint());
  EXPECT_EQ(cosigner().Witnesses()[0].seen.size, 0u);
  witnesses[0]->Start();
  const std::string best = cosigner().NewestCosigned();
  EXPECT_EQ(LinesOf(best), 1u);
  EXPECT_EQ(StoredBest(), best);
}

TEST_F(CosignerTest, AppendsGoOnWhileAWitnessHangs) {
  std::atomic<bool> asked{false};
  std::atomic<bool> release{false};
  const ScriptedWitness slow([&](HttpRequest&) {
    asked = true;
    while (!release) usleep(1000);
    return HttpResponse{500, "text/plain", ""};
  });
  release = true;
  ASSERT_WORKS(OpenWith(slow.PolicyLine() + "quorum liar\n"));
  release = false;
  asked = false;
  Publish();
  std::thread asking([&] { cosigner().NewestCosigned(); });
  while (!asked) usleep(1000);
  for (int i = 0; i < 20; ++i) Publish();
  EXPECT_FALSE(release) << "twenty checkpoints while the witness keeps silent";
  release = true;
  asking.join();
}

// ---- by file ----

class CosignerByFile : public CosignerTest {
 protected:
  void SetUp() override {
    CosignerTest::SetUp();
    ASSERT_WORKS(OpenWith(AddWitness("ida").FilePolicyLine() + "quorum ida\n"));
  }
  std::string Answer(const std::string& request, int status = 200) {
    ledger::WitnessDirectory& directory = witnesses[0]->directory();
    ledger::Witness witness(directory.name(), directory.signer(), directory, world.clock);
    const Result<ledger::WitnessVerdict> verdict = witness.Add(request);
    EXPECT_TRUE(verdict.ok() && verdict->status == status) << verdict->body;
    return verdict->body;
  }
};

TEST_F(CosignerByFile, ARequestGoesOutAndItsAnswerComesBack) {
  for (int round = 0; round < 3; ++round) {
    const Result<Cosigner::FileRequest> request = cosigner().MakeRequest("ida", std::nullopt);
    ASSERT_TRUE(request.ok()) << request.error().message();
    EXPECT_TRUE(cosigner().Witnesses()[0].asked_by_file);
    // Time goes by and the log goes on before the answer is back; also the service may have been started again.
    Publish();
    world.clock.Advance(3600);
    const std::string lines = Answer(request->body);
    if (round == 1) ASSERT_WORKS(OpenWith(witnesses[0]->FilePolicyLine() + "quorum ida\n"));
    const Result<std::vector<std::string>> stored = cosigner().Accept(lines);
    ASSERT_TRUE(stored.ok()) << stored.error().message();
    EXPECT_EQ(*stored, std::vector<std::string>{"ida"});
    EXPECT_FALSE(cosigner().Witnesses()[0].asked_by_file);
    EXPECT_EQ(LinesOf(*world.home().CosignedCheckpoint()), 1u);
    EXPECT_EQ(cosigner().Witnesses()[0].seen.size, request->size);
    EXPECT_CODE(kOk, cosigner().Accept(lines));  // the same file once more
  }
}

TEST_F(CosignerByFile, AnAnswerThatGotLostIsMadeUpForWithOld) {
  const Result<Cosigner::FileRequest> lost = cosigner().MakeRequest("ida", std::nullopt);
  Answer(lost->body);
  Publish();
  const Result<Cosigner::FileRequest> next = cosigner().MakeRequest("ida", std::nullopt);
  EXPECT_EQ(Answer(next->body, 409), std::to_string(lost->size) + "\n");
  const Result<Cosigner::FileRequest> again = cosigner().MakeRequest("ida", lost->size);
  EXPECT_CODE(kOk, cosigner().Accept(Answer(again->body)));
}

TEST_F(CosignerByFile, WhatDoesNotVerifyIsNotTaken) {
  const Result<Cosigner::FileRequest> request = cosigner().MakeRequest("ida", std::nullopt);
  const std::string good = Answer(request->body);
  RunningWitness& other = AddWitness("other");
  ledger::Witness stranger(other.directory().name(), other.directory().signer(), other.directory(), world.clock);
  EXPECT_CODE(kFailed, cosigner().Accept(stranger.Add(request->body)->body));
  std::string flipped = good;
  flipped[flipped.size() - 20] = flipped[flipped.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_CODE(kFailed, cosigner().Accept(flipped));
  for (const std::string& rubbish : {std::string(), std::string("5\n"), std::string("hello\n"), request->body}) {
    EXPECT_CODE(kInvalidArgument, cosigner().Accept(rubbish));
  }
  EXPECT_EQ(StoredBest(), "");
  EXPECT_CODE(kOk, cosigner().Accept(good));
}

TEST_F(CosignerByFile, AWitnessThatIsNotInThePolicyIsNotFound) {
  EXPECT_CODE(kNotFound, cosigner().MakeRequest("nobody", std::nullopt));
  EXPECT_CODE(kConflict, cosigner().MakeRequest("ida", 1'000'000));
}

}  // namespace
}  // namespace spor::service
