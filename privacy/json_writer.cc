// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>

#include "crypto/utf8.h"
#include "privacy/json.h"

namespace spor::privacy {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

void AppendEscaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<uint8_t>(c);
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

template <typename T>
void AppendNumber(std::string& out, T value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr);
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  size_t plain = 0;  // start of the bytes that go out as they are
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
      ++i;
      continue;
    }
    const size_t sequence = byte < 0x80 ? 0 : FirstUtf8(text.substr(i)).bytes;
    if (sequence > 0) {
      i += sequence;
      continue;
    }
    out.append(text.substr(plain, i - plain));
    if (byte < 0x80) {
      AppendEscaped(out, text[i]);
    } else {
      out.append(kReplacement);
    }
    plain = ++i;
  }
  out.append(text.substr(plain));
  out += '"';
}

void JsonWriter::NewLine() {
  if (style_ != Style::kIndented) return;
  out_ += '\n';
  out_.append(2 * levels_.size(), ' ');
}

void JsonWriter::BeforeValue() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) {
    CHECK(out_.empty());
    return;
  }
  Level& level = levels_.back();
  CHECK(level.scope == Scope::kArray);
  if (!level.empty) out_ += ',';
  level.empty = false;
  NewLine();
}

JsonWriter& JsonWriter::Open(char bracket, Scope scope) {
  BeforeValue();
  out_ += bracket;
  levels_.push_back({scope, true});
  return *this;
}

JsonWriter& JsonWriter::Close(char bracket, Scope scope) {
  CHECK(!levels_.empty() && levels_.back().scope == scope && !after_key_);
  const bool empty = levels_.back().empty;
  levels_.pop_back();
  if (!empty) NewLine();
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  CHECK(!levels_.empty() && levels_.back().scope == Scope::kObject && !after_key_);
  Level& level = levels_.back();
  if (!level.empty) out_ += ',';
  level.empty = false;
  NewLine();
  AppendJsonString(out_, key);
  out_ += style_ == Style::kIndented ? ": " : ":";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view value) {
  BeforeValue();
  AppendJsonString(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Int(int64_t value) { return BeforeValue(), AppendNumber(out_, value), *this; }
JsonWriter& JsonWriter::Uint(uint64_t value) { return BeforeValue(), AppendNumber(out_, value), *this; }
JsonWriter& JsonWriter::Bool(bool value) { return Raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::Null() { return Raw("null"); }

JsonWriter& JsonWriter::Raw(std::string_view json) {
  BeforeValue();
  out_.append(json);
  return *this;
}

JsonWriter& JsonWriter::Value(const JsonValue& value) {
  switch (value.type()) {
    case JsonValue::Type::kNull: return Null();
    case JsonValue::Type::kBool: return Bool(value.boolean());
    case JsonValue::Type::kInt: return Int(value.integer());
    case JsonValue::Type::kString: return String(value.string());
    case JsonValue::Type::kDouble: {
      BeforeValue();
      const size_t before = out_.size();
      AppendNumber(out_, value.number());
      // 2.0 must come back as a double, not as an integer.
      if (out_.find_first_of(".en", before) == std::string::npos) out_ += ".0";
      return *this;
    }
    case JsonValue::Type::kArray:
      BeginArray();
      for (const JsonValue& item : value.array()) Value(item);
      return EndArray();
    case JsonValue::Type::kObject:
      BeginObject();
      for (const JsonValue::Member& member : value.object()) Key(member.key).Value(member.value);
      return EndObject();
  }
  return *this;
}

std::string JsonWriter::Take() {
  CHECK(levels_.empty() && !after_key_ && !out_.empty());
  return std::move(out_);
}

}  // namespace spor::privacy
