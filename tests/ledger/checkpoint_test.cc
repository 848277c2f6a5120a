// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "tests/doubles/flip.h"

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
  std::string SignBody(const std::string& text) const { return SignNote(text, key_.name, signer_); }
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
  doubles::EachFlippedBit(
      note_, [&](const std::string& bad, size_t bit) { ASSERT_NE(Open(bad), Code::kOk) << "bit " << bit; });
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

TEST(CheckpointBody, ExtensionLinesRoundTrip) {
  const Checkpoint checkpoint{"go.sum database tree", 7, Sha256(AsBytes("root")), {"one", " two "}};
  const std::string text = FormatCheckpoint(checkpoint);
  const Result<Checkpoint> parsed = ParseCheckpoint(text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->extensions, checkpoint.extensions);
  EXPECT_EQ(FormatCheckpoint(*parsed), text);
  EXPECT_FALSE(ParseCheckpoint(text + "\n").ok()) << "an empty extension line";
  EXPECT_FALSE(ParseCheckpoint(text + "no end").ok());
  EXPECT_FALSE(ParseCheckpoint(text + "\xff\n").ok()) << "not UTF-8";
}

TEST(CheckpointBody, DamageIsRefusedOrShows) {
  const std::string text = FormatCheckpoint({"spor.example/log", 1200, Sha256(AsBytes("root"))});
  doubles::EachFlippedBit(text, [&](const std::string& bad, size_t bit) {
    const Result<Checkpoint> parsed = ParseCheckpoint(bad);
    if (parsed.ok()) {
      ASSERT_EQ(FormatCheckpoint(*parsed), bad) << "bit " << bit;
    }
  });
}

}  // namespace
}  // namespace spor::ledger
