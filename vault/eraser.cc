// SPDX-License-Identifier: Apache-2.0
#include "vault/eraser.h"

#include <algorithm>

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "ledger/blobs.h"
#include "ledger/replay.h"
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

}  // namespace

Status Eraser::SubmitRows(Batch rows) {
  Proposal proposal;
  proposal.writes = std::move(rows);
  return ledger_.Submit(std::move(proposal)).status();
}

Result<uint32_t> Eraser::CountSections(const std::vector<EraseUnit>& units) const {
  uint32_t count = 0;
  const auto add = [&](const ledger::StoredBlob&) { return ++count, true; };
  for (const EraseUnit& unit : units) {
    RETURN_IF_ERROR(ledger::ScanSubjectBlobs(store_, unit.unit, 0, ledger::kNoEntry, add));
    RETURN_IF_ERROR(ledger::ScanAuditBlobs(store_, unit.unit, 0, ledger::kNoEntry, add));
  }
  return count;
}

Result<EraseResult> Eraser::Run(EraseRequest request) {
  CHECK(!request.units.empty() && request.units.size() <= kMaxUnitsPerGeneration);
  std::sort(request.units.begin(), request.units.end(),
            [](const EraseUnit& a, const EraseUnit& b) { return a.unit < b.unit; });
  std::vector<UnitId> units;
  for (const EraseUnit& unit : request.units) units.push_back(unit.unit);
  const uint32_t generation = keys_.generation();

  RETURN_IF_ERROR(keys_.DropStaged([this](Batch rows) { return SubmitRows(std::move(rows)); }));
  Proposal intent;
  intent.entries.push_back(PlainEntry(
      EntryKind::kEraseIntent,
      Encode(ledger::IntentBody{generation, generation + 1, static_cast<uint32_t>(units.size()), UnitsDigest(units)})));
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger_.Submit(std::move(intent)));
  EraseResult result;
  result.intent_entry = receipt.first_entry;
  RETURN_IF_ERROR(Reached(EraseStep::kIntent));

  Result<KeyTree::Staged> staged = keys_.Stage(units, [this](Batch rows) { return SubmitRows(std::move(rows)); });
  Result<EraseResult> flipped = staged.ok() ? Flip(request, *staged, result) : Result<EraseResult>(staged.error());
  keys_.EndStaging();
  if (!flipped.ok()) return flipped;
  RETURN_IF_ERROR(AfterFlip(*staged, *flipped));
  return flipped;
}

Result<EraseResult> Eraser::Flip(EraseRequest& request, KeyTree::Staged& staged, EraseResult result) {
  RETURN_IF_ERROR(Reached(EraseStep::kStaged));
  const Bytes slot_file = EncodeSlotFile(staged.generation, keys_.ledger_id(), slots_, staged.root);
  RETURN_IF_ERROR(directory_.Write(staged.generation, slot_file));
  RETURN_IF_ERROR(Reached(EraseStep::kSlotWritten));

  ASSIGN_OR_RETURN(result.sections_dropped, CountSections(request.units));
  Proposal flip;
  flip.placement = Proposal::Placement::kAlone;
  std::vector<UnitId> units;
  for (const EraseUnit& unit : request.units) {
    units.push_back(unit.unit);
    flip.ops.push_back(ledger::UnitOp::Erase(unit.unit, unit.due, unit.reason));
    flip.touches.push_back(ledger::StripeOf("unit", unit.unit));
    ledger::DropBlobs(unit.unit, flip.writes);
    DropRecords(unit.unit, flip.writes);
  }
  flip.ops.insert(flip.ops.end(), request.other_ops.begin(), request.other_ops.end());
  flip.touches.insert(flip.touches.end(), request.touches.begin(), request.touches.end());
  RETURN_IF_ERROR(keys_.AddFlip(staged, units, flip.writes));
  flip.writes.Append(std::move(request.writes));
  const Hash32 digest = SlotsDigest(slot_file);
  flip.entries.push_back(PlainEntry(EntryKind::kSlots, Encode(ledger::SlotsBody{staged.generation, digest})));
  ledger::EraseBody body;
  body.intent = result.intent_entry;
  body.generation_old = staged.generation - 1;
  body.generation_new = staged.generation;
  body.units_total = static_cast<uint32_t>(units.size());
  body.sections_dropped_total = result.sections_dropped;
  flip.erase = body;
  flip.update_facts = [&](ledger::HeadFacts& facts) {
    facts.root_generation = staged.generation;
    facts.slots_digest = digest;
  };
  flip.on_commit = [&] { keys_.Switch(staged); };
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger_.Submit(std::move(flip)));
  result.head = receipt.head;
  result.generation = staged.generation;
  result.rewrapped_units = staged.rewrapped_units;
  // Behind the slots entry come the entries of other operations, then those of the erasures.
  const size_t others = (request.other_ops.size() + ledger::MaxOpsPerEntry(ledger::OpType::kCreate) - 1) /
                        ledger::MaxOpsPerEntry(ledger::OpType::kCreate);
  result.erase_entry = receipt.first_entry + 1 + others;
  return result;
}

