// SPDX-License-Identifier: Apache-2.0
#include "vault/slot_file.h"

#include <algorithm>

#include "crypto/codec.h"
#include "crypto/files.h"
#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::vault {
namespace {

constexpr std::string_view kMagic = "SPORSLOT";
constexpr uint16_t kVersion = 2;

Hash32 Mac(const RootKey& root, ByteView covered) {
  const SecretBytes key = Derive(root.Reveal(), label::kSlotsMac, {});
  return HmacSha256(key.Reveal(), {covered});
}

Status Damaged(const char* what) { return Status(Code::kCorrupt, std::string("slot file: ") + what); }

bool IsBlank(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

// A slot file taken apart; nothing in it is to be believed before the MAC was checked.
struct Parsed {
  uint32_t generation = 0;
  std::vector<Slot> slots;
  std::vector<Bytes> boxes;  // the root, sealed to each slot
  size_t covered = 0;        // bytes under the MAC
  Hash32 mac{};
};

bool GoodSlot(const Slot& slot, ByteView box) {
  const bool known = slot.type >= SlotType::kCredentialFile && slot.type <= SlotType::kRecoveryKey;
  return known && CheckSlotLabel(slot.label).ok() && box.size() == RootKey::kBytes + kBoxOverhead &&
         (slot.type == SlotType::kPassphrase) != slot.wrapped_secret.empty();
}

Result<Parsed> Parse(ByteView bytes, const Hash32& ledger_id) {
  if (IsBlank(bytes)) return Status(Code::kNotFound, "slot file: blank");
  if (bytes.size() != kSlotFileBytes) return Damaged("another size than 4,096 bytes");
  Reader in(bytes);
  if (!PublicEquals(in.Raw(kMagic.size()), AsBytes(kMagic))) return Damaged("not a slot file");
  if (in.U16() != kVersion) return Status(Code::kTooNew, "slot file: of another version than this program writes");
  Parsed out;
  out.generation = in.U32();
  if (in.Fixed<32>() != ledger_id) return Damaged("belongs to another ledger");
  const uint8_t count = in.U8();
  if (count == 0 || count > kMaxSlots) return Damaged("malformed");
  for (uint8_t i = 0; i < count; ++i) {
    Slot slot;
    slot.type = static_cast<SlotType>(in.U8());
    slot.public_key = in.Fixed<32>();
    slot.label = AsText(in.Str8(kMaxSlotLabel));
    slot.wrapped_secret = ToBytes(in.Str8(kMaxWrappedSecret));
    const ByteView box = in.Str16(RootKey::kBytes + kBoxOverhead);
    if (in.failed() || !GoodSlot(slot, box)) return Damaged("a slot is malformed");
    out.boxes.push_back(ToBytes(box));
    out.slots.push_back(std::move(slot));
  }
  out.covered = bytes.size() - in.left();
  out.mac = in.Fixed<32>();
  if (in.failed() || !IsBlank(in.Raw(in.left()))) return Damaged("malformed");
  return out;
}

}  // namespace

std::string_view SlotTypeName(SlotType type) {
  switch (type) {
    case SlotType::kCredentialFile: return "file";
    case SlotType::kPassphrase: return "passphrase";
    case SlotType::kRecoveryKey: return "recovery";
  }
  return "unknown";
}

Status CheckSlotLabel(std::string_view label) {
  bool good = !label.empty() && label.size() <= kMaxSlotLabel;
  for (char c : label) good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  if (good) return OkStatus();
  return Status(Code::kInvalidArgument, "a slot's label has 1 to 32 of the characters a-z 0-9 . _ -");
}

Bytes EncodeSlotFile(uint32_t generation, const Hash32& ledger_id, const std::vector<Slot>& slots,
                     const RootKey& root) {
  CHECK(!slots.empty() && slots.size() <= kMaxSlots);
  Writer out;
  out.Raw(kMagic).U16(kVersion).U32(generation).Raw(ledger_id).U8(static_cast<uint8_t>(slots.size()));
  for (const Slot& slot : slots) {
    const Bytes box = BoxSeal(slot.public_key, root.Reveal());
    CHECK(GoodSlot(slot, box));
    out.U8(static_cast<uint8_t>(slot.type)).Raw(slot.public_key).Str8(slot.label);
    out.Str8(AsText(slot.wrapped_secret)).Str16(box);
  }
  Bytes file = out.Take();
  Append(file, Mac(root, file));
  CHECK(file.size() <= kSlotFileBytes);
  file.resize(kSlotFileBytes);
  return file;
}

Result<std::vector<Slot>> PeekSlots(ByteView bytes, const Hash32& ledger_id) {
  ASSIGN_OR_RETURN(Parsed parsed, Parse(bytes, ledger_id));
  return std::move(parsed.slots);
}

Result<OpenedSlots> OpenSlotFile(ByteView bytes, const Hash32& ledger_id, const BoxSecretKey& secret) {
  ASSIGN_OR_RETURN(Parsed parsed, Parse(bytes, ledger_id));
  const PublicKey32 mine = BoxPublicKey(secret);
  const auto slot = std::find_if(parsed.slots.begin(), parsed.slots.end(),
                                 [&](const Slot& candidate) { return candidate.public_key == mine; });
  if (slot == parsed.slots.end()) {
    return Status(Code::kUnauthenticated, "this secret fits no slot of this ledger: give that of one of its slots");
  }
  ASSIGN_OR_RETURN(SecretBytes root, BoxOpen(secret, parsed.boxes[static_cast<size_t>(slot - parsed.slots.begin())]));
  if (root.size() != RootKey::kBytes) return Damaged("malformed");
  OpenedSlots out;
  out.root = RootKey(std::move(root));
  if (!SecretEquals(Mac(out.root, bytes.first(parsed.covered)), parsed.mac))
    return Damaged("changed by somebody without the root key");
  out.generation = parsed.generation;
  out.opened_with = slot->public_key;
  out.slots = std::move(parsed.slots);
  out.digest = SlotsDigest(bytes);
  return out;
}

Hash32 SlotsDigest(ByteView file) { return Sha256({AsBytes(label::kSlotsDigest), file}); }

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
