// SPDX-License-Identifier: Apache-2.0
// Whatever a witness says that does not verify under the key that the policy names is neither kept nor handed out, and
// keeps nobody waiting.
#include "ledger/add_checkpoint.h"
#include "tests/service/witness_world.h"

namespace spor::service {
namespace {

class LyingWitness : public WitnessWorldTest {
 protected:
  // The text that a request wants cosigned.
  static std::string TextIn(const HttpRequest& request) {
    return ledger::ParseNote(ledger::ParseAddCheckpoint(request.body)->note)->text;
  }
  void ExpectNothingTaken(const std::string& lie, HttpHandler handler) {
    const ScriptedWitness liar(std::move(handler));
    signer_ = &liar.signer;
    ASSERT_WORKS(OpenWith(liar.PolicyLine() + "quorum liar\n"));
    const std::string published = Publish();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(cosigner().NewestCosigned(), published) << lie;
    EXPECT_LT(std::chrono::steady_clock::now() - start, timeout + std::chrono::seconds(2)) << lie;
    EXPECT_EQ(cosigner().BestKnown(), published) << lie;
    EXPECT_EQ(StoredBest(), "") << lie;
    EXPECT_TRUE(cosigner().Witnesses()[0].trouble) << lie;
    EXPECT_NE(Log().find("witness liar: "), std::string::npos) << lie;
    world.Close();
  }
  std::string Line(const std::string& text, uint64_t time) const {
    return ledger::Cosign(text, ScriptedWitness::kName, time, *signer_);
  }