Status Eraser::AfterFlip(KeyTree::Staged& staged, EraseResult& result) {
  RETURN_IF_ERROR(Reached(EraseStep::kFlipped));
  Batch stale;
  for (Bytes& row : staged.stale) stale.Delete(Family::kKey, std::move(row));
  RETURN_IF_ERROR(SubmitRows(std::move(stale)));
  RETURN_IF_ERROR(store_.Rewrite(kErasedFamilies));
  RETURN_IF_ERROR(Reached(EraseStep::kCleaned));
  RETURN_IF_ERROR(keys_.VerifyRewrapped(staged));
  RETURN_IF_ERROR(ledger_.Publish().status());  // the head of the flip is in the anchor
  RETURN_IF_ERROR(Reached(EraseStep::kVerified));
  RETURN_IF_ERROR(directory_.Destroy(staged.generation - 1));
  RETURN_IF_ERROR(Reached(EraseStep::kOldRootDestroyed));
  Proposal destroyed;
  ledger::DestroyedBody body;
  body.erase = result.erase_entry;
  body.generation_old = staged.generation - 1;
  ASSIGN_OR_RETURN(const ledger::HeadAt head, NewestHead(ledger_.reader(), result.head));
  body.everywhere_day = head.body.legal_day;
  body.register_digest = Sha256(ByteView());  // no copy is registered: the register is empty
  destroyed.entries.push_back(PlainEntry(EntryKind::kRootDestroyed, Encode(body)));
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger_.Submit(std::move(destroyed)));
  result.destroyed_entry = receipt.first_entry;
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

namespace {

// The newest erase entry whose destruction is not yet recorded, if any.
Result<std::optional<std::pair<uint64_t, ledger::EraseBody>>> OwedErase(const ledger::LogReader& reader,
                                                                        uint32_t generation) {
  ASSIGN_OR_RETURN(const ledger::LogState state, reader.State());
  std::optional<std::pair<uint64_t, ledger::EraseBody>> owed;
  for (uint64_t end = state.size; end > 0;) {
    const uint64_t begin = end > 1024 ? end - 1024 : 0;
    bool recorded = false;
    RETURN_IF_ERROR(reader.Scan(begin, end, [&](uint64_t index, ByteView bytes) {
      const uint8_t kind = ledger::PeekKind(bytes);
      if (kind == static_cast<uint8_t>(EntryKind::kRootDestroyed)) {
        const Result<ledger::Entry> entry = ledger::ParseEntry(bytes);
        const auto body =
            entry.ok() ? ledger::ParseDestroyed(entry->body) : Result<ledger::DestroyedBody>(entry.error());
        if (body.ok() && body->generation_old + 1 == generation) recorded = true;
      }
      if (kind == static_cast<uint8_t>(EntryKind::kErase)) {
        const Result<ledger::Entry> entry = ledger::ParseEntry(bytes);
        const auto body = entry.ok() ? ledger::ParseErase(entry->body) : Result<ledger::EraseBody>(entry.error());
        if (body.ok() && body->generation_new == generation && body->part == 0) owed = {index, *body};
      }
      return true;
    }));
    if (recorded) return std::optional<std::pair<uint64_t, ledger::EraseBody>>();
    if (owed) return owed;
    end = begin;
  }
  return owed;
}

}  // namespace

Status FinishErasure(KeyTree& keys, ledger::Store& store, ledger::Ledger& ledger, const SlotDirectory& directory) {
  const uint32_t generation = keys.generation();
  if (generation <= 1) return OkStatus();
  ASSIGN_OR_RETURN(const auto owed, OwedErase(ledger.reader(), generation));
  if (!owed) return OkStatus();
  RETURN_IF_ERROR(store.Rewrite(kErasedFamilies));
  Status opens;
  RETURN_IF_ERROR(store.Scan(Family::kLive, {}, {}, [&](ByteView key, ByteView) {
    UnitId unit;
    std::copy_n(key.begin(), unit.size(), unit.begin());
    opens = keys.OpenUnit(unit).status();
    return opens.ok();
  }));
  if (!opens.ok())
    return Status(Code::kCorrupt, "after an interrupted erasure a surviving key does not open: " + opens.message());
  RETURN_IF_ERROR(ledger.Publish().status());
  RETURN_IF_ERROR(directory.Destroy(generation - 1));
  ledger::DestroyedBody body;
  body.erase = owed->first;
  body.generation_old = generation - 1;
  ASSIGN_OR_RETURN(const ledger::HeadAt head, NewestHead(ledger.reader(), ledger.size() - 1));
  body.everywhere_day = head.body.legal_day;
  body.register_digest = Sha256(ByteView());
  Proposal destroyed;
  destroyed.entries.push_back(PlainEntry(EntryKind::kRootDestroyed, Encode(body)));
  return ledger.Submit(std::move(destroyed)).status();
}

}  // namespace spor::vault
