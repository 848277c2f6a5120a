// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/sign.h"

// C2SP signed-note and tlog-checkpoint, byte for byte.
namespace spor::ledger {

inline constexpr size_t kMaxNoteBytes = 64 << 10;
inline constexpr size_t kMaxNoteSignatures = 64;

struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  Bytes signature;
};
struct Note {
  std::string text;  // ends in '\n'
  std::vector<NoteSignature> signatures;
};
// kInvalidArgument for anything that is not exactly a signed note.
Result<Note> ParseNote(std::string_view note);

// An Ed25519 verifier key "name+hhhhhhhh+base64(0x01 | key)".
struct VerifierKey {
  std::string name;
  uint32_t key_id = 0;
  PublicKey32 key{};
};
VerifierKey MakeVerifierKey(std::string_view name, const PublicKey32& key);
std::string FormatVerifierKey(const VerifierKey& key);
Result<VerifierKey> ParseVerifierKey(std::string_view text);

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Hash32 root{};
};
// The body that is signed: origin, size, base64 root, a line each. No extension lines: state lives in heads.
std::string FormatCheckpoint(const Checkpoint& checkpoint);
std::string SignCheckpoint(const Checkpoint& checkpoint, const Signer& signer);
// kFailed unless one signature line is by `key` and verifies; lines of other keys are ignored. kInvalidArgument for a
// note or checkpoint that is not well formed.
Result<Checkpoint> OpenCheckpoint(std::string_view note, const VerifierKey& key);

}  // namespace spor::ledger
