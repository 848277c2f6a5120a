// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/hash.h"
#include "vault/key_tree.h"
#include "vault/slot_file.h"

// The ledger id and the vault's secrets that the corpora are made with.
namespace spor::fuzz {

inline Hash32 CorpusLedgerId() { return Sha256(AsBytes("ledger of the corpora")); }
inline const vault::RootKey& CorpusRoot() {
  static const vault::RootKey root = vault::RootKey::CopyOf(Sha256(AsBytes("root of the corpora")));
  return root;
}
inline const BoxSecretKey& SlotSecret() {
  static const BoxSecretKey secret = BoxSecretKey::CopyOf(Sha256(AsBytes("slot secret of the corpora")));
  return secret;
}

}  // namespace spor::fuzz
