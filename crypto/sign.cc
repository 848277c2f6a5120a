// SPDX-License-Identifier: Apache-2.0
#include "crypto/sign.h"

#include <sodium.h>

namespace spor {

static_assert(kBoxOverhead == crypto_box_SEALBYTES);

Signer::Signer(const SigningKey& seed) : expanded_(crypto_sign_SECRETKEYBYTES) {
  CHECK(crypto_sign_seed_keypair(public_key_.data(), expanded_.RevealMutable().data(), seed.Reveal().data()) == 0);
}

Signature64 Signer::Sign(ByteView message) const {
  Signature64 out;
  crypto_sign_detached(out.data(), nullptr, message.data(), message.size(), expanded_.Reveal().data());
  return out;
}

PublicKey32 SigningPublicKey(const SigningKey& key) { return Signer(key).public_key(); }

bool VerifySignature(const PublicKey32& key, ByteView message, ByteView signature) {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

PublicKey32 BoxPublicKey(const BoxSecretKey& key) {
  PublicKey32 out;
  CHECK(crypto_scalarmult_base(out.data(), key.Reveal().data()) == 0);
  return out;
}

Bytes BoxSeal(const PublicKey32& to, ByteView plaintext) {
  Bytes out(plaintext.size() + kBoxOverhead);
  CHECK(crypto_box_seal(out.data(), plaintext.data(), plaintext.size(), to.data()) == 0);
  return out;
}

Result<SecretBytes> BoxOpen(const BoxSecretKey& key, ByteView sealed) {
  const PublicKey32 pub = BoxPublicKey(key);
  if (sealed.size() < kBoxOverhead) return Status(Code::kCorrupt, "a sealed box is cut short");
  SecretBytes out(sealed.size() - kBoxOverhead);
  if (crypto_box_seal_open(out.RevealMutable().data(), sealed.data(), sealed.size(), pub.data(), key.Reveal().data()) !=
      0) {
    return Status(Code::kCorrupt, "a sealed box does not open with this secret key");
  }
  return out;
}

}  // namespace spor
