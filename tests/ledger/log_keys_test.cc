// SPDX-License-Identifier: Apache-2.0
#include "ledger/log_keys.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"

namespace spor::ledger {
namespace {

Entry Of(EntryKind kind, Bytes body) { return {kind, 1, {}, {}, std::move(body), {}}; }
SigningKey KeyNamed(const std::string& name) { return SigningKey::CopyOf(Sha256(AsBytes(name))); }
Hash32 Root(uint64_t size) { return Sha256(AsBytes("root " + std::to_string(size))); }

// Writes the entries that concern keys, honestly unless a test edits them.
class LogKeysTest : public ::testing::Test {
 protected:
  LogKeysTest() : first_("first"), ledger_id_(LedgerId("a.example/log", SigningPublicKey(KeyNamed("first")))) {}

  Entry Genesis(const std::string& origin, const std::string& key, std::vector<std::string> predecessors = {}) const {
    return Of(EntryKind::kGenesis, Encode(GenesisBody{kLogFormat, origin, SigningPublicKey(KeyNamed(key)), ledger_id_,
                                                      std::move(predecessors)}));
  }
  static Entry Endorse(const std::string& key, uint64_t first_index) {
    return Of(EntryKind::kLogKey, Encode(LogKeyBody{SigningPublicKey(KeyNamed(key)), first_index}));
  }
  static Entry Close(uint64_t surviving, uint64_t lost) {
    CloseOriginBody body{CloseReason::kShorter, {surviving, Root(surviving)}, {lost, Root(lost)}};
    if (lost == 0) body.reason = CloseReason::kAnchorLost, body.lost = {};
    return Of(EntryKind::kCloseOrigin, Encode(body));
  }
  static std::string Note(const std::string& origin, uint64_t size, const std::string& key) {
    return SignCheckpoint({origin, size, Root(size), {}}, Signer(KeyNamed(key)));
  }
  void Begin() { ASSERT_TRUE(keys_.Observe(0, Genesis("a.example/log", first_)).ok()); }
  void Rotate(const std::string& key, uint64_t index) {
    const Status seen = keys_.Observe(index, Endorse(key, index + 2));
    ASSERT_TRUE(seen.ok()) << seen.message();
  }
  // The origin of `key` is closed at 50; 80 entries were signed by it.
  void Lose(const std::string& origin, const std::string& key, const std::string& successor) {
    ASSERT_TRUE(keys_.Observe(50, Close(50, 80)).ok());
    const Status seen =
        keys_.Observe(51, Genesis(successor, successor, {Note(origin, 45, key), Note(origin, 80, key)}));
    ASSERT_TRUE(seen.ok()) << seen.message();
  }
  // Refused, and nothing changed.
  void ExpectRefused(uint64_t index, const Entry& entry) {
    const std::vector<uint64_t> before = keys_.entries();
    EXPECT_EQ(keys_.Observe(index, entry).code(), Code::kCorrupt);
    EXPECT_EQ(keys_.entries(), before);
  }
  PublicKey32 KeyAt(uint64_t size) const { return keys_.KeyFor(size).key; }

