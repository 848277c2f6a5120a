// SPDX-License-Identifier: Apache-2.0
#include "tools/service/accept_loss.h"

#include "crypto/files.h"
#include "tests/service/world_fixture.h"
#include "tools/report/verify.h"
#include "tools/service/copy_aside.h"

namespace spor::service {
namespace {

namespace fs = std::filesystem;
using doubles::FaultStore;
using doubles::MemoryStore;
using ledger::CloseReason;
using ledger::Family;

LossRequest Request(const std::string& origin = "world.example/log-2") {
  LossRequest request;
  request.new_origin = origin;
  request.reason = "disk failure, case 26/17";
  return request;
}

// ---- on a store in memory: what is decided and written ----

class AcceptLossTest : public WorldTest {
 protected:
  void SetUp() override {
    WorldTest::SetUp();
    ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
    ASSERT_WORKS(world.ledger().Publish());
  }
  // What is durable now.
  std::unique_ptr<MemoryStore> Snapshot() const { return std::make_unique<MemoryStore>(*world.memory); }
  static void PutBack(MemoryStore& store, MemoryStore& older) {
    for (size_t family = 0; family < ledger::kFamilies; ++family) {
      store.Table(static_cast<Family>(family)) = older.Table(static_cast<Family>(family));
    }
  }
  // Goes on, then loses everything since `older`.
  void LoseSince(MemoryStore& older) {
    ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("2"), ContactRow("3")}));
    ASSERT_WORKS(world.ledger().Publish());
    world.Close();
    PutBack(*world.memory, older);
  }
  void Lose() {
    const auto older = Snapshot();
    LoseSince(*older);
  }
  Result<Loss> Examine(const LossRequest& request) const { return ExamineLoss(*world.fault, world.places(), request); }
  Status Begin(const LossRequest& request) {
    ASSIGN_OR_RETURN(const Loss loss, Examine(request));
    return BeginSuccessor(*world.fault, world.places(), request, loss, world.options);
  }
  std::string AnchorNote() const {
    const ledger::LogKeys keys = *ledger::LoadLogKeys(ledger::LogReader(*world.memory));
    return **ledger::Anchor(world.places().anchor_dir, keys.origins().back()).NewestNote();
  }
};

TEST_F(AcceptLossTest, NothingIsAcceptedWhereNothingIsLost) {
  EXPECT_CODE(kInvalidArgument, Examine(Request()));
  LossRequest lost = Request();
  lost.anchor_lost = true;
  EXPECT_CODE(kInvalidArgument, Examine(lost));
}

TEST_F(AcceptLossTest, AShorterLogGoesOnUnderANewOrigin) {
  const uint64_t size = world.ledger().size();
  Lose();
  EXPECT_CODE(kCorrupt, world.Open());
  const Result<Loss> loss = Examine(Request());
  ASSERT_WORKS(loss);
  EXPECT_EQ(loss->reason, CloseReason::kShorter);
  EXPECT_EQ(loss->check.stored.size, size);
  EXPECT_GT(loss->check.anchored.size, size);
  ASSERT_WORKS(Begin(Request()));
  EXPECT_EQ(world.Damage(), "");
  ASSERT_WORKS(world.Open());
  const ledger::LogKeys keys = world.ledger().keys();
  ASSERT_EQ(keys.origins().size(), 2u);
  EXPECT_EQ(keys.genesis().origin, "world.example/log-2");
  EXPECT_EQ(keys.origins()[0].closing.surviving.size, size);
  EXPECT_EQ(keys.origins()[0].closing.lost, loss->check.anchored);
  EXPECT_EQ(keys.genesis().ledger_id, world.parts().vault->ledger_id());
  // It is recorded with its reason, under seal.
  const std::vector<SeenSection> seen = world.AuditSections("accept_loss", "done");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0]["reason"], Request().reason);
  EXPECT_EQ(seen[0]["closed"], "shorter");
  // People, sessions and erasures go on.
  ASSERT_WORKS(world.Login());
  EXPECT_TRUE(world.ProfileOf("person1@example.no").ok());
  EXPECT_FALSE(world.ProfileOf("person2@example.no").ok());
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("4")}));
  ASSERT_WORKS(world.StartClock("customer_relationship_ended", {{"1", "2026-01-31"}}));
  EXPECT_EQ(world.Run()->erased, 2u);
  ASSERT_WORKS(world.Open());
}

