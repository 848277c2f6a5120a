// SPDX-License-Identifier: Apache-2.0
#include "ledger/tlog_proof.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "tests/doubles/flip.h"

namespace spor::ledger {
namespace {

const std::string kHeader = "c2sp.org/tlog-proof@v1\n";
const std::string kHash = Base64Encode(Hash32{}) + "\n";

Code Parse(const std::string& text) { return ParseTlogProof(text).status().code(); }

TlogProof Example() {
  TlogProof proof;
  proof.extra = Bytes{1, 2, 3, 4};
  proof.index = 1047;
  proof.hashes = {Sha256(AsBytes("one")), Sha256(AsBytes("two"))};
  proof.checkpoint = "log.example\n2000\nroot\n\nsignatures\n";
  return proof;
}

TEST(TlogProofText, RoundTrips) {
  for (const bool with_extra : {true, false}) {
    for (const size_t hashes : {0, 1, 2}) {
      TlogProof proof = Example();
      if (!with_extra) proof.extra.reset();
      proof.hashes.resize(hashes);
      const Result<TlogProof> parsed = ParseTlogProof(FormatTlogProof(proof));
      ASSERT_TRUE(parsed.ok()) << parsed.error().message();
      EXPECT_EQ(parsed->extra, proof.extra);
      EXPECT_EQ(parsed->index, proof.index);
      EXPECT_EQ(parsed->hashes, proof.hashes);
      EXPECT_EQ(parsed->checkpoint, proof.checkpoint);
    }
  }
}

TEST(TlogProofText, DamageIsRefusedOrShows) {
  doubles::EachFlippedBit(FormatTlogProof(Example()), [](const std::string& bad, size_t bit) {
    const Result<TlogProof> parsed = ParseTlogProof(bad);
    if (parsed.ok()) {
      ASSERT_EQ(FormatTlogProof(*parsed), bad) << "bit " << bit;
    }
  });
}

TEST(TlogProofText, CutShortBeforeTheCheckpointFails) {
  const TlogProof proof = Example();
  const std::string text = FormatTlogProof(proof);
  for (size_t n = 0; n <= text.size() - proof.checkpoint.size(); ++n) {
    ASSERT_EQ(Parse(text.substr(0, n)), Code::kInvalidArgument) << n;
  }
}

TEST(TlogProofText, NothingButTheCanonicalForm) {
  ASSERT_EQ(Parse(kHeader + "index 0\n" + kHash + "\ncheckpoint\n"), Code::kOk);
  ASSERT_EQ(Parse(kHeader + "index 18446744073709551615\n\ncheckpoint\n"), Code::kOk);
  for (const char* index : {"", "00", "01", "+1", " 1", "1 ", "0x1", "18446744073709551616"}) {
    EXPECT_EQ(Parse(kHeader + "index " + index + "\n\ncheckpoint\n"), Code::kInvalidArgument) << index;
  }
  for (const std::string& rest :
       {std::string("extra \nindex 0\n\ncheckpoint\n"), std::string("extra AA==\nextra AA==\nindex 0\n\ncheckpoint\n"),
        std::string("extra AB==\nindex 0\n\ncheckpoint\n"), std::string("index 0\nextra AA==\n\ncheckpoint\n"),
        std::string("index 0\nindex 0\n\ncheckpoint\n"), std::string("index\n\ncheckpoint\n"),
        std::string("index 0\ncheckpoint\n"), std::string("index 0\n\n"), std::string("index 0\n\ncheckpoint"),
        std::string("index 0\r\n\ncheckpoint\n"), "index 0\n " + kHash + "\ncheckpoint\n",
        "index 0\n" + kHash.substr(1) + "\ncheckpoint\n"}) {
    EXPECT_EQ(Parse(kHeader + rest), Code::kInvalidArgument) << rest;
  }
  EXPECT_EQ(Parse("c2sp.org/tlog-proof@v2\nindex 0\n\ncheckpoint\n"), Code::kInvalidArgument);
  EXPECT_EQ(Parse(" " + kHeader + "index 0\n\ncheckpoint\n"), Code::kInvalidArgument);
}

TEST(TlogProofText, Limits) {
  TlogProof proof = Example();
  proof.hashes.resize(kMaxTlogProofHashes);
  EXPECT_EQ(Parse(FormatTlogProof(proof)), Code::kOk);
  proof.hashes.emplace_back();
  EXPECT_EQ(Parse(FormatTlogProof(proof)), Code::kInvalidArgument);
  proof.hashes.clear();
  proof.extra = Bytes(kMaxTlogProofBytes);
  EXPECT_EQ(Parse(FormatTlogProof(proof)), Code::kInvalidArgument);
}

}  // namespace
}  // namespace spor::ledger
