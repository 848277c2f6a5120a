// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash.h"

#include <openssl/evp.h>
#include <sodium.h>

namespace spor {
namespace {

const EVP_MD* Sha256Method() {
  static const EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(method != nullptr);
  return method;
}

struct Context {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(ctx); }
};

}  // namespace

Hash32 Sha256(std::initializer_list<ByteView> parts) {
  thread_local Context context;
  Hash32 out;
  CHECK(EVP_DigestInit_ex2(context.ctx, Sha256Method(), nullptr) == 1);
  for (ByteView part : parts) CHECK(EVP_DigestUpdate(context.ctx, part.data(), part.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context.ctx, out.data(), nullptr) == 1);
  return out;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  CHECK(EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), Sha256Method(), nullptr) == 1);
}
Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
void Sha256Stream::Update(ByteView bytes) {
  CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1);
}
Hash32 Sha256Stream::Finish() {
  Hash32 out;
  CHECK(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out.data(), nullptr) == 1);
  return out;
}

Hash32 HmacSha256(ByteView key, std::initializer_list<ByteView> parts) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  for (ByteView part : parts) crypto_auth_hmacsha256_update(&state, part.data(), part.size());
  Hash32 out;
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(&state, sizeof state);
  return out;
}

Hash32 DerivePublic(ByteView key, std::string_view label, std::initializer_list<ByteView> context) {
  CHECK(label.size() <= 0xff);
  const uint8_t length = static_cast<uint8_t>(label.size());
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, &length, 1);
  crypto_auth_hmacsha256_update(&state, AsBytes(label).data(), label.size());
  for (ByteView part : context) crypto_auth_hmacsha256_update(&state, part.data(), part.size());
  Hash32 out;
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(&state, sizeof state);
  return out;
}

SecretBytes Derive(ByteView key, std::string_view label, std::initializer_list<ByteView> context) {
  Hash32 derived = DerivePublic(key, label, context);
  SecretBytes out = SecretBytes::CopyOf(derived);
  WipeMemory(derived);
  return out;
}

}  // namespace spor
