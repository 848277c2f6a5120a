// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/mutex.h"
#include "crypto/sign.h"
#include "ledger/entry.h"

// The root key and the slots it is sealed to; docs/formats/keys.md, "Slot file".
namespace spor::vault {

struct RootTag {};
using RootKey = SecretKey<RootTag>;

enum class SlotType : uint8_t { kCredentialFile = 1, kPassphrase = 2, kRecoveryKey = 3 };
std::string_view SlotTypeName(SlotType type);

// A key pair that the root key is sealed to. Its secret half is elsewhere, so that the root can rotate without it.
struct Slot {
  SlotType type = SlotType::kCredentialFile;
  PublicKey32 public_key{};
  std::string label;     // what people call it: 1 to 32 bytes of a-z 0-9 . _ -
  Bytes wrapped_secret;  // of a passphrase slot: its secret, sealed under the passphrase; otherwise empty
};
Status CheckSlotLabel(std::string_view label);

// One generation of the root key, sealed to every slot. Both files of a keys directory have this form and size.
inline constexpr size_t kSlotFileBytes = 4096;
inline constexpr size_t kMaxSlots = 12;
inline constexpr size_t kMaxSlotLabel = 32;
inline constexpr size_t kMaxWrappedSecret = 128;

// magic "SPORSLOT" | u16 version=2 | u32 generation | ledger_id[32] | u8 n | (u8 type | public key[32] | u8 len |
// label | u8 len | wrapped secret | u16 len | sealed root)* | mac[32], then zeroes up to 4,096 bytes. The MAC is under
// a key derived from the root, so that nobody without it can slip in a slot.
Bytes EncodeSlotFile(uint32_t generation, const Hash32& ledger_id, const std::vector<Slot>& slots, const RootKey& root);

struct OpenedSlots {
  uint32_t generation = 0;
  std::vector<Slot> slots;
  PublicKey32 opened_with{};  // the slot that the secret belongs to
  RootKey root;
  Hash32 digest{};
};
// kNotFound for a blank file (a spare or a destroyed one); kUnauthenticated if no slot is for `secret`; kCorrupt for
// damage, a slot that is not covered by the MAC, or another ledger's file.
Result<OpenedSlots> OpenSlotFile(ByteView bytes, const Hash32& ledger_id, const BoxSecretKey& secret);

// The slots as the file says, without any secret: not authenticated. kNotFound for a blank file, kCorrupt for damage.
Result<std::vector<Slot>> PeekSlots(ByteView bytes, const Hash32& ledger_id);

// SHA-256("spor/slots/v1" | file): stands in every head.
Hash32 SlotsDigest(ByteView file);

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

// The slots of an opened vault; a rotation can give it others. Threads: any.
class SlotBook {
 public:
  std::vector<Slot> Get() const {
    MutexLock lock(mutex_);
    return slots_;
  }
  void Set(std::vector<Slot> slots) {
    MutexLock lock(mutex_);
    slots_ = std::move(slots);
  }

 private:
  mutable Mutex mutex_;
  std::vector<Slot> slots_ GUARDED_BY(mutex_);
};

}  // namespace spor::vault
