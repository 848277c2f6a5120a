// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <utility>

#include "privacy/policy_toml.h"

namespace spor::privacy {

// The one of `known` that needs the fewest letters changed to become `word`; empty when none is near.
std::string Nearest(std::string_view word, const std::vector<std::string>& known);
// "; did you mean 'x'? Known: a, b, c"
std::string Suggestion(std::string_view word, const std::vector<std::string>& known);
std::string Joined(const std::vector<std::string>& words);

// Where each part of a policy stands in its file, and the first error found in it.
// A part is named by its path, "categories.3.purposes.0.basis".
class PolicySource {
 public:
  explicit PolicySource(std::string_view file) : file_(file) {}
  void Mark(const std::string& path, uint32_t line) { lines_[path] = line; }
  // Keeps the first error: "file:line: problem". The line is that of `path` or of the nearest part around it.
  void Fail(std::string_view path, std::string_view problem, Code code = Code::kInvalidArgument);
  bool failed() const { return !first_.ok(); }
  const Status& status() const { return first_; }

 private:
  std::string file_;
  std::map<std::string, uint32_t, std::less<>> lines_;
  Status first_;
};

// Reads the keys of one table of a policy. After an error everything reads as empty; the PolicySource holds the error.
// Every key that may stand in the table is asked for once; Finish() then refuses the others.
//
// Ownership: borrows the node and the source, which must outlive it.
class TableReader {
 public:
  TableReader(const PolicyNode& node, std::string path, std::string what, PolicySource& source);

  std::string Text(std::string_view key);          // required, not empty
  std::string OptionalText(std::string_view key);  // empty where absent
  std::string Name(std::string_view key);          // required; letters, digits, '_', '-', '.'; at most 64
  int64_t Number(std::string_view key, int64_t least, int64_t most);
  bool Flag(std::string_view key);                       // false where absent
  std::vector<std::string> Texts(std::string_view key);  // empty where absent
  std::vector<int64_t> Numbers(std::string_view key, int64_t least, int64_t most);
  std::vector<std::pair<std::string, std::string>> TextMap(std::string_view key);
  std::vector<TableReader> Tables(std::string_view key, size_t most);
  TableReader Table(std::string_view key);  // an empty one where absent
  void Finish();

  bool Has(std::string_view key) const { return node_->members.find(key) != node_->members.end(); }
  void Fail(std::string_view key, std::string_view problem, Code code = Code::kInvalidArgument);
  // What messages call this table from here on: "category 'contact'".
  void Call(std::string what) { what_ = std::move(what); }
  const std::string& what() const { return what_; }

 private:
  // The value of `key` if it is there and of that kind; an error for another kind, or when required and absent.
  const PolicyNode* Find(std::string_view key, PolicyNode::Kind kind, std::string_view wanted);
  const PolicyNode* Require(std::string_view key, PolicyNode::Kind kind, std::string_view wanted);
  std::string Checked(std::string_view key, const std::string& text);
  std::string PathOf(std::string_view key) const;

  const PolicyNode* node_;
  std::string path_;
  std::string what_;
  PolicySource* source_;
  std::vector<std::string> known_;
};

template <typename Choice>
using Choices = std::initializer_list<std::pair<const char*, Choice>>;

// One of a few words. An absent key is `absent`, or an error where there is no such default.
template <typename Choice>
Choice OneOf(TableReader& table, std::string_view key, Choices<Choice> choices, std::optional<Choice> absent) {
  const std::string word = absent.has_value() ? table.OptionalText(key) : table.Text(key);
  if (word.empty() && absent.has_value()) return *absent;
  std::vector<std::string> words;
  for (const auto& [name, choice] : choices) {
    if (word == name) return choice;
    words.emplace_back(name);
  }
  table.Fail(key, "unknown " + std::string(key) + " '" + Shown(word) + "'" + Suggestion(word, words));
  return choices.begin()->second;
}

}  // namespace spor::privacy
