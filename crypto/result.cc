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

namespace {

// Length of the UTF-8 sequence that `text` starts with; 0 if that is none, or a control character.
size_t SequenceLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return lead < 0x20 || lead == 0x7f ? 0 : 1;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  const bool c1_control = lead == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
  return c1_control ? 0 : length;
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
