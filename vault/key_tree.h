// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <unordered_map>

#include "crypto/mutex.h"
#include "ledger/ledger.h"
#include "vault/slot_file.h"

namespace spor::vault {

using ledger::UnitId;
using ledger::UnitKey;

// Keys of the service itself, each wrapped under the root: re-wrapped, never re-made, when the root rotates.
enum class ServiceKey : uint8_t {
  kLogSigning = 1,
  kIndex = 2,
  kEventId = 3,
  kSessionToken = 4,
  kState = 5,
  kNextLogSigning = 6,  // only while the log key is being replaced
};
// Those that are always there.
inline constexpr std::array<ServiceKey, 5> kServiceKeys = {
    ServiceKey::kLogSigning, ServiceKey::kIndex, ServiceKey::kEventId, ServiceKey::kSessionToken, ServiceKey::kState};

// root key -> 256 branch keys -> 65,536 leaf-node keys (by the first two bytes of the unit id) -> unit keys.
//
// Rows (Family::kKey), each with the generation that wrote it; the one in force is the newest not above the tree's:
//   'B' | branch u8 | gen u32     -> branch key under the root
//   'N' | prefix u16 | gen u32    -> leaf-node key under its branch key
//   'U' | unit[16] | gen u32      -> unit key under its leaf-node key
//   'S' | service key u8 | gen u32 -> service key under the root
//   'G'                            -> u32 generation in force
//   'T'                            -> present while a rotation stages rows of the next generation
//   'D'                            -> u32 generation | u64 intent entry: that root is still to be destroyed
// Beside them lie those of the custody register (custody.h).
//
// Threads: any. Ownership: borrows the store.
// Security: keys above the units, service keys and the unit keys used last are cached in locked memory; a change of
// generation empties every cache, so that no erased key stays.
class KeyTree final : public ledger::UnitKeeper {
 public:
  KeyTree(ledger::Store& store, const Hash32& ledger_id) : store_(store), ledger_id_(ledger_id) {}

  // Rows for a new ledger: generation 1 and every service key. `log_seed` becomes ServiceKey::kLogSigning.
  void Found(RootKey root, const SecretBytes& log_seed, ledger::Batch& batch);
  // Takes the root of the generation in force. Rows of a rotation that did not finish are not seen.
  Status Open(RootKey root, uint32_t generation);
  static Result<uint32_t> StoredGeneration(const ledger::Store& store);

  // UnitKeeper. kLater while an erasure stages the next generation.
  Status Wrap(const std::vector<ledger::NewUnit>& units, ledger::Batch& batch) override;
  // kNotFound for a unit that does not exist or is erased; kCorrupt if its key is there and does not open.
  Result<UnitKey> OpenUnit(const UnitId& unit) const;
  Result<SecretBytes> OpenService(ServiceKey key) const;

  // ---- replacing the log key; used by Vault alone, between BeginRotation() and EndRotation() or before anybody else
  // ----

  // Wraps `seed` as the next log key beside the one in force.
  void AddNextLogKey(const SigningKey& seed, ledger::Batch& batch) const;
  // Puts `seed` in place of the log key in force, and of the next one if there is any.
  void AddLogKey(const SecretBytes& seed, ledger::Batch& batch) const;
  // After either is durable.
  void ForgetLogKeys();
  Result<bool> HasNextLogKey() const;

  // Every row in force and `slot_file`, which must be of the generation in force, under the root's MAC (key_copy.h).
  // Call it between BeginRotation() and EndRotation().
  Result<Bytes> Copy(Bytes slot_file) const;

  uint32_t generation() const;
  const Hash32& ledger_id() const { return ledger_id_; }

  // ---- rotation; used by the Eraser alone, but for the first two ----

  // One rotation at a time, of the root or of the log key: kLater while another one is between these two.
  Status BeginRotation();
  void EndRotation();

