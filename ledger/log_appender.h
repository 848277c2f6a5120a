// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "crypto/codec.h"
#include "ledger/log_keys.h"
#include "ledger/replaced.h"
#include "ledger/section.h"
#include "ledger/tiles.h"

namespace spor::ledger {

// What a head says that the ledger room does not know by itself.
struct HeadFacts {
  uint32_t root_generation = 0;
  Hash32 slots_digest{};
  Hash32 policy_digest{};
  uint32_t flags = 0;
};

// An entry to be: everything but its place and time. `sections` are sealed by the caller, in parallel with others.
struct EntryDraft {
  EntryKind kind = EntryKind::kEvent;
  Id16 seal_id{};
  std::vector<SealedSection> sections;
  Bytes body;
};

// Builds the rows of one batch of entries: the hashes, the maps and their rows, blobs, tiles, state. Nothing outside
// sees any of it before Commit().
//
// Threads: one at a time. After a failed write the object is of no use: reopen.
// Ownership: borrows store and signer, owns the signers that were endorsed.
class LogAppender {
 public:
  LogAppender(const Store& store, std::string origin, const Signer* signer)
      : reader_(store), tiles_(store), origin_(std::move(origin)), signer_(signer) {}
  // Reads the state of an existing log; the maps are compared with its newest head. kNotFound if there is none.
  Status Load(const Store& store);
  // kCorrupt unless origin and signer are those that the log's own entries name for its next checkpoint.
  Status CheckSigner() const;

  void Begin(uint32_t time_s);
  uint64_t Add(EntryDraft draft);
  // Adds `ops` (sorted by unit) in as many entries as they need. kErase entries get `erase` as their body, with parts
  // numbered. kConflict if one does not fit the maps; the batch must then be given up.
  Status AddOps(const std::vector<UnitOp>& ops, const EraseBody* erase);
  void AddHead(const HeadFacts& facts, uint32_t legal_day);
  // Adds the entry that endorses `next`; a head must follow it directly, the last that the present key signs. After
  // Commit() `next` signs. Its key must be new to this log.
  void Endorse(std::unique_ptr<const Signer> next);
  // Ends the batch. A batch that ends in a head carries its signed checkpoint.
  Batch Finish();
  void Commit();

  uint64_t next_index() const { return state_.size; }
  uint32_t last_time() const { return state_.last_time; }
  uint64_t last_head() const { return state_.last_head; }
  const std::string& checkpoint() const { return checkpoint_; }  // of the newest head, after Finish()
  bool ends_in_head() const { return state_.size > 0 && state_.last_head + 1 == state_.size; }
  const TileTree& tiles() const { return tiles_; }
  const LogKeys& keys() const { return keys_; }
  UnitMaps& maps() { return maps_; }

 private:
  uint64_t AddEntry(const Entry& entry);
  void AddBlobs(uint64_t index, const std::vector<SealedSection>& sections);
  void PutBlobs();

  LogReader reader_;
  TileTree tiles_;
  UnitMaps maps_;
  ReplacedRows replaced_;
  const std::string origin_;
  const Signer* signer_;
  std::unique_ptr<const Signer> own_signer_;  // what signer_ points to after an endorsement
  std::unique_ptr<const Signer> next_signer_;
  LogKeys keys_;
  LogState state_;
  std::string checkpoint_;

  uint32_t time_s_ = 0;
  Batch batch_;
  std::vector<Hash32> leaves_;
  uint64_t row_start_ = 0;
  Bytes row_;
  std::vector<std::pair<Bytes, Bytes>> subject_rows_;
  std::map<UnitId, Writer> audit_rows_;
};

}  // namespace spor::ledger
