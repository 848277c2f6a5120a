// SPDX-License-Identifier: Apache-2.0
// Logs that change their key, and logs that lose entries and go on under a new origin, as the ledger writes them.
#include <gtest/gtest.h>

#include "crypto/codec.h"
#include "ledger/blobs.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/test_log.h"

namespace spor::ledger {
namespace {

using doubles::FaultStore;
using doubles::MemoryStore;
using doubles::TestLog;
using Finding = AnchorCheck::Finding;

SigningKey KeyNamed(const std::string& name) { return SigningKey::CopyOf(Sha256(AsBytes(name))); }

// A log whose present signer is known by name.
class LogOriginsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_.Create(store_, {log_.CreateOp(1, {2, 21000}), log_.CreateOp(2, {0, 20305})}).ok());
    Open();
  }
  void TearDown() override { ledger_.reset(); }

  Status TryOpen(Store& store, const Signer& signer) {
    ledger_.reset();
    log_.options.signer = &signer;
    ASSIGN_OR_RETURN(ledger_, log_.Open(store));
    return OkStatus();
  }
  void Open() {
    const Status opened = TryOpen(store_, signer_ ? *signer_ : log_.signer);
    ASSERT_TRUE(opened.ok()) << opened.message();
  }
  void Say(const std::string& name) {
    log_.clock.Advance(10);
    ASSERT_TRUE(ledger_->Submit(log_.Say(name, 1, 2)).ok());
    ASSERT_TRUE(ledger_->Publish().ok());
  }
  static Result<Receipt> Endorse(Ledger& ledger, const std::string& key) {
    Proposal proposal;
    proposal.next_signer = std::make_unique<const Signer>(KeyNamed(key));
    return ledger.Submit(std::move(proposal));
  }
  void Rotate(const std::string& key) {
    const Result<Receipt> receipt = Endorse(*ledger_, key);
    ASSERT_TRUE(receipt.ok()) << receipt.error().message();
    signer_ = std::make_unique<Signer>(KeyNamed(key));
  }
  // The present key's name in the log's own words.
  bool SignedBy(const std::string& note, const std::string& origin, const SigningKey& key) const {
    return OpenCheckpoint(note, MakeVerifierKey(origin, SigningPublicKey(key))).ok();
  }

  // What accept-loss does with a store that lost entries; the successor's key is named like it.
  Status Succeed(Store& store, const std::string& origin) {
    ASSIGN_OR_RETURN(const AnchorCheck check, CompareWithAnchor(store, log_.options.anchor_directory));
    Ledger::Succession next;
    next.closing.surviving = check.stored;
    next.closing.lost = check.anchored;
    next.closing.reason = check.finding == Finding::kShorter   ? CloseReason::kShorter
                          : check.finding == Finding::kDiffers ? CloseReason::kDiffers
                                                               : CloseReason::kAnchorLost;
    next.first.genesis = {kLogFormat, origin, SigningPublicKey(KeyNamed(origin)), log_.ledger_id, {}};
    ASSIGN_OR_RETURN(const std::string surviving, LogReader(store).StoredCheckpoint());
    next.first.genesis.predecessors = {surviving};
    if (!check.anchor_note.empty()) next.first.genesis.predecessors.push_back(check.anchor_note);
    next.first.slots.root_generation = 1;
    next.first.policy.version = 1;
    next.first.facts.root_generation = 1;
    signer_ = std::make_unique<Signer>(KeyNamed(origin));
    log_.options.origin = origin;
    log_.options.signer = signer_.get();
    log_.options.store = &store;
    return Ledger::Succeed(log_.options, std::move(next));
  }
  // The store is put back to an older copy of itself, the anchor is not.
  void Lose(const MemoryStore& older, const std::string& successor) {
    ledger_.reset();
    MemoryStore copy(older);
    for (size_t family = 0; family < kFamilies; ++family) {
      store_.Table(static_cast<Family>(family)) = copy.Table(static_cast<Family>(family));
    }
    ASSERT_EQ(TryOpen(store_, *log_.options.signer).code(), Code::kCorrupt);
    const Status begun = Succeed(store_, successor);
    ASSERT_TRUE(begun.ok()) << begun.message();
    EXPECT_EQ(log_.Damage(store_), "");
    Open();
  }
  Finding FindingOf(const Store& store) const {
    const Result<AnchorCheck> check = CompareWithAnchor(store, log_.options.anchor_directory);
    EXPECT_TRUE(check.ok()) << check.status().message();
    EXPECT_EQ(check->text.empty(), check->finding == Finding::kMatches);
    return check->finding;
  }

  TestLog log_;
  MemoryStore store_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LogOriginsTest, TheOldKeySignsTheEndorsementAndTheNewOneWhatFollows) {
  Say("before");
  Rotate("second");
  const uint64_t size = ledger_->size();
  const std::string covering = ledger_->Checkpoint();
  EXPECT_TRUE(SignedBy(covering, TestLog::kOrigin, KeyNamed("the log key of tests")));
  EXPECT_EQ(*LogReader(store_).StoredEndorsement(size - 2), covering);
  ASSERT_EQ(ledger_->keys().keys().size(), 2u);
  EXPECT_EQ(ledger_->keys().keys()[1].first_size, size + 1);
  EXPECT_EQ(FindingOf(store_), Finding::kMatches);
  Say("after");
  EXPECT_TRUE(SignedBy(ledger_->Checkpoint(), TestLog::kOrigin, KeyNamed("second")));
  EXPECT_EQ(FindingOf(store_), Finding::kMatches);
  EXPECT_EQ(log_.Damage(store_), "");
}

