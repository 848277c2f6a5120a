// SPDX-License-Identifier: Apache-2.0
#include "vault/eraser.h"

#include <algorithm>

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "ledger/blobs.h"
#include "ledger/replay.h"
#include "vault/custody.h"
#include "vault/key_rows.h"
#include "vault/sealed_field.h"

namespace spor::vault {

using ledger::Batch;
using ledger::EntryKind;
using ledger::Family;
using ledger::Proposal;

namespace {

const std::vector<Family> kErasedFamilies = {Family::kKey, Family::kSubjectBlob, Family::kAuditBlob, Family::kRecord,
                                             Family::kIndex};

Hash32 UnitsDigest(const std::vector<UnitId>& units) {
  Sha256Stream hash;
  for (const UnitId& unit : units) hash.Update(unit);
  return hash.Finish();
}

ledger::EntryDraft PlainEntry(EntryKind kind, Bytes body) { return {kind, RandomArray<16>(), {}, std::move(body)}; }

KeyTree::RowSink SinkInto(ledger::Ledger& ledger) {
  return [&ledger](Batch rows) {
    Proposal proposal;
    proposal.writes = std::move(rows);
    return ledger.Submit(std::move(proposal)).status();
  };
}

size_t EraseEntries(size_t units) {
  const size_t per_entry = ledger::MaxOpsPerEntry(ledger::OpType::kErase);
  return (units + per_entry - 1) / per_entry;
}

Result<uint32_t> CountSections(const ledger::Store& store, const std::vector<UnitId>& units) {
  uint32_t count = 0;
  const auto add = [&](const ledger::StoredBlob&) { return ++count, true; };
  for (const UnitId& unit : units) {
    RETURN_IF_ERROR(ledger::ScanSubjectBlobs(store, unit, 0, ledger::kNoEntry, add));
    RETURN_IF_ERROR(ledger::ScanAuditBlobs(store, unit, 0, ledger::kNoEntry, add));
  }
  return count;
}

// Events may still get sections of these units while they are counted, and the count stays in the log for ever. The
// sequencer counts again if anything was appended since.
class SameSections final : public ledger::Precondition {
 public:
  SameSections(const ledger::Store& store, const ledger::Ledger& ledger, const std::vector<UnitId>& units,
               const ledger::Precondition* and_also)
      : store_(store), ledger_(ledger), units_(units), and_also_(and_also), size_(ledger.size()) {}
  Result<uint32_t> Count() {
    ASSIGN_OR_RETURN(counted_, CountSections(store_, units_));
    return counted_;
  }
  Status Check(UnixSeconds now, Batch& batch) const override {
    if (and_also_ != nullptr) RETURN_IF_ERROR(and_also_->Check(now, batch));
    if (ledger_.size() == size_) return OkStatus();
    ASSIGN_OR_RETURN(const uint32_t sections, CountSections(store_, units_));
    changed_ = sections != counted_;
    return changed_ ? Status(Code::kConflict, "sections were added to units that are being erased") : OkStatus();
  }
  bool changed() const { return changed_; }

 private:
  const ledger::Store& store_;
  const ledger::Ledger& ledger_;
  const std::vector<UnitId>& units_;
  const ledger::Precondition* const and_also_;
  const uint64_t size_;
  uint32_t counted_ = 0;
  mutable bool changed_ = false;
};

// From the flip until the destruction is recorded.
struct Owed {
  uint32_t generation_old = 0;
  uint64_t intent = 0;
};

Result<std::optional<Owed>> ReadOwed(const ledger::Store& store) {
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store.Get(Family::kKey, OwedRow()));
  if (!row) return std::optional<Owed>();
  Reader in(*row);
  Owed owed;
  owed.generation_old = in.U32();
  owed.intent = in.U64();
  RETURN_IF_ERROR(in.Finish("mark of an owed key destruction"));
  return std::optional<Owed>(owed);
}

// The last erase entry of the flip that followed this intent; of a rotation alone, its slots entry.
Result<uint64_t> LastEntryOfFlip(const ledger::LogReader& reader, const Owed& owed) {
  ASSIGN_OR_RETURN(const ledger::LogState state, reader.State());
  ASSIGN_OR_RETURN(const ledger::Entry intent_entry, reader.EntryAt(owed.intent));
  ASSIGN_OR_RETURN(const ledger::IntentBody intent, ledger::ParseIntent(intent_entry.body));
  const auto ends_flip = [&](const ledger::Entry& entry) {
    if (intent.units == 0) {
      const Result<ledger::SlotsBody> slots = ledger::ParseSlotsBody(entry.body);
      return entry.kind == EntryKind::kSlots && slots.ok() && slots->root_generation == intent.generation_new;
    }
    const Result<ledger::EraseBody> body = ledger::ParseErase(entry.body);
    return entry.kind == EntryKind::kErase && body.ok() && body->intent == owed.intent && body->part + 1 == body->parts;
  };
  const uint8_t kind = static_cast<uint8_t>(intent.units == 0 ? EntryKind::kSlots : EntryKind::kErase);
  std::optional<uint64_t> last;
  RETURN_IF_ERROR(reader.Scan(owed.intent, state.size, [&](uint64_t index, ByteView bytes) {
    if (ledger::PeekKind(bytes) != kind) return true;
    const Result<ledger::Entry> entry = ledger::ParseEntry(bytes);
    if (entry.ok() && ends_flip(*entry)) last = index;
    return !last.has_value();
  }));
  if (!last) return Status(Code::kCorrupt, "a key destruction is owed for an erasure that the log does not hold");
  return *last;
}

// The last step of every erasure, begun or recovered: the old root goes, and that it went is recorded.
Result<uint64_t> DestroyOldRoot(ledger::Ledger& ledger, const ledger::Store& store, const SlotDirectory& directory,
                                uint32_t generation_old, uint64_t last_of_flip,
                                const std::function<Status()>& destroyed_hook) {
  RETURN_IF_ERROR(directory.Destroy(generation_old));
  RETURN_IF_ERROR(destroyed_hook());
  ledger::DestroyedBody body;
  body.erase = last_of_flip;
  body.generation_old = generation_old;
  ASSIGN_OR_RETURN(const ledger::HeadAt head, NewestHead(ledger.reader(), ledger.size() - 1));
  ASSIGN_OR_RETURN(const CustodyFacts custody, CustodyOf(store, generation_old, head.body.legal_day));
  body.everywhere_day = custody.everywhere_day;
  body.copies = custody.copies;
  body.register_digest = custody.register_digest;
  Proposal destroyed;
  destroyed.entries.push_back(PlainEntry(EntryKind::kRootDestroyed, Encode(body)));
  destroyed.writes.Delete(Family::kKey, OwedRow());
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger.Submit(std::move(destroyed)));
  return receipt.first_entry;
}

}  // namespace

