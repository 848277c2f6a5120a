// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace spor {

using PublicKey32 = std::array<uint8_t, 32>;
using Signature64 = std::array<uint8_t, 64>;

struct SigningTag {};
// The 32-byte Ed25519 seed (RFC 8032 section 5.1.5).
using SigningKey = SecretKey<SigningTag>;

PublicKey32 SigningPublicKey(const SigningKey& key);
// Ed25519 (RFC 8032). Signs twice as fast with a prepared Signer.
class Signer {
 public:
  explicit Signer(const SigningKey& seed);
  const PublicKey32& public_key() const { return public_key_; }
  Signature64 Sign(ByteView message) const;

 private:
  SecretBytes expanded_;
  PublicKey32 public_key_;
};
// False for a wrong signature, a wrong length and for the point encodings that libsodium refuses.
bool VerifySignature(const PublicKey32& key, ByteView message, ByteView signature);

// X25519 sealed boxes (libsodium's crypto_box_seal) for the root key's slots.
struct BoxTag {};
using BoxSecretKey = SecretKey<BoxTag>;
inline constexpr size_t kBoxOverhead = 48;
PublicKey32 BoxPublicKey(const BoxSecretKey& key);
Bytes BoxSeal(const PublicKey32& to, ByteView plaintext);
Result<SecretBytes> BoxOpen(const BoxSecretKey& key, ByteView sealed);

}  // namespace spor