TEST_F(LogOriginsTest, OnlyTheEndorsedKeyOpensTheLogAgain) {
  Rotate("second");
  EXPECT_EQ(TryOpen(store_, log_.signer).code(), Code::kCorrupt) << "the old key";
  EXPECT_EQ(TryOpen(store_, Signer(KeyNamed("other"))).code(), Code::kCorrupt);
  Open();
  Say("after");
  Open();
  EXPECT_EQ(log_.Damage(store_), "");
}

TEST_F(LogOriginsTest, AKeyNeverComesBack) {
  Rotate("second");
  EXPECT_EQ(Endorse(*ledger_, "second").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Endorse(*ledger_, "the log key of tests").status().code(), Code::kInvalidArgument);
  Say("the ledger goes on");
}

TEST_F(LogOriginsTest, AnEndorsementStandsAloneInItsBatch) {
  Proposal with_ops = log_.Create(10, {0, 20400});
  with_ops.next_signer = std::make_unique<const Signer>(KeyNamed("second"));
  EXPECT_EQ(ledger_->Submit(std::move(with_ops)).status().code(), Code::kInvalidArgument);
  Proposal by_hand;
  by_hand.entries.push_back({EntryKind::kLogKey, RandomArray<16>(), {}, Encode(LogKeyBody{{}, ledger_->size() + 2})});
  EXPECT_EQ(ledger_->Submit(std::move(by_hand)).status().code(), Code::kInvalidArgument);
  Proposal closing;
  closing.entries.push_back({EntryKind::kCloseOrigin, RandomArray<16>(), {}, {}});
  EXPECT_EQ(ledger_->Submit(std::move(closing)).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ledger_->keys().keys().size(), 1u);
}

TEST_F(LogOriginsTest, ThreeRotationsAndTwoLosses) {
  Say("one");
  Rotate("second");
  Say("two");
  const MemoryStore first(store_);
  Say("lost");
  Lose(first, "b.example/log");
  EXPECT_TRUE(SignedBy(ledger_->Checkpoint(), "b.example/log", KeyNamed("b.example/log")));
  Say("three");
  Rotate("third");
  Rotate("fourth");
  Say("four");
  const MemoryStore second(store_);
  Say("lost too");
  Say("and more");
  Lose(second, "c.example/log");
  Say("five");
  EXPECT_EQ(log_.Damage(store_), "");
  const LogKeys keys = ledger_->keys();
  ASSERT_EQ(keys.origins().size(), 3u);
  EXPECT_EQ(keys.origins()[0].keys.size(), 2u);
  EXPECT_EQ(keys.origins()[1].keys.size(), 3u);
  EXPECT_EQ(keys.origins()[2].keys.size(), 1u);
  EXPECT_EQ(keys.entries().size(), 3u + 3u + 2u);
  const auto said = doubles::EventsIn(store_);
  EXPECT_TRUE(said.contains("one") && said.contains("three") && said.contains("five"));
  EXPECT_FALSE(said.contains("lost") || said.contains("lost too"));
  // What was erased and created before goes on: the maps are the same.
  ASSERT_TRUE(ledger_->Submit(log_.Create(30, {0, 20500})).ok());
  Open();
  Result<UnitMaps> replayed = ReplayMaps(LogReader(store_), LogReader(store_).State()->size);
  ASSERT_TRUE(replayed.ok());
  EXPECT_EQ(replayed->live().size(), 3u);
}

