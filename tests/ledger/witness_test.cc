// SPDX-License-Identifier: Apache-2.0
#include "ledger/witness.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <thread>

#include "ledger/cosignature.h"
#include "ledger/witness_state.h"
#include "tests/doubles/leaf_log.h"
#include "tests/doubles/temp_dir.h"
#include "tests/doubles/vectors.h"

namespace spor::ledger {
namespace {

using doubles::LeafLog;

// Keeps the state in memory; told to fail once, before or after the change is kept.
class MemoryWitnessStore final : public WitnessStore {
 public:
  enum class Fault { kNone, kNotPersisted, kPersisted };
  Status Update(const std::function<Result<bool>(WitnessState&)>& change) override {
    WitnessState next = state;
    ASSIGN_OR_RETURN(const bool changed, change(next));
    if (!changed) return OkStatus();
    const Fault now = std::exchange(fault, Fault::kNone);
    if (now != Fault::kNotPersisted) state = next;
    return now == Fault::kNone ? OkStatus() : Status(Code::kIo, "injected failure");
  }
  WitnessState state;
  Fault fault = Fault::kNone;
};

class WitnessTest : public testing::Test {
 protected:
  WitnessTest() { EXPECT_TRUE(TrustLog(store_.state, log_.key()).ok()); }

  WitnessVerdict Add(const std::string& request) {
    const Result<WitnessVerdict> verdict = Witness(kName, signer_, store_, clock_).Add(request);
    EXPECT_TRUE(verdict.ok());
    return verdict.ok() ? *verdict : WitnessVerdict();
  }
  int StatusOf(const std::string& request) { return Add(request).status; }
  uint64_t Seen() { return NewestSeen("log.example/a", store_.state.at("log.example/a"))->size; }
  // The time of a cosignature in an answer over the log's checkpoint of `size`.
  Result<uint64_t> TimeOf(const WitnessVerdict& verdict, const std::string& note) {
    ASSIGN_OR_RETURN(const std::string whole, AddSignatureLines(note, verdict.body));
    ASSIGN_OR_RETURN(const Note parsed, ParseNote(whole));
    return VerifyCosignature(parsed, MakeVerifierKey(kName, signer_.public_key(), KeyType::kCosignature));
  }
  std::string RequestOf(uint64_t old_size, std::vector<Hash32> proof, const std::string& note) {
    return EncodeAddCheckpoint({old_size, std::move(proof), note});
  }

