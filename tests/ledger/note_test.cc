// SPDX-License-Identifier: Apache-2.0
#include "ledger/note.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "tests/doubles/flip.h"

namespace spor::ledger {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";

Signer TestSigner(const char* seed) { return Signer(SigningKey::CopyOf(Sha256(AsBytes(seed)))); }

// A line that parses, by the key `name`, with a signature of `bytes` bytes.
std::string LineBy(const std::string& name, size_t bytes = 64) {
  return std::string(kDash) + name + " " + Base64Encode(Bytes(bytes + 4, 7)) + "\n";
}
Code Parse(const std::string& note) { return ParseNote(note).status().code(); }

TEST(Note, RoundTrips) {
  const std::string text = "A text\n\nwith an empty line and b\xc3\xa5t.\n";
  const std::string note = SignNote(text, "b\xc3\xa5t.example", TestSigner("a")) + LineBy("x", 1) + LineBy("x", 2420);
  const Result<Note> parsed = ParseNote(note);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->text, text);
  EXPECT_EQ(parsed->signatures.size(), 3u);
  EXPECT_EQ(FormatNote(*parsed), note);
}

TEST(Note, DamageIsRefusedOrShows) {
  const Signer signer = TestSigner("a");
  const VerifierKey key = MakeVerifierKey("log.example", signer.public_key());
  const std::string note = SignNote("A text.\n", "log.example", signer);
  ASSERT_TRUE(VerifyNote(*ParseNote(note), key).ok());
  doubles::EachFlippedBit(note, [&](const std::string& bad, size_t bit) {
    const Result<Note> parsed = ParseNote(bad);
    if (!parsed.ok()) return;
    ASSERT_EQ(FormatNote(*parsed), bad) << "bit " << bit;
    ASSERT_FALSE(VerifyNote(*parsed, key).ok()) << "bit " << bit;
  });
}

TEST(Note, TextThatIsNoNote) {
  const std::string line = LineBy("a.example");
  ASSERT_EQ(Parse("text\n\n" + line), Code::kOk);
  ASSERT_EQ(Parse("\n\n" + line), Code::kOk) << "the text is one empty line";
  for (const std::string& note : std::vector<std::string>{
           "", line, "\n" + line, "text\n" + line, "text\n\n", "text\n\n" + line.substr(0, line.size() - 1),
           "text\n\n" + line + "more\n", "text\n\n" + line + "\n", "text\r\n\n" + line, "te\txt\n\n" + line,
           "te\x01xt\n\n" + line}) {
    EXPECT_EQ(Parse(note), Code::kInvalidArgument) << note;
  }
}

