// SPDX-License-Identifier: Apache-2.0
// The worked receipt of docs/formats/receipt.md was computed by a second program; the code must give the same.
#include <gtest/gtest.h>

#include "crypto/files.h"
#include "ledger/merkle.h"
#include "tests/doubles/places.h"
#include "tools/report/receipt.h"

namespace spor::report {
namespace {

std::string Block(const std::string& name) {
  const std::string page = *ReadSmallFile(doubles::SourceDir() + "/docs/formats/receipt.md", 1 << 20);
  const std::string fence = "```text " + name + "\n";
  const size_t begin = page.find(fence) + fence.size();
  return page.substr(begin, page.find("```", begin) - begin);
}

TEST(ReceiptDocs, TheWorkedReceiptIsReadAndWrittenAsItStands) {
  const std::string text = Block("receipt");
  const Result<ReadReceiptResult> read = ReadReceipt(text);
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_TRUE(VerifyEntry(read->entry, read->artefact.checkpoint).ok());
  EXPECT_EQ(read->entry.index, 3u);
  EXPECT_EQ(read->entry.entry.kind, ledger::EntryKind::kOps);
  EXPECT_EQ(std::string(AsText(*ledger::ParseTlogProof(text)->extra)) + "\n", Block("extra"));
  Receipt again;
  again.origin = read->artefact.origin;
  again.ledger_id = read->artefact.ledger_id;
  again.genesis_proof = read->artefact.genesis_proof;
  again.entry = read->entry;
  again.checkpoint = read->artefact.checkpoint_note;
  EXPECT_EQ(FormatReceipt(again), text);
}

TEST(ReceiptDocs, ItsGenesisProofLeadsToTheSameRoot) {
  const Result<ReadReceiptResult> read = ReadReceipt(Block("receipt"));
  ASSERT_TRUE(read.ok());
  // Entry 0 of the worked log; docs/formats/log.md.
  const Result<Bytes> leaf = HexDecode("e06b5319b6d34c55fd0e14ab109f3e65461f4724ffe5a2c36d0768504e2c3a4c");
  EXPECT_TRUE(ledger::VerifyInclusion(0, read->artefact.checkpoint.size, *ToHash32(*leaf), read->artefact.genesis_proof,
                                      read->artefact.checkpoint.root)
                  .ok());
}

}  // namespace
}  // namespace spor::report