  struct Staged {
    RootKey root;
    uint32_t generation = 0;
    uint64_t rewrapped_units = 0;
    std::map<uint8_t, SecretBytes> branches;  // that got new keys
    std::vector<uint16_t> prefixes;           // leaf nodes that got new keys
  };
  using RowSink = std::function<Status(ledger::Batch)>;
  // Makes root n+1 and every row that must change so that the keys of `erased` (sorted) are under nothing; hands the
  // rows to `sink` in batches. Until EndStaging() or Switch() no unit can be created.
  Result<Staged> Stage(const std::vector<UnitId>& erased, const RowSink& sink);
  // The rows that put generation n+1 in force and drop the erased units' keys; part of the flip batch.
  void AddFlip(const Staged& staged, const std::vector<UnitId>& erased, ledger::Batch& batch) const;
  // After the flip is durable.
  void Switch(Staged& staged);
  void EndStaging();
  // Deletes rows above the generation in force, left by a rotation that did not finish.
  Status DropStaged(const RowSink& sink);
  // Deletes rows that a newer one in force replaces; everywhere, or only where `staged` put new ones.
  Status DropSuperseded(const Staged* staged, const RowSink& sink) const;
  // Reads keys back from the store, past every cache, and opens them through the root in force: all of them, or what
  // `staged` wrapped again. Each unit's key must be the one that the live map commits to. kCorrupt if one does not
  // open or is another, if a live unit has no key or a key no live unit, or if fewer open than were wrapped.
  Status VerifyKeys(const Staged* staged) const;

 private:
  using Cache = std::unordered_map<uint32_t, SecretBytes>;
  Bytes AssociatedData(ByteView row_key) const;
  void PutService(ServiceKey service, const SecretBytes& key, ledger::Batch& batch) const REQUIRES(mutex_);
  Bytes WrapRow(ByteView key, std::string_view purpose, ByteView row_key, ByteView plaintext) const;
  Result<SecretBytes> OpenRow(ByteView key, std::string_view purpose, ByteView row_key, ByteView row) const;
  // Ids are random: their first bytes are hash enough.
  struct IdHash {
    size_t operator()(const UnitId& id) const {
      size_t hash;
      std::memcpy(&hash, id.data(), sizeof hash);
      return hash;
    }
  };
  void DropCaches() REQUIRES(mutex_);
  Result<const SecretBytes*> Branch(uint8_t branch, ledger::Batch* create) const REQUIRES(mutex_);
  Result<const SecretBytes*> Node(uint16_t prefix, ledger::Batch* create) const REQUIRES(mutex_);
  Status WrapInto(const std::vector<ledger::NewUnit>& units, ledger::Batch& batch) REQUIRES(mutex_);
  Status StageNode(uint16_t prefix, const std::vector<UnitId>& erased, const SecretBytes& new_key, Staged& staged,
                   ledger::Batch& batch);
  Status StageBranch(uint8_t branch, const std::map<uint16_t, SecretBytes>& new_nodes, Staged& staged,
                     ledger::Batch& batch);
  Status StageRoot(Staged& staged, ledger::Batch& batch);
  struct ReadBack;

  ledger::Store& store_;
  const Hash32 ledger_id_;
  mutable Mutex mutex_;
  RootKey root_ GUARDED_BY(mutex_);
  uint32_t generation_ GUARDED_BY(mutex_) = 0;
  bool rotating_ GUARDED_BY(mutex_) = false;
  bool staging_ GUARDED_BY(mutex_) = false;
  mutable Cache branches_ GUARDED_BY(mutex_);
  mutable Cache nodes_ GUARDED_BY(mutex_);
  mutable std::map<ServiceKey, SecretBytes> services_ GUARDED_BY(mutex_);
  mutable std::unordered_map<UnitId, SecretBytes, IdHash> units_ GUARDED_BY(mutex_);
};

// Ends the rotation on every way out of who began it.
class RotationEnd {
 public:
  explicit RotationEnd(KeyTree& keys) : keys_(keys) {}
  ~RotationEnd() { keys_.EndRotation(); }
  RotationEnd(const RotationEnd&) = delete;
  RotationEnd& operator=(const RotationEnd&) = delete;

 private:
  KeyTree& keys_;
};

}  // namespace spor::vault
