// SPDX-License-Identifier: Apache-2.0
#include "vault/vault.h"

#include <filesystem>

namespace spor::vault {
namespace {

constexpr std::string_view kFirstSlot = "service";

}  // namespace

Result<Vault::Founded> Vault::Found(ledger::Store& store, const VaultPaths& paths, const Hash32& ledger_id,
                                    const SigningKey& log_key) {
  Founded out;
  out.vault.reset(new Vault(store, paths.keys_directory, ledger_id));
  Vault& vault = *out.vault;
  const BoxSecretKey secret = BoxSecretKey::Random();
  if (std::filesystem::exists(paths.slot_secret_file)) {
    return Status(Code::kConflict, paths.slot_secret_file + " exists: another ledger may need it; name a new file");
  }
  RETURN_IF_ERROR(vault.directory_.Create());
  RETURN_IF_ERROR(WriteSlotSecret(paths.slot_secret_file, secret));
  vault.opened_with_ = BoxPublicKey(secret);
  vault.slots_.Set({{SlotType::kCredentialFile, vault.opened_with_, std::string(kFirstSlot), {}}});
  RootKey root = RootKey::Random();
  const Bytes file = EncodeSlotFile(1, ledger_id, vault.slots_.Get(), root);
  RETURN_IF_ERROR(vault.directory_.Write(1, file));
  out.slots = {1, SlotsDigest(file)};
  vault.keys_.Found(std::move(root), SecretBytes::CopyOf(log_key.Reveal()), out.rows);
  return out;
}

Result<std::unique_ptr<Vault>> Vault::Open(ledger::Store& store, const VaultPaths& paths, const Hash32& ledger_id) {
  ASSIGN_OR_RETURN(const BoxSecretKey secret, ReadSlotSecret(paths.slot_secret_file));
  return OpenWith(store, paths.keys_directory, ledger_id, secret);
}

Result<std::unique_ptr<Vault>> Vault::OpenWith(ledger::Store& store, const std::string& keys_directory,
                                               const Hash32& ledger_id, const BoxSecretKey& secret) {
  std::unique_ptr<Vault> vault(new Vault(store, keys_directory, ledger_id));
  ASSIGN_OR_RETURN(OpenedSlots opened, OpenRoot(store, vault->directory_, ledger_id, secret));
  vault->slots_.Set(std::move(opened.slots));
  vault->opened_with_ = opened.opened_with;
  RETURN_IF_ERROR(vault->keys_.Open(std::move(opened.root), opened.generation));
  return vault;
}

Status Vault::FinishErasure(ledger::Ledger& ledger) {
  const auto rows = [&](ledger::Batch batch) {
    ledger::Proposal proposal;
    proposal.writes = std::move(batch);
    return ledger.Submit(std::move(proposal)).status();
  };
  RETURN_IF_ERROR(keys_.DropStaged(rows));
  return vault::FinishErasure(keys_, store_, ledger, directory_);
}

Result<Bytes> Vault::CopyKeys() {
  RETURN_IF_ERROR(keys_.BeginRotation());  // a rotation would put other rows in force than the slot file opens
  const RotationEnd end(keys_);
  ASSIGN_OR_RETURN(Bytes slot_file, directory_.Read(keys_.generation()));
  return keys_.Copy(std::move(slot_file));
}

Result<RotationTurn> Vault::TakeRotationTurn() {
  if (turn_taken_.exchange(true)) {
    return Status(Code::kLater, "a retention run or a change of the keys is under way: wait for it");
  }
  return RotationTurn(turn_taken_);
}

Result<std::unique_ptr<Signer>> Vault::LogSigner() const {
  ASSIGN_OR_RETURN(SecretBytes seed, keys_.OpenService(ServiceKey::kLogSigning));
  return std::make_unique<Signer>(SigningKey(std::move(seed)));
}

Result<std::unique_ptr<Signer>> Vault::LogSignerOf(const PublicKey32& key) const {
  ASSIGN_OR_RETURN(std::unique_ptr<Signer> signer, LogSigner());
  if (signer->public_key() == key) return signer;
  ASSIGN_OR_RETURN(const bool interrupted, keys_.HasNextLogKey());
  if (interrupted) {
    ASSIGN_OR_RETURN(SecretBytes seed, keys_.OpenService(ServiceKey::kNextLogSigning));
    signer = std::make_unique<Signer>(SigningKey(std::move(seed)));
    if (signer->public_key() == key) return signer;
  }
  return Status(Code::kCorrupt,
                "the log key in the vault is not the one that the log names: data and keys do not belong together");
}

Result<Vault::LogKeyRotation> Vault::RotateLogKey(ledger::Ledger& ledger, ledger::Proposal proposal) {
  RETURN_IF_ERROR(keys_.BeginRotation());  // an erasure would wrap this key again under another root, or lose it
  const RotationEnd end(keys_);
  const SigningKey next = SigningKey::Random();
  keys_.AddNextLogKey(next, proposal.writes);
  proposal.next_signer = std::make_unique<const Signer>(next);
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger.Submit(std::move(proposal)));
  RETURN_IF_ERROR(FinishLogKeyRotation(ledger));
  return LogKeyRotation{receipt.first_entry, ledger.keys()};
}

Status Vault::FinishLogKeyRotation(ledger::Ledger& ledger) {
  ASSIGN_OR_RETURN(const bool interrupted, keys_.HasNextLogKey());
  if (!interrupted) return OkStatus();
  ASSIGN_OR_RETURN(const SecretBytes seed, keys_.OpenService(ServiceKey::kNextLogSigning));
  if (SigningPublicKey(SigningKey(seed.Clone())) != ledger.keys().keys().back().vkey.key) {
    return Status(Code::kCorrupt, "the vault holds a next log key that the log does not endorse");
  }
  ledger::Proposal proposal;
  keys_.AddLogKey(seed, proposal.writes);
  RETURN_IF_ERROR(ledger.Submit(std::move(proposal)).status());
  keys_.ForgetLogKeys();
  return store_.Rewrite({ledger::Family::kKey});  // so that the old secret leaves the disk too
}

UnitDraft DraftUnit(const Hash32& ledger_id, const UnitInfo& info, ledger::DueKey due, uint16_t rule,
                    ledger::Batch& writes) {
  UnitDraft draft;
  draft.unit = RandomArray<16>();
  draft.key = UnitKey::Random();
  draft.op =
      ledger::UnitOp::Create(draft.unit, info.category, due, rule, ledger::KeyCommit(ledger_id, draft.unit, draft.key));
  writes.Put(ledger::Family::kRecord, UnitInfoRow(draft.unit), SealUnitInfo(ledger_id, draft.key, draft.unit, info));
  return draft;
}

}  // namespace spor::vault