Result<EraseResult> Eraser::Run(EraseRequest request) {
  CHECK(request.units.size() <= kMaxUnitsPerGeneration);
  std::sort(request.units.begin(), request.units.end(),
            [](const EraseUnit& a, const EraseUnit& b) { return a.unit < b.unit; });
  std::vector<UnitId> units;
  for (const EraseUnit& unit : request.units) units.push_back(unit.unit);
  if (std::adjacent_find(units.begin(), units.end()) != units.end()) {
    return Status(Code::kInvalidArgument, "an erasure names the same unit twice");
  }
  // Two erasures at once would take each other's slot file: n and n+2 lie in the same one.
  RETURN_IF_ERROR(keys_.BeginRotation());
  const RotationEnd end(keys_);
  RETURN_IF_ERROR(FinishErasure(keys_, store_, ledger_, directory_));
  RETURN_IF_ERROR(keys_.DropStaged(SinkInto(ledger_)));

  const uint32_t generation = keys_.generation();
  Proposal intent;
  intent.entries.push_back(PlainEntry(
      EntryKind::kEraseIntent,
      Encode(ledger::IntentBody{generation, generation + 1, static_cast<uint32_t>(units.size()), UnitsDigest(units)})));
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger_.Submit(std::move(intent)));
  EraseResult result;
  result.intent_entry = receipt.first_entry;
  RETURN_IF_ERROR(Reached(EraseStep::kIntent));

  ASSIGN_OR_RETURN(KeyTree::Staged staged, keys_.Stage(units, SinkInto(ledger_)));
  RETURN_IF_ERROR(Reached(EraseStep::kStaged));
  const std::vector<Slot> slots = request.slots ? *request.slots : slots_.Get();
  const Bytes slot_file = EncodeSlotFile(staged.generation, keys_.ledger_id(), slots, staged.root);
  RETURN_IF_ERROR(directory_.Write(staged.generation, slot_file));
  RETURN_IF_ERROR(Reached(EraseStep::kSlotWritten));
  RETURN_IF_ERROR(Flip(request, units, SlotsDigest(slot_file), staged, result));
  slots_.Set(slots);
  RETURN_IF_ERROR(Reached(EraseStep::kFlipped));
  RETURN_IF_ERROR(AfterFlip(request, staged, result));
  return result;
}

Status Eraser::Flip(const EraseRequest& request, const std::vector<UnitId>& units, const Hash32& slots_digest,
                    KeyTree::Staged& staged, EraseResult& result) {
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    SameSections sections(store_, ledger_, units, request.precondition);
    ASSIGN_OR_RETURN(result.sections_dropped, sections.Count());
    Proposal flip = MakeFlip(request, units, slots_digest, staged, result);
    flip.precondition = &sections;
    const Result<ledger::Receipt> receipt = ledger_.Submit(std::move(flip));
    if (receipt.ok()) {
      result.head = receipt->head;
      result.generation = staged.generation;
      result.rewrapped_units = staged.rewrapped_units;
      // Erase entries stand behind the slots entry and the events.
      result.erase_entry = receipt->first_entry + (units.empty() ? 0 : 1 + request.entries.size());
      return OkStatus();
    }
    if (!sections.changed() || attempt == kAttempts) return receipt.error();
  }
}

