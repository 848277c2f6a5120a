// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/auth_service.h"

namespace spor::auth {

// What a person may do to the slots of the root key. Each change makes a new root, sealed to the slots that stay, and
// destroys the old one; the event that says who did it is in the batch that puts the new root in force.
//
// Threads: any; one change at a time, and none during a retention run (kLater).
// Security: secrets of slots never come here: whoever adds a slot makes the pair and hands over its public half.
class KeyKeeper {
 public:
  struct Parts {
    vault::Vault* vault;
    ledger::Ledger* ledger;
    AuditTrail* audit;
    AuthService* auth;
  };
  explicit KeyKeeper(const Parts& parts) : parts_(parts) {}

  struct State {
    uint32_t generation = 0;
    Hash32 slots_digest{};
    std::vector<vault::Slot> slots;
    PublicKey32 opened_with{};
  };
  // kDenied, recorded, for who may not see it.
  Result<State> Look(const Actor& actor);

  // kConflict for a label or a key that a slot has already, kInvalidArgument when all slots are taken. Where the old
  // root could not yet be destroyed the change stands, and the next start finishes it.
  Result<State> AddSlot(const Actor& actor, vault::Slot slot);
  // kNotFound for an unknown label; kConflict for the last slot and for the one that opened this service: without
  // another secret at hand it could not start again.
  Result<State> RemoveSlot(const Actor& actor, std::string_view label);
  // A new root for the same slots.
  Result<State> Rotate(const Actor& actor);

  // A slot added without a login, by whoever opened the vault with the secret of another one; the event names that
  // slot instead of a person. For the offline way back after a lost secret.
  Result<State> Recover(vault::Slot slot);

 private:
  Status CheckNew(const vault::Slot& slot) const;
  State Now() const;
  Status Change(const Actor* actor, std::string_view action, std::vector<ledger::Field> fields,
                std::vector<vault::Slot> slots);

  const Parts parts_;
};

}  // namespace spor::auth
