// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vault/eraser.h"
#include "vault/sealed_field.h"

namespace spor::vault {

struct VaultPaths {
  std::string keys_directory;
  std::string slot_secret_file;
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

  // After the ledger is open: finishes an erasure that a crash interrupted after its flip.
  Status FinishErasure(ledger::Ledger& ledger);
  Result<std::unique_ptr<Signer>> LogSigner() const;
  Eraser MakeEraser(ledger::Ledger& ledger) { return Eraser(keys_, store_, ledger, directory_, slots_); }

  KeyTree& keys() { return keys_; }
  const KeyTree& keys() const { return keys_; }
  const Hash32& ledger_id() const { return keys_.ledger_id(); }

 private:
  Vault(ledger::Store& store, const VaultPaths& paths, const Hash32& ledger_id)
      : store_(store), directory_(paths.keys_directory), keys_(store, ledger_id) {}

  ledger::Store& store_;
  SlotDirectory directory_;
  std::vector<Slot> slots_;
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