TEST_F(LogOriginsTest, ADifferentLogAndALostAnchorHaveSuccessorsToo) {
  Say("one");
  const MemoryStore fork(store_);
  Say("two");
  ledger_.reset();
  // Somebody goes on with an older copy, and another anchor.
  doubles::TempDir elsewhere;
  MemoryStore theirs(fork);
  TestLog other(elsewhere / "anchor");
  ASSERT_TRUE(Anchor(elsewhere / "anchor", other.key()).Create().ok());
  ASSERT_TRUE(Anchor(elsewhere / "anchor", other.key()).Write(*LogReader(fork).StoredCheckpoint()).ok());
  {
    auto opened = other.Open(theirs);
    ASSERT_TRUE(opened.ok());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE((*opened)->Submit(log_.Say("theirs", 1, 2)).ok());
    ASSERT_TRUE((*opened)->Publish().ok());
  }
  EXPECT_EQ(FindingOf(theirs), Finding::kDiffers);
  ASSERT_TRUE(Succeed(theirs, "b.example/log").ok());
  EXPECT_EQ(log_.Damage(theirs), "");
  std::filesystem::remove_all(log_.options.anchor_directory);
  EXPECT_EQ(FindingOf(theirs), Finding::kNoAnchor);
  ASSERT_TRUE(Succeed(theirs, "c.example/log").ok());
  EXPECT_EQ(log_.Damage(theirs), "");
  EXPECT_EQ(LoadLogKeys(LogReader(theirs))->origins()[1].closing.reason, CloseReason::kAnchorLost);
}

TEST_F(LogOriginsTest, ALogFromBeforeARotationIsNotTakenForTheWholeOne) {
  Say("one");
  const MemoryStore older(store_);
  Rotate("second");
  Say("two");
  Say("three");  // both anchors are the new key's now
  const Result<AnchorCheck> check = CompareWithAnchor(older, log_.options.anchor_directory);
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(check->finding, Finding::kNotOfThisLog);
  EXPECT_NE(check->text.find("older than a key rotation"), std::string::npos) << check->text;
}

TEST_F(LogOriginsTest, ASuccessorThatIsNotAllowedWritesNothing) {
  Say("one");
  const MemoryStore older(store_);
  Say("two");
  ledger_.reset();
  for (const std::string& origin : {std::string(TestLog::kOrigin), std::string(300, 'x')}) {
    MemoryStore store(older);
    EXPECT_EQ(Succeed(store, origin).code(), Code::kInvalidArgument);
    EXPECT_EQ(LogReader(store).State()->size, LogReader(older).State()->size);
    log_.options.origin = TestLog::kOrigin;
  }
}

TEST_F(LogOriginsTest, ASuccessorThatWasNotAnchoredIsRefusedAtStart) {
  Say("one");
  const MemoryStore older(store_);
  Say("two");
  ledger_.reset();
  MemoryStore store(older);
  doubles::TempDir dir;
  std::filesystem::copy(log_.options.anchor_directory, dir / "anchor");
  ASSERT_TRUE(Succeed(store, "b.example/log").ok());
  log_.options.anchor_directory = dir / "anchor";  // as it was before
  EXPECT_EQ(FindingOf(store), Finding::kNotAnchored);
  EXPECT_EQ(TryOpen(store, *signer_).code(), Code::kCorrupt);
}

// ---- what somebody changes in the store ----

TEST_F(LogOriginsTest, FsckComparesTheRowsAboutKeys) {
  Rotate("second");
  Say("after");
  ledger_.reset();
  ASSERT_EQ(log_.Damage(store_), "");
  const uint64_t entry = LoadLogKeys(LogReader(store_))->entries().back();
  const Bytes row = ToBytes(AsBytes(kKeyEntriesKey));
  const std::vector<std::function<void(MemoryStore&)>> changes = {
      [&](MemoryStore& store) { store.Table(Family::kMeta).erase(row); },
      [&](MemoryStore& store) {
        store.Table(Family::kMeta)[row] = EncodeKeyEntries({0, entry, entry + 1});
      },
      [&](MemoryStore& store) {
        store.Table(Family::kMeta)[row] = EncodeKeyEntries({0, entry + 1});
      },
      [&](MemoryStore& store) { store.Table(Family::kMeta)[row].pop_back(); },
      [&](MemoryStore& store) { store.Table(Family::kMeta).erase(EndorsementKey(entry)); },
      [&](MemoryStore& store) {
        store.Table(Family::kMeta)[EndorsementKey(entry)] = ToBytes(AsBytes(*LogReader(store).StoredCheckpoint()));
      },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    MemoryStore changed(store_);
    changes[i](changed);
    EXPECT_NE(log_.Damage(changed), "") << i;
    if (i >= 4) continue;
    EXPECT_EQ(TryOpen(changed, *signer_).code(), Code::kCorrupt) << i;
  }
}

