// SPDX-License-Identifier: Apache-2.0
#include "crypto/password.h"

#include <gtest/gtest.h>

#include "tests/doubles/vectors.h"

namespace spor {
namespace {

using doubles::Text;

constexpr PasswordCost kCheap{.passes = 1, .memory_bytes = size_t{1} << 16};

TEST(Password, ChecksOnlyTheRightOne) {
  const Result<std::string> phc = HashPassword(AsBytes("correct horse"), kCheap);
  ASSERT_TRUE(phc.ok());
  EXPECT_TRUE(phc->starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  EXPECT_TRUE(CheckPassword(*phc, AsBytes("correct horse")));
  EXPECT_FALSE(CheckPassword(*phc, AsBytes("correct horsf")));
  EXPECT_FALSE(CheckPassword(*phc, AsBytes("correct hors")));
  EXPECT_FALSE(CheckPassword(*phc, AsBytes("")));
  EXPECT_NE(*HashPassword(AsBytes("correct horse"), kCheap), *phc) << "salted";
}

TEST(Password, EmptyAndWithZeroBytes) {
  const std::string zeroes("a\0b", 3);
  const Result<std::string> phc = HashPassword(AsBytes(zeroes), kCheap);
  ASSERT_TRUE(phc.ok());
  EXPECT_TRUE(CheckPassword(*phc, AsBytes(zeroes)));
  EXPECT_FALSE(CheckPassword(*phc, AsBytes("a")));
  const Result<std::string> empty = HashPassword(ByteView(), kCheap);
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(CheckPassword(*empty, ByteView()));
}

TEST(Password, MalformedStrings) {
  const std::string phc = *HashPassword(AsBytes("x"), kCheap);
  EXPECT_FALSE(CheckPassword("", AsBytes("x")));
  EXPECT_FALSE(CheckPassword("$argon2id$", AsBytes("x")));
  EXPECT_FALSE(CheckPassword(phc.substr(0, phc.size() - 1), AsBytes("x")));
  EXPECT_FALSE(CheckPassword(phc + "A", AsBytes("x")));
  EXPECT_FALSE(CheckPassword(phc + std::string("\0A", 2), AsBytes("x")));
  EXPECT_FALSE(CheckPassword(std::string(5000, '$'), AsBytes("x")));
  std::string other = phc;
  other[8] = 'x';
  EXPECT_FALSE(CheckPassword(other, AsBytes("x")));
}

TEST(Password, MemoryThatCannotBeHad) {
  EXPECT_EQ(HashPassword(AsBytes("x"), {.passes = 1, .memory_bytes = size_t{1} << 46}).status().code(),
            Code::kInternal);
}

TEST(Password, PhcStringsOfTheReferenceImplementation) {
  SPOR_NEED_VECTORS("crypto/argon2/phc_argon2id_p1.json");
  simdjson::dom::parser parser;
  const simdjson::dom::element all = parser.load(doubles::VectorsPath("crypto/argon2/phc_argon2id_p1.json").string());
  size_t cases = 0;
  for (simdjson::dom::element vector : simdjson::dom::array(all["vectors"])) {
    ++cases;
    const std::string_view encoded = Text(vector, "encoded");
    EXPECT_TRUE(CheckPassword(encoded, AsBytes(Text(vector, "password")))) << encoded;
    EXPECT_FALSE(CheckPassword(encoded, AsBytes("another"))) << encoded;
  }
  EXPECT_GE(cases, 8u);
}

TEST(Password, PhcStringsOfLibsodium) {
  SPOR_NEED_VECTORS("crypto/libsodium-1.0.18/pwhash_argon2id_str_verify.json");
  simdjson::dom::parser parser;
  const simdjson::dom::element all =
      parser.load(doubles::VectorsPath("crypto/libsodium-1.0.18/pwhash_argon2id_str_verify.json").string());
  size_t cases = 0;
  for (simdjson::dom::element vector : simdjson::dom::array(all["vectors"])) {
    ++cases;
    EXPECT_EQ(CheckPassword(Text(vector, "encoded"), AsBytes(Text(vector, "password"))),
              int64_t{vector["expected_rc"]} == 0)
        << Text(vector, "encoded");
  }
  EXPECT_GE(cases, 6u);
}

}  // namespace
}  // namespace spor
