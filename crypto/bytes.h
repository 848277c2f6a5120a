// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/result.h"

namespace spor {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;
using Hash32 = std::array<uint8_t, 32>;
using Id16 = std::array<uint8_t, 16>;

inline ByteView AsBytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }
inline std::string_view AsText(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline Bytes ToBytes(ByteView view) { return {view.begin(), view.end()}; }
inline void Append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

// Compares public bytes. Secrets, tags and codes are compared with SecretEquals (crypto/secret.h).
inline bool PublicEquals(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string HexEncode(ByteView bytes);
// Lower- or upper-case hexadecimal, nothing else. kInvalidArgument otherwise.
Result<Bytes> HexDecode(std::string_view text);

// RFC 4648 section 4, with padding.
std::string Base64Encode(ByteView bytes);
// Only the canonical form is accepted: padding present, unused bits zero, no white space.
Result<Bytes> Base64Decode(std::string_view text);

// RFC 4648 section 6 without padding, as authenticator apps expect.
std::string Base32Encode(ByteView bytes);

// Fixed-size identifiers from bytes of unknown length; kInvalidArgument when the length differs.
Result<Id16> ToId16(ByteView bytes);
Result<Hash32> ToHash32(ByteView bytes);

}  // namespace spor
