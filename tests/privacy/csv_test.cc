// SPDX-License-Identifier: Apache-2.0
#include "privacy/csv.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace spor::privacy {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// All rows, the header first; the text of the error as a row of its own at the end.
Rows ReadAll(std::string text) {
  Rows rows;
  Result<CsvReader> reader = CsvReader::FromText(std::move(text), "t.csv");
  if (!reader.ok()) return {{"error", reader.error().message()}};
  rows.push_back(reader->header());
  while (true) {
    Result<std::optional<CsvRow>> row = reader->Next();
    if (!row.ok()) {
      EXPECT_EQ(row.error().code(), Code::kInvalidArgument);
      rows.push_back({"error", row.error().message()});
      return rows;
    }
    if (!row->has_value()) return rows;
    rows.push_back((*row)->fields);
  }
}

std::string ErrorOf(std::string text) {
  const Rows rows = ReadAll(std::move(text));
  return rows.back().front() == "error" ? rows.back().back() : "none";
}

TEST(Csv, ReadsPlainRowsWithBothLineEnds) {
  const Rows expected = {{"a", "b"}, {"1", "2"}, {"", "x y"}};
  EXPECT_EQ(ReadAll("a,b\n1,2\n,x y\n"), expected);
  EXPECT_EQ(ReadAll("a,b\r\n1,2\r\n,x y"), expected);
}

TEST(Csv, ReadsQuotedFields) {
  const Rows expected = {{"a", "b"}, {"x,\"y\"\r\nz", ""}, {"", "é"}};
  EXPECT_EQ(ReadAll("a,\"b\"\r\n\"x,\"\"y\"\"\r\nz\",\"\"\r\n\"\",é\r\n"), expected);
}

TEST(Csv, DropsTheByteOrderMarkAndFindsSemicolons) {
  const Rows expected = {{"navn", "sum,kr"}, {"Åse", "1,50"}};
  EXPECT_EQ(ReadAll("\xEF\xBB\xBFnavn;\"sum,kr\"\r\nÅse;1,50\r\n"), expected);
}

TEST(Csv, ASingleColumnIsEnough) { EXPECT_EQ(ReadAll("external_id\n7\n8\n"), (Rows{{"external_id"}, {"7"}, {"8"}})); }

TEST(Csv, SkipsEmptyLines) { EXPECT_EQ(ReadAll("a,b\n\n1,2\r\n\r\n\n"), (Rows{{"a", "b"}, {"1", "2"}})); }

TEST(Csv, AFieldThatIsOnlyASeparatorIsARow) { EXPECT_EQ(ReadAll("a,b\n,\n"), (Rows{{"a", "b"}, {"", ""}})); }

TEST(Csv, CountsRowsAndLines) {
  Result<CsvReader> reader = CsvReader::FromText("a,b\n\"x\ny\",1\n\nz,2\n", "t.csv");
  ASSERT_TRUE(reader.ok());
  Result<std::optional<CsvRow>> first = reader->Next();
  ASSERT_TRUE(first.ok() && first->has_value());
  EXPECT_EQ((*first)->number, 1u);
  EXPECT_EQ((*first)->line, 2u);
  Result<std::optional<CsvRow>> second = reader->Next();
  ASSERT_TRUE(second.ok() && second->has_value());
  EXPECT_EQ((*second)->number, 2u);
  EXPECT_EQ((*second)->line, 5u);
  EXPECT_EQ(reader->bytes_read(), 17u);
}

TEST(Csv, RefusesBrokenFilesAndNamesTheLine) {
  EXPECT_EQ(ErrorOf("a,b\n1,2\n3\n"), "t.csv:3: 1 fields, the header has 2");
  EXPECT_EQ(ErrorOf("a,b\n1,2,3\n"), "t.csv:2: 3 fields, the header has 2");
  EXPECT_EQ(ErrorOf("a,b\n\"x\ny\",1\n2\n"), "t.csv:4: 1 fields, the header has 2");
  EXPECT_EQ(ErrorOf("a,b\n1,\"x\n\n\n"), "t.csv:2: a quoted field that starts here has no end");
  EXPECT_EQ(ErrorOf("a,b\n1,\"x\"y\n"), "t.csv:2: text behind a closing quotation mark");
  EXPECT_TRUE(ErrorOf("a,b\n1,x\"y\n").starts_with("t.csv:2: a quotation mark inside a field"));
  EXPECT_EQ(ErrorOf("a,b\n1,2\rc\n"), "t.csv:2: a carriage return without a line feed");
  EXPECT_TRUE(ErrorOf("a,b\n1,\xE5\n").starts_with("t.csv:2: text that is not UTF-8"));
}

TEST(Csv, RefusesABadHeader) {
  EXPECT_EQ(ErrorOf(""), "t.csv:1: empty file");
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF"), "t.csv:1: empty file");
  EXPECT_EQ(ErrorOf("a,,b\n"), "t.csv:1: column 2 of the header has no name");
  EXPECT_EQ(ErrorOf("a,b,a\n"), "t.csv:1: column 'a' stands twice in the header");
}

TEST(Csv, HoldsItsLimits) {
  EXPECT_EQ(ReadAll("a\n" + std::string(kMaxCsvFieldBytes, 'x')).size(), 2u);
  EXPECT_EQ(ErrorOf("a\n" + std::string(kMaxCsvFieldBytes + 1, 'x')), "t.csv:2: a field of more than 64 KiB");
  EXPECT_EQ(ErrorOf("a\n\"" + std::string(kMaxCsvFieldBytes + 1, '\n')), "t.csv:65539: a field of more than 64 KiB");
  std::string header = "c0";
  std::string wide = std::string(kMaxCsvFieldBytes, 'x');
  for (int i = 1; i < 17; ++i) {
    header += ",c" + std::to_string(i);
    wide += "," + std::string(kMaxCsvFieldBytes, 'x');
  }
  EXPECT_EQ(ErrorOf(header + "\n" + wide), "t.csv:2: a row of more than 1 MiB");
}

TEST(Csv, ReadsAFileAcrossItsBuffer) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("spor_csv_" + std::to_string(getpid()) + ".csv");
  std::ofstream(path) << "id,text\r\n";
  {
    std::ofstream file(path, std::ios::app);
    for (int i = 0; i < 50'000; ++i) file << i << ",\"row \"\"" << i << "\"\"\"\r\n";
  }
  Result<CsvReader> reader = CsvReader::Open(path.string());
  ASSERT_TRUE(reader.ok());
  for (int i = 0; i < 50'000; ++i) {
    Result<std::optional<CsvRow>> row = reader->Next();
    ASSERT_TRUE(row.ok() && row->has_value());
    ASSERT_EQ((*row)->fields, (std::vector<std::string>{std::to_string(i), "row \"" + std::to_string(i) + "\""}));
  }
  EXPECT_FALSE(reader->Next()->has_value());
  EXPECT_EQ(reader->bytes_read(), std::filesystem::file_size(path));
  std::filesystem::remove(path);
  EXPECT_EQ(CsvReader::Open(path.string()).status().code(), Code::kNotFound);
  EXPECT_EQ(CsvReader::Open("/").status().code(), Code::kIo);
}

}  // namespace
}  // namespace spor::privacy
