// SPDX-License-Identifier: Apache-2.0
#include "crypto/sign.h"

#include <gtest/gtest.h>

#include <set>

#include "crypto/hash.h"
#include "tests/doubles/vectors.h"

namespace spor {
namespace {

using doubles::AsHash;
using doubles::FromHex;
using doubles::Text;

TEST(Sign, EachFlippedBitOfMessageAndSignatureFails) {
  const Signer signer(SigningKey::CopyOf(Sha256(AsBytes("seed"))));
  Bytes message = ToBytes(AsBytes("a message"));
  Signature64 signature = signer.Sign(message);
  ASSERT_TRUE(VerifySignature(signer.public_key(), message, signature));
  for (size_t bit = 0; bit < message.size() * 8; ++bit) {
    message[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_FALSE(VerifySignature(signer.public_key(), message, signature));
    message[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  for (size_t bit = 0; bit < signature.size() * 8; ++bit) {
    signature[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_FALSE(VerifySignature(signer.public_key(), message, signature));
    signature[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  for (size_t n = 0; n < 64; ++n) {
    EXPECT_FALSE(VerifySignature(signer.public_key(), message, ByteView(signature).first(n)));
  }
}

void SignAndCompare(const std::string& relative, size_t least) {
  simdjson::dom::parser parser;
  const simdjson::dom::element all = parser.load(doubles::VectorsPath(relative).string());
  size_t cases = 0;
  for (simdjson::dom::element vector : simdjson::dom::array(all["vectors"])) {
    ++cases;
    const SigningKey seed = SigningKey::CopyOf(FromHex(Text(vector, "seed")));
    const Bytes message = FromHex(Text(vector, "message"));
    const Signer signer(seed);
    EXPECT_EQ(HexEncode(SigningPublicKey(seed)), Text(vector, "public_key"));
    EXPECT_EQ(HexEncode(signer.Sign(message)), Text(vector, "signature"));
    EXPECT_TRUE(VerifySignature(signer.public_key(), message, FromHex(Text(vector, "signature"))));
  }
  EXPECT_GE(cases, least);
}

TEST(Sign, Rfc8032) {
  SPOR_NEED_VECTORS("crypto/rfc/rfc8032_ed25519.json");
  SignAndCompare("crypto/rfc/rfc8032_ed25519.json", 5);
}

TEST(Sign, Supercop) {
  SPOR_NEED_VECTORS("crypto/libsodium-1.0.18/ed25519_sign_input.json");
  SignAndCompare("crypto/libsodium-1.0.18/ed25519_sign_input.json", 146);
}

TEST(Sign, WycheproofEd25519) {
  SPOR_NEED_VECTORS("crypto/wycheproof/ed25519_test.json");
  simdjson::dom::parser parser;
  const simdjson::dom::element all = parser.load(doubles::VectorsPath("crypto/wycheproof/ed25519_test.json").string());
  size_t cases = 0;
  for (simdjson::dom::element group : simdjson::dom::array(all["testGroups"])) {
    const Hash32 key = AsHash(FromHex(Text(group["publicKey"], "pk")));
    for (simdjson::dom::element test : simdjson::dom::array(group["tests"])) {
      ++cases;
      EXPECT_EQ(VerifySignature(key, FromHex(Text(test, "msg")), FromHex(Text(test, "sig"))),
                Text(test, "result") == "valid")
          << "tcId " << int64_t{test["tcId"]};
    }
  }
  EXPECT_GE(cases, 151u);
}

// Points of low order and other encodings that two verifiers may see differently: what is refused here is written down.
TEST(Sign, CctvEdgeCases) {
  SPOR_NEED_VECTORS("crypto/cctv/ed25519vectors.json");
  simdjson::dom::parser parser;
  const simdjson::dom::element all = parser.load(doubles::VectorsPath("crypto/cctv/ed25519vectors.json").string());
  const std::set<std::string_view> refusing = {"low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R",
                                               "low_order_residue"};
  size_t cases = 0;
  size_t accepted = 0;
  for (simdjson::dom::element vector : simdjson::dom::array(all)) {
    ++cases;
    bool refused = false;
    if (simdjson::dom::array flags; vector["flags"].get(flags) == simdjson::SUCCESS) {
      for (simdjson::dom::element flag : flags) refused = refused || refusing.contains(std::string_view(flag));
    }
    const bool verifies = VerifySignature(AsHash(FromHex(Text(vector, "key"))), AsBytes(Text(vector, "msg")),
                                          FromHex(Text(vector, "sig")));
    EXPECT_EQ(verifies, !refused) << "number " << int64_t{vector["number"]};
    accepted += verifies ? 1 : 0;
  }
  EXPECT_GE(cases, 914u);
  EXPECT_GT(accepted, 0u);
}

TEST(Box, OpensForItsKeyOnly) {
  const BoxSecretKey key = BoxSecretKey::Random();
  const BoxSecretKey other = BoxSecretKey::Random();
  const Bytes plain = ToBytes(AsBytes("the root key"));
  Bytes sealed = BoxSeal(BoxPublicKey(key), plain);
  EXPECT_EQ(sealed.size(), plain.size() + kBoxOverhead);
  const Result<SecretBytes> opened = BoxOpen(key, sealed);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(PublicEquals(opened->Reveal(), plain));
  EXPECT_EQ(BoxOpen(other, sealed).status().code(), Code::kCorrupt);
  for (size_t n = 0; n < sealed.size(); ++n) {
    EXPECT_EQ(BoxOpen(key, ByteView(sealed).first(n)).status().code(), Code::kCorrupt);
  }
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    if (bit == 32 * 8 - 1) continue;  // X25519 ignores the top bit of a point
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_FALSE(BoxOpen(key, sealed).ok()) << bit;
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
}

}  // namespace
}  // namespace spor
