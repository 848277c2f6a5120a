// SPDX-License-Identifier: Apache-2.0
#include "privacy/json.h"

#include <simdjson.h>

#include <algorithm>
#include <memory>

#include "crypto/secret.h"

namespace spor::privacy {
namespace {

namespace dom = simdjson::dom;

// Texts up to this size share one parser per thread; larger ones get a parser that is freed again.
constexpr size_t kSmallText = size_t{64} << 10;
// simdjson counts levels its own way; it only has to stop before the stack does, ours is the exact limit.
constexpr size_t kParserDepth = 2 * kMaxJsonDepth;
// Up to so many members are compared pair by pair; above, their keys are sorted.
constexpr size_t kPairwise = 16;

Status Invalid(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

std::string Named(std::string_view key) { return "'" + Shown(key) + "'"; }

std::string_view TypeName(JsonValue::Type type) {
  switch (type) {
    case JsonValue::Type::kNull: return "null";
    case JsonValue::Type::kBool: return "true or false";
    case JsonValue::Type::kInt: return "a whole number";
    case JsonValue::Type::kDouble: return "a number";
    case JsonValue::Type::kString: return "a string";
    case JsonValue::Type::kArray: return "an array";
    case JsonValue::Type::kObject: return "an object";
  }
  return "?";
}

Status CheckKeysDiffer(const JsonValue::Object& object) {
  if (object.size() <= kPairwise) {
    for (size_t i = 0; i < object.size(); ++i) {
      for (size_t k = 0; k < i; ++k) {
        if (object[i].key == object[k].key) return Invalid("JSON: key " + Named(object[i].key) + " stands twice");
      }
    }
    return OkStatus();
  }
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const JsonValue::Member& member : object) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end()) return Invalid("JSON: key " + Named(*twice) + " stands twice");
  return OkStatus();
}

// Turns simdjson's tape into our tree.
Result<JsonValue> Build(dom::element element, size_t depth);

Result<JsonValue> BuildArray(dom::array array, size_t depth) {
  JsonValue::Array out;
  out.reserve(array.size());
  for (dom::element element : array) {
    ASSIGN_OR_RETURN(JsonValue value, Build(element, depth + 1));
    out.push_back(std::move(value));
  }
  return JsonValue(std::move(out));
}

Result<JsonValue> BuildObject(dom::object object, size_t depth) {
  JsonValue::Object out;
  out.reserve(object.size());
  for (dom::key_value_pair member : object) {
    ASSIGN_OR_RETURN(JsonValue value, Build(member.value, depth + 1));
    out.push_back({std::string(member.key), std::move(value)});
  }
  RETURN_IF_ERROR(CheckKeysDiffer(out));
  return JsonValue(std::move(out));
}

Result<JsonValue> Build(dom::element element, size_t depth) {
  if (depth > kMaxJsonDepth) return Invalid("JSON: more than " + std::to_string(kMaxJsonDepth) + " levels");
  switch (element.type()) {
    case dom::element_type::ARRAY: return BuildArray(element.get_array().value_unsafe(), depth);
    case dom::element_type::OBJECT: return BuildObject(element.get_object().value_unsafe(), depth);
    case dom::element_type::STRING: return JsonValue(std::string(element.get_string().value_unsafe()));
    case dom::element_type::INT64: return JsonValue(element.get_int64().value_unsafe());
    case dom::element_type::DOUBLE: return JsonValue(element.get_double().value_unsafe());
    case dom::element_type::BOOL: return JsonValue(element.get_bool().value_unsafe());
    case dom::element_type::NULL_VALUE: return JsonValue();
    case dom::element_type::UINT64: return Invalid("JSON: a number above 9223372036854775807");
  }
  return Status(Code::kInternal, "JSON: unknown element");
}

// A parser with its padded copy of the text, which simdjson reads up to 32 bytes beyond the end.
class Scratch {
 public:
  explicit Scratch(size_t capacity) : capacity_(capacity), text_(new uint8_t[capacity + simdjson::SIMDJSON_PADDING]) {
    ready_ = parser_.allocate(capacity, kParserDepth) == simdjson::SUCCESS;
  }

  Result<JsonValue> Parse(std::string_view text, bool secret) {
    CHECK(text.size() <= capacity_);
    if (!ready_) return Status(Code::kInternal, "JSON: no memory for the parser");
    std::memcpy(text_.get(), text.data(), text.size());
    std::memset(text_.get() + text.size(), 0, simdjson::SIMDJSON_PADDING);
    Result<JsonValue> result = ParseCopy(text);
    if (secret) Wipe(text.size());
    return result;
  }

 private:
  Result<JsonValue> ParseCopy(std::string_view text) {
    dom::element root;
    const simdjson::error_code error = parser_.parse(text_.get(), text.size(), false).get(root);
    if (error == simdjson::DEPTH_ERROR) {
      return Invalid("JSON: more than " + std::to_string(kMaxJsonDepth) + " levels");
    }
    if (error != simdjson::SUCCESS) return Invalid(std::string("JSON: ") + simdjson::error_message(error));
    return Build(root, 1);
  }

