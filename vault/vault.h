// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <utility>

#include "vault/eraser.h"
#include "vault/sealed_field.h"
#include "vault/slot_secret.h"

namespace spor::vault {

struct VaultPaths {
  std::string keys_directory;
  std::string slot_secret_file;
};

// The right to make new generations of the root key, one after the other, with nobody's in between. Ends with the
// object.
class RotationTurn {
 public:
  explicit RotationTurn(std::atomic<bool>& taken) : taken_(&taken) {}
  ~RotationTurn() {
    if (taken_ != nullptr) taken_->store(false);
  }
  RotationTurn(RotationTurn&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
  RotationTurn& operator=(RotationTurn&&) = delete;

 private:
  std::atomic<bool>* taken_;
};

// The keys of one ledger, opened.
//
// Ownership: owns key tree and slots; borrows the store, which must outlive it.
// Security: the root key is in memory while this exists.
class Vault {
 public:
  struct Founded {
    std::unique_ptr<Vault> vault;
    ledger::SlotsBody slots;
    ledger::Batch rows;  // to be written with the genesis batch
  };
  // New keys for a new ledger: slot secret, slot files, root of generation 1, service keys. Nothing is in the store
  // yet. kConflict if the keys directory holds a key already or the secret file exists.
  static Result<Founded> Found(ledger::Store& store, const VaultPaths& paths, const Hash32& ledger_id,
                               const SigningKey& log_key);
  // Opens the root with the slot secret; finishes or drops what a rotation left in the slot files.
  static Result<std::unique_ptr<Vault>> Open(ledger::Store& store, const VaultPaths& paths, const Hash32& ledger_id);
  // The same with the secret of any slot.
  static Result<std::unique_ptr<Vault>> OpenWith(ledger::Store& store, const std::string& keys_directory,
                                                 const Hash32& ledger_id, const BoxSecretKey& secret);

  // After the ledger is open: finishes an erasure that a crash interrupted after its flip.
  Status FinishErasure(ledger::Ledger& ledger);
  Result<std::unique_ptr<Signer>> LogSigner() const;
  // The signer whose public key the log names: of the log key in force or, where its replacing was interrupted, of the
  // next one. kCorrupt if neither is it.
  Result<std::unique_ptr<Signer>> LogSignerOf(const PublicKey32& key) const;

  // Replaces the log key: one batch holds `proposal`, the new key wrapped beside the old one, and the entry by which
  // the log endorses it, under a head that the old key signs and the anchor holds; then the ledger signs with the new
  // key, and the old one is deleted. kLater while an erasure is being carried out; nothing is changed then.
  //
  // Durability: a crash before the batch leaves the old key; after it FinishLogKeyRotation() finishes.
  struct LogKeyRotation {
    uint64_t first_entry = 0;  // of the proposal's
    ledger::LogKeys keys;      // as they are now
  };
  Result<LogKeyRotation> RotateLogKey(ledger::Ledger& ledger, ledger::Proposal proposal);
  // After the ledger is open: deletes the old log key where a crash came before that.
  Status FinishLogKeyRotation(ledger::Ledger& ledger);
  // For a retention run, whose generations must follow one another, and for a change of the slots. kLater if taken.
  Result<RotationTurn> TakeRotationTurn();
  // Every wrapped key and the slot file, as key_copy.h says: a copy of the root. Register it first (custody.h).
  // kLater while the root key rotates or the log key is replaced.
  Result<Bytes> CopyKeys();
  Eraser MakeEraser(ledger::Ledger& ledger) { return Eraser(keys_, store_, ledger, directory_, slots_); }

  KeyTree& keys() { return keys_; }
  const KeyTree& keys() const { return keys_; }
  const Hash32& ledger_id() const { return keys_.ledger_id(); }
  std::vector<Slot> slots() const { return slots_.Get(); }
  // The slot whose secret opened this vault.
  const PublicKey32& opened_with() const { return opened_with_; }

 private:
  Vault(ledger::Store& store, const std::string& keys_directory, const Hash32& ledger_id)
      : store_(store), directory_(keys_directory), keys_(store, ledger_id) {}

  ledger::Store& store_;
  SlotDirectory directory_;
  SlotBook slots_;
  PublicKey32 opened_with_{};
  std::atomic<bool> turn_taken_{false};
  KeyTree keys_;
};

// A new unit: its random id and key, its operation, and its info row, ready to be put into a proposal.
struct UnitDraft {
  UnitId unit{};
  UnitKey key;
  ledger::UnitOp op;
};
UnitDraft DraftUnit(const Hash32& ledger_id, const UnitInfo& info, ledger::DueKey due, uint16_t rule,
                    ledger::Batch& writes);

}  // namespace spor::vault
