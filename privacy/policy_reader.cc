// SPDX-License-Identifier: Apache-2.0
#include "privacy/policy_reader.h"

#include <algorithm>
#include <numeric>

namespace spor::privacy {
namespace {

constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxTextBytes = 2000;
constexpr size_t kMaxListItems = 256;

// Levenshtein's distance, by rows.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

}  // namespace

std::string Nearest(std::string_view word, const std::vector<std::string>& known) {
  const std::string_view near_word = word.substr(0, kMaxNameBytes);
  std::string best;
  size_t best_distance = SIZE_MAX;
  for (const std::string& candidate : known) {
    const size_t distance = Distance(near_word, candidate);
    if (distance >= best_distance || distance > std::max(near_word.size(), candidate.size()) / 2) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string Suggestion(std::string_view word, const std::vector<std::string>& known) {
  if (known.empty()) return "; none is defined";
  const std::string nearest = Nearest(word, known);
  return (nearest.empty() ? "; known: " : "; did you mean '" + nearest + "'? Known: ") + Joined(known);
}

void PolicySource::Fail(std::string_view path, std::string_view problem, Code code) {
  if (failed()) return;
  auto line = lines_.find(path);
  while (line == lines_.end() && !path.empty()) {
    const size_t dot = path.rfind('.');
    path = dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
    line = lines_.find(path);
  }
  first_ =
      Status(code, file_ + ":" + std::to_string(line == lines_.end() ? 1 : line->second) + ": " + std::string(problem));
}

TableReader::TableReader(const PolicyNode& node, std::string path, std::string what, PolicySource& source)
    : node_(&node), path_(std::move(path)), what_(std::move(what)), source_(&source) {}

std::string TableReader::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void TableReader::Fail(std::string_view key, std::string_view problem, Code code) {
  source_->Fail(PathOf(key), what_ + ": " + std::string(problem), code);
}

const PolicyNode* TableReader::Find(std::string_view key, PolicyNode::Kind kind, std::string_view wanted) {
  known_.emplace_back(key);
  const auto found = node_->members.find(key);
  if (found == node_->members.end() || source_->failed()) return nullptr;
  source_->Mark(PathOf(key), found->second.line);
  if (found->second.kind == kind) return &found->second;
  Fail(key, "'" + std::string(key) + "' must be " + std::string(wanted));
  return nullptr;
}

const PolicyNode* TableReader::Require(std::string_view key, PolicyNode::Kind kind, std::string_view wanted) {
  const PolicyNode* node = Find(key, kind, wanted);
  if (node == nullptr) Fail("", "'" + std::string(key) + "' is missing; add " + std::string(wanted));
  return node;
}

std::string TableReader::Checked(std::string_view key, const std::string& text) {
  const bool clean = std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
  if (clean && text.size() <= kMaxTextBytes) return text;
  Fail(key, "'" + std::string(key) + "' must be one line of at most " + std::to_string(kMaxTextBytes) + " bytes");
  return {};
}

std::string TableReader::OptionalText(std::string_view key) {
  const PolicyNode* node = Find(key, PolicyNode::Kind::kText, "a text in quotes");
  return node == nullptr ? std::string() : Checked(key, node->text);
}

std::string TableReader::Text(std::string_view key) {
  const PolicyNode* node = Require(key, PolicyNode::Kind::kText, "a text in quotes");
  if (node == nullptr) return {};
  if (node->text.empty()) Fail(key, "'" + std::string(key) + "' is empty; write a text");
  return Checked(key, node->text);
}

std::string TableReader::Name(std::string_view key) {
  const PolicyNode* node = Require(key, PolicyNode::Kind::kText, "a name in quotes");
  if (node == nullptr) return {};
  if (!IsName(node->text)) {
    Fail(key, "'" + Shown(node->text) + "' is not a name; use 1 to 64 letters a-z, digits, '_', '-' and '.'");
  }
  return node->text;
}

int64_t TableReader::Number(std::string_view key, int64_t least, int64_t most) {
  const std::string wanted = "a number from " + std::to_string(least) + " to " + std::to_string(most);
  const PolicyNode* node = Require(key, PolicyNode::Kind::kNumber, wanted);
  if (node == nullptr) return least;
  if (node->number >= least && node->number <= most) return node->number;
  Fail(key, "'" + std::string(key) + "' is " + std::to_string(node->number) + "; it must be " + wanted);
  return least;
}

bool TableReader::Flag(std::string_view key) {
  const PolicyNode* node = Find(key, PolicyNode::Kind::kFlag, "true or false");
  return node != nullptr && node->flag;
}

std::vector<std::string> TableReader::Texts(std::string_view key) {
  const PolicyNode* node = Find(key, PolicyNode::Kind::kList, "a list of texts");
  std::vector<std::string> texts;
  if (node == nullptr) return texts;
  if (node->items.size() > kMaxListItems) Fail(key, "'" + std::string(key) + "' has more than 256 items");
  for (const PolicyNode& item : node->items) {
    const std::string index = std::string(key) + "." + std::to_string(texts.size());
    source_->Mark(PathOf(index), item.line);
    if (item.kind != PolicyNode::Kind::kText || item.text.empty()) {
      Fail(index, "'" + std::string(key) + "' must be a list of texts");
    }
    texts.push_back(Checked(index, item.text));
    if (std::count(texts.begin(), texts.end(), item.text) > 1) {
      Fail(index, "'" + Shown(item.text) + "' stands twice in '" + std::string(key) + "'; take one out");
    }
  }
  return texts;
}

std::vector<int64_t> TableReader::Numbers(std::string_view key, int64_t least, int64_t most) {
  const PolicyNode* node = Find(key, PolicyNode::Kind::kList, "a list of numbers");
  std::vector<int64_t> numbers;
  if (node == nullptr) return numbers;
  if (node->items.size() > kMaxListItems) Fail(key, "'" + std::string(key) + "' has more than 256 items");
  for (const PolicyNode& item : node->items) {
    if (item.kind != PolicyNode::Kind::kNumber || item.number < least || item.number > most) {
      Fail(key, "'" + std::string(key) + "' must be a list of numbers from " + std::to_string(least) + " to " +
                    std::to_string(most));
      return {};
    }
    numbers.push_back(item.number);
  }
  return numbers;
}

std::vector<std::pair<std::string, std::string>> TableReader::TextMap(std::string_view key) {
  const PolicyNode* node = Find(key, PolicyNode::Kind::kTable, "a table like { clock = \"field\" }");
  std::vector<std::pair<std::string, std::string>> pairs;
  if (node == nullptr) return pairs;
  for (const auto& [name, value] : node->members) {
    const std::string inner = std::string(key) + "." + name;
    source_->Mark(PathOf(inner), value.line);
    if (value.kind != PolicyNode::Kind::kText) Fail(inner, "'" + Shown(name) + "' must be a text in quotes");
    pairs.emplace_back(name, Checked(inner, value.text));
  }
  return pairs;
}

std::vector<TableReader> TableReader::Tables(std::string_view key, size_t most) {
  const std::string wanted = "a list of tables: write [[" + PathOf(key) + "]] or " + std::string(key) + " = [{ ... }]";
  const PolicyNode* node = Find(key, PolicyNode::Kind::kList, wanted);
  std::vector<TableReader> tables;
  if (node == nullptr) return tables;
  if (node->items.size() > most) {
    Fail(key, "'" + std::string(key) + "' has more than " + std::to_string(most) + " items");
    return tables;
  }
  for (const PolicyNode& item : node->items) {
    const std::string path = PathOf(key) + "." + std::to_string(tables.size());
    source_->Mark(path, item.line);
    if (item.kind != PolicyNode::Kind::kTable) {
      source_->Fail(path, what_ + ": '" + std::string(key) + "' must be " + wanted);
      return {};
    }
    tables.emplace_back(item, path, what_ + ": an item of '" + std::string(key) + "'", *source_);
  }
  return tables;
}

TableReader TableReader::Table(std::string_view key) {
  static const PolicyNode kEmpty;
  const PolicyNode* node = Find(key, PolicyNode::Kind::kTable, "a table: write [" + PathOf(key) + "]");
  return TableReader(node == nullptr ? kEmpty : *node, PathOf(key), "[" + PathOf(key) + "]", *source_);
}

void TableReader::Finish() {
  for (const auto& [key, value] : node_->members) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    source_->Mark(PathOf(key), value.line);
    Fail(key, "unknown key '" + Shown(key) + "'" + Suggestion(key, known_));
  }
}

}  // namespace spor::privacy