  const Signer* signer_ = nullptr;
};

TEST_F(LyingWitness, TheTruthIsTakenForComparison) {
  const ScriptedWitness honest([&](HttpRequest& request) {
    return HttpResponse{200, "text/plain", Line(TextIn(request), Now())};
  });
  signer_ = &honest.signer;
  ASSERT_WORKS(OpenWith(honest.PolicyLine() + "quorum liar\n"));
  Publish();
  EXPECT_EQ(LinesOf(cosigner().NewestCosigned()), 1u);
  EXPECT_NE(StoredBest(), "");
  world.Close();
}

TEST_F(LyingWitness, WrongSignatures) {
  const Signer other(SigningKey::Random());
  ExpectNothingTaken("a bit is flipped", [&](HttpRequest& request) {
    std::string line = Line(TextIn(request), Now());
    line[line.size() - 30] = line[line.size() - 30] == 'x' ? 'y' : 'x';
    return HttpResponse{200, "text/plain", line};
  });
  ExpectNothingTaken("by another key", [&](HttpRequest& request) {
    return HttpResponse{200, "text/plain", ledger::Cosign(TextIn(request), ScriptedWitness::kName, Now(), other)};
  });
  ExpectNothingTaken("by another key under the right key id", [&](HttpRequest& request) {
    const std::string line = ledger::Cosign(TextIn(request), ScriptedWitness::kName, Now(), other);
    ledger::NoteSignature forged = ledger::ParseNote(TextIn(request) + "\n" + line)->signatures[0];
    forged.key_id =
        ledger::MakeVerifierKey(ScriptedWitness::kName, signer_->public_key(), ledger::KeyType::kCosignature).key_id;
    return HttpResponse{200, "text/plain", ledger::FormatSignatureLine(forged)};
  });
  ExpectNothingTaken("under another name", [&](HttpRequest& request) {
    return HttpResponse{200, "text/plain", ledger::Cosign(TextIn(request), "witness.example/other", Now(), *signer_)};
  });
  ExpectNothingTaken("a good line and a bad one", [&](HttpRequest& request) {
    std::string bad = Line(TextIn(request), Now());
    bad[bad.size() - 30] = bad[bad.size() - 30] == 'x' ? 'y' : 'x';
    return HttpResponse{200, "text/plain", Line(TextIn(request), Now()) + bad};
  });
}

TEST_F(LyingWitness, SignaturesOverSomethingElse) {
  ExpectNothingTaken("another checkpoint", [&](HttpRequest&) {
    const std::string text = ledger::FormatCheckpoint({World::kOrigin, 7, Hash32{}, {}});
    return HttpResponse{200, "text/plain", Line(text, Now())};
  });
  ExpectNothingTaken("the checkpoint without its last line", [&](HttpRequest& request) {
    const std::string text = TextIn(request);
    return HttpResponse{200, "text/plain", Line(text.substr(0, text.rfind('\n', text.size() - 2) + 1), Now())};
  });
  ExpectNothingTaken("a day that is yet to come", [&](HttpRequest& request) {
    return HttpResponse{200, "text/plain", Line(TextIn(request), Now() + 86400)};
  });
  ExpectNothingTaken("a plain signature where a cosignature belongs", [&](HttpRequest& request) {
    const ledger::VerifierKey key =
        ledger::MakeVerifierKey(ScriptedWitness::kName, signer_->public_key(), ledger::KeyType::kCosignature);
    const Signature64 raw = signer_->Sign(AsBytes(TextIn(request)));
    return HttpResponse{200, "text/plain", ledger::FormatSignatureLine({key.name, key.key_id, ToBytes(raw)})};
  });
}

TEST_F(LyingWitness, AnswersThatAreNone) {
  for (const std::string& body : {std::string(), std::string("\n"), std::string("<html>It works!</html>"),
                                  std::string(1 << 20, 'x'), std::string("\xe2\x80\x94 "), std::string(200, '\0')}) {
    ExpectNothingTaken("200 with " + body.substr(0, 20), [body](HttpRequest&) {
      return HttpResponse{200, "text/plain", body};
    });
  }
  for (const int status : {201, 204, 301, 400, 401, 403, 404, 500, 503}) {
    ExpectNothingTaken("HTTP " + std::to_string(status), [status](HttpRequest&) {
      return HttpResponse{status, "text/plain", ""};
    });
  }
}

TEST_F(LyingWitness, SizesThatLeadNowhere) {
  const auto size = [](const std::string& body) { return HttpResponse{409, "text/x.tlog.size", body}; };
  // At the start a size above ours, and another root, stop the service: witness_start_test.cc. Here they come later.
  std::atomic<bool> started{false};
  const auto later = [&](HttpHandler handler) -> HttpHandler {
    started = false;
    return [&, handler](HttpRequest& request) {
      if (!started.exchange(true)) return HttpResponse{500, "text/plain", ""};
      return handler(request);
    };
  };
  ExpectNothingTaken("ahead", later([&](HttpRequest&) { return size("999999999\n"); }));
  ExpectNothingTaken("no number", later([&](HttpRequest&) { return size("many\n"); }));
  ExpectNothingTaken("another root", later([&](HttpRequest&) { return HttpResponse{422, "text/plain", ""}; }));
  ExpectNothingTaken("what it was asked from", later([&](HttpRequest& request) {
                       return size(ledger::EncodeTlogSize(ledger::ParseAddCheckpoint(request.body)->old_size));
                     }));
  std::atomic<uint64_t> calls{0};
  ExpectNothingTaken("another size each time",
                     later([&](HttpRequest&) { return size(std::to_string(++calls % 3 + 1) + "\n"); }));
  EXPECT_LT(calls, 20u);
}

TEST_F(LyingWitness, SlowOnes) {
  timeout = std::chrono::milliseconds(300);
  ExpectNothingTaken("silent", [](HttpRequest&) {
    usleep(900'000);
    return HttpResponse{200, "text/plain", ""};
  });
}

TEST_F(LyingWitness, AmongHonestOnesItIsAlone) {
  const ScriptedWitness liar([](HttpRequest&) { return HttpResponse{200, "text/plain", "rubbish\n"}; });
  const RunningWitness& ida = AddWitness("ida");
  ASSERT_WORKS(OpenWith(liar.PolicyLine() + ida.PolicyLine() + "group g any liar ida\nquorum g\n"));
  Publish();
  const std::string note = cosigner().NewestCosigned();
  EXPECT_EQ(LinesOf(note), 1u);
  EXPECT_TRUE(TimeIn(note, ida.key()).ok());
  EXPECT_EQ(StoredBest(), note);
  world.Close();
}

}  // namespace
}  // namespace spor::service
