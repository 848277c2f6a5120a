// SPDX-License-Identifier: Apache-2.0
#include "vault/slot_file.h"

#include <sys/stat.h>

#include <algorithm>

#include "crypto/codec.h"
#include "crypto/files.h"
#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::vault {
namespace {

constexpr std::string_view kMagic = "SPORSLOT";
constexpr uint16_t kVersion = 1;
constexpr std::string_view kSecretPrefix = "spor-slot-secret-v1:";

Hash32 Mac(const RootKey& root, ByteView covered) {
  const SecretBytes key = Derive(root.Reveal(), label::kSlotsMac, {});
  return HmacSha256(key.Reveal(), {covered});
}

Status Damaged(const char* what) { return Status(Code::kCorrupt, std::string("slot file: ") + what); }

bool IsBlank(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

}  // namespace

Bytes EncodeSlotFile(uint32_t generation, const Hash32& ledger_id, const std::vector<Slot>& slots,
                     const RootKey& root) {
  CHECK(!slots.empty() && slots.size() <= kMaxSlots);
  Writer out;
  out.Raw(kMagic).U16(kVersion).U32(generation).Raw(ledger_id).U8(static_cast<uint8_t>(slots.size()));
  for (const Slot& slot : slots) {
    out.U8(static_cast<uint8_t>(slot.type)).Raw(slot.public_key).Str16(BoxSeal(slot.public_key, root.Reveal()));
  }
  Bytes file = out.Take();
  Append(file, Mac(root, file));
  CHECK(file.size() <= kSlotFileBytes);
  file.resize(kSlotFileBytes);
  return file;
}

Result<OpenedSlots> OpenSlotFile(ByteView bytes, const Hash32& ledger_id, const BoxSecretKey& secret) {
  if (IsBlank(bytes)) return Status(Code::kNotFound, "slot file: blank");
  if (bytes.size() != kSlotFileBytes) return Damaged("another size than 4,096 bytes");
  Reader in(bytes);
  if (!PublicEquals(in.Raw(kMagic.size()), AsBytes(kMagic))) return Damaged("not a slot file");
  if (in.U16() != kVersion) return Status(Code::kTooNew, "slot file: unknown version");
  OpenedSlots out;
  out.generation = in.U32();
  if (in.Fixed<32>() != ledger_id) return Damaged("belongs to another ledger");
  const PublicKey32 mine = BoxPublicKey(secret);
  std::optional<Bytes> sealed;
  const uint8_t count = in.U8();
  if (count == 0 || count > kMaxSlots) return Damaged("malformed");
  for (uint8_t i = 0; i < count; ++i) {
    Slot slot;
    slot.type = static_cast<SlotType>(in.U8());
    slot.public_key = in.Fixed<32>();
    const ByteView box = in.Str16(256);
    if (slot.public_key == mine) sealed = ToBytes(box);
    out.slots.push_back(slot);
  }
  const size_t covered = bytes.size() - in.left();
  const Hash32 mac = in.Fixed<32>();
  if (in.failed() || !IsBlank(in.Raw(in.left()))) return Damaged("malformed");
  if (!sealed)
    return Status(Code::kUnauthenticated,
                  "the slot secret fits no slot of this ledger: give the right --slot-secret-file");
  ASSIGN_OR_RETURN(SecretBytes root, BoxOpen(secret, *sealed));
  if (root.size() != RootKey::kBytes) return Damaged("malformed");
  out.root = RootKey(std::move(root));
  if (!SecretEquals(Mac(out.root, bytes.first(covered)), mac))
    return Damaged("changed by somebody without the root key");
  out.digest = SlotsDigest(bytes);
  return out;
}

Hash32 SlotsDigest(ByteView file) { return Sha256({AsBytes(label::kSlotsDigest), file}); }

Result<BoxSecretKey> ReadSlotSecret(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    return Status(Code::kDenied, path + " can be read by others: chmod 600 it");
  }
  ASSIGN_OR_RETURN(std::string text, ReadSmallFile(path, 256));
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

Status SlotDirectory::Create() const {
  RETURN_IF_ERROR(MakePrivateDirectory(path_));
  const Bytes blank(kSlotFileBytes);
  for (uint32_t which : {0u, 1u}) {
    const Result<Bytes> there = Read(which);
    const bool taken = there.ok() ? !IsBlank(*there) : there.error().code() != Code::kNotFound;
    if (taken) return Status(Code::kConflict, FileOf(which) + " exists and is not blank: name a new keys directory");
  }
  for (uint32_t which : {0u, 1u}) RETURN_IF_ERROR(OverwriteFileInPlace(FileOf(which), blank));
  return SyncDirectory(path_);
}

Status SlotDirectory::Write(uint32_t generation, ByteView file) const {
  RETURN_IF_ERROR(OverwriteFileInPlace(FileOf(generation), file));
  ASSIGN_OR_RETURN(const Bytes back, Read(generation));
  if (!PublicEquals(back, file)) return Status(Code::kIo, "a slot file reads back differently from what was written");
  return OkStatus();
}

Status SlotDirectory::Destroy(uint32_t generation) const {
  ASSIGN_OR_RETURN(const Bytes there, Read(generation));
  Reader in(there);
  const bool formed = PublicEquals(in.Raw(kMagic.size()), AsBytes(kMagic)) && in.U16() == kVersion;
  if (formed && in.U32() != generation) return Status(Code::kInternal, "not the slot file that is to be destroyed");
  Bytes noise(kSlotFileBytes);
  RandomFill(noise);
  RETURN_IF_ERROR(Write(generation, noise));
  return Write(generation, Bytes(kSlotFileBytes));
}

Result<Bytes> SlotDirectory::Read(uint32_t generation) const {
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(FileOf(generation), kSlotFileBytes));
  return ToBytes(AsBytes(text));
}

}  // namespace spor::vault
