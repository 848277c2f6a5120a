// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.h"

#include <sodium.h>

#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor {
namespace {

static_assert(kAeadNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kAeadTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

constexpr std::array<uint8_t, kAeadNonceBytes> kZeroNonce = {};

Status OpenFailed() { return Status(Code::kCorrupt, "a sealed value does not open: wrong key, wrong place or damage"); }

void SealInto(ByteView key, ByteView nonce, ByteView ad, ByteView plaintext, Bytes& out) {
  CHECK(key.size() == 32 && nonce.size() == kAeadNonceBytes);
  const size_t start = out.size();
  out.resize(start + plaintext.size() + kAeadTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data() + start, nullptr, plaintext.data(), plaintext.size(), ad.data(),
                                             ad.size(), nullptr, nonce.data(), key.data());
}

Result<SecretBytes> OpenWith(ByteView key, ByteView nonce, ByteView ad, ByteView sealed) {
  CHECK(key.size() == 32 && nonce.size() == kAeadNonceBytes);
  if (sealed.size() < kAeadTagBytes) return OpenFailed();
  SecretBytes out(sealed.size() - kAeadTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(out.RevealMutable().data(), nullptr, nullptr, sealed.data(),
                                                 sealed.size(), ad.data(), ad.size(), nonce.data(), key.data()) != 0) {
    return OpenFailed();
  }
  return out;
}

}  // namespace

Bytes Seal(ByteView key, ByteView ad, ByteView plaintext) {
  const auto nonce = RandomArray<kAeadNonceBytes>();
  Bytes out;
  out.reserve(kAeadNonceBytes + plaintext.size() + kAeadTagBytes);
  Append(out, nonce);
  SealInto(key, nonce, ad, plaintext, out);
  return out;
}

Result<SecretBytes> Open(ByteView key, ByteView ad, ByteView sealed) {
  if (sealed.size() < kAeadNonceBytes) return OpenFailed();
  return OpenWith(key, sealed.first(kAeadNonceBytes), ad, sealed.subspan(kAeadNonceBytes));
}

Bytes SealOnce(ByteView one_time_key, ByteView ad, ByteView plaintext) {
  Bytes out;
  SealInto(one_time_key, kZeroNonce, ad, plaintext, out);
  return out;
}

void SealOnceInPlace(ByteView one_time_key, ByteView ad, std::span<uint8_t> text) {
  CHECK(one_time_key.size() == 32 && text.size() >= kAeadTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(text.data(), nullptr, text.data(), text.size() - kAeadTagBytes, ad.data(),
                                             ad.size(), nullptr, kZeroNonce.data(), one_time_key.data());
}

Result<SecretBytes> OpenOnce(ByteView one_time_key, ByteView ad, ByteView sealed) {
  return OpenWith(one_time_key, kZeroNonce, ad, sealed);
}

Bytes SealCommitting(ByteView key, ByteView ad, ByteView plaintext) {
  const auto nonce = RandomArray<kAeadNonceBytes>();
  const SecretBytes once = Derive(key, label::kCommitKey, {nonce});
  Bytes out;
  out.reserve(kAeadNonceBytes + kCommitBytes + plaintext.size() + kAeadTagBytes);
  Append(out, nonce);
  Append(out, DerivePublic(key, label::kCommitTag, {nonce}));
  SealInto(once.Reveal(), kZeroNonce, ad, plaintext, out);
  return out;
}

Result<SecretBytes> OpenCommitting(ByteView key, ByteView ad, ByteView sealed) {
  if (sealed.size() < kAeadNonceBytes + kCommitBytes) return OpenFailed();
  const ByteView nonce = sealed.first(kAeadNonceBytes);
  const Hash32 commit = DerivePublic(key, label::kCommitTag, {nonce});
  if (!SecretEquals(commit, sealed.subspan(kAeadNonceBytes, kCommitBytes))) return OpenFailed();
  const SecretBytes once = Derive(key, label::kCommitKey, {nonce});
  return OpenWith(once.Reveal(), kZeroNonce, ad, sealed.subspan(kAeadNonceBytes + kCommitBytes));
}

void Keystream(ByteView key, ByteView nonce, std::span<uint8_t> out) {
  CHECK(key.size() == crypto_stream_xchacha20_KEYBYTES && nonce.size() == crypto_stream_xchacha20_NONCEBYTES);
  crypto_stream_xchacha20(out.data(), out.size(), nonce.data(), key.data());
}

}  // namespace spor