TEST_F(AcceptLossTest, ASuccessorCanLoseTooAndItsKeyCanChange) {
  Lose();
  ASSERT_WORKS(Begin(Request()));
  ASSERT_WORKS(world.Open());
  ASSERT_WORKS(world.Login());
  ASSERT_EQ(world.Call("POST", "/v1/log/rotate-key", "", world.token).status, 200);
  ASSERT_WORKS(world.ledger().Publish());
  Lose();
  EXPECT_CODE(kInvalidArgument, Examine(Request()));  // an origin never comes back
  EXPECT_CODE(kInvalidArgument, Examine(Request(World::kOrigin)));
  ASSERT_WORKS(Begin(Request("world.example/log-3")));
  ASSERT_WORKS(world.Open());
  EXPECT_EQ(world.ledger().keys().origins().size(), 3u);
  EXPECT_EQ(world.ledger().keys().origins()[1].keys.size(), 2u);
}

TEST_F(AcceptLossTest, MonthsLaterTheAuditUnitsOfTheDayAreMade) {
  Lose();
  world.clock.Set(World::kStart + 100 * 86400);
  ASSERT_WORKS(Begin(Request()));
  EXPECT_EQ(world.Damage(), "");
  ASSERT_WORKS(world.Open());
  EXPECT_EQ(world.AuditSections("accept_loss", "done").size(), 1u);
}

TEST_F(AcceptLossTest, WhatIsLeftMustBeWhole) {
  Lose();
  const auto sound = Snapshot();
  auto& entries = world.memory->Table(Family::kEntry);
  Bytes& row = std::next(entries.begin(), static_cast<ptrdiff_t>(entries.size() / 2))->second;
  row[row.size() / 2] ^= 1;
  EXPECT_CODE(kCorrupt, Examine(Request()));
  PutBack(*world.memory, *sound);
  auto& live = world.memory->Table(Family::kLive);
  live.erase(live.begin());
  EXPECT_CODE(kCorrupt, Examine(Request()));
  PutBack(*world.memory, *sound);
  ASSERT_WORKS(Begin(Request()));
}

TEST_F(AcceptLossTest, ACopyFromBeforeAnErasureDoesNotComeBackToLife) {
  ASSERT_WORKS(world.StartClock("customer_relationship_ended", {{"1", "2026-01-31"}}));
  const auto older = Snapshot();
  ASSERT_EQ(world.Run()->erased, 2u);
  const auto after = Snapshot();
  world.Close();
  PutBack(*world.memory, *older);
  const Result<Loss> loss = Examine(Request());
  EXPECT_CODE(kCorrupt, loss);
  EXPECT_NE(loss.error().message().find("before an erasure"), std::string::npos) << loss.error().message();
  PutBack(*world.memory, *after);
  ASSERT_WORKS(world.Open());
  EXPECT_FALSE(world.ProfileOf("person1@example.no").ok());
}

TEST_F(AcceptLossTest, ADifferentLog) {
  const auto fork = Snapshot();
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("2")}));
  ASSERT_WORKS(world.ledger().Publish());
  world.Close();
  doubles::TempDir elsewhere;
  fs::copy(world.places().anchor_dir, elsewhere / "anchor");
  const std::string known = AnchorNote();
  // Somebody goes on with the older copy, with no anchor but that of the copy; then the true anchor is put back.
  PutBack(*world.memory, *fork);
  for (const int which : {0, 1}) fs::remove(world.places().anchor_dir + "/anchor." + std::to_string(which));
  const std::string own = *ledger::LogReader(*fork).StoredCheckpoint();
  ASSERT_WORKS(WriteFileAtomically(world.places().anchor_dir + "/anchor.0", AsBytes(own), 0600));
  ASSERT_WORKS(world.Open());
  for (const char* id : {"5", "6", "7"}) ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow(id)}));
  ASSERT_WORKS(world.ledger().Publish());
  world.Close();
  // By the anchor alone all is well; a checkpoint that a witness kept shows it.
  EXPECT_CODE(kInvalidArgument, Examine(Request()));
  LossRequest with_checkpoint = Request();
  with_checkpoint.checkpoint = known;
  const Result<Loss> loss = Examine(with_checkpoint);
  ASSERT_WORKS(loss);
  EXPECT_EQ(loss->reason, CloseReason::kDiffers);
  fs::remove_all(world.places().anchor_dir);
  fs::copy(elsewhere / "anchor", world.places().anchor_dir);
  EXPECT_CODE(kCorrupt, world.Open());
  ASSERT_WORKS(Begin(Request()));
  ASSERT_WORKS(world.Open());
  EXPECT_EQ(world.ledger().keys().origins()[0].closing.reason, CloseReason::kDiffers);
}

