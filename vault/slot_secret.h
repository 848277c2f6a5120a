// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/password.h"
#include "vault/slot_file.h"

// The secret halves of slots, in the three forms in which people keep them; docs/formats/keys.md, "Slot secrets".
namespace spor::vault {

// A credential file: one line "spor-slot-secret-v1:" and 64 hexadecimal digits, readable by its owner alone. It can be
// a file that systemd's LoadCredentialEncrypted= made. kDenied if others can read it.
Result<BoxSecretKey> ReadSlotSecret(const std::string& path);
Status WriteSlotSecret(const std::string& path, const BoxSecretKey& secret);

// A recovery key on paper: 56 characters in 14 groups of four (Crockford's base32: 256 bits of secret, 24 of SHA-256
// over it). Reading takes small letters, O for 0, I and L for 1, and any blanks and hyphens; kInvalidArgument names the
// first wrong character, or says that one is mistyped.
std::string FormatRecoveryKey(const BoxSecretKey& secret);
Result<BoxSecretKey> ParseRecoveryKey(std::string_view text);

// A passphrase is far below 256 bits, so that guessing is made dear: Argon2id (RFC 9106) over 1 GiB.
inline constexpr PasswordCost kPassphraseCost{4, uint64_t{1} << 30};
inline constexpr size_t kMinPassphrase = 12;
inline constexpr size_t kMaxPassphrase = 1024;

// A new random pair whose secret is wrapped by the passphrase. kInvalidArgument for a passphrase of another length
// than 12 to 1,024 bytes; kInternal when Argon2id's memory can't be had.
Result<Slot> MakePassphraseSlot(std::string_view label, const SecretBytes& passphrase,
                                const PasswordCost& cost = kPassphraseCost);
// kUnauthenticated for a wrong passphrase, kCorrupt for a slot that is malformed or asks for more than 4 GiB.
Result<BoxSecretKey> OpenPassphraseSlot(const Slot& slot, const SecretBytes& passphrase);
// The secret of the first passphrase slot that this opens. kNotFound if there is none, else as above.
Result<BoxSecretKey> UnlockWithPassphrase(const std::vector<Slot>& slots, const SecretBytes& passphrase);

}  // namespace spor::vault
