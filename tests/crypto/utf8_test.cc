// SPDX-License-Identifier: Apache-2.0
#include "crypto/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace spor {
namespace {

std::string Encoded(uint32_t code) {
  std::string out;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    tail(12), tail(6), tail(0);
  }
  return out;
}

TEST(Utf8, EveryCodePoint) {
  for (uint32_t code = 0; code < 0x120000; ++code) {
    const std::string text = Encoded(code) + "x";
    const bool good = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    const Utf8Char first = FirstUtf8(text);
    ASSERT_EQ(first.bytes, good ? text.size() - 1 : 0) << std::hex << code;
    if (good) {
      ASSERT_EQ(first.code, code);
    }
    ASSERT_EQ(IsUtf8(text), good) << std::hex << code;
  }
}

TEST(Utf8, SequencesThatAreNone) {
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3x", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x80",
        "\xe2\x80x", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
    EXPECT_EQ(FirstUtf8(bad).bytes, 0u) << bad;
  }
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_EQ(FirstUtf8("").bytes, 0u);
  EXPECT_FALSE(IsUtf8("good until here \xc3"));
}

}  // namespace
}  // namespace spor
