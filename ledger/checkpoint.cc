// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"

#include <charconv>

#include "crypto/codec.h"
#include "crypto/hash.h"

namespace spor::ledger {
namespace {

constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // em dash, space
constexpr uint8_t kEd25519 = 1;

Status BadNote(const char* what) { return Status(Code::kInvalidArgument, std::string("signed note: ") + what); }

uint32_t KeyId(std::string_view name, const PublicKey32& key) {
  const uint8_t type = kEd25519;
  const Hash32 hash = Sha256({AsBytes(name), AsBytes("\n"), ByteView(&type, 1), key});
  return Reader(hash).U32();
}

bool GoodName(std::string_view name) {
  if (name.empty()) return false;
  for (unsigned char c : name) {
    if (c <= ' ' || c == '+' || c == 0x7f) return false;
  }
  return true;
}

Result<NoteSignature> ParseSignatureLine(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return BadNote("a signature line starts with an em dash and a space");
  line.remove_prefix(kSignaturePrefix.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return BadNote("a signature line has a name and a signature");
  NoteSignature out;
  out.name = line.substr(0, space);
  if (!GoodName(out.name)) return BadNote("bad key name");
  ASSIGN_OR_RETURN(const Bytes raw, Base64Decode(line.substr(space + 1)));
  if (raw.size() < 5) return BadNote("a signature is too short");
  out.key_id = Reader(raw).U32();
  out.signature.assign(raw.begin() + 4, raw.end());
  return out;
}

}  // namespace

Result<Note> ParseNote(std::string_view note) {
  if (note.size() > kMaxNoteBytes) return BadNote("longer than 64 KiB");
  for (size_t i = 0; i < note.size(); ++i) {
    if (static_cast<unsigned char>(note[i]) < 0x20 && note[i] != '\n') return BadNote("control character");
  }
  const size_t split = note.rfind("\n\n");
  if (split == std::string_view::npos || !note.ends_with('\n')) return BadNote("no signature block");
  Note out;
  out.text = note.substr(0, split + 1);
  std::string_view block = note.substr(split + 2);
  while (!block.empty()) {
    const size_t end = block.find('\n');
    if (end == std::string_view::npos) return BadNote("a signature line does not end");
    ASSIGN_OR_RETURN(NoteSignature signature, ParseSignatureLine(block.substr(0, end)));
    out.signatures.push_back(std::move(signature));
    if (out.signatures.size() > kMaxNoteSignatures) return BadNote("more than 64 signatures");
    block.remove_prefix(end + 1);
  }
  if (out.signatures.empty()) return BadNote("no signature");
  return out;
}

VerifierKey MakeVerifierKey(std::string_view name, const PublicKey32& key) {
  return {std::string(name), KeyId(name, key), key};
}

std::string FormatVerifierKey(const VerifierKey& key) {
  Bytes raw = {kEd25519};
  Append(raw, key.key);
  return key.name + "+" + HexEncode(Writer().U32(key.key_id).Take()) + "+" + Base64Encode(raw);
}

Result<VerifierKey> ParseVerifierKey(std::string_view text) {
  const auto bad = [] {
    return Status(Code::kInvalidArgument, "verifier key: not NAME+HASH+BASE64 of an Ed25519 key");
  };
  const size_t first = text.find('+');
  if (first == std::string_view::npos || text.size() < first + 10 || text[first + 9] != '+') return bad();
  ASSIGN_OR_RETURN(const Bytes id, HexDecode(text.substr(first + 1, 8)));
  ASSIGN_OR_RETURN(const Bytes raw, Base64Decode(text.substr(first + 10)));
  if (!GoodName(text.substr(0, first)) || raw.size() != 33 || raw[0] != kEd25519) return bad();
  ASSIGN_OR_RETURN(const PublicKey32 key, ToHash32(ByteView(raw).subspan(1)));
  VerifierKey out = MakeVerifierKey(text.substr(0, first), key);
  if (out.key_id != Reader(id).U32())
    return Status(Code::kInvalidArgument, "verifier key: name and key do not match its hash");
  return out;
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + Base64Encode(checkpoint.root) + "\n";
}

std::string SignCheckpoint(const Checkpoint& checkpoint, const Signer& signer) {
  const std::string text = FormatCheckpoint(checkpoint);
  const VerifierKey key = MakeVerifierKey(checkpoint.origin, signer.public_key());
  Bytes raw = Writer().U32(key.key_id).Take();
  Append(raw, signer.Sign(AsBytes(text)));
  return text + "\n" + std::string(kSignaturePrefix) + key.name + " " + Base64Encode(raw) + "\n";
}

namespace {

Result<Checkpoint> ParseCheckpoint(std::string_view text) {
  const auto bad = [](const char* what) { return Status(Code::kInvalidArgument, std::string("checkpoint: ") + what); };
  std::array<std::string_view, 3> lines;
  for (std::string_view& line : lines) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return bad("has fewer than three lines");
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  if (!text.empty()) return bad("extension lines are not used by this log");
  Checkpoint out;
  out.origin = lines[0];
  const auto [end, error] = std::from_chars(lines[1].data(), lines[1].data() + lines[1].size(), out.size);
  if (out.origin.empty() || error != std::errc() || end != lines[1].data() + lines[1].size() ||
      lines[1] != std::to_string(out.size)) {
    return bad("bad origin or size");
  }
  ASSIGN_OR_RETURN(const Bytes root, Base64Decode(lines[2]));
  ASSIGN_OR_RETURN(out.root, ToHash32(root));
  return out;
}

}  // namespace

Result<Checkpoint> OpenCheckpoint(std::string_view note, const VerifierKey& key) {
  ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  bool verified = false;
  for (const NoteSignature& signature : parsed.signatures) {
    if (signature.name != key.name || signature.key_id != key.key_id) continue;
    if (!VerifySignature(key.key, AsBytes(parsed.text), signature.signature)) {
      return Status(Code::kFailed, "the checkpoint's signature does not verify");
    }
    verified = true;
  }
  if (!verified) return Status(Code::kFailed, "the checkpoint is not signed by the expected log key");
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(parsed.text));
  if (checkpoint.origin != key.name) return Status(Code::kFailed, "the checkpoint is of another origin");
  return checkpoint;
}

}  // namespace spor::ledger