TEST(Note, OnlyUtf8) {
  const std::string line = LineBy("a.example");
  EXPECT_EQ(Parse("sp\xc3\xb8r\x7f\n\n" + line), Code::kOk);
  for (const char* bad : {"\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    EXPECT_EQ(Parse(std::string("text") + bad + "\n\n" + line), Code::kInvalidArgument) << bad;
  }
}

TEST(Note, NamesOfKeys) {
  for (const char* good : {"a", "example.com/log", "b\xc3\xa5t", "\xe2\x80\x94", "oid/1.3.6", "a\x7f"}) {
    EXPECT_EQ(Parse("text\n\n" + LineBy(good)), Code::kOk) << good;
  }
  for (const char* bad : {"", "a+b", "a b",
                          "a\xc2\xa0"
                          "b",
                          "a\xc2\x85", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
                          "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"}) {
    EXPECT_EQ(Parse("text\n\n" + LineBy(bad)), Code::kInvalidArgument) << bad;
  }
}

TEST(Note, SignaturesAreCanonicalBase64OfFiveBytesOrMore) {
  const std::string start = "text\n\n" + std::string(kDash) + "a ";
  EXPECT_EQ(Parse(start + "AAAAAAE=\n"), Code::kOk);
  for (const char* bad : {"", "AAAA", "AAAAAA==", "AAAAAAF=", "AAAAAAE", "AAAAAAE= ", " AAAAAAE=", "AAAAAA-_", "!"}) {
    EXPECT_EQ(Parse(start + bad + "\n"), Code::kInvalidArgument) << bad;
  }
}

TEST(Note, Limits) {
  const auto with = [](size_t lines, size_t bytes) {
    std::string note = "text\n\n";
    for (size_t i = 0; i < lines; ++i) note += LineBy("a" + std::to_string(i), bytes);
    return Parse(note);
  };
  EXPECT_EQ(with(kMaxNoteSignatures, 64), Code::kOk);
  EXPECT_EQ(with(kMaxNoteSignatures + 1, 64), Code::kInvalidArgument);
  EXPECT_EQ(with(16, 5000), Code::kOk) << "what the specification asks for";
  EXPECT_EQ(with(20, 5000), Code::kInvalidArgument) << "above kMaxNoteBytes";
}

TEST(Note, OneBadLineOfAKnownKeySpoilsTheNote) {
  const Signer signer = TestSigner("a");
  const VerifierKey key = MakeVerifierKey("log.example", signer.public_key());
  const VerifierKey same_id_other_name{"other.example", key.key_id, key.key, KeyType::kEd25519};
  const VerifierKey same_name_other_id{key.name, key.key_id + 1, key.key, KeyType::kEd25519};
  const Note good = *ParseNote(SignNote("text\n", "log.example", signer));
  NoteSignature bad = good.signatures[0];
  bad.signature[40] ^= 1;
  NoteSignature longer = good.signatures[0];
  longer.signature.push_back(0);
  EXPECT_TRUE(VerifyNote(good, key).ok());
  EXPECT_TRUE(VerifyNote({good.text, {good.signatures[0], good.signatures[0]}}, key).ok());
  EXPECT_EQ(VerifyNote({good.text, {good.signatures[0], bad}}, key).code(), Code::kFailed);
  EXPECT_EQ(VerifyNote({good.text, {bad, good.signatures[0]}}, key).code(), Code::kFailed);
  EXPECT_EQ(VerifyNote({good.text, {longer}}, key).code(), Code::kFailed);
  EXPECT_EQ(VerifyNote({"other\n", good.signatures}, key).code(), Code::kFailed);
  EXPECT_EQ(VerifyNote(good, same_id_other_name).code(), Code::kNotFound);
  EXPECT_EQ(VerifyNote(good, same_name_other_id).code(), Code::kNotFound);
  NoteSignature unknown = bad;
  ++unknown.key_id;
  EXPECT_TRUE(VerifyNote({good.text, {unknown, good.signatures[0]}}, key).ok()) << "others' lines are not looked at";
}

TEST(Note, AWitnessKeySignsNoNotes) {
  const Signer signer = TestSigner("a");
  const Note note = *ParseNote(SignNote("text\n", "log.example", signer));
  const VerifierKey key = MakeVerifierKey("log.example", signer.public_key(), KeyType::kCosignature);
  EXPECT_EQ(VerifyNote(note, key).code(), Code::kInvalidArgument);
  EXPECT_NE(key.key_id, MakeVerifierKey("log.example", signer.public_key()).key_id);
}

TEST(VerifierKeyText, RoundTripsAndNothingElseIsRead) {
  const PublicKey32 key = TestSigner("a").public_key();
  for (const KeyType type : {KeyType::kEd25519, KeyType::kCosignature}) {
    const std::string text = FormatVerifierKey(MakeVerifierKey("log.example", key, type));
    const Result<VerifierKey> parsed = ParseVerifierKey(text);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->name, "log.example");
    EXPECT_EQ(parsed->key, key);
    EXPECT_EQ(parsed->type, type);
    EXPECT_EQ(FormatVerifierKey(*parsed), text);
    doubles::EachFlippedBit(text, [](const std::string& bad, size_t bit) {
      ASSERT_EQ(ParseVerifierKey(bad).status().code(), Code::kInvalidArgument) << "bit " << bit;
    });
  }
  for (const char* bad : {"", "+", "a+b", "a+00000000+", "a+00000000", "++00000000+AA=="}) {
    EXPECT_EQ(ParseVerifierKey(bad).status().code(), Code::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace spor::ledger
