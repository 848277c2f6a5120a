// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>

#include "crypto/bytes.h"

namespace spor::fuzz {

// Cuts an input of the fuzzer into pieces. Never fails: what is not there is zero or empty.
class Input {
 public:
  explicit Input(ByteView bytes) : rest_(bytes) {}
  uint8_t Byte() {
    const ByteView taken = Take(1);
    return taken.empty() ? 0 : taken[0];
  }
  uint64_t Number() {
    uint64_t n = 0;
    for (const uint8_t byte : Take(8)) n = n << 8 | byte;
    return n;
  }
  // As many bytes as the byte before them says, or what is left.
  ByteView Piece() { return Take(Byte()); }
  ByteView Take(size_t n) {
    const ByteView taken = rest_.first(std::min(n, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  ByteView Rest() { return Take(rest_.size()); }
  std::string_view RestText() { return AsText(Rest()); }
  bool empty() const { return rest_.empty(); }

 private:
  ByteView rest_;
};

}  // namespace spor::fuzz
