// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/hash.h"
#include "ledger/note.h"
#include "ledger/section.h"

// The keys that the corpora are made with.
namespace spor::fuzz {

inline constexpr const char* kLogName = "spor.example/log";
inline constexpr const char* kWitnessName = "witness.example/w1";

inline const Signer& LogSigner() {
  static const Signer signer(SigningKey::CopyOf(Sha256(AsBytes("log key of the corpora"))));
  return signer;
}
inline const Signer& WitnessSigner() {
  static const Signer signer(SigningKey::CopyOf(Sha256(AsBytes("witness key of the corpora"))));
  return signer;
}
inline const ledger::VerifierKey& LogKey() {
  static const ledger::VerifierKey key = ledger::MakeVerifierKey(kLogName, LogSigner().public_key());
  return key;
}
inline const ledger::VerifierKey& WitnessKey() {
  static const ledger::VerifierKey key =
      ledger::MakeVerifierKey(kWitnessName, WitnessSigner().public_key(), ledger::KeyType::kCosignature);
  return key;
}

inline const ledger::UnitKey& UnitKeyOfCorpora() {
  static const ledger::UnitKey key = ledger::UnitKey::CopyOf(Sha256(AsBytes("unit key of the corpora")));
  return key;
}

}  // namespace spor::fuzz
