// SPDX-License-Identifier: Apache-2.0
#include "tools/report/document.h"

#include <algorithm>

namespace spor::report {
namespace {

Status Refused(std::string what) { return Status(Code::kFailed, std::move(what)); }

Status NotAs(std::string_view key, const char* form) { return Refused("member '" + Shown(key) + "' is not " + form); }

// Takes what the writer would write off the front of the text.
class Comparer {
 public:
  explicit Comparer(std::string_view rest) : rest_(rest) {}
  void Take(std::string_view expected) {
    if (rest_.starts_with(expected)) {
      rest_.remove_prefix(expected.size());
    } else {
      differs_ = true;
    }
  }
  bool differs() const { return differs_; }
  bool done() const { return !differs_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool differs_ = false;
};

bool IsCanonical(std::string_view text, const JsonValue& document) {
  Comparer text_left(text);
  text_left.Take("{");
  bool first = true;
  for (const JsonValue::Member& member : document.object()) {
    std::string head = first ? "\n" : ",\n";
    privacy::AppendJsonString(head, member.key);
    text_left.Take(head + ":");
    first = false;
    if (!member.value.is_array() || member.value.array().empty()) {
      text_left.Take(CompactJson(member.value));
    } else {
      const char* before = "[\n";
      for (const JsonValue& element : member.value.array()) {
        text_left.Take(before);
        text_left.Take(CompactJson(element));
        before = ",\n";
        if (text_left.differs()) return false;
      }
      text_left.Take("\n]");
    }
    if (text_left.differs()) return false;
  }
  text_left.Take("\n}\n");
  return text_left.done();
}

}  // namespace

void DocumentWriter::Key(std::string_view key) {
  out_ += first_ ? "\n" : ",\n";
  first_ = false;
  privacy::AppendJsonString(out_, key);
  out_ += ':';
}

void DocumentWriter::Member(std::string_view key, std::string_view json) {
  Key(key);
  out_ += json;
}

void DocumentWriter::Text(std::string_view key, std::string_view text) {
  Key(key);
  privacy::AppendJsonString(out_, text);
}

void DocumentWriter::BeginArray(std::string_view key) {
  Key(key);
  out_ += '[';
  first_element_ = true;
}

void DocumentWriter::Element(std::string_view json) {
  out_ += first_element_ ? "\n" : ",\n";
  first_element_ = false;
  out_ += json;
}

void DocumentWriter::EndArray() { out_ += first_element_ ? "]" : "\n]"; }

std::string DocumentWriter::Take() {
  out_ += "\n}\n";
  return std::move(out_);
}

Result<JsonValue> ParseDocument(std::string_view text) {
  // Each value costs memory of its own once parsed, however short it is in the file.
  const auto values = static_cast<size_t>(std::count(text.begin(), text.end(), ','));
  if (values > kMaxArtefactValues) return Refused("the file holds more values than any artefact");
  Result<JsonValue> document = privacy::ParseJson(text, {.max_bytes = kMaxArtefactBytes});
  if (!document.ok()) return Refused(document.error().message());
  if (!document->is_object()) return Refused("the file is JSON, but no artefact");
  if (!IsCanonical(text, *document)) return Refused("the file is not laid out as an artefact is");
  return document;
}

Status ExpectMembers(const JsonValue& value, std::initializer_list<std::string_view> keys) {
  if (!value.is_object()) return Refused("a value that must be an object is none");
  const JsonValue::Object& object = value.object();
  size_t i = 0;
  for (const std::string_view key : keys) {
    if (i == object.size() || object[i].key != key) return Refused("member '" + Shown(key) + "' is not in its place");
    ++i;
  }
  if (i != object.size()) return Refused("unknown member '" + Shown(object[i].key) + "'");
  return OkStatus();
}

Result<Bytes> GetBase64(const JsonValue& object, std::string_view key) {
  const Result<std::string_view> text = object.GetStringView(key);
  if (!text.ok()) return NotAs(key, "a string");
  Result<Bytes> bytes = Base64Decode(*text);
  if (!bytes.ok()) return NotAs(key, "base64");
  return bytes;
}

Result<Bytes> GetHex(const JsonValue& object, std::string_view key, size_t bytes) {
  const Result<std::string_view> text = object.GetStringView(key);
  if (!text.ok() || text->size() != 2 * bytes) return NotAs(key, "an id");
  Result<Bytes> decoded = HexDecode(*text);
  if (!decoded.ok() || HexEncode(*decoded) != *text) return NotAs(key, "lower-case hexadecimal");
  return decoded;
}

Result<uint64_t> GetIndex(const JsonValue& object, std::string_view key) {
  const Result<int64_t> number = object.GetInt(key);
  if (!number.ok() || *number < 0) return NotAs(key, "a number from 0");
  return static_cast<uint64_t>(*number);
}

Result<std::vector<Hash32>> GetHashes(const JsonValue& object, std::string_view key, size_t max) {
  ASSIGN_OR_RETURN(const Bytes bytes, GetBase64(object, key));
  if (bytes.size() % sizeof(Hash32) != 0 || bytes.size() / sizeof(Hash32) > max) return NotAs(key, "a list of hashes");
  std::vector<Hash32> hashes(bytes.size() / sizeof(Hash32));
  for (size_t i = 0; i < hashes.size(); ++i) {
    std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(i * sizeof(Hash32)), sizeof(Hash32), hashes[i].begin());
  }
  return hashes;
}

std::string HashesBase64(const std::vector<Hash32>& hashes) {
  Bytes bytes;
  bytes.reserve(hashes.size() * sizeof(Hash32));
  for (const Hash32& hash : hashes) Append(bytes, hash);
  return Base64Encode(bytes);
}

std::string CompactJson(const JsonValue& value) { return JsonWriter().Value(value).Take(); }

}  // namespace spor::report
