// SPDX-License-Identifier: Apache-2.0
#include "ledger/cosignature.h"

#include <gtest/gtest.h>

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "ledger/checkpoint.h"
#include "tests/doubles/flip.h"

namespace spor::ledger {
namespace {

constexpr const char* kLog = "log.example";
constexpr const char* kWitness = "witness.example/w1";
constexpr uint64_t kTime = 1754352000;

class Cosignature : public ::testing::Test {
 protected:
  // The note with `lines` behind the log's signature.
  Note With(const std::string& lines) const { return *ParseNote(note_ + lines); }
  std::string LineAt(uint64_t time_s) const { return Cosign(text_, kWitness, time_s, witness_signer_); }
  // A line with any bytes as the cosignature, under the witness's name and key id.
  std::string Line(Bytes signature) const {
    return FormatSignatureLine({kWitness, witness_.key_id, std::move(signature)});
  }
  Code Verify(const std::string& lines) const { return VerifyCosignature(With(lines), witness_).status().code(); }

  const Signer log_signer_{SigningKey::CopyOf(Sha256(AsBytes("log")))};
  const Signer witness_signer_{SigningKey::CopyOf(Sha256(AsBytes("witness")))};
  const VerifierKey log_ = MakeVerifierKey(kLog, log_signer_.public_key());
  const VerifierKey witness_ = MakeVerifierKey(kWitness, witness_signer_.public_key(), KeyType::kCosignature);
  const std::string text_ = FormatCheckpoint({kLog, 77, Sha256(AsBytes("root"))});
  const std::string note_ = SignNote(text_, kLog, log_signer_);
};

TEST_F(Cosignature, SaysTheTimeOfTheNewest) {
  EXPECT_EQ(*VerifyCosignature(With(LineAt(kTime)), witness_), kTime);
  EXPECT_EQ(*VerifyCosignature(With(LineAt(kTime) + LineAt(kTime + 9) + LineAt(3)), witness_), kTime + 9);
  EXPECT_EQ(*VerifyCosignature(With(LineAt(0)), witness_), 0u);
  EXPECT_EQ(*VerifyCosignature(With(LineAt(kMaxCosignatureTime)), witness_), kMaxCosignatureTime);
  EXPECT_TRUE(VerifyNote(With(LineAt(kTime)), log_).ok()) << "the log's signature stands beside it";
}

TEST_F(Cosignature, OthersAreNotLookedAt) {
  const Signer other(SigningKey::CopyOf(Sha256(AsBytes("other"))));
  EXPECT_EQ(VerifyCosignature(*ParseNote(note_), witness_).status().code(), Code::kNotFound);
  EXPECT_EQ(Verify(Cosign(text_, kWitness, kTime, other)), Code::kNotFound) << "same name, another key";
  EXPECT_EQ(Verify(Cosign(text_, "witness.example/w2", kTime, witness_signer_)), Code::kNotFound) << "another name";
  // ML-DSA-44: 8 + 2,420 bytes under a key id of its own.
  EXPECT_EQ(Verify(FormatSignatureLine({kWitness, witness_.key_id + 1, Bytes(2428, 1)}) + LineAt(kTime)), Code::kOk);
}

TEST_F(Cosignature, OneBadLineOfTheWitnessSpoilsTheNote) {
  const Bytes good = ParseNote(note_ + LineAt(kTime))->signatures[1].signature;
  for (size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    ASSERT_EQ(Verify(LineAt(kTime) + Line(bad)), Code::kFailed) << "byte " << i;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(Verify(Line(longer)), Code::kFailed);
  EXPECT_EQ(Verify(Line(Bytes(good.begin(), good.end() - 1))), Code::kFailed);
  EXPECT_EQ(Verify(Line({1})), Code::kFailed);
}

TEST_F(Cosignature, ATimeBeyondTheFormatFails) {
  const uint64_t time = kMaxCosignatureTime + 1;
  const std::string message = "cosignature/v1\ntime " + std::to_string(time) + "\n" + text_;
  const Signature64 signature = witness_signer_.Sign(AsBytes(message));
  EXPECT_EQ(Verify(Line(Writer().U64(time).Raw(signature).Take())), Code::kFailed);
}

TEST_F(Cosignature, CoversEveryLineOfTheCheckpoint) {
  const std::string text = text_ + "extension\n";
  const std::string line = Cosign(text, kWitness, kTime, witness_signer_);
  EXPECT_TRUE(VerifyCosignature(*ParseNote(text + "\n" + line), witness_).ok());
  EXPECT_EQ(Verify(line), Code::kFailed);
  // A plain signature of the witness over the text is none.
  EXPECT_EQ(Verify(Line(ToBytes(witness_signer_.Sign(AsBytes(text_))))), Code::kFailed);
}

TEST_F(Cosignature, OnlyWitnessKeysCosign) {
  EXPECT_EQ(VerifyCosignature(*ParseNote(note_), log_).status().code(), Code::kInvalidArgument);
}

// A checkpoint of a certificate log of 2026, as it was published: signed by its log in two ways, cosigned by four
// witnesses. Log https://arche2025h1.staging.ct.transparency.dev, keys from the witnesses' pages.
constexpr const char* kPublished =
    "arche2025h1.staging.ct.transparency.dev\n"
    "1432088532\n"
    "U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n"
    "\n"
    "\xe2\x80\x94 arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3"
    "urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=\n"
    "\xe2\x80\x94 arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI7"
    "5MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=\n"
    "\xe2\x80\x94 transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcq"
    "oXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==\n"
    "\xe2\x80\x94 witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5"
    "hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==\n"
    "\xe2\x80\x94 remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5"
    "XeU/zZ0WBxtqB0DrAWfBw==\n"
    "\xe2\x80\x94 witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUF"
    "ucgKi7lI7cUiOvKFYe/TmN9DAg==\n";
constexpr const char* kPublishedLogKey =
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
constexpr const char* kPublishedWitnessKeys[] = {
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
};

TEST(PublishedCheckpoint, VerifiesWithItsLogAndItsWitnesses) {
  const Result<Note> note = ParseNote(kPublished);
  ASSERT_TRUE(note.ok()) << note.error().message();
  EXPECT_EQ(FormatNote(*note), kPublished);
  EXPECT_EQ(ParseCheckpoint(note->text)->size, 1432088532u);
  EXPECT_TRUE(VerifyNote(*note, *ParseVerifierKey(kPublishedLogKey)).ok());
  for (const char* key : kPublishedWitnessKeys) {
    const Result<uint64_t> time = VerifyCosignature(*note, *ParseVerifierKey(key));
    ASSERT_TRUE(time.ok()) << key << ": " << time.error().message();
    EXPECT_EQ(*time, 1779573024u) << key;
  }
}

TEST_F(Cosignature, LinesGoBehindTheNoteAndReplaceTheirOwn) {
  const std::string other = FormatSignatureLine({"other.example", 5, Bytes(2428, 1)});
  EXPECT_EQ(*AddSignatureLines(note_, LineAt(1)), note_ + LineAt(1));
  EXPECT_EQ(*AddSignatureLines(note_ + LineAt(1) + other, LineAt(2)), note_ + other + LineAt(2));
  EXPECT_EQ(*AddSignatureLines(note_, LineAt(1) + other + LineAt(2)), note_ + other + LineAt(2)) << "the last stays";
  const std::string same_name = FormatSignatureLine({kWitness, witness_.key_id + 1, Bytes(64, 1)});
  EXPECT_EQ(*AddSignatureLines(note_ + LineAt(1), same_name), note_ + LineAt(1) + same_name) << "another key id";
}

TEST_F(Cosignature, WhatCannotBeAdded) {
  const auto add = [&](const std::string& note, const std::string& lines) {
    return AddSignatureLines(note, lines).status().code();
  };
  EXPECT_EQ(add(note_, ""), Code::kInvalidArgument);
  EXPECT_EQ(add(note_, "text\n"), Code::kInvalidArgument);
  EXPECT_EQ(add(note_, "\n" + LineAt(1)), Code::kInvalidArgument);
  EXPECT_EQ(add(note_, LineAt(1) + "\n"), Code::kInvalidArgument);
  EXPECT_EQ(add(text_, LineAt(1)), Code::kInvalidArgument);
  std::string many;
  for (uint32_t i = 0; i < kMaxNoteSignatures; ++i) many += FormatSignatureLine({"w", i, Bytes(1)});
  EXPECT_EQ(add(note_, many), Code::kInvalidArgument) << "65 lines";
  std::string large;
  for (uint32_t i = 0; i < 30; ++i) large += FormatSignatureLine({"w", i, Bytes(4000)});
  EXPECT_EQ(add(note_, large), Code::kInvalidArgument) << "160 KB";
}

}  // namespace
}  // namespace spor::ledger
