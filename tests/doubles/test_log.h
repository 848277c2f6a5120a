// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "crypto/hash.h"
#include "ledger/anchor_check.h"
#include "ledger/blobs.h"
#include "ledger/fsck.h"
#include "ledger/replay.h"
#include "tests/doubles/temp_dir.h"
#include "tests/doubles/test_day.h"

namespace spor::doubles {

// Everything around a ledger but its store: clock, days, keeper, log key, anchor directory; and proposals to submit.
// The keys are fixed, so that a log can be reopened by another TestLog over the same directory.
class TestLog {
 public:
  static constexpr UnixSeconds kStart = 1750000000;

  TestLog() : TestLog(std::string()) {}
  // The anchor lies in `anchor_directory`, which outlives this object; empty: in a temporary one of its own.
  explicit TestLog(const std::string& anchor_directory)
      : signer(SigningKey::CopyOf(Sha256(AsBytes("the log key of tests")))),
        ledger_id(ledger::LedgerId(kOrigin, signer.public_key())) {
    options.origin = kOrigin;
    if (anchor_directory.empty()) own_directory_.emplace();
    options.anchor_directory = own_directory_ ? *own_directory_ / "anchor" : anchor_directory;
    options.clock = &clock;
    options.legal_day = &day;
    options.keeper = &keeper;
    options.signer = &signer;
    options.head_interval = std::chrono::hours(1);  // heads come when they are asked for
  }

  Status Create(ledger::Store& store, const std::vector<ledger::UnitOp>& ops = {}) {
    options.store = &store;
    ledger::Ledger::Genesis genesis;
    genesis.genesis.origin = kOrigin;
    genesis.genesis.log_key = signer.public_key();
    genesis.genesis.ledger_id = ledger_id;
    genesis.slots.root_generation = 1;
    genesis.policy.version = 1;
    genesis.ops = ops;
    genesis.facts.root_generation = 1;
    return ledger::Ledger::Create(options, std::move(genesis));
  }

  // As a start-up does it: the anchor first.
  Result<std::unique_ptr<ledger::Ledger>> Open(ledger::Store& store) {
    options.store = &store;
    RETURN_IF_ERROR(ledger::CheckAgainstAnchor(store, options.anchor_directory).status());
    return ledger::Ledger::Open(options);
  }

  // What fsck finds wrong, or nothing.
  std::string Damage(const ledger::Store& store) const { return DamageOf(store, options.anchor_directory); }
  static std::string DamageOf(const ledger::Store& store, const std::string& anchor_directory) {
    const Result<ledger::FsckReport> report = ledger::Fsck(store, anchor_directory, nullptr);
    return report.ok() ? report->first_damaged : "fsck: " + report.error().message();
  }

  ledger::VerifierKey key() const { return ledger::MakeVerifierKey(kOrigin, signer.public_key()); }

  static ledger::UnitId Unit(uint32_t n) {
    const Hash32 hash = Sha256(AsBytes("unit " + std::to_string(n)));
    return *ToId16(ByteView(hash).first(16));
  }
  static ledger::UnitKey KeyOf(uint32_t n) {
    return ledger::UnitKey::CopyOf(Sha256(AsBytes("key " + std::to_string(n))));
  }
  ledger::UnitOp CreateOp(uint32_t n, ledger::DueKey due) const {
    return ledger::UnitOp::Create(Unit(n), 1, due, 1, ledger::KeyCommit(ledger_id, Unit(n), KeyOf(n)));
  }
  ledger::Proposal Create(uint32_t n, ledger::DueKey due) const {
    ledger::Proposal proposal;
    proposal.ops.push_back(CreateOp(n, due));
    proposal.new_units.push_back({Unit(n), KeyOf(n)});
    return proposal;
  }

  // An event whose body is `name`, with an audit section under one unit and a subject section under another.
  ledger::EntryDraft Event(const std::string& name, uint32_t audit, uint32_t subject) const {
    ledger::EntryDraft draft;
    draft.seal_id = RandomArray<16>();
    draft.body = ToBytes(AsBytes(name));
    const ledger::SealContext first{ledger_id, draft.kind, draft.seal_id, 0, Unit(audit)};
    const ledger::SealContext second{ledger_id, draft.kind, draft.seal_id, 1, Unit(subject)};
    draft.sections.push_back(ledger::SealSection(first, ledger::SealKey(ledger_id, KeyOf(audit)).Reveal(),
                                                 ledger::BlobPlace::kAudit, {ledger::TextField("action", "read")}));
    draft.sections.push_back(ledger::SealSection(second, ledger::SealKey(ledger_id, KeyOf(subject)).Reveal(),
                                                 ledger::BlobPlace::kSubject, {ledger::TextField("who", name)}));
    return draft;
  }
  ledger::Proposal Say(const std::string& name, uint32_t audit, uint32_t subject) const {
    ledger::Proposal proposal;
    proposal.entries.push_back(Event(name, audit, subject));
    return proposal;
  }

