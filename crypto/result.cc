// SPDX-License-Identifier: Apache-2.0
#include "crypto/result.h"

#include <algorithm>

namespace spor {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk: return "ok";
    case Code::kInvalidArgument: return "invalid_argument";
    case Code::kNotFound: return "not_found";
    case Code::kConflict: return "conflict";
    case Code::kLater: return "later";
    case Code::kIo: return "io";
    case Code::kCorrupt: return "corrupt";
    case Code::kTooNew: return "too_new";
    case Code::kUnauthenticated: return "unauthenticated";
    case Code::kDenied: return "denied";
    case Code::kFailed: return "failed";
    case Code::kInternal: return "internal";
  }
  return "unknown";
}

std::string Shown(std::string_view outside) {
  size_t end = std::min<size_t>(outside.size(), 64);
  // Not in the middle of a UTF-8 sequence.
  while (end > 0 && end < outside.size() && (static_cast<unsigned char>(outside[end]) & 0xc0) == 0x80) --end;
  std::string text;
  for (char c : outside.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return text;
}

void CheckFailed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, what);
  std::abort();
}

}  // namespace spor
