// SPDX-License-Identifier: Apache-2.0
#include "privacy/policy_toml.h"

#include <exception>
#include <stdexcept>

// toml++ asserts what some malformed files break, such as a key cut short by a stray byte. Those are mistakes of the
// file, not ours, so they must come out as errors too. The parser is compiled here for that, not taken from a library.
#undef NDEBUG
#undef TOML_HEADER_ONLY
#undef TOML_SHARED_LIB
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(condition)                                       \
  do {                                                               \
    if (!(condition)) throw std::logic_error("toml++: " #condition); \
  } while (false)
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wterminate"  // in this file only: some of the assertions stand in noexcept functions
#endif
#include <toml++/toml.h>

namespace spor::privacy {
namespace {

std::string DateText(const toml::date& date) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", int{date.year}, int{date.month}, int{date.day});
  return text;
}

PolicyNode FromToml(const toml::node& node, uint32_t line_of_parent) {
  PolicyNode out;
  // Tables that exist only as part of a dotted name have no place of their own.
  out.line = node.source().begin.line != 0 ? node.source().begin.line : line_of_parent;
  if (const auto* table = node.as_table()) {
    out.kind = PolicyNode::Kind::kTable;
    for (const auto& [key, value] : *table) {
      out.members.emplace(std::string(key.str()), FromToml(value, out.line));
    }
  } else if (const auto* list = node.as_array()) {
    out.kind = PolicyNode::Kind::kList;
    for (const auto& item : *list) out.items.push_back(FromToml(item, out.line));
  } else if (const auto* text = node.as_string()) {
    out.kind = PolicyNode::Kind::kText;
    out.text = text->get();
  } else if (const auto* number = node.as_integer()) {
    out.kind = PolicyNode::Kind::kNumber;
    out.number = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    out.kind = PolicyNode::Kind::kFlag;
    out.flag = flag->get();
  } else if (const auto* date = node.as_date()) {
    out.kind = PolicyNode::Kind::kText;
    out.text = DateText(date->get());
  } else {
    out.kind = PolicyNode::Kind::kOther;
  }
  return out;
}

Status Refused(std::string_view file, uint32_t line, std::string_view problem) {
  return Status(Code::kInvalidArgument, std::string(file) + ":" + std::to_string(line) + ": " + std::string(problem));
}

}  // namespace

Result<PolicyNode> ReadPolicyToml(std::string_view toml, std::string_view file) {
  if (toml.size() > kMaxPolicyBytes) return Refused(file, 1, "a policy has at most 1 MiB");
  try {
    return FromToml(toml::parse(toml), 1);
  } catch (const toml::parse_error& error) {
    std::string problem = "not TOML: ";
    for (char c : error.description().substr(0, 160)) problem += c >= 0x20 && c < 0x7f ? c : '?';
    return Refused(file, error.source().begin.line, problem);
  } catch (const std::exception&) {
    return Refused(file, 1, "not TOML, or more of it than there is memory for");
  }
}

}  // namespace spor::privacy
