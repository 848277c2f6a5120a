// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/bytes.h"

namespace spor {

// Key bytes and other secrets in locked, undumpable memory that is wiped when freed.
//
// Threads: an object belongs to one thread at a time; different objects to any.
// Ownership: move-only; there is no copy, no == and no stream operator.
// Security: the bytes come from one locked slab (SecretMemoryLocked() says whether the lock held). Reading them is
// spelled Reveal(), so that every place which does can be found.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(size_t size);
  // Copies `bytes` in; the caller wipes its own copy.
  static SecretBytes CopyOf(ByteView bytes);
  static SecretBytes Random(size_t size);
  ~SecretBytes();
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ByteView Reveal() const { return {data_, size_}; }
  std::span<uint8_t> RevealMutable() { return {data_, size_}; }
  SecretBytes Clone() const { return CopyOf(Reveal()); }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

// A 32-byte key of one kind; keys of different kinds are different types.
template <typename Tag>
class SecretKey {
 public:
  static constexpr size_t kBytes = 32;
  SecretKey() = default;  // holds no key; Reveal() of it is empty
  explicit SecretKey(SecretBytes bytes) : bytes_(std::move(bytes)) { CHECK(bytes_.size() == kBytes); }
  static SecretKey Random() { return SecretKey(SecretBytes::Random(kBytes)); }
  static SecretKey CopyOf(ByteView bytes) { return SecretKey(SecretBytes::CopyOf(bytes)); }
  ByteView Reveal() const { return bytes_.Reveal(); }
  bool empty() const { return bytes_.empty(); }
  SecretKey Clone() const { return SecretKey(bytes_.Clone()); }

 private:
  SecretBytes bytes_;
};

// Compares in time that depends on the length alone.
bool SecretEquals(ByteView a, ByteView b);
// Overwrites memory that held a secret outside SecretBytes.
void WipeMemory(std::span<uint8_t> bytes);
void WipeMemory(std::string& text);

void RandomFill(std::span<uint8_t> out);
template <size_t N>
std::array<uint8_t, N> RandomArray() {
  std::array<uint8_t, N> out;
  RandomFill(out);
  return out;
}

// Starts libsodium, turns core dumps off. Call once, first thing in main().
Status InitCrypto();
// Whether the secret slab is really locked in memory (mlock can fail under a low RLIMIT_MEMLOCK).
bool SecretMemoryLocked();

}  // namespace spor
