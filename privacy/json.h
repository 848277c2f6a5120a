// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crypto/result.h"

namespace spor::privacy {

inline constexpr size_t kMaxJsonDepth = 32;

struct JsonOptions {
  size_t max_bytes = size_t{64} << 20;
  // The text holds a password, a code or a token: what the parser keeps of it is wiped. Whoever asked wipes the text
  // itself and calls WipeStrings() on the tree.
  bool secret = false;
};

// A parsed JSON value (RFC 8259), read-only; objects keep the order of their members.
//
// Threads: any, once made. Ownership: owns its whole tree; move-only, because a copy by mistake would be dear.
// Errors: the Get* functions answer kInvalidArgument and name the key that is missing or of another type.
class JsonValue {
 public:
  enum class Type { kNull, kBool, kInt, kDouble, kString, kArray, kObject };
  struct Member;
  using Array = std::vector<JsonValue>;
  using Object = std::vector<Member>;

  JsonValue();  // null
  explicit JsonValue(bool value);
  explicit JsonValue(int64_t value);
  explicit JsonValue(double value);
  explicit JsonValue(std::string value);
  explicit JsonValue(Array value);
  explicit JsonValue(Object value);
  ~JsonValue();
  JsonValue(JsonValue&&) noexcept;
  JsonValue& operator=(JsonValue&&) noexcept;
  JsonValue(const JsonValue&) = delete;
  JsonValue& operator=(const JsonValue&) = delete;

  Type type() const { return static_cast<Type>(value_.index()); }
  bool is_null() const { return type() == Type::kNull; }
  bool is_bool() const { return type() == Type::kBool; }
  bool is_int() const { return type() == Type::kInt; }
  bool is_double() const { return type() == Type::kDouble; }
  bool is_string() const { return type() == Type::kString; }
  bool is_array() const { return type() == Type::kArray; }
  bool is_object() const { return type() == Type::kObject; }

  // The value itself; CHECKs the type, so ask is_*() first.
  bool boolean() const { return Checked<bool>(); }
  int64_t integer() const { return Checked<int64_t>(); }
  double number() const { return is_int() ? static_cast<double>(integer()) : Checked<double>(); }
  const std::string& string() const { return Checked<std::string>(); }
  const Array& array() const { return Checked<Array>(); }
  const Object& object() const { return Checked<Object>(); }

  // The member's value, or nullptr when there is none or this is no object.
  const JsonValue* Find(std::string_view key) const;

  Result<std::string> GetString(std::string_view key) const;
  // A view into this tree, for values that must not be copied about.
  Result<std::string_view> GetStringView(std::string_view key) const;
  Result<int64_t> GetInt(std::string_view key) const;
  Result<bool> GetBool(std::string_view key) const;
  // Views into this tree.
  Result<std::span<const JsonValue>> GetArray(std::string_view key) const;
  Result<const JsonValue*> GetObject(std::string_view key) const;
  // Array of strings.
  Result<std::vector<std::string>> GetStrings(std::string_view key) const;

  // The member's value, or nothing when it is missing or null; another type is still an error.
  Result<std::optional<std::string>> FindString(std::string_view key) const;
  Result<std::optional<int64_t>> FindInt(std::string_view key) const;

  // Overwrites every string of the tree and leaves it empty.
  void WipeStrings();

 private:
  template <typename T>
  const T& Checked() const {
    const T* value = std::get_if<T>(&value_);
    CHECK(value != nullptr);
    return *value;
  }
  Result<const JsonValue*> Need(std::string_view key, Type type) const;

  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

struct JsonValue::Member {
  std::string key;
  JsonValue value;
};

// The whole text is one value. kInvalidArgument for anything RFC 8259 does not allow, for bytes that are not UTF-8
// (lone surrogates included), integers outside int64, a key twice in one object, more than kMaxJsonDepth levels and
// more than `max_bytes` bytes.
Result<JsonValue> ParseJson(std::string_view text, const JsonOptions& options = {});

// Writes JSON (RFC 8259) into one string. Calls that make no JSON (a value without its key, an unclosed object) are
// our own bugs and CHECKed. Strings are escaped; bytes that are not UTF-8 become U+FFFD, so that the output always
// parses.
//
//   JsonWriter json;
//   json.BeginObject().Key("rows").Int(3).Key("names").BeginArray().String("a").EndArray().EndObject();
//   std::string text = json.Take();
class JsonWriter {
 public:
  enum class Style { kCompact, kIndented };  // kIndented: two spaces a level, one member a line
  // `reserve` bytes are set aside at once: enough of them and no copy of a secret is left behind by growing.
  explicit JsonWriter(Style style = Style::kCompact, size_t reserve = 0) : style_(style) { out_.reserve(reserve); }

  JsonWriter& BeginObject() { return Open('{', Scope::kObject); }
  JsonWriter& EndObject() { return Close('}', Scope::kObject); }
  JsonWriter& BeginArray() { return Open('[', Scope::kArray); }
  JsonWriter& EndArray() { return Close(']', Scope::kArray); }
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view value);
  JsonWriter& Int(int64_t value);
  JsonWriter& Uint(uint64_t value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  // `json` is one complete JSON value, written as it is.
  JsonWriter& Raw(std::string_view json);
  // A parsed value with all below it.
  JsonWriter& Value(const JsonValue& value);

  // What is written so far, e.g. to flush a long stream; the text is complete when no scope is open.
  const std::string& text() const { return out_; }
  std::string Take();

 private:
  enum class Scope : uint8_t { kArray, kObject };
  struct Level {
    Scope scope;
    bool empty;
  };
  JsonWriter& Open(char bracket, Scope scope);
  JsonWriter& Close(char bracket, Scope scope);
  void BeforeValue();
  void NewLine();

  Style style_;
  std::string out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

// Appends `text` as a JSON string, quotes included.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace spor::privacy
