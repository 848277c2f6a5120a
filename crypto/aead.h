// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace spor {

inline constexpr size_t kAeadTagBytes = 16;
inline constexpr size_t kAeadNonceBytes = 24;
inline constexpr size_t kCommitBytes = 32;

// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a random nonce made here: nonce[24] | ciphertext | tag[16].
// `key` has 32 bytes; `ad` is authenticated and must say where the ciphertext belongs.
Bytes Seal(ByteView key, ByteView ad, ByteView plaintext);
// Opens what Seal() made. kCorrupt when key, `ad` or any byte differs; nothing of the plaintext is returned then.
Result<SecretBytes> Open(ByteView key, ByteView ad, ByteView sealed);

// The same with an all-zero nonce that is not stored: ciphertext | tag[16]. Only for a key that is used once.
Bytes SealOnce(ByteView one_time_key, ByteView ad, ByteView plaintext);
Result<SecretBytes> OpenOnce(ByteView one_time_key, ByteView ad, ByteView sealed);
// SealOnce() where the plaintext lies: `text` is the plaintext and kAeadTagBytes behind it for the tag.
void SealOnceInPlace(ByteView one_time_key, ByteView ad, std::span<uint8_t> text);

// Key-committing form: nonce[24] | commit[32] | ciphertext | tag[16]. The AEAD alone opens some ciphertexts under two
// keys; here commit = Derive(key, commit-tag, nonce) is checked first, so that no second key opens.
Bytes SealCommitting(ByteView key, ByteView ad, ByteView plaintext);
Result<SecretBytes> OpenCommitting(ByteView key, ByteView ad, ByteView sealed);

// XChaCha20 keystream: out is overwritten with the first out.size() bytes. `key` 32 bytes, `nonce` 24 bytes.
void Keystream(ByteView key, ByteView nonce, std::span<uint8_t> out);

}  // namespace spor