Proposal Eraser::MakeFlip(const EraseRequest& request, const std::vector<UnitId>& units, const Hash32& slots_digest,
                          KeyTree::Staged& staged, const EraseResult& result) {
  Proposal flip;
  flip.placement = Proposal::Placement::kAlone;
  for (const EraseUnit& unit : request.units) {
    flip.ops.push_back(ledger::UnitOp::Erase(unit.unit, unit.due, unit.reason));
    flip.touches.push_back(ledger::StripeOf("unit", unit.unit));
    ledger::DropBlobs(unit.unit, flip.writes);
    DropRecords(unit.unit, flip.writes);
  }
  flip.touches.insert(flip.touches.end(), request.touches.begin(), request.touches.end());
  keys_.AddFlip(staged, units, flip.writes);
  flip.writes.Put(Family::kKey, OwedRow(), Writer().U32(staged.generation - 1).U64(result.intent_entry).Take());
  flip.writes.Append(request.writes);
  flip.entries.push_back(PlainEntry(EntryKind::kSlots, Encode(ledger::SlotsBody{staged.generation, slots_digest})));
  flip.entries.insert(flip.entries.end(), request.entries.begin(), request.entries.end());
  ledger::EraseBody body;
  body.intent = result.intent_entry;
  body.generation_old = staged.generation - 1;
  body.generation_new = staged.generation;
  body.units_total = static_cast<uint32_t>(units.size());
  body.sections_dropped_total = result.sections_dropped;
  if (!units.empty()) flip.erase = body;
  flip.update_facts = [generation = staged.generation, slots_digest](ledger::HeadFacts& facts) {
    facts.root_generation = generation;
    facts.slots_digest = slots_digest;
  };
  flip.on_commit = [this, &staged] { keys_.Switch(staged); };
  return flip;
}

Status Eraser::AfterFlip(const EraseRequest& request, const KeyTree::Staged& staged, EraseResult& result) {
  RETURN_IF_ERROR(keys_.DropSuperseded(&staged, SinkInto(ledger_)));
  RETURN_IF_ERROR(store_.Rewrite(request.units.empty() ? std::vector<Family>{Family::kKey} : kErasedFamilies));
  RETURN_IF_ERROR(Reached(EraseStep::kCleaned));
  RETURN_IF_ERROR(keys_.VerifyKeys(&staged));
  RETURN_IF_ERROR(ledger_.Publish().status());  // the head of the flip is in the anchor
  RETURN_IF_ERROR(Reached(EraseStep::kVerified));
  const uint64_t last = result.erase_entry + std::max<size_t>(EraseEntries(request.units.size()), 1) - 1;
  ASSIGN_OR_RETURN(result.destroyed_entry, DestroyOldRoot(ledger_, store_, directory_, staged.generation - 1, last,
                                                          [this] { return Reached(EraseStep::kOldRootDestroyed); }));
  return Reached(EraseStep::kDone);
}

Result<OpenedSlots> OpenRoot(const ledger::Store& store, const SlotDirectory& directory, const Hash32& ledger_id,
                             const BoxSecretKey& secret) {
  ASSIGN_OR_RETURN(const uint32_t generation, KeyTree::StoredGeneration(store));
  const auto mismatch = [&](const std::string& found) {
    return Status(Code::kCorrupt, "the data is of key generation " + std::to_string(generation) + ", the slot files " +
                                      found + ": data directory and keys directory do not belong together");
  };
  ASSIGN_OR_RETURN(const Bytes file, directory.Read(generation));
  Result<OpenedSlots> opened = OpenSlotFile(file, ledger_id, secret);
  if (!opened.ok()) return opened.error().code() == Code::kNotFound ? mismatch("hold a destroyed key") : opened.error();
  if (opened->generation != generation) return mismatch("are of " + std::to_string(opened->generation));
  ASSIGN_OR_RETURN(const Bytes other, directory.Read(generation + 1));
  const Result<OpenedSlots> spare = OpenSlotFile(other, ledger_id, secret);
  if (spare.ok() && spare->generation == generation + 1) RETURN_IF_ERROR(directory.Destroy(generation + 1));
  return opened;
}

Status FinishErasure(KeyTree& keys, ledger::Store& store, ledger::Ledger& ledger, const SlotDirectory& directory) {
  ASSIGN_OR_RETURN(const std::optional<Owed> owed, ReadOwed(store));
  if (!owed) return OkStatus();
  if (owed->generation_old + 1 != keys.generation()) {
    return Status(Code::kCorrupt, "a key destruction is owed for another generation than the one before this");
  }
  ASSIGN_OR_RETURN(const uint64_t last, LastEntryOfFlip(ledger.reader(), *owed));
  RETURN_IF_ERROR(keys.DropSuperseded(nullptr, SinkInto(ledger)));
  RETURN_IF_ERROR(store.Rewrite(kErasedFamilies));
  RETURN_IF_ERROR(keys.VerifyKeys(nullptr));
  RETURN_IF_ERROR(ledger.Publish().status());
  return DestroyOldRoot(ledger, store, directory, owed->generation_old, last, OkStatus).status();
}

}  // namespace spor::vault
