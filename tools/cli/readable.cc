// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/readable.h"

#include <algorithm>
#include <vector>

namespace spor::cli {
namespace {

using privacy::JsonValue;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr size_t kMaxColumnWidth = 48;

bool IsScalar(const JsonValue& value) { return !value.is_array() && !value.is_object(); }

// Characters of a UTF-8 text.
size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string Padded(std::string text, size_t width) {
  const size_t has = Width(text);
  if (has < width) text.append(width - has, ' ');
  return text;
}

std::string Label(std::string_view key) {
  std::string label = Printable(key);
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

std::string ScalarText(const JsonValue& value) {
  switch (value.type()) {
    case JsonValue::Type::kNull: return "-";
    case JsonValue::Type::kBool: return value.boolean() ? "yes" : "no";
    case JsonValue::Type::kString: return Printable(value.string());
    default: return privacy::JsonWriter().Value(value).Take();
  }
}

std::string ListText(const JsonValue& array) {
  std::string text;
  for (const JsonValue& item : array.array()) {
    if (!text.empty()) text += ", ";
    text += ScalarText(item);
  }
  return text.empty() ? "none" : text;
}

bool AllScalars(const JsonValue& array) { return std::all_of(array.array().begin(), array.array().end(), IsScalar); }

// An object whose members all fit into the cells of one row.
bool IsRow(const JsonValue& value) {
  if (!value.is_object()) return false;
  return std::all_of(value.object().begin(), value.object().end(), [](const JsonValue::Member& member) {
    return IsScalar(member.value) || (member.value.is_array() && AllScalars(member.value));
  });
}

class Printer {
 public:
  std::string Take() { return std::move(out_); }

  void Print(const JsonValue& value, size_t indent) {
    if (IsScalar(value)) {
      Line(indent, ScalarText(value));
    } else if (value.is_object()) {
      PrintObject(value, indent);
    } else {
      PrintArray(value, indent);
    }
  }

 private:
  void Line(size_t indent, std::string_view text) {
    out_.append(indent, ' ');
    out_.append(text);
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    out_ += '\n';
  }

  void PrintObject(const JsonValue& value, size_t indent) {
    size_t width = 0;
    for (const JsonValue::Member& member : value.object()) width = std::max(width, Width(Label(member.key)) + 1);
    for (const JsonValue::Member& member : value.object()) {
      const std::string label = Padded(Label(member.key) + ":", width);
      if (IsScalar(member.value)) {
        Line(indent, label + " " + ScalarText(member.value));
      } else if (member.value.is_array() && AllScalars(member.value)) {
        Line(indent, label + " " + ListText(member.value));
      } else {
        Line(indent, Label(member.key) + ":");
        Print(member.value, indent + 2);
      }
    }
  }

  void PrintArray(const JsonValue& value, size_t indent) {
    const JsonValue::Array& items = value.array();
    if (AllScalars(value)) return Line(indent, ListText(value));
    if (items.size() > 1 && std::all_of(items.begin(), items.end(), IsRow)) return PrintTable(items, indent);
    for (const JsonValue& item : items) {
      const size_t start = out_.size();
      Print(item, indent + 2);
      if (out_.size() > start + indent) out_[start + indent] = '-';
    }
  }

  void PrintTable(const JsonValue::Array& rows, size_t indent) {
    std::vector<std::string_view> keys;
    for (const JsonValue& row : rows) {
      for (const JsonValue::Member& member : row.object()) {
        if (std::find(keys.begin(), keys.end(), member.key) == keys.end()) keys.push_back(member.key);
      }
    }
    std::vector<std::vector<std::string>> cells(1);
    for (std::string_view key : keys) cells[0].push_back(Label(key));
    for (const JsonValue& row : rows) {
      std::vector<std::string>& line = cells.emplace_back();
      for (std::string_view key : keys) {
        const JsonValue* cell = row.Find(key);
        line.push_back(cell == nullptr ? "" : cell->is_array() ? ListText(*cell) : ScalarText(*cell));
      }
    }
    std::vector<size_t> widths(keys.size(), 0);
    for (const std::vector<std::string>& line : cells) {
      for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], Width(line[i]));
    }
    for (const std::vector<std::string>& line : cells) {
      std::string text;
      for (size_t i = 0; i < line.size(); ++i) text += Padded(line[i], std::min(widths[i], kMaxColumnWidth)) + "  ";
      Line(indent, text);
    }
  }

  std::string out_;
};

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    const std::string_view three = text.substr(i, 3);
    if (c == '\t' || c == '\n' || c == '\r') {
      out += ' ';
    } else if (c < 0x20 || c == 0x7f) {
      out += kReplacement;
    } else if (c == 0xC2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xA0) {  // U+0080..U+009F
      out += kReplacement;
      ++i;
    } else if (three >= "\xE2\x80\xAA" && three <= "\xE2\x80\xAE") {  // U+202A..U+202E
      out += kReplacement;
      i += 2;
    } else if (three >= "\xE2\x81\xA6" && three <= "\xE2\x81\xA9") {  // U+2066..U+2069
      out += kReplacement;
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string Readable(const JsonValue& value) {
  Printer printer;
  printer.Print(value, 0);
  return printer.Take();
}

}  // namespace spor::cli
