// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

// Damage to texts, for parsers: what they take must be what they would write.
namespace spor::doubles {

// Calls `visit(damaged text, bit)` for each bit of `text` inverted.
template <typename Visit>
void EachFlippedBit(const std::string& text, Visit visit) {
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string bad = text;
    bad[bit / 8] = static_cast<char>(static_cast<unsigned char>(bad[bit / 8]) ^ (1u << bit % 8));
    visit(bad, bit);
  }
}

}  // namespace spor::doubles