TEST_F(AcceptLossTest, ALostAnchor) {
  world.Close();
  const std::string known = AnchorNote();
  fs::remove_all(world.places().anchor_dir);
  EXPECT_CODE(kCorrupt, world.Open());
  EXPECT_CODE(kInvalidArgument, Examine(Request()));
  LossRequest lost = Request();
  lost.anchor_lost = true;
  // A checkpoint from elsewhere that the log still holds does not say what came after it.
  lost.checkpoint = known;
  const Result<Loss> loss = Examine(lost);
  ASSERT_WORKS(loss);
  EXPECT_EQ(loss->reason, CloseReason::kAnchorLost);
  lost.checkpoint = "nonsense";
  EXPECT_CODE(kInvalidArgument, Examine(lost));
  lost.checkpoint.clear();
  ASSERT_WORKS(Begin(lost));
  EXPECT_EQ(world.Damage(), "");
  ASSERT_WORKS(world.Open());
  const ledger::LogKeys keys = world.ledger().keys();
  EXPECT_EQ(keys.origins()[0].closing.lost, ledger::LogPoint{});
  EXPECT_EQ(keys.genesis().predecessors.size(), 1u);
}

TEST_F(AcceptLossTest, TheAnchorOfAnotherLogIsNotOverwritten) {
  world.Close();
  const Signer other(SigningKey::Random());
  const std::string note = ledger::SignCheckpoint({"other.example/log", 7, Hash32{}, {}}, other);
  for (const int which : {0, 1}) {
    const std::string path = world.places().anchor_dir + "/anchor." + std::to_string(which);
    ASSERT_WORKS(WriteFileAtomically(path, AsBytes(note), 0600));
  }
  LossRequest lost = Request();
  lost.anchor_lost = true;
  EXPECT_CODE(kInvalidArgument, Examine(lost));
  for (const int which : {0, 1}) fs::remove(world.places().anchor_dir + "/anchor." + std::to_string(which));
  ASSERT_WORKS(Begin(lost));
}

TEST_F(AcceptLossTest, ACheckpointFromElsewhereInPlaceOfALostAnchor) {
  const auto older = Snapshot();
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("2")}));
  ASSERT_WORKS(world.ledger().Publish());
  world.Close();
  LossRequest request = Request();
  request.checkpoint = AnchorNote();
  fs::remove_all(world.places().anchor_dir);
  PutBack(*world.memory, *older);
  const Result<Loss> loss = Examine(request);
  ASSERT_WORKS(loss);
  EXPECT_EQ(loss->reason, CloseReason::kShorter);
  ASSERT_WORKS(Begin(request));
  ASSERT_WORKS(world.Open());
}

TEST_F(AcceptLossTest, NamesAndReasonsThatAreNone) {
  Lose();
  for (const std::string& origin :
       {std::string(), std::string("with space"), std::string("a+b"), std::string(300, 'x')}) {
    EXPECT_CODE(kInvalidArgument, AcceptLoss(world.places(), Request(origin), world.options, nullptr));
  }
  LossRequest no_reason = Request();
  no_reason.reason.clear();
  EXPECT_CODE(kInvalidArgument, AcceptLoss(world.places(), no_reason, world.options, nullptr));
  no_reason.reason.assign(1001, 'x');
  EXPECT_CODE(kInvalidArgument, AcceptLoss(world.places(), no_reason, world.options, nullptr));
  ASSERT_WORKS(Begin(Request()));
}

