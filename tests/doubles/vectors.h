// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "crypto/bytes.h"
#include "tests/doubles/places.h"

// Third-party test vectors: $SPOR_VECTORS, or ../shared/vectors beside the source tree. Without them a test is skipped,
// but with CI=true it fails.
namespace spor::doubles {

inline std::filesystem::path VectorsPath(const std::string& relative) {
  const char* set = getenv("SPOR_VECTORS");
  const std::filesystem::path root = set != nullptr ? set : doubles::SourceDir() + "/../shared/vectors";
  return root / relative;
}

inline bool VectorsRequired() {
  const char* ci = getenv("CI");
  return ci != nullptr && std::string_view(ci) == "true";
}

inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline Bytes FromHex(std::string_view text) {
  Result<Bytes> bytes = HexDecode(text);
  EXPECT_TRUE(bytes.ok()) << text;
  return bytes.ok() ? *bytes : Bytes();
}

inline Bytes FromBase64(std::string_view text) {
  Result<Bytes> bytes = Base64Decode(text);
  EXPECT_TRUE(bytes.ok()) << text;
  return bytes.ok() ? *bytes : Bytes();
}

inline Hash32 AsHash(ByteView bytes) {
  const Result<Hash32> hash = ToHash32(bytes);
  EXPECT_TRUE(hash.ok());
  return hash.ok() ? *hash : Hash32{};
}

// The text member `key` of a JSON object; simdjson throws if there is none.
inline std::string_view Text(simdjson::dom::element object, std::string_view key) {
  return std::string_view(object[key]);
}

}  // namespace spor::doubles

#define SPOR_NEED_VECTORS(relative)                                                                                \
  do {                                                                                                             \
    if (!std::filesystem::exists(::spor::doubles::VectorsPath(relative))) {                                        \
      if (::spor::doubles::VectorsRequired()) FAIL() << ::spor::doubles::VectorsPath(relative) << " is not there"; \
      GTEST_SKIP() << "no vectors: set SPOR_VECTORS";                                                              \
    }                                                                                                              \
  } while (false)
