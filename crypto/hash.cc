// SPDX-License-Identifier: Apache-2.0
// OpenSSL 3 deprecates these calls in favour of EVP, which takes as long again as hashing a tree node:
// docs/decisions/0002-libsodium-and-openssl.md.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.h"

#include <openssl/sha.h>

#include <new>

namespace spor {
namespace {

constexpr size_t kBlock = SHA256_CBLOCK;

// None of OpenSSL's functions on a SHA256_CTX can fail.
void Start(SHA256_CTX& state) { SHA256_Init(&state); }
void Add(SHA256_CTX& state, ByteView bytes) { SHA256_Update(&state, bytes.data(), bytes.size()); }
Hash32 End(SHA256_CTX& state) {
  Hash32 out;
  SHA256_Final(out.data(), &state);  // wipes what it buffered
  return out;
}

template <typename T>
void Wipe(T& secret) {
  WipeMemory({reinterpret_cast<uint8_t*>(&secret), sizeof secret});
}

// HMAC-SHA-256 over input that comes in pieces.
class Hmac {
 public:
  explicit Hmac(ByteView key) {
    std::array<uint8_t, kBlock> block = {};
    if (key.size() > kBlock) {
      const Hash32 hashed = Sha256(key);
      std::copy(hashed.begin(), hashed.end(), block.begin());
    } else {
      std::copy(key.begin(), key.end(), block.begin());
    }
    for (uint8_t& byte : block) byte ^= 0x36;
    Start(inner_);
    spor::Add(inner_, block);
    for (uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
    Start(outer_);
    spor::Add(outer_, block);
    Wipe(block);
  }
  ~Hmac() {
    Wipe(inner_);
    Wipe(outer_);
  }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;
  void Add(ByteView bytes) { spor::Add(inner_, bytes); }
  Hash32 Finish() {
    Hash32 hashed = End(inner_);
    spor::Add(outer_, hashed);
    Wipe(hashed);
    return End(outer_);
  }

 private:
  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

SHA256_CTX& StateOf(std::span<std::byte> state) { return *std::launder(reinterpret_cast<SHA256_CTX*>(state.data())); }

}  // namespace

Hash32 Sha256(std::initializer_list<ByteView> parts) {
  SHA256_CTX state;
  Start(state);
  for (ByteView part : parts) Add(state, part);
  return End(state);
}

Sha256Stream::Sha256Stream() {
  static_assert(sizeof(SHA256_CTX) == sizeof(state_) && alignof(SHA256_CTX) <= alignof(Sha256Stream));
  Start(*new (state_.data()) SHA256_CTX);
}
void Sha256Stream::Update(ByteView bytes) { Add(StateOf(state_), bytes); }
Hash32 Sha256Stream::Finish() { return End(StateOf(state_)); }

Hash32 HmacSha256(ByteView key, std::initializer_list<ByteView> parts) {
  Hmac hmac(key);
  for (ByteView part : parts) hmac.Add(part);
  return hmac.Finish();
}

Hash32 DerivePublic(ByteView key, std::string_view label, std::initializer_list<ByteView> context) {
  CHECK(label.size() <= 0xff);
  const uint8_t length = static_cast<uint8_t>(label.size());
  Hmac hmac(key);
  hmac.Add({&length, 1});
  hmac.Add(AsBytes(label));
  for (ByteView part : context) hmac.Add(part);
  return hmac.Finish();
}

SecretBytes Derive(ByteView key, std::string_view label, std::initializer_list<ByteView> context) {
  Hash32 derived = DerivePublic(key, label, context);
  SecretBytes out = SecretBytes::CopyOf(derived);
  WipeMemory(derived);
  return out;
}

}  // namespace spor
