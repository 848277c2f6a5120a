// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "tools/service/home.h"

// Ways into a home for whoever has the secret of another slot than the service's own.
namespace spor::service {

Result<BoxSecretKey> UnlockHome(const HomePlaces& places, const SecretBytes& passphrase) {
  ASSIGN_OR_RETURN(const HomeLock lock, HomeLock::Take(places.home));
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> store,
                   ledger::OpenRocksStore(places.home + "/db", {ledger::StoreOptions::Mode::kReadOnly}));
  ASSIGN_OR_RETURN(const ledger::Entry first, ledger::LogReader(*store).EntryAt(0));
  ASSIGN_OR_RETURN(const ledger::GenesisBody genesis, ledger::ParseGenesis(first.body));
  ASSIGN_OR_RETURN(const uint32_t generation, vault::KeyTree::StoredGeneration(*store));
  ASSIGN_OR_RETURN(const Bytes file, vault::SlotDirectory(places.keys_dir).Read(generation));
  ASSIGN_OR_RETURN(const std::vector<vault::Slot> slots, vault::PeekSlots(file, genesis.ledger_id));
  return vault::UnlockWithPassphrase(slots, passphrase);
}

Status RecoverHome(const HomePlaces& places, const BoxSecretKey& secret, std::string_view label,
                   const std::string& secret_file) {
  std::error_code error;
  if (std::filesystem::exists(secret_file, error) || error) {
    return Status(Code::kConflict, secret_file + " exists: name a new file for the new secret, or move it away");
  }
  const BoxSecretKey fresh = BoxSecretKey::Random();
  HomeOptions options;
  options.slot_secret = &secret;
  ASSIGN_OR_RETURN(const std::unique_ptr<Home> home, Home::Open(places, options));
  // The file first: a slot whose secret nobody has is worse than a file that opens nothing.
  RETURN_IF_ERROR(vault::WriteSlotSecret(secret_file, fresh));
  const vault::Slot slot{vault::SlotType::kCredentialFile, BoxPublicKey(fresh), std::string(label), {}};
  const Result<auth::KeyKeeper::State> recovered = home->keys().Recover(slot);
  if (!recovered.ok()) {
    // Of an error behind the flip the slot is there, and its secret must be too.
    const std::vector<vault::Slot> slots = home->parts().vault->slots();
    const bool there =
        std::any_of(slots.begin(), slots.end(), [&](const vault::Slot& s) { return s.public_key == slot.public_key; });
    if (!there) std::filesystem::remove(secret_file, error);
    return recovered.error();
  }
  return OkStatus();
}

}  // namespace spor::service
