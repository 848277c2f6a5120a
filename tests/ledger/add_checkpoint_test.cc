// SPDX-License-Identifier: Apache-2.0
#include "ledger/add_checkpoint.h"

#include <gtest/gtest.h>

#include "tests/doubles/leaf_log.h"

namespace spor::ledger {
namespace {

std::string HashLine(uint8_t fill) { return Base64Encode(Bytes(32, fill)) + "\n"; }

TEST(AddCheckpointText, IsReadAsItIsWritten) {
  for (const size_t lines : {size_t{0}, size_t{1}, kMaxConsistencyLines}) {
    AddCheckpoint request{20852014, {}, doubles::LeafLog().Note(7)};
    for (size_t i = 0; i < lines; ++i) request.proof.push_back(Sha256(AsBytes(std::to_string(i))));
    const std::string body = EncodeAddCheckpoint(request);
    const Result<AddCheckpoint> read = ParseAddCheckpoint(body);
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(read->old_size, request.old_size);
    EXPECT_EQ(read->proof, request.proof);
    EXPECT_EQ(read->note, request.note);
    EXPECT_EQ(EncodeAddCheckpoint(*read), body);
  }
}

TEST(AddCheckpointText, AcceptsOnlyOneForm) {
  const std::string note = "\nnote\n";
  EXPECT_TRUE(ParseAddCheckpoint("old 0\n" + note).ok());
  EXPECT_TRUE(ParseAddCheckpoint("old 18446744073709551615\n" + HashLine(1) + note).ok());
  for (const std::string& head :
       {std::string(), std::string("\n"), std::string("old\n"), std::string("old \n"), std::string("old  1\n"),
        std::string("old 01\n"), std::string("old +1\n"), std::string("old -1\n"), std::string("old 1 \n"),
        std::string("Old 1\n"), std::string(" old 1\n"), std::string("old 18446744073709551616\n"),
        std::string("old 1\r\n"), std::string("size 1\n"), "old 1\n" + HashLine(1).substr(1), "old 1\n " + HashLine(1),
        "old 1\n" + Base64Encode(Bytes(31, 1)) + "\n", "old 1\n" + Base64Encode(Bytes(33, 1)) + "\n",
        std::string("old 1\nxyz\n")}) {
    EXPECT_EQ(ParseAddCheckpoint(head + note).status().code(), Code::kInvalidArgument) << head;
  }
  std::string many = "old 1\n";
  for (size_t i = 0; i < kMaxConsistencyLines; ++i) many += HashLine(static_cast<uint8_t>(i));
  EXPECT_TRUE(ParseAddCheckpoint(many + note).ok());
  EXPECT_EQ(ParseAddCheckpoint(many + HashLine(9) + note).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ParseAddCheckpoint("old 1\n" + HashLine(1)).status().code(), Code::kInvalidArgument) << "no empty line";
  EXPECT_EQ(ParseAddCheckpoint("old 1\n\n" + std::string(kMaxAddCheckpointBytes, 'x')).status().code(),
            Code::kInvalidArgument);
}

TEST(TlogSize, IsOneLine) {
  for (const uint64_t size : {uint64_t{0}, uint64_t{153}, UINT64_MAX}) {
    EXPECT_EQ(*ParseTlogSize(EncodeTlogSize(size)), size);
  }
  EXPECT_EQ(EncodeTlogSize(153), "153\n");
  for (const char* body : {"", "\n", "153", "0153\n", "153\n\n", " 153\n", "-1\n", "18446744073709551616\n"}) {
    EXPECT_EQ(ParseTlogSize(body).status().code(), Code::kInvalidArgument) << body;
  }
}

}  // namespace
}  // namespace spor::ledger