  // The announcement of an erasure, and then the erasure as the vault writes it: slots and erase entries, blobs
  // dropped, a head of the next generation.
  static ledger::Proposal EraseIntent(const ledger::Ledger& ledger, const std::vector<ledger::UnitOp>& ops) {
    const uint32_t generation = ledger.facts().root_generation;
    Sha256Stream digest;
    for (const ledger::UnitId& unit : UnitsOf(ops)) digest.Update(unit);
    const ledger::IntentBody body{generation, generation + 1, static_cast<uint32_t>(ops.size()), digest.Finish()};
    ledger::Proposal proposal;
    proposal.entries.push_back({ledger::EntryKind::kEraseIntent, RandomArray<16>(), {}, ledger::Encode(body)});
    return proposal;
  }
  static ledger::Proposal EraseFlip(const ledger::Ledger& ledger, uint64_t intent, std::vector<ledger::UnitOp> ops,
                                    uint32_t sections) {
    const uint32_t generation = ledger.facts().root_generation;
    const Hash32 digest = Sha256(AsBytes("slots of generation " + std::to_string(generation + 1)));
    ledger::Proposal proposal;
    proposal.entries.push_back(
        {ledger::EntryKind::kSlots, RandomArray<16>(), {}, ledger::Encode(ledger::SlotsBody{generation + 1, digest})});
    proposal.erase = ledger::EraseBody{intent, generation, generation + 1, static_cast<uint32_t>(ops.size()), sections};
    for (const ledger::UnitOp& op : ops) ledger::DropBlobs(op.unit, proposal.writes);
    proposal.ops = std::move(ops);
    proposal.update_facts = [generation, digest](ledger::HeadFacts& facts) {
      facts.root_generation = generation + 1;
      facts.slots_digest = digest;
    };
    return proposal;
  }
  // Both; what is still owed is returned: the record that the old root was destroyed.
  Result<ledger::DestroyedBody> Flip(ledger::Ledger& ledger, const std::vector<ledger::UnitOp>& ops) const {
    uint32_t sections = 0;
    const auto count = [&](const ledger::StoredBlob&) { return ++sections, true; };
    for (const ledger::UnitOp& op : ops) {
      RETURN_IF_ERROR(ledger::ScanSubjectBlobs(*options.store, op.unit, 0, ledger::kNoEntry, count));
      RETURN_IF_ERROR(ledger::ScanAuditBlobs(*options.store, op.unit, 0, ledger::kNoEntry, count));
    }
    ASSIGN_OR_RETURN(const ledger::Receipt intent, ledger.Submit(EraseIntent(ledger, ops)));
    const uint32_t generation = ledger.facts().root_generation;
    ASSIGN_OR_RETURN(const ledger::Receipt flip, ledger.Submit(EraseFlip(ledger, intent.first_entry, ops, sections)));
    const size_t per_entry = ledger::MaxOpsPerEntry(ledger::OpType::kErase);
    return ledger::DestroyedBody{flip.first_entry + (ops.size() + per_entry - 1) / per_entry, generation, 0, 0, {}};
  }
  static Status Destroyed(ledger::Ledger& ledger, const ledger::DestroyedBody& body) {
    ledger::Proposal destroyed;
    destroyed.entries.push_back({ledger::EntryKind::kRootDestroyed, RandomArray<16>(), {}, ledger::Encode(body)});
    return ledger.Submit(std::move(destroyed)).status();
  }
  Status Erase(ledger::Ledger& ledger, const std::vector<ledger::UnitOp>& ops) const {
    ASSIGN_OR_RETURN(const ledger::DestroyedBody owed, Flip(ledger, ops));
    return Destroyed(ledger, owed);
  }
  // What the vault does at its start: records the destruction that an erasure left owed when the process ended.
  static Status FinishErasure(ledger::Ledger& ledger) {
    std::optional<ledger::DestroyedBody> owed;
    ASSIGN_OR_RETURN(const ledger::LogState state, ledger.reader().State());
    RETURN_IF_ERROR(ledger.reader().Scan(0, state.size, [&](uint64_t index, ByteView bytes) {
      const Result<ledger::Entry> entry = ledger::ParseEntry(bytes);
      if (entry.ok() && entry->kind == ledger::EntryKind::kErase) {
        owed = {index, ledger::ParseErase(entry->body)->generation_old, 0, 0, {}};
      }
      if (entry.ok() && entry->kind == ledger::EntryKind::kRootDestroyed) owed.reset();
      return true;
    }));
    return owed ? Destroyed(ledger, *owed) : OkStatus();
  }

  static constexpr const char* kOrigin = "spor.example/log";
  FakeClock clock{kStart};
  UtcDay day;
  PlainKeeper keeper;
  const Signer signer;
  const Hash32 ledger_id;
  ledger::LedgerOptions options;

 private:
  static std::vector<ledger::UnitId> UnitsOf(const std::vector<ledger::UnitOp>& ops) {
    std::vector<ledger::UnitId> units;
    for (const ledger::UnitOp& op : ops) units.push_back(op.unit);
    std::sort(units.begin(), units.end());
    return units;
  }

  std::optional<TempDir> own_directory_;
};

// The bodies of all event entries, with the index of each; an event that is there twice is there twice.
inline std::multimap<std::string, uint64_t> EventsIn(const ledger::Store& store) {
  std::multimap<std::string, uint64_t> found;
  const ledger::LogReader reader(store);
  const Result<ledger::LogState> state = reader.State();
  if (!state.ok()) return found;
  const Status scanned = reader.Scan(0, state->size, [&](uint64_t index, ByteView bytes) {
    const Result<ledger::Entry> entry = ledger::ParseEntry(bytes);
    if (entry.ok() && entry->kind == ledger::EntryKind::kEvent) {
      found.emplace(std::string(AsText(entry->body)), index);
    }
    return true;
  });
  return scanned.ok() ? found : std::multimap<std::string, uint64_t>();
}

}  // namespace spor::doubles
