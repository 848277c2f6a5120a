// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace spor {

// A code point and how many bytes it takes; 0 bytes stand for text that is not UTF-8.
struct Utf8Char {
  uint32_t code = 0;
  size_t bytes = 0;
};
// The well-formed sequence (RFC 3629, table of section 4) that `text` starts with.
Utf8Char FirstUtf8(std::string_view text);
bool IsUtf8(std::string_view text);

}  // namespace spor