  const std::string first_;
  const Hash32 ledger_id_;
  LogKeys keys_;
};

TEST_F(LogKeysTest, OneKeySignsEverything) {
  Begin();
  EXPECT_EQ(keys_.keys().size(), 1u);
  EXPECT_EQ(keys_.keys()[0].first_size, 1u);
  EXPECT_EQ(KeyAt(1), KeyAt(1000000));
  EXPECT_TRUE(keys_.CheckEnd().ok());
  EXPECT_FALSE(LogKeys().CheckEnd().ok());
}

TEST_F(LogKeysTest, EachKeyHasItsSizes) {
  Begin();
  Rotate("second", 10);
  Rotate("third", 12);
  ASSERT_EQ(keys_.keys().size(), 3u);
  EXPECT_EQ(keys_.keys()[1].first_size, 13u);
  EXPECT_EQ(KeyAt(12), SigningPublicKey(KeyNamed("first"))) << "the checkpoint that covers the endorsement";
  EXPECT_EQ(KeyAt(13), SigningPublicKey(KeyNamed("second")));
  EXPECT_EQ(KeyAt(14), SigningPublicKey(KeyNamed("second")));
  EXPECT_EQ(KeyAt(15), SigningPublicKey(KeyNamed("third")));
  EXPECT_EQ(keys_.entries(), (std::vector<uint64_t>{0, 10, 12}));
}

TEST_F(LogKeysTest, CheckpointsAreOpenedWithTheKeyOfTheirSize) {
  Begin();
  Rotate("second", 10);
  EXPECT_TRUE(keys_.Open(Note("a.example/log", 12, "first")).ok());
  EXPECT_TRUE(keys_.Open(Note("a.example/log", 13, "second")).ok());
  EXPECT_FALSE(keys_.Open(Note("a.example/log", 12, "second")).ok()) << "before it may sign";
  EXPECT_FALSE(keys_.Open(Note("a.example/log", 13, "first")).ok()) << "after it may sign";
  EXPECT_FALSE(keys_.Open(Note("b.example/log", 13, "second")).ok());
  EXPECT_FALSE(keys_.Open("nothing").ok());
}

TEST_F(LogKeysTest, AnEndorsementThatDoesNotFitIsRefused) {
  ExpectRefused(1, Endorse("second", 3));
  Begin();
  ExpectRefused(10, Endorse("second", 0));
  ExpectRefused(10, Endorse("second", 10));
  ExpectRefused(10, Endorse("second", 11));
  ExpectRefused(10, Endorse("second", 13));
  ExpectRefused(10, Endorse("first", 12));
  Rotate("second", 10);
  ExpectRefused(11, Endorse("third", 13));
  ExpectRefused(20, Endorse("first", 22));
  ExpectRefused(20, Endorse("second", 22));
}

TEST_F(LogKeysTest, AKeyOfAnotherLengthIsRefused) {
  Begin();
  for (int change : {-1, 1}) {
    Entry entry = Endorse("second", 12);
    entry.body.resize(entry.body.size() + static_cast<size_t>(change));
    ExpectRefused(10, entry);
  }
  Entry unknown = Endorse("second", 12);
  unknown.body[0] = 2;
  ExpectRefused(10, unknown);
}

TEST_F(LogKeysTest, ASuccessorGoesOnBehindAClosedOrigin) {
  Begin();
  Rotate("second", 10);
  Lose("a.example/log", "second", "b.example/log");
  ASSERT_EQ(keys_.origins().size(), 2u);
  EXPECT_EQ(keys_.origins()[0].closed_at, 50u);
  EXPECT_EQ(keys_.origins()[0].closing.lost.size, 80u);
  EXPECT_EQ(keys_.genesis().origin, "b.example/log");
  EXPECT_EQ(keys_.keys()[0].first_size, 52u);
  EXPECT_TRUE(keys_.CheckEnd().ok());
  EXPECT_FALSE(keys_.Open(Note("b.example/log", 51, "b.example/log")).ok()) << "of before it began";
  EXPECT_TRUE(keys_.Open(Note("b.example/log", 52, "b.example/log")).ok());
  EXPECT_FALSE(keys_.Open(Note("a.example/log", 90, "second")).ok()) << "the closed origin signs nothing any more";
  EXPECT_TRUE(LogKeys::OpenIn(keys_.origins()[0], Note("a.example/log", 45, "second")).ok());
}

TEST_F(LogKeysTest, GenesisAnywhereElseIsRefused) {
  ExpectRefused(1, Genesis("a.example/log", "first"));
  ExpectRefused(0, Genesis("a.example/log", "first", {Note("z.example/log", 5, "z")}));
  Begin();
  ExpectRefused(1, Genesis("b.example/log", "b", {Note("a.example/log", 1, "first")}));
  ASSERT_TRUE(keys_.Observe(50, Close(50, 80)).ok());
  EXPECT_EQ(keys_.CheckEnd().code(), Code::kCorrupt);
  const std::vector<std::string> notes = {Note("a.example/log", 45, "first"), Note("a.example/log", 80, "first")};
  ExpectRefused(52, Genesis("b.example/log", "b", notes));
  ExpectRefused(50, Genesis("b.example/log", "b", notes));
  ExpectRefused(51, Endorse("b", 53));
  ExpectRefused(51, Close(51, 80));
  EXPECT_TRUE(keys_.Observe(51, Genesis("b.example/log", "b", notes)).ok());
}

TEST_F(LogKeysTest, ASuccessorThatDoesNotFitIsRefused) {
  Begin();
  ExpectRefused(50, Close(49, 80));
  ASSERT_TRUE(keys_.Observe(50, Close(50, 80)).ok());
  const std::string surviving = Note("a.example/log", 45, "first");
  const std::string lost = Note("a.example/log", 80, "first");
  ExpectRefused(51, Genesis("a.example/log", "b", {surviving, lost}));
  ExpectRefused(51, Genesis("b.example/log", "first", {surviving, lost}));
  ExpectRefused(51, Genesis("b.example/log", "b", {}));
  ExpectRefused(51, Genesis("b.example/log", "b", {surviving}));
  ExpectRefused(51, Genesis("b.example/log", "b", {surviving, lost, lost}));
  ExpectRefused(51, Genesis("b.example/log", "b", {lost, lost}));
  ExpectRefused(51, Genesis("b.example/log", "b", {surviving, surviving}));
  ExpectRefused(51, Genesis("b.example/log", "b", {surviving, Note("a.example/log", 80, "other")}));
  ExpectRefused(51, Genesis("b.example/log", "b", {Note("a.example/log", 45, "other"), lost}));
  ExpectRefused(51, Genesis("b.example/log", "b", {surviving, Note("z.example/log", 80, "first")}));
  const std::string stranger = FormatSignatureLine({"w.example", 6, Bytes(72, 1)});
  ExpectRefused(51, Genesis("b.example/log", "b", {surviving + stranger, lost}));
  ExpectRefused(51, Genesis("b.example/log", "b", {surviving, lost + stranger}));
  Entry another_id = Genesis("b.example/log", "b", {surviving, lost});
  GenesisBody body = *ParseGenesis(another_id.body);
  body.ledger_id[0] ^= 1;
  another_id.body = Encode(body);
  ExpectRefused(51, another_id);
  EXPECT_TRUE(keys_.Observe(51, Genesis("b.example/log", "b", {surviving, lost})).ok());
}

TEST_F(LogKeysTest, AnAnchorThatIsLostLeavesOneNoteToName) {
  Begin();
  ASSERT_TRUE(keys_.Observe(50, Close(50, 0)).ok());
  const std::string surviving = Note("a.example/log", 45, "first");
  ExpectRefused(51, Genesis("b.example/log", "b", {surviving, Note("a.example/log", 80, "first")}));
  EXPECT_TRUE(keys_.Observe(51, Genesis("b.example/log", "b", {surviving})).ok());
}

TEST_F(LogKeysTest, NoOriginComesBack) {
  Begin();
  Lose("a.example/log", "first", "b.example/log");
  ASSERT_TRUE(keys_.Observe(60, Close(60, 70)).ok());
  const std::vector<std::string> notes = {Note("b.example/log", 58, "b.example/log"),
                                          Note("b.example/log", 70, "b.example/log")};
  ExpectRefused(61, Genesis("a.example/log", "c", notes));
  ExpectRefused(61, Genesis("c.example/log", "first", notes));
  EXPECT_TRUE(keys_.Observe(61, Genesis("c.example/log", "c", notes)).ok());
  EXPECT_EQ(keys_.entries(), (std::vector<uint64_t>{0, 50, 51, 60, 61}));
}

}  // namespace
}  // namespace spor::ledger
