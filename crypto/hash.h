// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>

#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace spor {

// SHA-256 (FIPS 180-4) over the concatenation of `parts`. OpenSSL's, because it is 5 times faster than libsodium's.
Hash32 Sha256(std::initializer_list<ByteView> parts);
inline Hash32 Sha256(ByteView one) { return Sha256({one}); }

// SHA-256 over input that comes in pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void Update(ByteView bytes);
  Hash32 Finish();  // once

 private:
  alignas(8) std::array<std::byte, 112> state_;  // OpenSSL's, which is in no header
};

// HMAC-SHA-256 (RFC 2104).
Hash32 HmacSha256(ByteView key, std::initializer_list<ByteView> parts);

// Derive(k, label, ctx) = HMAC-SHA-256(k, u8 len(label) | label | ctx): a key for one purpose from another key.
// Labels come from crypto/labels.h.
SecretBytes Derive(ByteView key, std::string_view label, std::initializer_list<ByteView> context);
// The same for values that are not themselves secret (tags, record ids, bucket numbers).
Hash32 DerivePublic(ByteView key, std::string_view label, std::initializer_list<ByteView> context);

}  // namespace spor