  void Wipe(size_t text_bytes) {
    WipeMemory(std::span<uint8_t>(text_.get(), text_bytes));
    // Strings of a text take at most their own length, four bytes of length and one of padding each.
    if (parser_.doc.string_buf) {
      const size_t held = std::min(5 * text_bytes / 3 + simdjson::SIMDJSON_PADDING, 5 * capacity_ / 3);
      WipeMemory(std::span<uint8_t>(parser_.doc.string_buf.get(), held));
    }
  }

  size_t capacity_;
  std::unique_ptr<uint8_t[]> text_;
  dom::parser parser_;
  bool ready_ = false;
};

}  // namespace

JsonValue::JsonValue() = default;
JsonValue::JsonValue(bool value) : value_(value) {}
JsonValue::JsonValue(int64_t value) : value_(value) {}
JsonValue::JsonValue(double value) : value_(value) {}
JsonValue::JsonValue(std::string value) : value_(std::move(value)) {}
JsonValue::JsonValue(Array value) : value_(std::move(value)) {}
JsonValue::JsonValue(Object value) : value_(std::move(value)) {}
JsonValue::~JsonValue() = default;
JsonValue::JsonValue(JsonValue&&) noexcept = default;
JsonValue& JsonValue::operator=(JsonValue&&) noexcept = default;

Result<JsonValue> ParseJson(std::string_view text, const JsonOptions& options) {
  if (text.size() > options.max_bytes) {
    return Invalid("JSON: " + std::to_string(text.size()) + " bytes, the limit here is " +
                   std::to_string(options.max_bytes));
  }
  if (text.size() > kSmallText) return Scratch(text.size()).Parse(text, options.secret);
  thread_local Scratch small(kSmallText);
  return small.Parse(text, options.secret);
}

const JsonValue* JsonValue::Find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const Member& member : object()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Result<const JsonValue*> JsonValue::Need(std::string_view key, Type type) const {
  if (!is_object()) return Invalid("an object with " + Named(key) + " was expected");
  const JsonValue* value = Find(key);
  if (value == nullptr) return Invalid(Named(key) + " is missing");
  if (value->type() != type) return Invalid(Named(key) + " must be " + std::string(TypeName(type)));
  return value;
}

Result<std::string> JsonValue::GetString(std::string_view key) const {
  ASSIGN_OR_RETURN(const JsonValue* value, Need(key, Type::kString));
  return value->string();
}

Result<std::string_view> JsonValue::GetStringView(std::string_view key) const {
  ASSIGN_OR_RETURN(const JsonValue* value, Need(key, Type::kString));
  return std::string_view(value->string());
}

Result<int64_t> JsonValue::GetInt(std::string_view key) const {
  ASSIGN_OR_RETURN(const JsonValue* value, Need(key, Type::kInt));
  return value->integer();
}

Result<bool> JsonValue::GetBool(std::string_view key) const {
  ASSIGN_OR_RETURN(const JsonValue* value, Need(key, Type::kBool));
  return value->boolean();
}

Result<std::span<const JsonValue>> JsonValue::GetArray(std::string_view key) const {
  ASSIGN_OR_RETURN(const JsonValue* value, Need(key, Type::kArray));
  return std::span<const JsonValue>(value->array());
}

Result<const JsonValue*> JsonValue::GetObject(std::string_view key) const { return Need(key, Type::kObject); }

Result<std::vector<std::string>> JsonValue::GetStrings(std::string_view key) const {
  ASSIGN_OR_RETURN(const JsonValue* value, Need(key, Type::kArray));
  std::vector<std::string> out;
  out.reserve(value->array().size());
  for (const JsonValue& item : value->array()) {
    if (!item.is_string()) return Invalid(Named(key) + " must be an array of strings");
    out.push_back(item.string());
  }
  return out;
}

Result<std::optional<std::string>> JsonValue::FindString(std::string_view key) const {
  const JsonValue* value = Find(key);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  ASSIGN_OR_RETURN(std::string text, GetString(key));
  return std::optional<std::string>(std::move(text));
}

Result<std::optional<int64_t>> JsonValue::FindInt(std::string_view key) const {
  const JsonValue* value = Find(key);
  if (value == nullptr || value->is_null()) return std::optional<int64_t>();
  ASSIGN_OR_RETURN(const int64_t number, GetInt(key));
  return std::optional<int64_t>(number);
}

void JsonValue::WipeStrings() {
  if (auto* text = std::get_if<std::string>(&value_)) WipeMemory(*text);
  if (auto* array = std::get_if<Array>(&value_)) {
    for (JsonValue& item : *array) item.WipeStrings();
  }
  if (auto* object = std::get_if<Object>(&value_)) {
    for (Member& member : *object) member.value.WipeStrings();
  }
}

}  // namespace spor::privacy
