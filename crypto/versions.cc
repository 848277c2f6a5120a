// SPDX-License-Identifier: Apache-2.0
#include "crypto/versions.h"

#include <openssl/crypto.h>
#include <sodium.h>

namespace spor {

std::string SodiumVersion() { return sodium_version_string(); }
std::string OpenSslVersion() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace spor
