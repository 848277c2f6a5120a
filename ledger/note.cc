// SPDX-License-Identifier: Apache-2.0
#include "ledger/note.h"

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/utf8.h"

namespace spor::ledger {
namespace {

constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // em dash, space
constexpr size_t kKeyIdBytes = 4;

Status BadNote(const char* what) { return Status(Code::kInvalidArgument, std::string("signed note: ") + what); }

uint32_t KeyId(std::string_view name, KeyType type, const PublicKey32& key) {
  const auto byte = static_cast<uint8_t>(type);
  const Hash32 hash = Sha256({AsBytes(name), AsBytes("\n"), ByteView(&byte, 1), key});
  return Reader(hash).U32();
}

// Unicode's White_Space property: what the specification calls Unicode spaces.
bool IsSpace(uint32_t code) {
  switch (code) {
    case 0x20:
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000: return true;
    default: return (code >= 0x09 && code <= 0x0d) || (code >= 0x2000 && code <= 0x200a);
  }
}

// Control characters stand in no note, so in no name.
bool GoodName(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const Utf8Char first = FirstUtf8(name);
    if (first.bytes == 0 || first.code < 0x20 || first.code == '+' || IsSpace(first.code)) return false;
    name.remove_prefix(first.bytes);
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
  if (raw.size() <= kKeyIdBytes) return BadNote("a signature is too short");
  out.key_id = Reader(raw).U32();
  out.signature.assign(raw.begin() + kKeyIdBytes, raw.end());
  return out;
}

}  // namespace

Result<std::vector<NoteSignature>> ParseSignatureLines(std::string_view lines) {
  std::vector<NoteSignature> signatures;
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    if (end == std::string_view::npos) return BadNote("a signature line does not end");
    ASSIGN_OR_RETURN(NoteSignature signature, ParseSignatureLine(lines.substr(0, end)));
    signatures.push_back(std::move(signature));
    if (signatures.size() > kMaxNoteSignatures) return BadNote("more than 64 signatures");
    lines.remove_prefix(end + 1);
  }
  if (signatures.empty()) return BadNote("no signature");
  return signatures;
}

Result<Note> ParseNote(std::string_view note) {
  if (note.size() > kMaxNoteBytes) return BadNote("longer than 128 KiB");
  if (!IsUtf8(note)) return BadNote("not UTF-8");
  for (const char c : note) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') return BadNote("control character");
  }
  // The last empty line parts text and signatures; the text may hold others.
  const size_t split = note.rfind("\n\n");
  if (split == std::string_view::npos) return BadNote("no signature block");
  Note out;
  out.text = note.substr(0, split + 1);
  ASSIGN_OR_RETURN(out.signatures, ParseSignatureLines(note.substr(split + 2)));
  return out;
}

std::string FormatSignatureLine(const NoteSignature& signature) {
  const Bytes raw = Writer().U32(signature.key_id).Raw(signature.signature).Take();
  return std::string(kSignaturePrefix) + signature.name + " " + Base64Encode(raw) + "\n";
}

std::string FormatNote(const Note& note) {
  std::string out = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) out += FormatSignatureLine(signature);
  return out;
}

VerifierKey MakeVerifierKey(std::string_view name, const PublicKey32& key, KeyType type) {
  return {std::string(name), KeyId(name, type, key), key, type};
}

std::string FormatVerifierKey(const VerifierKey& key) {
  const Bytes raw = Writer().U8(static_cast<uint8_t>(key.type)).Raw(key.key).Take();
  return key.name + "+" + HexEncode(Writer().U32(key.key_id).bytes()) + "+" + Base64Encode(raw);
}

Result<VerifierKey> ParseVerifierKey(std::string_view text) {
  const auto bad = [](const char* what) {
    return Status(Code::kInvalidArgument, std::string("verifier key: ") + what);
  };
  const size_t first = text.find('+');
  if (first == std::string_view::npos || text.size() < first + 10 || text[first + 9] != '+') {
    return bad("not NAME+HASH+BASE64");
  }
  ASSIGN_OR_RETURN(const Bytes raw, Base64Decode(text.substr(first + 10)));
  if (!GoodName(text.substr(0, first))) return bad("the name is empty or has spaces or control characters");
  const uint8_t type = raw.empty() ? 0 : raw[0];
  if (type != static_cast<uint8_t>(KeyType::kEd25519) && type != static_cast<uint8_t>(KeyType::kCosignature)) {
    return bad("neither an Ed25519 key (type 1) nor one of an Ed25519 witness (type 4)");
  }
  const Result<PublicKey32> key = ToHash32(ByteView(raw).subspan(1));
  if (!key.ok()) return bad("an Ed25519 key has 32 bytes");
  VerifierKey out = MakeVerifierKey(text.substr(0, first), *key, static_cast<KeyType>(type));
  if (FormatVerifierKey(out) != text) return bad("name and key do not match its hash (eight digits 0-9 and a-f)");
  return out;
}

std::string SignNote(std::string_view text, std::string_view name, const Signer& signer) {
  CHECK(text.ends_with('\n') && GoodName(name));
  const Signature64 signature = signer.Sign(AsBytes(text));
  return FormatNote({std::string(text),
                     {{std::string(name), KeyId(name, KeyType::kEd25519, signer.public_key()),
                       Bytes(signature.begin(), signature.end())}}});
}

Status VerifyNote(const Note& note, const VerifierKey& key) {
  if (key.type != KeyType::kEd25519) {
    return Status(Code::kInvalidArgument, "the key of " + Shown(key.name) + " is a witness's: it signs no notes");
  }
  bool verified = false;
  for (const NoteSignature& signature : note.signatures) {
    if (signature.name != key.name || signature.key_id != key.key_id) continue;
    if (!VerifySignature(key.key, AsBytes(note.text), signature.signature)) {
      return Status(Code::kFailed, "the signature of " + Shown(key.name) + " does not verify");
    }
    verified = true;
  }
  return verified ? OkStatus() : Status(Code::kNotFound, "no signature by the key of " + Shown(key.name));
}

}  // namespace spor::ledger
