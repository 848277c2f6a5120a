// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/qr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tools/cli/readable.h"

namespace spor::cli {
namespace {

constexpr std::string_view kUri = "otpauth://totp/spor:ida?secret=JBSWY3DPEHPK3PXP&issuer=spor";

// A position pattern: seven by seven, dark ring, light ring, dark middle.
bool HasFinder(const QrDots& dots, size_t top, size_t left) {
  for (size_t y = 0; y < 7; ++y) {
    for (size_t x = 0; x < 7; ++x) {
      const size_t ring = std::min({y, x, 6 - y, 6 - x});
      if (dots[top + y][left + x] != (ring != 1)) return false;
    }
  }
  return true;
}

// Reads a drawing back: the dots with their margin.
QrDots Undrawn(const std::string& text) {
  QrDots dots;
  std::string line;
  std::vector<std::string> lines;
  std::istringstream in(text);
  while (std::getline(in, line)) lines.push_back(line);
  for (std::string& row : lines) {
    row = row.substr(row.find('m') + 1);
    row = row.substr(0, row.find('\x1b'));
    std::vector<bool> upper, lower;
    for (size_t i = 0; i < row.size();) {
      const std::string cell = row[i] == ' ' ? " " : row.substr(i, 3);
      upper.push_back(cell == "\u2588" || cell == "\u2580");
      lower.push_back(cell == "\u2588" || cell == "\u2584");
      i += cell.size();
    }
    dots.push_back(upper);
    dots.push_back(lower);
  }
  return dots;
}

TEST(Qr, HasItsThreePositionPatterns) {
  Result<QrDots> dots = MakeQr(kUri);
  ASSERT_TRUE(dots.ok());
  const size_t side = dots->size();
  EXPECT_EQ((side - 17) % 4, 0u);
  EXPECT_TRUE(HasFinder(*dots, 0, 0));
  EXPECT_TRUE(HasFinder(*dots, 0, side - 7));
  EXPECT_TRUE(HasFinder(*dots, side - 7, 0));
  EXPECT_FALSE(HasFinder(*dots, side - 7, side - 7));
}

TEST(Qr, DiffersWhereTheTextDoes) { EXPECT_FALSE(*MakeQr(kUri) == *MakeQr("otpauth://totp/other")); }

TEST(Qr, ATextThatIsTooLongIsAnError) {
  EXPECT_TRUE(MakeQr(std::string(2000, 'x')).ok());
  EXPECT_EQ(MakeQr(std::string(3000, 'x')).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(MakeQr("").status().code(), Code::kInvalidArgument);
}

TEST(Qr, TheDrawingShowsTheDotsInsideAWhiteMargin) {
  Result<QrDots> dots = MakeQr(kUri);
  ASSERT_TRUE(dots.ok());
  const QrDots drawn = Undrawn(DrawQr(*dots));
  const size_t side = dots->size();
  ASSERT_GE(drawn.size(), side + 8);
  for (size_t y = 0; y < drawn.size(); ++y) {
    ASSERT_EQ(drawn[y].size(), side + 8) << y;
    for (size_t x = 0; x < side + 8; ++x) {
      const bool inside = y >= 4 && x >= 4 && y < side + 4 && x < side + 4;
      ASSERT_EQ(drawn[y][x], inside && (*dots)[y - 4][x - 4]) << y << " " << x;
    }
  }
}

std::string Shown(std::string_view json) { return Readable(*privacy::ParseJson(json)); }

TEST(Readable, ShowsObjectsListsAndTables) {
  EXPECT_EQ(Shown(R"({"due":3,"as_of":"2027-01-01","ok":true,"none":null,"list":[],"of":["a","b"]})"),
            "due:   3\nas of: 2027-01-01\nok:    yes\nnone:  -\nlist:  none\nof:    a, b\n");
  EXPECT_EQ(Shown(R"({"rules":[{"rule":"r1","due":3},{"rule":"rule-2","due":10,"x":"å"}]})"),
            "rules:\n  rule    due  x\n  r1      3\n  rule-2  10   å\n");
  EXPECT_EQ(Shown(R"({"fields":{"contact":[{"email":"a@b.c","name":"Kari"}]}})"),
            "fields:\n  contact:\n    - email: a@b.c\n      name:  Kari\n");
}

TEST(Readable, KeepsTerminalsSafe) {
  EXPECT_EQ(Printable("a\x1b[2Jb"), "a\xEF\xBF\xBD[2Jb");
  EXPECT_EQ(Printable("a\tb\nc"), "a b c");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "\xEF\xBF\xBD"
            "31m");
  EXPECT_EQ(Printable("\u202Egpj.exe\u2066"), "\xEF\xBF\xBDgpj.exe\xEF\xBF\xBD");
  EXPECT_EQ(Printable("Blåbær 😀 \u2026"), "Blåbær 😀 \u2026");
}

}  // namespace
}  // namespace spor::cli
