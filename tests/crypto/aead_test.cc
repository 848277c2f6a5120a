// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "crypto/labels.h"
#include "tests/doubles/vectors.h"

namespace spor {
namespace {

using doubles::FromHex;
using doubles::Text;

Hash32 KeyOf(std::string_view text) { return Sha256(AsBytes(text)); }
const ByteView kAd = AsBytes("here it belongs");
const ByteView kPlain = AsBytes("what nobody else may read");

// One row for each of the three forms, so that every test covers all.
struct Form {
  const char* name;
  size_t overhead;
  Bytes (*seal)(ByteView, ByteView, ByteView);
  Result<SecretBytes> (*open)(ByteView, ByteView, ByteView);
};

class AeadForms : public ::testing::TestWithParam<Form> {
 protected:
  Code Open(ByteView key, ByteView ad, ByteView sealed) const {
    return GetParam().open(key, ad, sealed).status().code();
  }
  const Hash32 key_ = KeyOf("key");
};

TEST_P(AeadForms, OpensToWhatWasSealed) {
  for (size_t n : {0, 1, 15, 16, 17, 64, 1000, 100000}) {
    const Bytes plain(n, 0x5a);
    const Bytes sealed = GetParam().seal(key_, kAd, plain);
    EXPECT_EQ(sealed.size(), n + GetParam().overhead);
    const Result<SecretBytes> opened = GetParam().open(key_, kAd, sealed);
    ASSERT_TRUE(opened.ok());
    EXPECT_TRUE(PublicEquals(opened->Reveal(), plain));
  }
}

TEST_P(AeadForms, EachFlippedBitFails) {
  Bytes sealed = GetParam().seal(key_, kAd, kPlain);
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_EQ(Open(key_, kAd, sealed), Code::kCorrupt) << bit;
    sealed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  EXPECT_EQ(Open(key_, kAd, sealed), Code::kOk);
}

TEST_P(AeadForms, AnotherKeyPlaceOrLengthFails) {
  const Bytes sealed = GetParam().seal(key_, kAd, kPlain);
  EXPECT_EQ(Open(KeyOf("other"), kAd, sealed), Code::kCorrupt);
  EXPECT_EQ(Open(key_, AsBytes("elsewhere"), sealed), Code::kCorrupt);
  EXPECT_EQ(Open(key_, ByteView(), sealed), Code::kCorrupt);
  for (size_t n = 0; n < sealed.size(); ++n) ASSERT_EQ(Open(key_, kAd, ByteView(sealed).first(n)), Code::kCorrupt);
  Bytes longer = sealed;
  longer.push_back(0);
  EXPECT_EQ(Open(key_, kAd, longer), Code::kCorrupt);
}

INSTANTIATE_TEST_SUITE_P(All, AeadForms,
                         ::testing::Values(Form{"Random", kAeadNonceBytes + kAeadTagBytes, Seal, Open},
                                           Form{"Once", kAeadTagBytes, SealOnce, OpenOnce},
                                           Form{"Committing", kAeadNonceBytes + kCommitBytes + kAeadTagBytes,
                                                SealCommitting, OpenCommitting}),
                         [](const auto& form) { return form.param.name; });

TEST(Aead, NoncesAreFresh) {
  const Hash32 key = KeyOf("key");
  EXPECT_NE(Seal(key, kAd, kPlain), Seal(key, kAd, kPlain));
  EXPECT_NE(SealCommitting(key, kAd, kPlain), SealCommitting(key, kAd, kPlain));
  EXPECT_EQ(SealOnce(key, kAd, kPlain), SealOnce(key, kAd, kPlain));
}

TEST(Aead, OnceInPlaceIsTheSame) {
  const Hash32 key = KeyOf("key");
  for (size_t n : {0, 1, 31, 64, 255, 256, 257, 1000}) {
    const Bytes plain(n, 7);
    Bytes text = plain;
    text.resize(n + kAeadTagBytes);
    SealOnceInPlace(key, kAd, text);
    EXPECT_EQ(text, SealOnce(key, kAd, plain)) << n;
  }
}

TEST(Aead, KeystreamIsXChaCha20) {
  // The stream that SealOnce() encrypts with, from its second block on.
  const Hash32 key = KeyOf("key");
  const std::array<uint8_t, 24> nonce = {};
  Bytes stream(64 + 100);
  Keystream(key, nonce, stream);
  const Bytes sealed = SealOnce(key, kAd, Bytes(100));
  EXPECT_TRUE(PublicEquals(ByteView(stream).subspan(64), ByteView(sealed).first(100)));
}

TEST(Aead, WycheproofXChaCha20Poly1305) {
  SPOR_NEED_VECTORS("crypto/wycheproof/xchacha20_poly1305_test.json");
  simdjson::dom::parser parser;
  const simdjson::dom::element all =
      parser.load(doubles::VectorsPath("crypto/wycheproof/xchacha20_poly1305_test.json").string());
  size_t cases = 0;
  for (simdjson::dom::element group : simdjson::dom::array(all["testGroups"])) {
    for (simdjson::dom::element test : simdjson::dom::array(group["tests"])) {
      ++cases;
      Bytes sealed = FromHex(Text(test, "iv"));
      const bool nonce_fits = sealed.size() == kAeadNonceBytes;
      Append(sealed, FromHex(Text(test, "ct")));
      Append(sealed, FromHex(Text(test, "tag")));
      const Result<SecretBytes> opened = Open(FromHex(Text(test, "key")), FromHex(Text(test, "aad")), sealed);
      const bool valid = Text(test, "result") == "valid";
      EXPECT_EQ(opened.ok(), valid) << "tcId " << int64_t{test["tcId"]};
      EXPECT_TRUE(nonce_fits || !opened.ok());
      if (opened.ok()) {
        EXPECT_TRUE(PublicEquals(opened->Reveal(), FromHex(Text(test, "msg"))));
      }
    }
  }
  EXPECT_GE(cases, 315u);
}

// Ciphertexts that the AEAD alone opens under two keys.
TEST(Aead, TwoKeyCollisionsOpenPlainlyButNotCommitting) {
  SPOR_NEED_VECTORS("crypto/key-commitment");
  simdjson::dom::parser parser;
  const auto path = doubles::VectorsPath("crypto/key-commitment/xchacha20poly1305_two_key_collisions.json");
  const simdjson::dom::element all = parser.load(path.string());
  size_t cases = 0;
  for (simdjson::dom::element vector : simdjson::dom::array(all["vectors"])) {
    ++cases;
    const Bytes ad = FromHex(Text(vector, "aad"));
    const Bytes nonce = FromHex(Text(vector, "nonce"));
    const Bytes ciphertext = FromHex(Text(vector, "ciphertext_and_tag"));
    const Bytes keys[] = {FromHex(Text(vector, "key1")), FromHex(Text(vector, "key2"))};
    Bytes plain = nonce;
    Append(plain, ciphertext);
    for (const Bytes& key : keys) EXPECT_TRUE(Open(key, ad, plain).ok()) << "the vector is not what it says";
    // Whichever key the commitment is made for, the other one is refused before anything is decrypted.
    for (const Bytes& committed : keys) {
      Bytes sealed = nonce;
      Append(sealed, DerivePublic(committed, label::kCommitTag, {nonce}));
      Append(sealed, ciphertext);
      int opened = 0;
      for (const Bytes& key : keys) opened += OpenCommitting(key, ad, sealed).ok() ? 1 : 0;
      EXPECT_LE(opened, 1);
    }
  }
  EXPECT_GE(cases, 3u);
}

// A collision under the very keys that the committing form uses inside: only its tag can refuse the second one.
TEST(Aead, TheCommitmentItselfRefusesTheSecondKey) {
  const Hash32 key = KeyOf("key");
  const Hash32 other = KeyOf("other");
  const Bytes sealed = SealCommitting(key, kAd, kPlain);
  // What another key would need in place of the tag differs, so that no bytes suit both.
  const ByteView nonce = ByteView(sealed).first(kAeadNonceBytes);
  EXPECT_NE(DerivePublic(key, label::kCommitTag, {nonce}), DerivePublic(other, label::kCommitTag, {nonce}));
  EXPECT_EQ(OpenCommitting(other, kAd, sealed).status().code(), Code::kCorrupt);
}

}  // namespace
}  // namespace spor
