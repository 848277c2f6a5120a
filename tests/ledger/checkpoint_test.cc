// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "tests/doubles/vectors.h"

namespace spor::ledger {
namespace {

class CheckpointNote : public ::testing::Test {
 protected:
  CheckpointNote()
      : signer_(SigningKey::CopyOf(Sha256(AsBytes("log seed")))),
        key_(MakeVerifierKey("spor.example/log", signer_.public_key())),
        checkpoint_{"spor.example/log", 12345, Sha256(AsBytes("root"))},
        note_(SignCheckpoint(checkpoint_, signer_)) {}
  Code Open(const std::string& note) const { return OpenCheckpoint(note, key_).status().code(); }
  // Signs any body with the log's key, as a note.
  std::string SignBody(const std::string& text) const {
    Bytes raw = {static_cast<uint8_t>(key_.key_id >> 24), static_cast<uint8_t>(key_.key_id >> 16),
                 static_cast<uint8_t>(key_.key_id >> 8), static_cast<uint8_t>(key_.key_id)};
    Append(raw, signer_.Sign(AsBytes(text)));
    return text + "\n\xe2\x80\x94 " + key_.name + " " + Base64Encode(raw) + "\n";
  }
  Signer signer_;
  VerifierKey key_;
  Checkpoint checkpoint_;
  std::string note_;
};

TEST_F(CheckpointNote, OpensToWhatWasSigned) {
  const Result<Checkpoint> opened = OpenCheckpoint(note_, key_);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(opened->origin, checkpoint_.origin);
  EXPECT_EQ(opened->size, checkpoint_.size);
  EXPECT_EQ(opened->root, checkpoint_.root);
  EXPECT_EQ(SignBody(FormatCheckpoint(checkpoint_)), note_);
}

TEST_F(CheckpointNote, EachFlippedBitFails) {
  for (size_t bit = 0; bit < note_.size() * 8; ++bit) {
    std::string bad = note_;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    ASSERT_NE(Open(bad), Code::kOk) << "bit " << bit;
  }
}

TEST_F(CheckpointNote, CutShortAnywhereFails) {
  for (size_t n = 0; n < note_.size(); ++n) ASSERT_NE(Open(note_.substr(0, n)), Code::kOk) << n;
}

TEST_F(CheckpointNote, AnotherKeyOrAnotherNameFails) {
  const Signer other(SigningKey::CopyOf(Sha256(AsBytes("other seed"))));
  EXPECT_EQ(Open(SignCheckpoint(checkpoint_, other)), Code::kFailed);
  Checkpoint elsewhere = checkpoint_;
  elsewhere.origin = "spor.example/other";
  EXPECT_EQ(Open(SignCheckpoint(elsewhere, signer_)), Code::kFailed);
  EXPECT_EQ(Open(SignBody(FormatCheckpoint(elsewhere))), Code::kFailed) << "the origin is the key's name";
}

TEST_F(CheckpointNote, SignaturesOfOthersAreIgnored) {
  const Signer witness(SigningKey::CopyOf(Sha256(AsBytes("witness"))));
  Checkpoint as_witness = checkpoint_;
  as_witness.origin = "witness.example";
  const std::string line = SignCheckpoint(as_witness, witness).substr(FormatCheckpoint(as_witness).size() + 1);
  EXPECT_EQ(Open(note_ + line), Code::kOk);
  EXPECT_EQ(Open(FormatCheckpoint(checkpoint_) + "\n" + line), Code::kFailed) << "only theirs is not enough";
}

TEST_F(CheckpointNote, ASecondBadSignatureOfTheSameKeyFails) {
  std::string line = note_.substr(FormatCheckpoint(checkpoint_).size() + 1);
  EXPECT_EQ(Open(note_ + line), Code::kOk);
  line[line.size() - 10] = line[line.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Open(note_ + line), Code::kFailed);
}

TEST_F(CheckpointNote, BodiesThatAreNotCanonical) {
  const std::string root = Base64Encode(checkpoint_.root);
  const std::string name = key_.name;
  ASSERT_EQ(Open(SignBody(name + "\n0\n" + root + "\n")), Code::kOk);
  ASSERT_EQ(Open(SignBody(name + "\n18446744073709551615\n" + root + "\n")), Code::kOk);
  for (const char* size : {"", "012", "+1", "-1", "1 ", " 1", "0x1", "18446744073709551616", "1.0"}) {
    EXPECT_EQ(Open(SignBody(name + "\n" + size + "\n" + root + "\n")), Code::kInvalidArgument) << size;
  }
  EXPECT_EQ(Open(SignBody(name + "\n1\n" + root.substr(0, 40) + "\n")), Code::kInvalidArgument);
  EXPECT_EQ(Open(SignBody(name + "\n1\n")), Code::kInvalidArgument);
  EXPECT_EQ(Open(SignBody(name + "\n1\n" + root + "\nextension\n")), Code::kInvalidArgument);
  EXPECT_EQ(Open(SignBody("\n1\n" + root + "\n")), Code::kInvalidArgument);
}

TEST_F(CheckpointNote, VerifierKeysRoundTrip) {
  const std::string text = FormatVerifierKey(key_);
  const Result<VerifierKey> parsed = ParseVerifierKey(text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->name, key_.name);
  EXPECT_EQ(parsed->key_id, key_.key_id);
  EXPECT_EQ(parsed->key, key_.key);
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string bad = text;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    const Result<VerifierKey> other = ParseVerifierKey(bad);
    // Hexadecimal digits are read in either case.
    if (other.ok()) {
      ASSERT_EQ(FormatVerifierKey(*other), text) << "bit " << bit;
    }
  }
}

// Bodies of real notes are no checkpoints of ours; the note layer alone is tried, for every key that is known.
bool NoteVerifies(std::string_view text, const std::vector<VerifierKey>& keys, size_t& verified) {
  const Result<Note> note = ParseNote(text);
  if (!note.ok()) return false;
  verified = 0;
  for (const VerifierKey& key : keys) {
    bool found = false;
    for (const NoteSignature& signature : note->signatures) {
      if (signature.name != key.name || signature.key_id != key.key_id) continue;
      if (!VerifySignature(key.key, AsBytes(note->text), signature.signature)) return false;
      found = true;
    }
    verified += found ? 1 : 0;
  }
  return verified > 0;
}

TEST(Note, SignedNoteVectors) {
  SPOR_NEED_VECTORS("tlog/notes/signed_note.json");
  simdjson::dom::parser parser;
  size_t cases = 0;
  const simdjson::dom::element all = parser.load(doubles::VectorsPath("tlog/notes/signed_note.json").string());
  for (simdjson::dom::element vector : simdjson::dom::array(all)) {
    std::vector<VerifierKey> keys;
    for (simdjson::dom::element text : simdjson::dom::array(vector["vkeys"])) {
      const Result<VerifierKey> key = ParseVerifierKey(std::string_view(text));
      ASSERT_TRUE(key.ok());
      keys.push_back(*key);
    }
    size_t verified = 0;
    EXPECT_EQ(NoteVerifies(doubles::Text(vector, "note"), keys, verified), bool{vector["ok"]})
        << doubles::Text(vector, "name");
    if (bool{vector["ok"]}) {
      EXPECT_EQ(verified, simdjson::dom::array(vector["verified"]).size());
    }
    ++cases;
  }
  EXPECT_GE(cases, 15u);
}

TEST(Note, VerifierKeyVectors) {
  SPOR_NEED_VECTORS("tlog/notes/vkeys.json");
  simdjson::dom::parser parser;
  size_t cases = 0;
  const simdjson::dom::element all = parser.load(doubles::VectorsPath("tlog/notes/vkeys.json").string());
  for (simdjson::dom::element vector : simdjson::dom::array(all)) {
    uint64_t type = 1;
    ASSERT_TRUE(vector["type"].get(type) == simdjson::SUCCESS || type == 1);
    // Cosignature keys (type 4) are the witness's business.
    EXPECT_EQ(ParseVerifierKey(doubles::Text(vector, "vkey")).ok(), bool{vector["ok"]} && type == 1)
        << doubles::Text(vector, "vkey");
    ++cases;
  }
  EXPECT_GE(cases, 14u);
}

TEST_F(CheckpointNote, BodyVectorsAreRefusedOrOurs) {
  SPOR_NEED_VECTORS("tlog/notes/checkpoint_body.json");
  simdjson::dom::parser parser;
  size_t cases = 0;
  const simdjson::dom::element all = parser.load(doubles::VectorsPath("tlog/notes/checkpoint_body.json").string());
  for (simdjson::dom::element vector : simdjson::dom::array(all["vectors"])) {
    const std::string body(doubles::Text(vector, "body"));
    if (!body.ends_with('\n')) continue;
    const VerifierKey key = MakeVerifierKey(body.substr(0, body.find('\n')), signer_.public_key());
    Bytes raw = {static_cast<uint8_t>(key.key_id >> 24), static_cast<uint8_t>(key.key_id >> 16),
                 static_cast<uint8_t>(key.key_id >> 8), static_cast<uint8_t>(key.key_id)};
    Append(raw, signer_.Sign(AsBytes(body)));
    const std::string note = body + "\n\xe2\x80\x94 " + key.name + " " + Base64Encode(raw) + "\n";
    // Of the good ones, only the checkpoint with a 32-byte root and no extension could be one of ours; its origin has
    // spaces, which a key name can't.
    EXPECT_FALSE(OpenCheckpoint(note, key).ok()) << body;
    ++cases;
  }
  EXPECT_GE(cases, 14u);
}

// A log that another implementation wrote: leaves, roots and signatures.
TEST(Tessera, CheckpointsOfEverySize) {
  SPOR_NEED_VECTORS("tlog/tessera/KEYS.txt");
  std::istringstream lines(doubles::ReadText(doubles::VectorsPath("tlog/tessera/KEYS.txt")));
  std::string vkey, skey, leaves;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("LOG_PUBLIC_KEY=")) vkey = line.substr(15);
    if (line.starts_with("LOG_PRIVATE_KEY=")) skey = line.substr(line.find("+33d7b496+") + 10);
    if (line.starts_with("LEAVES=")) leaves = line.substr(7);
  }
  const Result<VerifierKey> key = ParseVerifierKey(vkey);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(FormatVerifierKey(*key), vkey);
  const Bytes seed = doubles::FromBase64(skey);
  const Signer signer(SigningKey::CopyOf(ByteView(seed).subspan(1)));
  EXPECT_EQ(signer.public_key(), key->key);
  std::istringstream words(leaves);
  CompactTree tree;
  for (uint64_t size = 0; size <= 15; ++size) {
    const std::string note =
        doubles::ReadText(doubles::VectorsPath("tlog/tessera/testdata/log/checkpoint." + std::to_string(size)));
    const Result<Checkpoint> opened = OpenCheckpoint(note, *key);
    ASSERT_TRUE(opened.ok()) << size << ": " << opened.error().message();
    EXPECT_EQ(opened->size, size);
    EXPECT_EQ(opened->root, tree.Root()) << size;
    EXPECT_EQ(SignCheckpoint({key->name, size, tree.Root()}, signer), note) << size;
    std::string word;
    if (words >> word) tree.Add(LeafHash(AsBytes(word)));
  }
}

}  // namespace
}  // namespace spor::ledger
