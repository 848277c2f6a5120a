// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>

#include "crypto/bytes.h"
#include "privacy/json.h"

// How an artefact lies in its file. There is exactly one way to write each, so that no byte of it is without meaning:
// compact JSON, each top-level member on a line of its own, each element of a top-level array likewise.
namespace spor::report {

using privacy::JsonValue;
using privacy::JsonWriter;

inline constexpr size_t kMaxArtefactBytes = size_t{2} << 30;
inline constexpr size_t kMaxArtefactValues = 24'000'000;

class DocumentWriter {
 public:
  // `json` is one compact JSON value.
  void Member(std::string_view key, std::string_view json);
  void Text(std::string_view key, std::string_view text);
  void BeginArray(std::string_view key);
  void Element(std::string_view json);
  void EndArray();
  std::string Take();

 private:
  void Key(std::string_view key);
  std::string out_ = "{";
  bool first_ = true;
  bool first_element_ = true;
};

// Parses and refuses (kFailed) whatever DocumentWriter would have written in another way.
Result<JsonValue> ParseDocument(std::string_view text);

// kFailed unless the value is an object with exactly these members in this order.
Status ExpectMembers(const JsonValue& value, std::initializer_list<std::string_view> keys);

// Members of the forms that artefacts use, kFailed otherwise. Hexadecimal is lower case; base64 has its padding.
Result<Bytes> GetBase64(const JsonValue& object, std::string_view key);
Result<Bytes> GetHex(const JsonValue& object, std::string_view key, size_t bytes);
Result<uint64_t> GetIndex(const JsonValue& object, std::string_view key);
// Concatenated 32-byte hashes in base64, at most `max` of them.
Result<std::vector<Hash32>> GetHashes(const JsonValue& object, std::string_view key, size_t max);
std::string HashesBase64(const std::vector<Hash32>& hashes);

// The value written compactly: what a digest of it is made over.
std::string CompactJson(const JsonValue& value);

}  // namespace spor::report
