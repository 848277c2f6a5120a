// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>

#include "tests/doubles/vectors.h"

// The worked bytes of docs/formats/, for tests that compute the same.
namespace spor::doubles {

inline std::string PageText(const std::string& page) { return ReadText(SourceDir() + "/docs/formats/" + page + ".md"); }

// The named bytes of a page: lines "name hex" in blocks fenced as "hex"; indented lines go on with the one above.
inline std::map<std::string, std::string> NamedBytes(const std::string& page) {
  std::map<std::string, std::string> named;
  std::istringstream lines(PageText(page));
  bool inside = false;
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = line == "```hex";
      continue;
    }
    if (!inside) continue;
    std::istringstream words(line);
    std::string word;
    if (line[0] != ' ') words >> name;
    words >> word;
    named[name] += word;
  }
  return named;
}

// The block fenced as "text NAME".
inline std::string TextBlock(const std::string& page, const std::string& name) {
  const std::string text = PageText(page);
  const std::string fence = "```text " + name + "\n";
  const size_t at = text.find(fence);
  EXPECT_NE(at, std::string::npos) << page << " has no block " << name;
  if (at == std::string::npos) return "";
  const size_t begin = at + fence.size();
  return text.substr(begin, text.find("```", begin) - begin);
}

// One page; every name in it must be checked before the end of the test.
class Page {
 public:
  explicit Page(const std::string& name) : name_(name), bytes_(NamedBytes(name)) { EXPECT_FALSE(bytes_.empty()); }
  ~Page() {
    for (const auto& [name, hex] : bytes_) EXPECT_TRUE(checked_.contains(name)) << name_ << ": nobody checks " << name;
  }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  void Check(const std::string& name, ByteView bytes) {
    ASSERT_TRUE(bytes_.contains(name)) << name_ << " has no " << name;
    EXPECT_EQ(bytes_[name], HexEncode(bytes)) << name_ << ": " << name;
    checked_.insert(name);
  }

 private:
  std::string name_;
  std::map<std::string, std::string> bytes_;
  std::set<std::string> checked_;
};

}  // namespace spor::doubles
