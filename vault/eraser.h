// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vault/key_tree.h"

namespace spor::vault {

// Above this many units an erasure goes in several generations, one after the other.
inline constexpr size_t kMaxUnitsPerGeneration = 20000;

struct EraseUnit {
  UnitId unit{};
  ledger::DueKey due;
  ledger::EraseReason reason = ledger::EraseReason::kDue;
};

// One generation's worth of erasure; without units, a rotation of the root key alone.
struct EraseRequest {
  std::vector<EraseUnit> units;  // any order, at most kMaxUnitsPerGeneration
  ledger::Batch writes;          // rows of higher rooms that go with the flip
  std::vector<ledger::Stripe> touches;
  std::vector<ledger::EntryDraft> entries;             // events that go with the flip
  const ledger::Precondition* precondition = nullptr;  // asked before the flip
  std::optional<std::vector<Slot>> slots;              // whom the new root is sealed to; otherwise as it is now
};

struct EraseResult {
  uint64_t intent_entry = 0;
  uint64_t erase_entry = 0;  // the first of the flip's erase entries; of a rotation alone, its slots entry
  uint64_t head = 0;         // the head that ends the flip's batch
  uint64_t destroyed_entry = 0;
  uint32_t generation = 0;  // in force afterwards
  uint32_t sections_dropped = 0;
  uint64_t rewrapped_units = 0;
};

// The steps of an erasure, in the one order that survives a crash after each of them. Tests stop at a step by name.
enum class EraseStep { kIntent, kStaged, kSlotWritten, kFlipped, kCleaned, kVerified, kOldRootDestroyed, kDone };

// Destroys unit keys, or the root key alone: intent entry (of no units, if there are none); what is beside them wrapped
// under new keys up to root n+1; root n+1 in the spare slot file; one batch that flips the generation and drops keys,
// blobs and records; then, after every re-wrapped key was read back and the new head anchored, root n overwritten in
// place and the destruction recorded.
//
// Threads: one erasure at a time, a second one is told kLater; so is whoever creates a unit before the flip. Events
// for the units themselves go on until the flip: their sections are dropped and counted with the others.
// Durability: before the flip a crash undoes it, after the flip FinishErasure() or the next Run() finishes it.
// Errors: kIo stops the ledger. kInvalidArgument for a unit named twice, kConflict for one that is not live or not due
// as the request says. After an error before the flip nothing is erased; after kIo reopen to see.
class Eraser {
 public:
  using StepHook = std::function<Status(EraseStep)>;

  Eraser(KeyTree& keys, ledger::Store& store, ledger::Ledger& ledger, const SlotDirectory& directory, SlotBook& slots)
      : keys_(keys), store_(store), ledger_(ledger), directory_(directory), slots_(slots) {}
  Result<EraseResult> Run(EraseRequest request);
  void set_step_hook(StepHook hook) { hook_ = std::move(hook); }

 private:
  Status Reached(EraseStep step) const { return hook_ ? hook_(step) : OkStatus(); }
  Status Flip(const EraseRequest& request, const std::vector<UnitId>& units, const Hash32& slots_digest,
              KeyTree::Staged& staged, EraseResult& result);
  ledger::Proposal MakeFlip(const EraseRequest& request, const std::vector<UnitId>& units, const Hash32& slots_digest,
                            KeyTree::Staged& staged, const EraseResult& result);
  Status AfterFlip(const EraseRequest& request, const KeyTree::Staged& staged, EraseResult& result);

  KeyTree& keys_;
  ledger::Store& store_;
  ledger::Ledger& ledger_;
  const SlotDirectory& directory_;
  SlotBook& slots_;
  StepHook hook_;
};

// Opens the slot file of the generation that the store is at, and destroys the file of a rotation that never flipped.
// kCorrupt when slot files and data do not belong together. Compare the log with its anchor first: for a data directory
// that was put back to before the flip, the newest root is one that "never flipped".
Result<OpenedSlots> OpenRoot(const ledger::Store& store, const SlotDirectory& directory, const Hash32& ledger_id,
                             const BoxSecretKey& secret);
// Finishes what a crash or an error after the flip left: drops replaced rows, verifies every key, destroys the old
// root, records it. Nothing to do is OK.
Status FinishErasure(KeyTree& keys, ledger::Store& store, ledger::Ledger& ledger, const SlotDirectory& directory);

}  // namespace spor::vault
