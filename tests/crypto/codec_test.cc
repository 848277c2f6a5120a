// SPDX-License-Identifier: Apache-2.0
#include "crypto/codec.h"

#include <gtest/gtest.h>

#include <random>

namespace spor {
namespace {

TEST(Codec, WorkedBytes) {
  Writer out;
  out.U8(1).U16(0x0203).U32(0x04050607).U64(0x08090a0b0c0d0e0f).Raw("xy").Str8("ab").Str16(AsBytes("c"));
  out.Str32(AsBytes("d"));
  EXPECT_EQ(HexEncode(out.bytes()),
            "0102030405060708090a0b0c0d0e0f7879026162000163"
            "0000000164");
}

TEST(Codec, ReadsBackWhatWasWritten) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t v = random();
    const std::string text(random() % 200, 'x');
    Writer out;
    out.U8(static_cast<uint8_t>(v)).U16(static_cast<uint16_t>(v)).U32(static_cast<uint32_t>(v)).U64(v);
    out.Str8(text).Str16(AsBytes(text)).Str32(AsBytes(text));
    Reader in(out.bytes());
    EXPECT_EQ(in.U8(), static_cast<uint8_t>(v));
    EXPECT_EQ(in.U16(), static_cast<uint16_t>(v));
    EXPECT_EQ(in.U32(), static_cast<uint32_t>(v));
    EXPECT_EQ(in.U64(), v);
    EXPECT_EQ(AsText(in.Str8(255)), text);
    EXPECT_EQ(AsText(in.Str16(1000)), text);
    EXPECT_EQ(AsText(in.Str32(1000)), text);
    EXPECT_TRUE(in.Finish("test").ok());
  }
}

TEST(Codec, TheFirstFailureSticks) {
  const Bytes bytes = {1, 2, 3};
  Reader in(bytes);
  EXPECT_EQ(in.U16(), 0x0102);
  EXPECT_EQ(in.U32(), 0u);
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.U8(), 0) << "the byte that is left is not given out any more";
  EXPECT_EQ(in.left(), 0u);
  EXPECT_TRUE(in.Raw(0).empty());
  EXPECT_EQ(in.Finish("test").code(), Code::kCorrupt);
}

TEST(Codec, TrailingBytesAreCorrupt) {
  const Bytes bytes = {1, 2};
  Reader in(bytes);
  in.U8();
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.Finish("test").code(), Code::kCorrupt);
}

TEST(Codec, LengthsAreCheckedBeforeTheyAreTaken) {
  const Bytes huge = {0xff, 0xff, 0xff, 0xff, 1};
  Reader in(huge);
  EXPECT_TRUE(in.Str32(~size_t{0}).empty());
  EXPECT_TRUE(in.failed());
  const Bytes three = {3, 'a', 'b', 'c'};
  Reader above(three);
  EXPECT_TRUE(above.Str8(2).empty());
  EXPECT_TRUE(above.failed());
  Reader exact(three);
  EXPECT_EQ(AsText(exact.Str8(3)), "abc");
  Reader raw(three);
  EXPECT_TRUE(raw.Raw(~size_t{0}).empty());
  EXPECT_TRUE(raw.failed());
}

TEST(Codec, FixedArrays) {
  const Bytes bytes = {1, 2, 3};
  Reader in(bytes);
  EXPECT_EQ((in.Fixed<2>()), (std::array<uint8_t, 2>{1, 2}));
  EXPECT_EQ((in.Fixed<2>()), (std::array<uint8_t, 2>{}));
  EXPECT_TRUE(in.failed());
}

TEST(CodecDeathTest, LengthsThatDoNotFitAreOurBug) {
  Writer out;
  EXPECT_DEATH(out.Str8(std::string(256, 'x')), "CHECK");
  EXPECT_DEATH(out.Str16(Bytes(65536)), "CHECK");
}

}  // namespace
}  // namespace spor
