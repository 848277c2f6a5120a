// SPDX-License-Identifier: Apache-2.0
#include "vault/slot_secret.h"

#include <sys/stat.h>

#include <algorithm>

#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/files.h"
#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::vault {
namespace {

constexpr std::string_view kSecretPrefix = "spor-slot-secret-v1:";
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kCheckBytes = 3;
constexpr size_t kKeyChars = (BoxSecretKey::kBytes + kCheckBytes) * 8 / 5;  // 56
constexpr size_t kGroup = 4;
constexpr uint32_t kMaxPasses = 16;
constexpr uint32_t kMaxMebibytes = 4096;

// What was mistyped is told from what belongs to another ledger.
Hash32 CheckOf(ByteView secret) { return Sha256({AsBytes(label::kRecoveryKey), secret}); }

int ValueOf(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

Result<BoxSecretKey> ReadSlotSecret(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    return Status(Code::kDenied, path + " can be read by others: chmod 600 it");
  }
  Result<std::string> read = ReadSmallFile(path, 256);
  if (!read.ok() && read.error().code() == Code::kNotFound) {
    return Status(Code::kNotFound, "the slot secret file " + path +
                                       " is not there: name another with --slot-secret-file, or open the ledger with "
                                       "a recovery key or a passphrase (--unlock)");
  }
  ASSIGN_OR_RETURN(std::string text, std::move(read));
  std::string_view line = text;
  while (line.ends_with('\n')) line.remove_suffix(1);
  const bool formed = line.starts_with(kSecretPrefix);
  Result<Bytes> raw = HexDecode(formed ? line.substr(kSecretPrefix.size()) : "");
  WipeMemory(text);
  if (!formed || !raw.ok() || raw->size() != BoxSecretKey::kBytes) {
    return Status(Code::kInvalidArgument, path + " is not a slot secret file");
  }
  BoxSecretKey secret = BoxSecretKey::CopyOf(*raw);
  WipeMemory(*raw);
  return secret;
}

Status WriteSlotSecret(const std::string& path, const BoxSecretKey& secret) {
  std::string hex = HexEncode(secret.Reveal());
  std::string text;
  text.reserve(kSecretPrefix.size() + hex.size() + 1);
  text.append(kSecretPrefix).append(hex).append("\n");
  const Status written = WriteFileAtomically(path, AsBytes(text), 0600);
  WipeMemory(hex);
  WipeMemory(text);
  return written;
}

std::string FormatRecoveryKey(const BoxSecretKey& secret) {
  SecretBytes bytes(BoxSecretKey::kBytes + kCheckBytes);
  const Hash32 check = CheckOf(secret.Reveal());
  std::copy_n(secret.Reveal().begin(), BoxSecretKey::kBytes, bytes.RevealMutable().begin());
  std::copy_n(check.begin(), kCheckBytes, bytes.RevealMutable().begin() + BoxSecretKey::kBytes);
  std::string out;
  out.reserve(kKeyChars + kKeyChars / kGroup);
  uint32_t bits = 0;
  int have = 0;
  size_t written = 0;
  for (uint8_t byte : bytes.Reveal()) {
    bits = bits << 8 | byte;
    for (have += 8; have >= 5; have -= 5) {
      if (written > 0 && written % kGroup == 0) out += '-';
      out += kAlphabet[(bits >> (have - 5)) & 31];
      ++written;
    }
  }
  return out;
}

Result<BoxSecretKey> ParseRecoveryKey(std::string_view text) {
  SecretBytes bytes(BoxSecretKey::kBytes + kCheckBytes);
  uint32_t bits = 0;
  int have = 0;
  size_t filled = 0;
  size_t chars = 0;
  for (char c : text) {
    if (c == '-' || c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    const int value = ValueOf(c);
    if (value < 0) {
      return Status(Code::kInvalidArgument,
                    "a recovery key has digits and letters but U; look at group " + std::to_string(chars / kGroup + 1));
    }
    if (++chars > kKeyChars) break;
    bits = bits << 5 | static_cast<uint32_t>(value);
    have += 5;
    if (have >= 8) bytes.RevealMutable()[filled++] = static_cast<uint8_t>(bits >> (have -= 8));
  }
  if (chars != kKeyChars) {
    return Status(Code::kInvalidArgument,
                  "a recovery key has 14 groups of four; these are " + std::to_string(chars) + " characters, not 56");
  }
  const ByteView secret = bytes.Reveal().first(BoxSecretKey::kBytes);
  if (!SecretEquals(bytes.Reveal().subspan(BoxSecretKey::kBytes), ByteView(CheckOf(secret)).first(kCheckBytes))) {
    return Status(Code::kInvalidArgument, "a character of the recovery key is wrong: read it again from the paper");
  }
  return BoxSecretKey::CopyOf(secret);
}

Result<Slot> MakePassphraseSlot(std::string_view label, const SecretBytes& passphrase, const PasswordCost& cost) {
  RETURN_IF_ERROR(CheckSlotLabel(label));
  if (passphrase.size() < kMinPassphrase || passphrase.size() > kMaxPassphrase) {
    return Status(Code::kInvalidArgument, "a passphrase has 12 to 1,024 bytes: take six words or more");
  }
  const BoxSecretKey secret = BoxSecretKey::Random();
  Slot slot{SlotType::kPassphrase, BoxPublicKey(secret), std::string(label), {}};
  const Id16 salt = RandomArray<16>();
  ASSIGN_OR_RETURN(const SecretBytes stretched, StretchPassphrase(passphrase.Reveal(), salt, cost));
  const SecretBytes key = Derive(stretched.Reveal(), label::kPassphraseSlot, {});
  slot.wrapped_secret = Writer()
                            .Raw(salt)
                            .U32(static_cast<uint32_t>(cost.passes))
                            .U32(static_cast<uint32_t>(cost.memory_bytes >> 20))
                            .Raw(SealCommitting(key.Reveal(), slot.public_key, secret.Reveal()))
                            .Take();
  return slot;
}

Result<BoxSecretKey> OpenPassphraseSlot(const Slot& slot, const SecretBytes& passphrase) {
  Reader in(slot.wrapped_secret);
  const Id16 salt = in.Fixed<16>();
  const uint32_t passes = in.U32();
  const uint32_t mebibytes = in.U32();
  const ByteView sealed = in.Raw(in.left());
  // The file is not authenticated before it is open: it may not ask for any amount of work.
  if (in.failed() || passes == 0 || passes > kMaxPasses || mebibytes == 0 || mebibytes > kMaxMebibytes) {
    return Status(Code::kCorrupt, "slot file: a passphrase slot is malformed");
  }
  ASSIGN_OR_RETURN(const SecretBytes stretched,
                   StretchPassphrase(passphrase.Reveal(), salt, {passes, uint64_t{mebibytes} << 20}));
  const SecretBytes key = Derive(stretched.Reveal(), label::kPassphraseSlot, {});
  Result<SecretBytes> secret = OpenCommitting(key.Reveal(), slot.public_key, sealed);
  if (!secret.ok() || secret->size() != BoxSecretKey::kBytes) {
    return Status(Code::kUnauthenticated, "the passphrase opens no slot of this ledger");
  }
  BoxSecretKey opened(std::move(*secret));
  if (BoxPublicKey(opened) != slot.public_key) return Status(Code::kCorrupt, "slot file: a slot holds another secret");
  return opened;
}

Result<BoxSecretKey> UnlockWithPassphrase(const std::vector<Slot>& slots, const SecretBytes& passphrase) {
  Status answer(Code::kNotFound, "this ledger has no passphrase slot; make one with `spor key slot add passphrase`");
  for (const Slot& slot : slots) {
    if (slot.type != SlotType::kPassphrase) continue;
    Result<BoxSecretKey> secret = OpenPassphraseSlot(slot, passphrase);
    if (secret.ok()) return secret;
    answer = secret.error();
  }
  return answer;
}

}  // namespace spor::vault