// A log that the holder of the old key forged: the new key's entry is not the one in the tree.
TEST_F(LogOriginsTest, AKeyEntryThatIsNotInTheTreeIsNoticedAtStart) {
  Rotate("second");
  Say("after");
  ledger_.reset();
  const uint64_t at = LoadLogKeys(LogReader(store_))->entries().back();
  Entry entry = *LogReader(store_).EntryAt(at);
  entry.body = Encode(LogKeyBody{SigningPublicKey(KeyNamed("other")), at + 2});
  auto row = --store_.Table(Family::kEntry).upper_bound(IndexKey(at));
  Bytes changed;
  uint64_t index = Reader(row->first).U64();
  for (Reader in(row->second); in.left() > 0; ++index) {
    const Bytes bytes = ToBytes(in.Str16(kMaxEntryBytes));
    Append(changed, Writer().Str16(index == at ? EncodeEntry(entry) : bytes).bytes());
  }
  row->second = changed;
  EXPECT_EQ(TryOpen(store_, Signer(KeyNamed("other"))).code(), Code::kCorrupt);
  EXPECT_EQ(TryOpen(store_, *signer_).code(), Code::kCorrupt);
}

// ---- crashes ----

class LogOriginFaults : public LogOriginsTest, public ::testing::WithParamInterface<FaultStore::How> {};

// Every call of a rotation fails in turn: afterwards the log has the old key or the finished rotation.
TEST_P(LogOriginFaults, EveryCallOfARotation) {
  Say("before");
  ledger_.reset();
  const MemoryStore fresh(store_);
  const std::string anchor = log_.options.anchor_directory;
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 50u);
    SCOPED_TRACE("call " + std::to_string(n));
    doubles::TempDir dir;
    std::filesystem::copy(anchor, dir / "anchor");
    log_.options.anchor_directory = dir / "anchor";
    MemoryStore memory(fresh);
    FaultStore faults(memory);
    ASSERT_TRUE(TryOpen(faults, log_.signer).ok());
    faults.FailAt(n, GetParam());
    const bool rotated = Endorse(*ledger_, "second").ok();
    const bool said = rotated && ledger_->Submit(log_.Say("after", 1, 2)).ok() && ledger_->Publish().ok();
    const bool failed = faults.has_failed();
    EXPECT_EQ(said, !failed);
    ledger_.reset();
    EXPECT_EQ(log_.Damage(memory), "");
    const LogKeys keys = *LoadLogKeys(LogReader(memory));
    ASSERT_LE(keys.keys().size(), 2u);
    const bool finished = keys.keys().size() == 2;
    EXPECT_TRUE(finished || !rotated);
    const Signer second(KeyNamed("second"));
    EXPECT_FALSE(TryOpen(memory, finished ? log_.signer : second).ok());
    ASSERT_TRUE(TryOpen(memory, finished ? second : log_.signer).ok());
    Say("afterwards");
    ledger_.reset();
    EXPECT_EQ(log_.Damage(memory), "");
    if (!failed || HasFailure()) break;
  }
}

// Killed after the endorsement is durable and before it is anchored.
TEST_F(LogOriginsTest, AnEndorsementThatWasNotAnchoredIsAnchoredAtStart) {
  Say("before");
  doubles::TempDir dir;
  std::filesystem::copy(log_.options.anchor_directory, dir / "anchor");
  Rotate("second");
  const std::string covering = ledger_->Checkpoint();
  ledger_.reset();
  log_.options.anchor_directory = dir / "anchor";
  EXPECT_EQ(FindingOf(store_), Finding::kMatches);
  Open();
  EXPECT_EQ(**Anchor(dir / "anchor", log_.key()).NewestNote(), covering);
  Say("after");
  Open();
  EXPECT_EQ(log_.Damage(store_), "");
}

TEST_P(LogOriginFaults, EveryCallOfASuccession) {
  Say("one");
  const MemoryStore older(store_);
  Say("two");
  ledger_.reset();
  const std::string anchor = log_.options.anchor_directory;
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 50u);
    SCOPED_TRACE("call " + std::to_string(n));
    doubles::TempDir dir;
    std::filesystem::copy(anchor, dir / "anchor");
    log_.options.anchor_directory = dir / "anchor";
    MemoryStore memory(older);
    FaultStore faults(memory);
    faults.FailAt(n, GetParam());
    const Status begun = Succeed(faults, "b.example/log");
    const bool failed = faults.has_failed();
    EXPECT_EQ(begun.ok(), !failed);
    const bool written = LogReader(memory).State()->size != LogReader(older).State()->size;
    EXPECT_EQ(FindingOf(memory), !failed ? Finding::kMatches : written ? Finding::kNotAnchored : Finding::kShorter);
    EXPECT_EQ(TestLog::DamageOf(memory, ""), "") << "the log by itself is whole";
    if (!failed || HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, LogOriginFaults,
                         ::testing::Values(FaultStore::How::kNotPersisted, FaultStore::How::kPersisted),
                         [](const auto& how) {
                           return how.param == FaultStore::How::kPersisted ? "Persisted" : "NotPersisted";
                         });

}  // namespace
}  // namespace spor::ledger
