// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash.h"

#include <gtest/gtest.h>

#include <thread>

#include "crypto/labels.h"
#include "tests/doubles/vectors.h"

namespace spor {
namespace {

using doubles::FromHex;
using doubles::Text;

// FIPS 180-4 examples.
TEST(Hash, Sha256) {
  EXPECT_EQ(HexEncode(Sha256(ByteView())), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexEncode(Sha256(AsBytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(Sha256(AsBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Hash, PartsAndStreamsAreTheSameAsTheWhole) {
  const Bytes whole(1000, 7);
  const ByteView view(whole);
  EXPECT_EQ(Sha256({view.first(1), view.subspan(1, 500), ByteView(), view.subspan(501)}), Sha256(whole));
  Sha256Stream stream;
  for (size_t at = 0; at < whole.size(); at += 77) stream.Update(view.subspan(at, std::min<size_t>(77, 1000 - at)));
  EXPECT_EQ(stream.Finish(), Sha256(whole));
}

TEST(Hash, ThreadsDoNotMeet) {
  const Hash32 expected = Sha256(AsBytes("abc"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) ASSERT_EQ(Sha256(AsBytes("abc")), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Hash, WycheproofHmacSha256) {
  SPOR_NEED_VECTORS("crypto/wycheproof/hmac_sha256_test.json");
  simdjson::dom::parser parser;
  const simdjson::dom::element all =
      parser.load(doubles::VectorsPath("crypto/wycheproof/hmac_sha256_test.json").string());
  size_t cases = 0;
  for (simdjson::dom::element group : simdjson::dom::array(all["testGroups"])) {
    const size_t tag_bytes = uint64_t{group["tagSize"]} / 8;
    for (simdjson::dom::element test : simdjson::dom::array(group["tests"])) {
      ++cases;
      const Hash32 mac = HmacSha256(FromHex(Text(test, "key")), {FromHex(Text(test, "msg"))});
      const bool equal = PublicEquals(ByteView(mac).first(tag_bytes), FromHex(Text(test, "tag")));
      EXPECT_EQ(equal, Text(test, "result") == "valid") << "tcId " << int64_t{test["tcId"]};
    }
  }
  EXPECT_GE(cases, 174u);
}

TEST(Hash, DeriveIsHmacOfLengthLabelAndContext) {
  const Hash32 key = Sha256(AsBytes("key"));
  const Bytes length = {static_cast<uint8_t>(label::kSeal.size())};
  const Hash32 expected = HmacSha256(key, {length, AsBytes(label::kSeal), AsBytes("context")});
  EXPECT_EQ(DerivePublic(key, label::kSeal, {AsBytes("con"), AsBytes("text")}), expected);
  EXPECT_TRUE(PublicEquals(Derive(key, label::kSeal, {AsBytes("context")}).Reveal(), expected));
}

TEST(Hash, LabelAndContextCannotRunIntoEachOther) {
  const Hash32 key = Sha256(AsBytes("key"));
  EXPECT_NE(DerivePublic(key, "ab", {AsBytes("c")}), DerivePublic(key, "a", {AsBytes("bc")}));
}

}  // namespace
}  // namespace spor