class AcceptLossFaults : public AcceptLossTest, public ::testing::WithParamInterface<FaultStore::How> {};

// Every call fails in turn; asked again, it is done, once.
TEST_P(AcceptLossFaults, EveryCall) {
  Lose();
  doubles::TempDir dir;
  bool untouched = false;
  size_t unfinished = 0;
  for (uint64_t n = 1; !untouched; ++n) {
    ASSERT_LT(n, 300u);
    SCOPED_TRACE("call " + std::to_string(n));
    const std::unique_ptr<World> run = world.CrashCopy(dir / ("run" + std::to_string(n)));
    const Result<Loss> loss = ExamineLoss(*run->fault, run->places(), Request());
    ASSERT_WORKS(loss);
    run->fault->FailAt(n, GetParam());
    const Status begun = BeginSuccessor(*run->fault, run->places(), Request(), *loss, run->options);
    untouched = !run->fault->has_failed();
    EXPECT_EQ(begun.ok(), untouched);
    run->fault->FailAt(0, GetParam());
    if (!untouched) {
      EXPECT_CODE(kCorrupt, run->Open());  // half a succession does not start
      run->Close();
      const Result<Loss> again = ExamineLoss(*run->fault, run->places(), Request());
      ASSERT_WORKS(again);
      unfinished += again->unfinished;
      EXPECT_CODE(kInvalidArgument, again->unfinished ? ExamineLoss(*run->fault, run->places(), Request("x")).status()
                                                      : Status(Code::kInvalidArgument, ""));
      ASSERT_WORKS(again->unfinished ? AnchorSuccessor(*run->fault, run->places(), *again)
                                     : BeginSuccessor(*run->fault, run->places(), Request(), *again, run->options));
    }
    ASSERT_WORKS(run->Open());
    EXPECT_EQ(run->ledger().keys().origins().size(), 2u);
    run->Close();
    EXPECT_EQ(run->Damage(), "");
    if (HasFailure()) break;
  }
  EXPECT_EQ(unfinished > 0, GetParam() == FaultStore::How::kPersisted);
  ASSERT_WORKS(Begin(Request()));
}

INSTANTIATE_TEST_SUITE_P(Both, AcceptLossFaults,
                         ::testing::Values(FaultStore::How::kNotPersisted, FaultStore::How::kPersisted),
                         [](const auto& how) {
                           return how.param == FaultStore::How::kPersisted ? "Persisted" : "NotPersisted";
                         });

// ---- what a verifier makes of it ----

class LossArtefacts : public AcceptLossTest {
 protected:
  std::string Get(const std::string& method, const std::string& target, const std::string& body) {
    const HttpResponse response = world.Call(method, target, body, world.token);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.body;
  }
  std::string Extract() {
    return Get("POST", "/v1/extract", R"({"from":"2026-11-24","to":"2026-11-24","reason":"asked"})");
  }
  static report::Verification Verdict(const std::string& artefact, const std::string& trust) {
    const Result<report::Verification> verification = report::Verify(artefact, trust);
    EXPECT_TRUE(verification.ok()) << verification.status().message();
    return *verification;
  }
  static std::string TextOf(const report::Verification& verification, const std::string& name) {
    for (const report::Check& check : verification.checks) {
      if (check.name == name) return check.result + " " + check.text_en;
    }
    return "missing";
  }
};

