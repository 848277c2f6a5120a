// SPDX-License-Identifier: Apache-2.0
#include "crypto/result.h"

#include <algorithm>

#include "crypto/utf8.h"

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

namespace {

// Length of the UTF-8 sequence that `text` starts with; 0 if that is none, or a control character.
size_t SequenceLength(std::string_view text) {
  const Utf8Char first = FirstUtf8(text);
  const bool control = first.code < 0x20 || (first.code >= 0x7f && first.code < 0xa0);
  return control ? 0 : first.bytes;
}

}  // namespace

std::string Shown(std::string_view outside) {
  constexpr size_t kMaxShown = 64;
  std::string text;
  while (!outside.empty()) {
    const size_t length = SequenceLength(outside);
    if (text.size() + std::max<size_t>(length, 1) > kMaxShown) break;
    text += length == 0 ? "?" : outside.substr(0, length);
    outside.remove_prefix(std::max<size_t>(length, 1));
  }
  return text;
}

void CheckFailed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, what);
  std::abort();
}

}  // namespace spor
