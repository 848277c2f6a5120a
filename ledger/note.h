// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/sign.h"

// C2SP signed-note, byte for byte; docs/formats/note.md.
namespace spor::ledger {

// Sixteen post-quantum signatures of 5 kB fit, as the specification asks.
inline constexpr size_t kMaxNoteBytes = 128 << 10;
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
// kInvalidArgument for anything that is not exactly a signed note. Verifies nothing.
Result<Note> ParseNote(std::string_view note);
// Lines as they follow the text of a note and its empty line: at least one. kInvalidArgument otherwise.
Result<std::vector<NoteSignature>> ParseSignatureLines(std::string_view lines);
// With its newline.
std::string FormatSignatureLine(const NoteSignature& signature);
std::string FormatNote(const Note& note);

// What a key signs: whole notes, or the time and the text of checkpoints (ledger/cosignature.h).
enum class KeyType : uint8_t { kEd25519 = 1, kCosignature = 4 };

// A verifier key "name+hhhhhhhh+base64(type | key)"; both types are Ed25519.
struct VerifierKey {
  std::string name;
  uint32_t key_id = 0;
  PublicKey32 key{};
  KeyType type = KeyType::kEd25519;
};
VerifierKey MakeVerifierKey(std::string_view name, const PublicKey32& key, KeyType type = KeyType::kEd25519);
std::string FormatVerifierKey(const VerifierKey& key);
// kInvalidArgument for other types of keys and for anything that FormatVerifierKey() would write differently.
Result<VerifierKey> ParseVerifierKey(std::string_view text);

// Signs any text that ends in '\n'; the key name is `name`. CHECKs both.
std::string SignNote(std::string_view text, std::string_view name, const Signer& signer);
// kNotFound if no line is by `key`, kFailed if one is and does not verify: the note is then refused whole. Lines by
// others, of whatever algorithm, are ignored. kInvalidArgument for a key that does not sign notes.
Status VerifyNote(const Note& note, const VerifierKey& key);

}  // namespace spor::ledger