TEST_F(LossArtefacts, ThePredecessorsTrustFileSaysThatItsOriginWasClosed) {
  const std::string old_trust = Get("GET", "/v1/trust", "");
  const std::string old_extract = Extract();
  EXPECT_EQ(Verdict(old_extract, old_trust).result, "verified");
  Lose();
  const Result<Loss> loss = Examine(Request());
  ASSERT_WORKS(loss);
  ASSERT_WORKS(Begin(Request()));
  ASSERT_WORKS(world.Open());
  ASSERT_WORKS(world.Login());
  const std::string new_trust = Get("GET", "/v1/trust", "");
  const std::string extract = Extract();
  // With the successor's: verified, and it is said that it is one.
  const report::Verification verified = Verdict(extract, new_trust);
  EXPECT_EQ(verified.result, "verified") << TextOf(verified, "trust") << TextOf(verified, "replayed");
  EXPECT_TRUE(TextOf(verified, "closed_origins").starts_with("verified")) << TextOf(verified, "closed_origins");
  EXPECT_TRUE(TextOf(verified, "replayed").starts_with("verified")) << "from the first entry on, over the loss";
  // With the predecessor's: failed, and both heads are named.
  const report::Verification closed = Verdict(extract, old_trust);
  EXPECT_EQ(closed.result, "failed");
  const std::string text = TextOf(closed, "trust");
  EXPECT_TRUE(text.starts_with("failed")) << text;
  for (const std::string& part :
       {std::string("was closed after a loss"), std::string(World::kOrigin), Request().new_origin,
        std::to_string(loss->check.stored.size), Base64Encode(loss->check.stored.root),
        std::to_string(loss->check.anchored.size), Base64Encode(loss->check.anchored.root)}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
  EXPECT_EQ(Verdict(old_extract, old_trust).result, "verified") << "what was issued stays good";
  EXPECT_EQ(Verdict(old_extract, new_trust).result, "failed");
  // A key of the successor that changes is followed as any other.
  ASSERT_EQ(world.Call("POST", "/v1/log/rotate-key", "", world.token).status, 200);
  EXPECT_EQ(Verdict(Extract(), new_trust).result, "verified");
}

TEST_F(LossArtefacts, AClosingThatIsLeftOutOrChanged) {
  Lose();
  ASSERT_WORKS(Begin(Request()));
  ASSERT_WORKS(world.Open());
  ASSERT_WORKS(world.Login());
  const std::string trust = Get("GET", "/v1/trust", "");
  const std::string extract = Extract();
  const size_t at = extract.find("\"closed_origins\":[");
  ASSERT_NE(at, std::string::npos);
  // Its bytes count like all others.
  for (const size_t offset : {size_t{40}, size_t{150}, size_t{300}, size_t{700}}) {
    std::string damaged = extract;
    const size_t letter_at = damaged.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", at + offset);  // inside base64
    ASSERT_NE(letter_at, std::string::npos);
    char& letter = damaged[letter_at];
    letter = letter == 'A' ? 'B' : 'A';
    EXPECT_EQ(Verdict(damaged, trust).result, "failed") << offset;
  }
}

// ---- on the disk: start, copies, locks ----

class LostHome : public ::testing::Test {
 protected:
  LostHome() : world_(dir_.path(), World::Disk::kRocks) {}
  void SetUp() override {
    ASSERT_WORKS(world_.Begin());
    ASSERT_WORKS(world_.ledger().Publish());
    world_.Close();
    fs::copy(Home(), dir_ / "older", fs::copy_options::recursive);
    fs::copy(Home() + ".anchor", dir_ / "older.anchor", fs::copy_options::recursive);
    ASSERT_WORKS(world_.Open());
    ASSERT_WORKS(world_.Login());
    ASSERT_WORKS(world_.ledger().Publish());
    world_.Close();
  }
  std::string Home() const { return world_.places().home; }
  void PutBack(const std::string& place) {
    const std::string from = dir_ / "older" + place.substr(Home().size());
    fs::remove_all(place);
    fs::copy(from, place, fs::copy_options::recursive);
  }
  Result<AcceptedLoss> Accept(const LossRequest& request) {
    return AcceptLoss(world_.places(), request, world_.options, [&](const Loss&) { return ++asked_, OkStatus(); });
  }
  size_t CopiesAside() const {
    size_t copies = 0;
    for (const auto& entry : fs::directory_iterator(dir_.path())) {
      copies += entry.path().filename().string().find(".lost-") != std::string::npos;
    }
    return copies;
  }

  doubles::TempDir dir_;
  World world_;
  int asked_ = 0;
};

TEST_F(LostHome, AnOlderCopyIsRefusedBecauseTheAnchorKnowsBetter) {
  const std::string before = *ReadSmallFile(Home() + ".anchor/anchor.0", ledger::kMaxNoteBytes);
  PutBack(Home());
  EXPECT_CODE(kCorrupt, world_.Open());
  EXPECT_NE(world_.Damage(), "");
  EXPECT_EQ(*ReadSmallFile(Home() + ".anchor/anchor.0", ledger::kMaxNoteBytes), before) << "nothing was written";
}

// What cannot be noticed here: docs/operations.md says so.
TEST_F(LostHome, WithTheAnchorPutBackTooItStarts) {
  PutBack(Home());
  PutBack(Home() + ".anchor");
  ASSERT_WORKS(world_.Open());
  world_.Close();
  EXPECT_EQ(world_.Damage(), "");
}

TEST_F(LostHome, EverythingIsCopiedAsideFirst) {
  PutBack(Home());
  const std::string anchor = *ReadSmallFile(Home() + ".anchor/anchor.0", ledger::kMaxNoteBytes);
  const Result<AcceptedLoss> accepted = Accept(Request());
  ASSERT_WORKS(accepted);
  EXPECT_EQ(asked_, 1);
  EXPECT_TRUE(accepted->copy.starts_with(Home() + ".lost-20261124T"));
  EXPECT_TRUE(accepted->copy.ends_with("Z"));
  EXPECT_EQ(*ReadSmallFile(accepted->copy + ".anchor/anchor.0", ledger::kMaxNoteBytes), anchor);
  // fsck of the copy says what was wrong, as it did before.
  const Result<HomeCheck> check = FsckHome(HomePlaces::Beside(accepted->copy), nullptr);
  ASSERT_WORKS(check);
  EXPECT_NE(check->log.first_damaged.find("anchored"), std::string::npos) << check->log.first_damaged;
  EXPECT_EQ(world_.Damage(), "");
  ASSERT_WORKS(world_.Open());
  ASSERT_WORKS(world_.Login());
  EXPECT_CODE(kConflict, Accept(Request("world.example/log-3")));  // while a service runs
  world_.Close();
  EXPECT_CODE(kInvalidArgument, Accept(Request("world.example/log-3")));  // nothing is lost any more
  EXPECT_EQ(asked_, 1);
}

TEST_F(LostHome, WhatIsNotConfirmedIsNotDone) {
  PutBack(Home());
  EXPECT_CODE(kDenied, AcceptLoss(world_.places(), Request(), world_.options,
                                  [](const Loss&) { return Status(Code::kDenied, "no"); }));
  EXPECT_EQ(CopiesAside(), 0u);
  EXPECT_CODE(kCorrupt, world_.Open());
}

TEST_F(LostHome, AHealthyLogIsRefusedAndNotCopied) {
  EXPECT_CODE(kInvalidArgument, Accept(Request()));
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(CopiesAside(), 0u);
  ASSERT_WORKS(world_.Open());
}

TEST_F(LostHome, KilledBeforeTheNewAnchorItIsFinishedByAskingAgain) {
  const std::string anchor = Home() + ".anchor";
  PutBack(Home());
  fs::copy(anchor, dir_ / "anchor before", fs::copy_options::recursive);
  ASSERT_WORKS(Accept(Request()));
  fs::remove_all(anchor);
  fs::copy(dir_ / "anchor before", anchor, fs::copy_options::recursive);
  EXPECT_CODE(kCorrupt, world_.Open());
  EXPECT_CODE(kInvalidArgument, Accept(Request("another.example/log")));  // the name is chosen already
  const Result<AcceptedLoss> again = Accept(Request());
  ASSERT_WORKS(again);
  EXPECT_EQ(again->copy, "");
  EXPECT_EQ(asked_, 1);
  ASSERT_WORKS(world_.Open());
  EXPECT_EQ(world_.ledger().keys().origins().size(), 2u);
}

TEST_F(LostHome, ACopyThatCannotBeMadeLeavesNothing) {
  PutBack(Home());
  const std::string stamp = "20261124T093100Z";
  fs::create_directory(Home() + ".lost-" + stamp);
  world_.clock.Set(World::kStart + 60);
  EXPECT_CODE(kConflict, Accept(Request()));
  EXPECT_EQ(CopiesAside(), 1u);
  fs::remove(Home() + ".lost-" + stamp);
  ASSERT_WORKS(Accept(Request()));
  EXPECT_EQ(CopiesAside(), 2u) << "home and anchor";
}

}  // namespace
}  // namespace spor::service
