// SPDX-License-Identifier: Apache-2.0
#include "ledger/cosignature.h"

#include <algorithm>

#include "crypto/codec.h"

namespace spor::ledger {
namespace {

std::string SignedMessage(std::string_view checkpoint_text, uint64_t time_s) {
  return "cosignature/v1\ntime " + std::to_string(time_s) + "\n" + std::string(checkpoint_text);
}

bool SameKey(const NoteSignature& a, const NoteSignature& b) { return a.name == b.name && a.key_id == b.key_id; }

}  // namespace

std::string Cosign(std::string_view checkpoint_text, std::string_view witness_name, uint64_t time_s,
                   const Signer& signer) {
  CHECK(checkpoint_text.ends_with('\n') && time_s <= kMaxCosignatureTime);
  const VerifierKey key = MakeVerifierKey(witness_name, signer.public_key(), KeyType::kCosignature);
  const Signature64 signature = signer.Sign(AsBytes(SignedMessage(checkpoint_text, time_s)));
  return FormatSignatureLine({key.name, key.key_id, Writer().U64(time_s).Raw(signature).Take()});
}

Result<uint64_t> VerifyCosignature(const Note& note, const VerifierKey& witness) {
  if (witness.type != KeyType::kCosignature) {
    return Status(Code::kInvalidArgument,
                  "the key of " + Shown(witness.name) + " is no witness's: it has type 1, not 4");
  }
  std::optional<uint64_t> newest;
  for (const NoteSignature& line : note.signatures) {
    if (line.name != witness.name || line.key_id != witness.key_id) continue;
    Reader reader(line.signature);
    const uint64_t time_s = reader.U64();
    const ByteView signature = reader.Raw(sizeof(Signature64));
    if (!reader.Finish("cosignature").ok() || time_s > kMaxCosignatureTime ||
        !VerifySignature(witness.key, AsBytes(SignedMessage(note.text, time_s)), signature)) {
      return Status(Code::kFailed, "the cosignature of " + Shown(witness.name) + " does not verify");
    }
    newest = std::max(newest.value_or(0), time_s);
  }
  if (!newest) return Status(Code::kNotFound, "no cosignature by " + Shown(witness.name));
  return *newest;
}

Result<std::string> AddSignatureLines(std::string_view note, std::string_view lines) {
  ASSIGN_OR_RETURN(Note out, ParseNote(note));
  ASSIGN_OR_RETURN(const std::vector<NoteSignature> added, ParseSignatureLines(lines));
  for (const NoteSignature& line : added) {
    std::erase_if(out.signatures, [&](const NoteSignature& old) { return SameKey(old, line); });
    out.signatures.push_back(line);
  }
  std::string text = FormatNote(out);
  if (out.signatures.size() > kMaxNoteSignatures || text.size() > kMaxNoteBytes) {
    return Status(Code::kInvalidArgument, "with these signature lines the note is too long (64 lines, 128 KiB)");
  }
  return text;
}

}  // namespace spor::ledger
