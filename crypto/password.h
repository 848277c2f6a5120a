// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/bytes.h"
#include "crypto/secret.h"

namespace spor {

// Argon2id (RFC 9106). The product uses t=3 and 128 MiB; tests inject a smaller cost.
struct PasswordCost {
  uint64_t passes = 3;
  uint64_t memory_bytes = uint64_t{128} << 20;
};

// A PHC string "$argon2id$...". kInternal when the memory can't be had.
Result<std::string> HashPassword(ByteView password, const PasswordCost& cost);
// Constant time in the comparison; false for malformed strings.
bool CheckPassword(std::string_view phc, ByteView password);

// 32 bytes of key from a passphrase, by Argon2id with this salt. kInternal when the memory can't be had.
Result<SecretBytes> StretchPassphrase(ByteView passphrase, const Id16& salt, const PasswordCost& cost);

}  // namespace spor