  static constexpr const char* kName = "witness.example/w";
  const Signer signer_{SigningKey::CopyOf(Sha256(AsBytes("a witness")))};
  FakeClock clock_{1750000000};
  MemoryWitnessStore store_;
  const LeafLog log_;
};

TEST_F(WitnessTest, CosignsALogAsItGrows) {
  uint64_t old_size = 0;
  for (const uint64_t size : {1, 1, 2, 3, 3, 8, 100, 255, 256, 257, 1000}) {
    clock_.Advance(60);
    const WitnessVerdict verdict = Add(log_.Request(old_size, size));
    ASSERT_EQ(verdict.status, 200) << verdict.body;
    const Result<uint64_t> time = TimeOf(verdict, log_.Note(size));
    ASSERT_TRUE(time.ok()) << time.error().message();
    EXPECT_EQ(*time, static_cast<uint64_t>(clock_.Now()));
    EXPECT_EQ(Seen(), size);
    old_size = size;
  }
}

TEST_F(WitnessTest, AnEmptyTreeIsCosignedToo) {
  EXPECT_EQ(StatusOf(log_.Request(0, 0)), 200);
  EXPECT_EQ(StatusOf(log_.Request(0, 5)), 200);
  EXPECT_EQ(Seen(), 5u);
}

TEST_F(WitnessTest, AnEmptyTreeWithAnotherRootIs422) {
  Checkpoint empty = log_.At(0);
  empty.root = log_.At(3).root;
  EXPECT_EQ(StatusOf(RequestOf(0, {}, SignCheckpoint(empty, log_.signer))), 422);
}

TEST_F(WitnessTest, WhatIsNoRequestIs400) {
  EXPECT_EQ(StatusOf(""), 400);
  EXPECT_EQ(StatusOf("old 0\n"), 400);
  EXPECT_EQ(StatusOf("old 0\n\n" + FormatCheckpoint(log_.At(1))), 400) << "no signature";
  EXPECT_EQ(StatusOf("old x\n\n" + log_.Note(1)), 400);
  Checkpoint other = log_.At(1);
  other.extensions = {""};  // not to be had
  EXPECT_EQ(StatusOf(RequestOf(0, {}, SignCheckpoint(other, log_.signer))), 400);
}

TEST_F(WitnessTest, AnUnknownLogIs404EvenIfItsSignatureIsWrong) {
  const LeafLog other("log.example/b");
  EXPECT_EQ(StatusOf(other.Request(0, 1)), 404);
  EXPECT_EQ(StatusOf(RequestOf(0, {}, SignCheckpoint(other.At(1), log_.signer))), 404);
}

TEST_F(WitnessTest, WithoutASignatureOfATrustedKeyItIs403) {
  const LeafLog other("log.example/b");
  EXPECT_EQ(StatusOf(RequestOf(0, {}, SignCheckpoint(log_.At(1), other.signer))), 403);
  std::string forged = log_.Note(1);
  forged.replace(forged.find("\n1\n"), 3, "\n2\n");
  EXPECT_EQ(StatusOf(RequestOf(0, {}, forged)), 403);
  // Before anything about sizes is said.
  EXPECT_EQ(StatusOf(RequestOf(9, {}, forged)), 403);
  EXPECT_EQ(store_.state.at("log.example/a").note, "");
}

TEST_F(WitnessTest, ASignatureInSloppyBase64Is403) {
  std::string note = log_.Note(1);
  char& last = note[note.size() - 3];
  ASSERT_EQ(note.substr(note.size() - 2), "=\n");
  ++last;  // sets the lowest of the unused bits
  EXPECT_EQ(StatusOf(RequestOf(0, {}, note)), 403);
}

TEST_F(WitnessTest, AnOldSizeAboveTheCheckpointsIs400EvenIfItIsTheRightOne) {
  ASSERT_EQ(StatusOf(log_.Request(0, 5)), 200);
  EXPECT_EQ(StatusOf(log_.Request(5, 3)), 400);
  EXPECT_EQ(StatusOf(log_.Request(7, 3)), 400);
}

TEST_F(WitnessTest, AnOldSizeThatIsNotTheLastSeenIs409WithIt) {
  ASSERT_EQ(StatusOf(log_.Request(0, 5)), 200);
  for (const uint64_t old_size : {0, 1, 4, 6}) {
    const WitnessVerdict verdict = Add(log_.Request(old_size, 8));
    EXPECT_EQ(verdict.status, 409);
    EXPECT_EQ(verdict.body, "5\n");
    EXPECT_EQ(verdict.content_type, "text/x.tlog.size");
  }
  // Also where the proof is wrong: the size is what the log needs to know.
  EXPECT_EQ(StatusOf(RequestOf(1, {Hash32{}}, log_.Note(8))), 409);
}

TEST_F(WitnessTest, WhatContradictsTheLastSeenIs422) {
  ASSERT_EQ(StatusOf(log_.Request(0, 5)), 200);
  const LeafLog forked("log.example/a", 3);
  EXPECT_EQ(StatusOf(forked.Request(5, 5)), 422) << "another root at the same size";
  EXPECT_EQ(StatusOf(forked.Request(5, 9)), 422);
  EXPECT_EQ(StatusOf(RequestOf(5, {}, log_.Note(9))), 422) << "no proof";
  EXPECT_EQ(StatusOf(RequestOf(5, {log_.At(1).root}, log_.Note(5))), 422) << "a proof where none belongs";
  Result<std::vector<Hash32>> proof = ConsistencyProof(log_, 5, 9);
  for (size_t i = 0; i < proof->size(); ++i) {
    std::vector<Hash32> wrong = *proof;
    wrong[i][7] ^= 1;
    EXPECT_EQ(StatusOf(RequestOf(5, wrong, log_.Note(9))), 422) << i;
  }
  EXPECT_EQ(Seen(), 5u);
  EXPECT_EQ(StatusOf(log_.Request(5, 9)), 200);
}

TEST_F(WitnessTest, AProofFromTheEmptyTreeIs422) {
  EXPECT_EQ(StatusOf(RequestOf(0, {log_.At(1).root}, log_.Note(2))), 422);
}

TEST_F(WitnessTest, OtherPeoplesLogsMayHaveExtensionsAndUnknownSignatures) {
  Checkpoint extended = log_.At(4);
  extended.extensions = {"an extension", "another one"};
  std::string note = SignCheckpoint(extended, log_.signer);
  // A post-quantum line, say: long, by a key that nobody here knows.
  note += FormatSignatureLine({"log.example/a", 0x01020304, Bytes(2428, 7)});
  note += FormatSignatureLine({"other.example/w", 0x01020304, Bytes(72, 7)});
  const WitnessVerdict verdict = Add(RequestOf(0, {}, note));
  ASSERT_EQ(verdict.status, 200) << verdict.body;
  EXPECT_TRUE(TimeOf(verdict, note).ok()) << "the extensions are cosigned";
  // What is kept is evidence: the text and the log's own signature.
  EXPECT_EQ(store_.state.at("log.example/a").note, SignCheckpoint(extended, log_.signer));
}

TEST_F(WitnessTest, TrustsSeveralKeysOfOneLog) {
  const LeafLog next("log.example/b");  // its key, that is
  const std::string by_next = SignCheckpoint(log_.At(3), next.signer);
  EXPECT_EQ(StatusOf(RequestOf(0, {}, by_next)), 403);
  ASSERT_TRUE(TrustLog(store_.state, MakeVerifierKey("log.example/a", next.signer.public_key())).ok());
  EXPECT_EQ(StatusOf(RequestOf(0, {}, by_next)), 200);
  EXPECT_EQ(StatusOf(log_.Request(3, 6)), 200);
  EXPECT_EQ(TrustLog(store_.state, log_.key()).code(), Code::kConflict);
  EXPECT_EQ(
      TrustLog(store_.state, MakeVerifierKey("log.example/a", signer_.public_key(), KeyType::kCosignature)).code(),
      Code::kInvalidArgument);
}

TEST_F(WitnessTest, AtMost64LogsWith8KeysEach) {
  const auto key = [](const std::string& origin, size_t n) {
    return MakeVerifierKey(origin, Signer(SigningKey::CopyOf(Sha256(AsBytes(std::to_string(n))))).public_key());
  };
  for (size_t i = 1; i < kMaxKeysPerLog; ++i) ASSERT_TRUE(TrustLog(store_.state, key("log.example/a", i)).ok());
  EXPECT_EQ(TrustLog(store_.state, key("log.example/a", 99)).code(), Code::kInvalidArgument);
  for (size_t i = 1; i < kMaxWitnessedLogs; ++i) ASSERT_TRUE(TrustLog(store_.state, key(std::to_string(i), 0)).ok());
  EXPECT_EQ(TrustLog(store_.state, key("one.more", 0)).code(), Code::kInvalidArgument);
}

// Killed before the state is kept, or after it and before the answer: either way nothing was said, and asking again
// leads to a cosignature.
TEST_F(WitnessTest, AKillBetweenPersistAndAnswerIsHarmless) {
  ASSERT_EQ(StatusOf(log_.Request(0, 3)), 200);
  for (const auto fault : {MemoryWitnessStore::Fault::kNotPersisted, MemoryWitnessStore::Fault::kPersisted}) {
    const uint64_t before = Seen();
    store_.fault = fault;
    EXPECT_EQ(Witness(kName, signer_, store_, clock_).Add(log_.Request(before, before + 4)).status().code(), Code::kIo);
    const bool kept = fault == MemoryWitnessStore::Fault::kPersisted;
    EXPECT_EQ(Seen(), kept ? before + 4 : before);
    const WitnessVerdict again = Add(log_.Request(before, before + 4));
    EXPECT_EQ(again.status, kept ? 409 : 200);
    EXPECT_EQ(again.body == std::to_string(before + 4) + "\n", kept);
    EXPECT_EQ(StatusOf(log_.Request(before + 4, before + 4)), 200);
  }
}

TEST_F(WitnessTest, FollowsThePublishedSequence) {
  const std::string path = "tlog/witness/add_checkpoint_sequence.json";
  SPOR_NEED_VECTORS(path);
  simdjson::dom::parser parser;
  const simdjson::dom::element file = parser.load(doubles::VectorsPath(path).string());
  const Result<VerifierKey> key = ParseVerifierKey(doubles::Text(file, "log_vkey"));
  ASSERT_TRUE(key.ok()) << key.error().message();
  store_.state.clear();
  ASSERT_TRUE(TrustLog(store_.state, *key).ok());
  Witness witness(std::string(doubles::Text(file, "witness_name")), signer_, store_, clock_);
  size_t steps = 0;
  for (simdjson::dom::element step : simdjson::dom::array(file["steps"])) {
    ++steps;
    const Result<WitnessVerdict> verdict = witness.Add(doubles::Text(step, "request_body"));
    ASSERT_TRUE(verdict.ok());
    EXPECT_EQ(verdict->status, static_cast<int>(int64_t(step["want_status"]))) << doubles::Text(step, "name");
    EXPECT_NE(verdict->body.find(doubles::Text(step, "want_body_contains")), std::string::npos)
        << doubles::Text(step, "name") << ": " << verdict->body;
  }
  printf("%zu steps of %s\n", steps, path.c_str());
  EXPECT_GE(steps, 11u);
}

// ---- the directory ----

class WitnessDirectoryTest : public WitnessTest {
 protected:
  WitnessDirectoryTest() : path_(temp_ / "witness") {
    const Result<VerifierKey> key = WitnessDirectory::Create(path_, kName);
    EXPECT_TRUE(key.ok()) << key.error().message();
    if (key.ok()) key_ = *key;
    EXPECT_TRUE(Trust(log_.key()).ok());
  }
  std::unique_ptr<WitnessDirectory> Open() {
    Result<std::unique_ptr<WitnessDirectory>> opened = WitnessDirectory::Open(path_);
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  Status Trust(const VerifierKey& key) {
    return Open()->Update([&](WitnessState& state) -> Result<bool> {
      RETURN_IF_ERROR(TrustLog(state, key));
      return true;
    });
  }
  // A witness that starts, answers one request and ends.
  WitnessVerdict AddOnDisk(const std::string& request) {
    const std::unique_ptr<WitnessDirectory> directory = Open();
    const Result<WitnessVerdict> verdict =
        Witness(directory->name(), directory->signer(), *directory, clock_).Add(request);
    EXPECT_TRUE(verdict.ok()) << verdict.error().message();
    return verdict.ok() ? *verdict : WitnessVerdict();
  }
  void Overwrite(const std::string& file, const std::string& text) {
    std::ofstream(path_ + "/" + file, std::ios::binary | std::ios::trunc) << text;
  }
  std::string Read(const std::string& file) { return doubles::ReadText(path_ + "/" + file); }
  Code OpenCode() { return WitnessDirectory::Open(path_).status().code(); }

  doubles::TempDir temp_;
  const std::string path_;
  VerifierKey key_;
};

TEST_F(WitnessDirectoryTest, RemembersAcrossRestarts) {
  EXPECT_EQ(AddOnDisk(log_.Request(0, 3)).status, 200);
  EXPECT_EQ(AddOnDisk(log_.Request(0, 5)).body, "3\n");
  EXPECT_EQ(AddOnDisk(LeafLog("log.example/a", 1).Request(3, 5)).status, 422);
  const WitnessVerdict verdict = AddOnDisk(log_.Request(3, 5));
  EXPECT_EQ(verdict.status, 200);
  const Result<std::string> whole = AddSignatureLines(log_.Note(5), verdict.body);
  EXPECT_TRUE(VerifyCosignature(*ParseNote(*whole), key_).ok());
}

TEST_F(WitnessDirectoryTest, OnlyItsOwnerReadsTheKey) {
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(path_ + "/key").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(path_ + "/key", fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(OpenCode(), Code::kDenied);
}

TEST_F(WitnessDirectoryTest, ANameThatWasEditedOrAKeyThatIsDamagedIsNoticed) {
  const std::string good = Read("key");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    Overwrite("key", bad);
    EXPECT_EQ(OpenCode(), Code::kCorrupt) << i;
  }
  Overwrite("key", good);
  EXPECT_EQ(OpenCode(), Code::kOk);
}

TEST_F(WitnessDirectoryTest, IsMadeOnceAndUnderAGoodNameOnly) {
  EXPECT_EQ(WitnessDirectory::Create(path_, kName).status().code(), Code::kConflict);
  EXPECT_EQ(WitnessDirectory::Open(temp_ / "nothing").status().code(), Code::kNotFound);
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a+b"), std::string("a\nb"), std::string(256, 'x')}) {
    EXPECT_EQ(WitnessDirectory::Create(temp_ / "other", name).status().code(), Code::kInvalidArgument) << name;
    EXPECT_FALSE(std::filesystem::exists(temp_ / "other"));
  }
}

TEST_F(WitnessDirectoryTest, AStateThatIsMissingOrDamagedStopsIt) {
  ASSERT_EQ(AddOnDisk(log_.Request(0, 3)).status, 200);
  const std::string good = Read("state");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    const Code flipped = ParseWitnessState(bad).status().code();
    EXPECT_TRUE(flipped == Code::kCorrupt || (flipped == Code::kTooNew && i == 13)) << i;
    EXPECT_EQ(ParseWitnessState(good.substr(0, i)).status().code(), Code::kCorrupt) << i;
  }
  Overwrite("state", good + "\n");
  EXPECT_EQ(OpenCode(), Code::kCorrupt);
  Overwrite("state", "spor-witness/2\n");
  EXPECT_EQ(OpenCode(), Code::kTooNew);
  std::filesystem::remove(path_ + "/state");
  EXPECT_EQ(OpenCode(), Code::kCorrupt);
}

TEST_F(WitnessDirectoryTest, TheStateIsReadAsItIsWritten) {
  ASSERT_EQ(AddOnDisk(log_.Request(0, 3)).status, 200);
  ASSERT_TRUE(Trust(LeafLog("log.example/b").key()).ok());
  ASSERT_TRUE(Trust(MakeVerifierKey("log.example/a", signer_.public_key())).ok());
  const Result<WitnessState> state = Open()->State();
  ASSERT_EQ(state->size(), 2u);
  EXPECT_EQ(state->at("log.example/a").keys.size(), 2u);
  EXPECT_EQ(state->at("log.example/a").note, log_.Note(3));
  EXPECT_EQ(state->at("log.example/a").time_s, static_cast<uint64_t>(clock_.Now()));
  EXPECT_EQ(state->at("log.example/b").note, "");
  EXPECT_EQ(EncodeWitnessState(*state), Read("state"));
}

// Each round several callers go on from the same old size, to different sizes and on different branches, through
// directory objects of their own as processes would: one alone is cosigned.
TEST_F(WitnessDirectoryTest, OfRequestsFromTheSameOldSizeOneSucceeds) {
  uint64_t old_size = 0;
  for (int round = 0; round < 15; ++round) {
    std::vector<int> statuses(6);
    std::vector<std::thread> callers;
    for (size_t i = 0; i < statuses.size(); ++i) {
      callers.emplace_back([&, i] { statuses[i] = AddOnDisk(log_.Request(old_size, old_size + i + 1)).status; });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 200), 1);
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 409), 5);
    const WitnessState state = *Open()->State();
    const uint64_t seen = NewestSeen("log.example/a", state.at("log.example/a"))->size;
    const auto winner = static_cast<uint64_t>(std::find(statuses.begin(), statuses.end(), 200) - statuses.begin());
    EXPECT_EQ(seen, old_size + winner + 1);
    old_size = seen;
  }
}

TEST_F(WitnessDirectoryTest, AFailedWriteChangesNothing) {
  ASSERT_EQ(AddOnDisk(log_.Request(0, 3)).status, 200);
  const std::string before = Read("state");
  const std::unique_ptr<WitnessDirectory> directory = Open();
  // No file may have more than ten bytes, as on a full disk.
  signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &usual), 0);
  const rlimit tight{10, usual.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const Result<WitnessVerdict> verdict =
      Witness(kName, directory->signer(), *directory, clock_).Add(log_.Request(3, 5));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &usual), 0);
  EXPECT_EQ(verdict.status().code(), Code::kIo);
  EXPECT_EQ(Read("state"), before);
  EXPECT_EQ(AddOnDisk(log_.Request(3, 5)).status, 200);
}

}  // namespace
}  // namespace spor::ledger
