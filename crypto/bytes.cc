// SPDX-License-Identifier: Apache-2.0
#include "crypto/bytes.h"

#include <sodium.h>

#include <algorithm>

namespace spor {

std::string HexEncode(ByteView bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

Result<Bytes> HexDecode(std::string_view text) {
  if (text.empty()) return Bytes();
  Bytes out(text.size() / 2);
  size_t written = 0;
  if (text.size() % 2 != 0 ||
      sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &written, nullptr) != 0 ||
      written != out.size()) {
    return Status(Code::kInvalidArgument, "not hexadecimal: give an even number of digits 0-9 and a-f");
  }
  return out;
}

std::string Base64Encode(ByteView bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

Result<Bytes> Base64Decode(std::string_view text) {
  if (text.empty()) return Bytes();
  Bytes out(text.size() / 4 * 3 + 3);
  size_t written = 0;
  // libsodium 1.0.18 takes every byte above 0x7f for a '/'.
  const bool ascii =
      std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7f; });
  if (!ascii || sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &written, nullptr,
                                  sodium_base64_VARIANT_ORIGINAL) != 0) {
    return Status(Code::kInvalidArgument, "not canonical base64 (RFC 4648 section 4, padded)");
  }
  out.resize(written);
  return out;
}

std::string Base32Encode(ByteView bytes) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  uint32_t buffer = 0;
  int bits = 0;
  for (uint8_t byte : bytes) {
    buffer = (buffer << 8 | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += kAlphabet[(buffer >> bits) & 31];
    }
  }
  if (bits > 0) text += kAlphabet[(buffer << (5 - bits)) & 31];
  return text;
}

Result<Id16> ToId16(ByteView bytes) {
  Id16 id{};
  if (bytes.size() != id.size()) return Status(Code::kInvalidArgument, "an id has 16 bytes");
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

Result<Hash32> ToHash32(ByteView bytes) {
  Hash32 hash{};
  if (bytes.size() != hash.size()) return Status(Code::kInvalidArgument, "a hash has 32 bytes");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace spor
