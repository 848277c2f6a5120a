// SPDX-License-Identifier: Apache-2.0
// The worked notes, cosignatures, proofs, paths and policies of docs/formats/, computed by a second program.
#include <gtest/gtest.h>

#include "crypto/files.h"
#include "ledger/add_checkpoint.h"
#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"
#include "ledger/merkle.h"
#include "ledger/tile_path.h"
#include "ledger/tlog_proof.h"
#include "ledger/witness_policy.h"
#include "ledger/witness_state.h"
#include "tests/doubles/format_page.h"
#include "tests/doubles/temp_dir.h"

namespace spor::ledger {
namespace {

using doubles::TextBlock;

constexpr const char* kOrigin = "spor.example/log";
constexpr uint64_t kCosignedAt = 1754352060;

Signer SignerOf(uint8_t first) {
  Hash32 seed;
  for (size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<uint8_t>(first + i);
  return Signer(SigningKey::CopyOf(seed));
}

class C2spDocs : public ::testing::Test {
 protected:
  // Named bytes of the page of the log, which its own test checks.
  static Bytes OfLog(const std::string& name) { return doubles::FromHex(doubles::NamedBytes("log")[name]); }

  const Signer log_ = SignerOf(0);
  const Signer w1_ = SignerOf(0x20);
  const Signer w2_ = SignerOf(0x40);
  const std::string note_ = TextBlock("note", "checkpoint");
  const std::string cosignature_ = TextBlock("cosignature", "cosignature");
};

TEST_F(C2spDocs, Note) {
  EXPECT_EQ(note_, SignCheckpoint({kOrigin, 5, doubles::AsHash(OfLog("root_5"))}, log_));
  const VerifierKey key = MakeVerifierKey(kOrigin, log_.public_key());
  EXPECT_EQ(TextBlock("note", "verifier_key"), FormatVerifierKey(key) + "\n");
  EXPECT_EQ(OpenCheckpoint(note_, key)->size, 5u);
}

TEST_F(C2spDocs, Cosignature) {
  const VerifierKey key = MakeVerifierKey("witness.example/w1", w1_.public_key(), KeyType::kCosignature);
  EXPECT_EQ(TextBlock("cosignature", "witness_key"), FormatVerifierKey(key) + "\n");
  const std::string text = ParseNote(note_)->text;
  EXPECT_EQ(cosignature_, Cosign(text, key.name, kCosignedAt, w1_));
  const Bytes signature = ParseNote(text + "\n" + cosignature_)->signatures[0].signature;
  EXPECT_TRUE(
      VerifySignature(key.key, AsBytes(TextBlock("cosignature", "cosigned_message")), ByteView(signature).subspan(8)));
  EXPECT_EQ(*VerifyCosignature(*ParseNote(*AddSignatureLines(note_, cosignature_)), key), kCosignedAt);
}

TEST_F(C2spDocs, TlogProof) {
  const std::string text = TextBlock("tlog-proof", "proof");
  const Result<TlogProof> proof = ParseTlogProof(text);
  ASSERT_TRUE(proof.ok());
  EXPECT_EQ(FormatTlogProof(*proof), text);
  EXPECT_EQ(proof->checkpoint, note_ + cosignature_);
  EXPECT_TRUE(VerifyInclusion(proof->index, 5, doubles::AsHash(OfLog("leaf_3")), proof->hashes,
                              doubles::AsHash(OfLog("root_5")))
                  .ok());
  TlogProof with_extra = *proof;
  with_extra.extra = ToBytes(AsBytes("any!"));
  const std::string lines = FormatTlogProof(with_extra);
  const size_t second = lines.find('\n') + 1;
  EXPECT_EQ(lines.substr(second, lines.find('\n', second) + 1 - second), TextBlock("tlog-proof", "extra_line"));
}

TEST_F(C2spDocs, Tiles) {
  std::istringstream lines(TextBlock("tiles", "paths"));
  std::string level, path;
  uint64_t index = 0;
  uint16_t width = 0;
  size_t paths = 0;
  for (; lines >> level >> index >> width >> path; ++paths) {
    const TilePath expected{level == "e" ? TilePath::Kind::kEntries : TilePath::Kind::kHashes,
                            static_cast<uint8_t>(level == "e" ? 0 : std::stoul(level)), index, width};
    EXPECT_EQ(FormatTilePath(expected), path);
    EXPECT_EQ(*ParseTilePath(path), expected);
  }
  EXPECT_EQ(paths, 5u);
  doubles::Page page("tiles");
  page.Check("bundle", EncodeEntryBundle({ToBytes(AsBytes("first")), {}, ToBytes(AsBytes("third"))}));
}

TEST_F(C2spDocs, WitnessPolicy) {
  const Result<WitnessPolicy> policy = WitnessPolicy::Parse(TextBlock("witness-policy", "policy"));
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  EXPECT_EQ(policy->needed(), 2u);
  const std::string second = TextBlock("witness-policy", "second_cosignature");
  EXPECT_EQ(second, Cosign(ParseNote(note_)->text, "witness.example/w2", kCosignedAt + 5, w2_));
  EXPECT_EQ(*policy->QuorumTime(*ParseNote(note_ + cosignature_ + second)), kCosignedAt);
  EXPECT_EQ(policy->QuorumTime(*ParseNote(note_ + cosignature_)).status().code(), Code::kNotFound);
  EXPECT_EQ(policy->QuorumTime(*ParseNote(note_ + second)).status().code(), Code::kNotFound);
}

TEST_F(C2spDocs, Witness) {
  const std::string request = TextBlock("witness", "request");
  const Result<AddCheckpoint> parsed = ParseAddCheckpoint(request);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(EncodeAddCheckpoint(*parsed), request);
  EXPECT_EQ(parsed->note, note_);

  // A directory whose witness saw the first three entries.
  const doubles::TempDir temp;
  const auto write = [&](const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(temp / name, AsBytes(text), 0600).ok());
  };
  const Bytes path = OfLog("inclusion_3_of_5");  // entry 2, the node of 0 and 1, entry 4
  const Hash32 root_3 =
      NodeHash(doubles::AsHash(ByteView(path).subspan(32, 32)), doubles::AsHash(ByteView(path).first(32)));
  WitnessState state;
  ASSERT_TRUE(TrustLog(state, MakeVerifierKey(kOrigin, log_.public_key())).ok());
  state[kOrigin].note = SignCheckpoint({kOrigin, 3, root_3}, log_);
  write("state", EncodeWitnessState(state));
  write("key", TextBlock("witness", "key"));
  const Result<std::unique_ptr<WitnessDirectory>> directory = WitnessDirectory::Open(temp.path());
  ASSERT_TRUE(directory.ok()) << directory.error().message();
  EXPECT_EQ((*directory)->signer().public_key(), w1_.public_key());

  const FakeClock clock(kCosignedAt);
  const Result<WitnessVerdict> verdict =
      Witness((*directory)->name(), (*directory)->signer(), **directory, clock).Add(request);
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->status, 200) << verdict->body;
  EXPECT_EQ(verdict->body, cosignature_);
  EXPECT_EQ(doubles::ReadText(temp / "state"), TextBlock("witness", "state"));
}

}  // namespace
}  // namespace spor::ledger
