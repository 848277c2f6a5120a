// SPDX-License-Identifier: Apache-2.0
#include "crypto/password.h"

#include <sodium.h>

namespace spor {
namespace {

Status NoMemory(const PasswordCost& cost) {
  return Status(Code::kInternal, "Argon2id needs " + std::to_string(cost.memory_bytes >> 20) + " MiB of memory");
}

// libsodium wants a pointer also for no bytes.
const char* Chars(ByteView password) { return password.empty() ? "" : reinterpret_cast<const char*>(password.data()); }

}  // namespace

Result<std::string> HashPassword(ByteView password, const PasswordCost& cost) {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> out{};
  if (crypto_pwhash_argon2id_str(out.data(), Chars(password), password.size(), cost.passes, cost.memory_bytes) != 0) {
    return NoMemory(cost);
  }
  return std::string(out.data());
}

bool CheckPassword(std::string_view phc, ByteView password) {
  if (phc.find('\0') != std::string_view::npos) return false;
  const std::string terminated(phc);
  return crypto_pwhash_argon2id_str_verify(terminated.c_str(), Chars(password), password.size()) == 0;
}

Result<SecretBytes> StretchPassphrase(ByteView passphrase, const Id16& salt, const PasswordCost& cost) {
  static_assert(crypto_pwhash_argon2id_SALTBYTES == sizeof(Id16));
  SecretBytes key(32);
  if (crypto_pwhash_argon2id(key.RevealMutable().data(), key.size(), Chars(passphrase), passphrase.size(), salt.data(),
                             cost.passes, cost.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return NoMemory(cost);
  }
  return key;
}

}  // namespace spor
