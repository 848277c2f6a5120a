// SPDX-License-Identifier: Apache-2.0
#include "crypto/bytes.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/doubles/vectors.h"

namespace spor {
namespace {

Bytes RandomBytes(std::mt19937& random, size_t size) {
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

TEST(Hex, RoundTripAndRefusals) {
  std::mt19937 random(1);
  for (size_t n = 0; n < 70; ++n) {
    const Bytes bytes = RandomBytes(random, n);
    EXPECT_EQ(*HexDecode(HexEncode(bytes)), bytes);
  }
  EXPECT_EQ(*HexDecode("aBcD"), (Bytes{0xab, 0xcd}));
  for (std::string_view bad : {"a", "abc", "0g", " 00", "00 ", "0x00", "00:11", "\xc3\xa6"}) {
    EXPECT_EQ(HexDecode(bad).status().code(), Code::kInvalidArgument) << bad;
  }
  EXPECT_FALSE(HexDecode(std::string_view("00\0\0", 4)).ok());
}

// RFC 4648 section 10.
TEST(Base64, Rfc4648) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, base64] : rows) {
    EXPECT_EQ(Base64Encode(AsBytes(text)), base64);
    EXPECT_EQ(AsText(*Base64Decode(base64)), text);
  }
}

// Every text that decodes is the one that encoding gives.
TEST(Base64, OnlyTheCanonicalForm) {
  for (std::string_view bad : {"Zg", "Zg=", "Zg===", "Zg==\n", " Zg==", "Z g==", "Zh==", "Zm9=", "Zm8", "====", "=",
                               "Z", "Zg==Zg==", "Z=g=", "Zm9v=", "Zm9-", "Zm9_", "Zm9v\r\n"}) {
    EXPECT_EQ(Base64Decode(bad).status().code(), Code::kInvalidArgument) << bad;
  }
  EXPECT_FALSE(Base64Decode(std::string_view("Zm9v\0", 5)).ok());
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    const std::string good = Base64Encode(RandomBytes(random, random() % 40));
    ASSERT_EQ(Base64Encode(*Base64Decode(good)), good);
    for (size_t at = 0; at < good.size(); ++at) {
      for (int c = 0; c < 256; c += 1 + static_cast<int>(random() % 8)) {
        std::string other = good;
        other[at] = static_cast<char>(c);
        const Result<Bytes> decoded = Base64Decode(other);
        if (decoded.ok()) {
          ASSERT_EQ(Base64Encode(*decoded), other) << "byte " << c << " at " << at;
        }
      }
    }
  }
}

TEST(Base64, BytesAbove7fAreNoSlash) {
  for (int c = 0x80; c < 0x100; ++c) {
    const std::string text = std::string("Zm9") + static_cast<char>(c);
    EXPECT_FALSE(Base64Decode(text).ok()) << c;
  }
}

TEST(Base32, Rfc4648WithoutPadding) {
  SPOR_NEED_VECTORS("crypto/rfc/rfc4648_base32.json");
  simdjson::dom::parser parser;
  const simdjson::dom::element all = parser.load(doubles::VectorsPath("crypto/rfc/rfc4648_base32.json").string());
  size_t cases = 0;
  for (simdjson::dom::element row : simdjson::dom::array(all["base32"])) {
    ++cases;
    std::string expected(doubles::Text(row, "base32"));
    expected.erase(std::find(expected.begin(), expected.end(), '='), expected.end());
    EXPECT_EQ(Base32Encode(AsBytes(doubles::Text(row, "text"))), expected);
  }
  EXPECT_GE(cases, 7u);
  EXPECT_EQ(Base32Encode(AsBytes("12345678901234567890")), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");  // RFC 6238
}

TEST(Ids, OnlyOfTheirLength) {
  EXPECT_TRUE(ToId16(Bytes(16)).ok());
  EXPECT_EQ(ToId16(Bytes(15)).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ToHash32(Bytes(33)).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(*ToHash32(Bytes(32, 7)),
            (Hash32{7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7}));
}

TEST(Shown, IsShortAndPrintable) {
  EXPECT_EQ(Shown("abc\n\x01\xff"), "abc???");
  EXPECT_EQ(Shown("F\xc3\xb8"
                  "dselsnr \xe2\x82\xac"),
            "F\xc3\xb8"
            "dselsnr \xe2\x82\xac");
  EXPECT_EQ(Shown("\xc2\x9b"
                  "31m\xc3"),
            "??31m?");  // a C1 control, and a sequence cut short
  EXPECT_EQ(Shown(std::string(63, 'x') + "\xc3\xb8"), std::string(63, 'x'));
  EXPECT_EQ(Shown(std::string(1000, 'x')).size(), 64u);
}

TEST(ResultDeathTest, MisuseEndsTheProcess) {
  const Result<int> failed(Status(Code::kNotFound, "gone"));
  EXPECT_DEATH((void)failed.value(), "gone");
  EXPECT_DEATH((void)Result<int>{OkStatus()}, "OK status");
}

}  // namespace
}  // namespace spor
