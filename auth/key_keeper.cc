// SPDX-License-Identifier: Apache-2.0
#include "auth/key_keeper.h"

#include <algorithm>

namespace spor::auth {
namespace {

std::vector<ledger::Field> FieldsOf(const vault::Slot& slot) {
  return {ledger::TextField("slot", slot.label), ledger::TextField("slot_type", vault::SlotTypeName(slot.type)),
          ledger::BytesField("slot_key", slot.public_key)};
}

}  // namespace

KeyKeeper::State KeyKeeper::Now() const {
  const ledger::HeadFacts facts = parts_.ledger->facts();
  return {parts_.vault->keys().generation(), facts.slots_digest, parts_.vault->slots(), parts_.vault->opened_with()};
}

Result<KeyKeeper::State> KeyKeeper::Look(const Actor& actor) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, Action::kStatus));
  return Now();
}

Status KeyKeeper::CheckNew(const vault::Slot& slot) const {
  RETURN_IF_ERROR(vault::CheckSlotLabel(slot.label));
  const bool wrapped = slot.type == vault::SlotType::kPassphrase;
  if (wrapped == slot.wrapped_secret.empty() || slot.wrapped_secret.size() > vault::kMaxWrappedSecret) {
    return Status(Code::kInvalidArgument, "a passphrase's slot, and only that, comes with its wrapped secret");
  }
  const std::vector<vault::Slot> slots = parts_.vault->slots();
  if (slots.size() >= vault::kMaxSlots) {
    return Status(Code::kInvalidArgument, "all 12 slots are taken: remove one first");
  }
  for (const vault::Slot& other : slots) {
    if (other.label == slot.label) return Status(Code::kConflict, "there is a slot '" + slot.label + "': name it anew");
    if (other.public_key == slot.public_key) return Status(Code::kConflict, "this key has a slot already");
  }
  return OkStatus();
}

// One rotation that carries the event about itself.
Status KeyKeeper::Change(const Actor* actor, std::string_view action, std::vector<ledger::Field> fields,
                         std::vector<vault::Slot> slots) {
  vault::EraseRequest request;
  request.slots = std::move(slots);
  ledger::EntryDraft event{ledger::EntryKind::kEvent, RandomArray<16>(), {}, {}};
  std::vector<ledger::Field> all = AuditFields(actor, action, "done");
  all.insert(all.end(), std::make_move_iterator(fields.begin()), std::make_move_iterator(fields.end()));
  RETURN_IF_ERROR(parts_.audit->EnsureUnits(*parts_.ledger));
  ASSIGN_OR_RETURN(ledger::SealedSection section,
                   parts_.audit->Seal(AuditClass::kEvidence, event.seal_id, 0, std::move(all)));
  event.sections.push_back(std::move(section));
  request.entries.push_back(std::move(event));
  const std::unique_ptr<ledger::Precondition> session = actor == nullptr ? nullptr : parts_.auth->StillValid(*actor);
  request.precondition = session.get();
  return parts_.vault->MakeEraser(*parts_.ledger).Run(std::move(request)).status();
}

Result<KeyKeeper::State> KeyKeeper::AddSlot(const Actor& actor, vault::Slot slot) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, Action::kKeys));
  ASSIGN_OR_RETURN(const vault::RotationTurn turn, parts_.vault->TakeRotationTurn());
  RETURN_IF_ERROR(CheckNew(slot));
  std::vector<vault::Slot> slots = parts_.vault->slots();
  std::vector<ledger::Field> fields = FieldsOf(slot);
  slots.push_back(std::move(slot));
  RETURN_IF_ERROR(Change(&actor, "key_slot_add", std::move(fields), std::move(slots)));
  return Now();
}

Result<KeyKeeper::State> KeyKeeper::RemoveSlot(const Actor& actor, std::string_view label) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, Action::kKeys));
  ASSIGN_OR_RETURN(const vault::RotationTurn turn, parts_.vault->TakeRotationTurn());
  std::vector<vault::Slot> slots = parts_.vault->slots();
  const auto slot = std::find_if(slots.begin(), slots.end(), [&](const auto& s) { return s.label == label; });
  if (slot == slots.end()) return Status(Code::kNotFound, "there is no slot '" + Shown(label) + "'");
  if (slots.size() == 1) return Status(Code::kConflict, "this is the last slot: without one nothing opens again");
  if (slot->public_key == parts_.vault->opened_with()) {
    return Status(Code::kConflict,
                  "this service was opened with that slot: start it with the secret of another one, then remove it");
  }
  std::vector<ledger::Field> fields = FieldsOf(*slot);
  slots.erase(slot);
  RETURN_IF_ERROR(Change(&actor, "key_slot_remove", std::move(fields), std::move(slots)));
  return Now();
}

Result<KeyKeeper::State> KeyKeeper::Rotate(const Actor& actor) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, Action::kKeys));
  ASSIGN_OR_RETURN(const vault::RotationTurn turn, parts_.vault->TakeRotationTurn());
  RETURN_IF_ERROR(Change(&actor, "key_rotate", {}, parts_.vault->slots()));
  return Now();
}

Result<KeyKeeper::State> KeyKeeper::Recover(vault::Slot slot) {
  ASSIGN_OR_RETURN(const vault::RotationTurn turn, parts_.vault->TakeRotationTurn());
  RETURN_IF_ERROR(CheckNew(slot));
  std::vector<vault::Slot> slots = parts_.vault->slots();
  std::vector<ledger::Field> fields = FieldsOf(slot);
  for (const vault::Slot& other : slots) {
    if (other.public_key == parts_.vault->opened_with())
      fields.push_back(ledger::TextField("opened_with", other.label));
  }
  slots.push_back(std::move(slot));
  RETURN_IF_ERROR(Change(nullptr, "key_recover", std::move(fields), std::move(slots)));
  return Now();
}

}  // namespace spor::auth
