// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "privacy/policy.h"

namespace spor::report {

using privacy::Wording;

// One HTML page to read and print. Everything given is text: it is escaped here, and there is no way around that.
class HtmlWriter {
 public:
  static constexpr size_t kMaxRows = 2000;

  HtmlWriter(const Wording& title, std::string_view subtitle);
  void Heading(const Wording& words);
  void Paragraph(const Wording& words);
  void Bullets(const std::vector<Wording>& items);
  // A name and its value on a line.
  void BeginFacts();
  void Fact(const Wording& name, std::string_view value);
  void EndFacts();
  void BeginTable(const std::vector<Wording>& columns);
  // Rows beyond kMaxRows are counted, not written.
  void Row(const std::vector<std::string>& cells);
  void EndTable();
  // Space for a person to write in.
  void Blank(const Wording& what);
  std::string Take();

 private:
  void Text(std::string_view text);
  void Both(const Wording& words);
  std::string out_;
  size_t rows_ = 0;
};

}  // namespace spor::report
