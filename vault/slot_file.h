// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/sign.h"
#include "ledger/entry.h"

// The root key and the slots it is sealed to; docs/formats/keys.md, "Slot file".
namespace spor::vault {

struct RootTag {};
using RootKey = SecretKey<RootTag>;

enum class SlotType : uint8_t { kCredentialFile = 1 };

struct Slot {
  SlotType type = SlotType::kCredentialFile;
  PublicKey32 public_key{};
};

// One generation of the root key, sealed to every slot. Both files of a keys directory have this form and size.
inline constexpr size_t kSlotFileBytes = 4096;
inline constexpr size_t kMaxSlots = 16;

// magic "SPORSLOT" | u16 version=1 | u32 generation | ledger_id[32] | u8 n | (u8 type | public key[32] | u16 len |
// sealed root)* | mac[32], then zeroes up to 4,096 bytes. The MAC is under a key derived from the root, so that nobody
// without it can slip in a slot.
Bytes EncodeSlotFile(uint32_t generation, const Hash32& ledger_id, const std::vector<Slot>& slots, const RootKey& root);

struct OpenedSlots {
  uint32_t generation = 0;
  std::vector<Slot> slots;
  RootKey root;
  Hash32 digest{};
};
// kNotFound for a blank file (a spare or a destroyed one); kUnauthenticated if no slot is for `secret`; kCorrupt for
// damage, a slot that is not covered by the MAC, or another ledger's file.
Result<OpenedSlots> OpenSlotFile(ByteView bytes, const Hash32& ledger_id, const BoxSecretKey& secret);

// SHA-256("spor/slots/v1" | file): stands in every head.
Hash32 SlotsDigest(ByteView file);

// The secret of a credential-file slot: one line "spor-slot-secret-v1:" and 64 hexadecimal digits.
Result<BoxSecretKey> ReadSlotSecret(const std::string& path);
Status WriteSlotSecret(const std::string& path, const BoxSecretKey& secret);

// The two slot files of a keys directory. Generation n lies in file n % 2, so that n and n+1 never share one.
class SlotDirectory {
 public:
  explicit SlotDirectory(std::string path) : path_(std::move(path)) {}
  // The directory, and both files preallocated blank. kConflict if one is there and not blank: it may be a key.
  Status Create() const;
  // Overwrites in place, syncs, reads back. kIo if what is read differs.
  Status Write(uint32_t generation, ByteView file) const;
  // Overwrites the file of this generation with random bytes and then blanks it, in place, synced and read back.
  // kInternal, and nothing is touched, if the file holds another generation.
  Status Destroy(uint32_t generation) const;
  Result<Bytes> Read(uint32_t generation) const;

 private:
  std::string FileOf(uint32_t generation) const { return path_ + "/slots." + std::to_string(generation % 2); }
  std::string path_;
};

}  // namespace spor::vault
