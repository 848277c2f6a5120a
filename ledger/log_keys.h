// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/bodies.h"
#include "ledger/checkpoint.h"
#include "ledger/log_reader.h"

namespace spor::ledger {

// Who signs what, for the whole life of a log: the keys of each of its origins, learnt from its entries alone. An
// origin begins with a genesis; each log-key entry endorses the next key; close-origin ends it after a loss, and the
// genesis of its successor stands directly behind. docs/formats/entry.md, "Keys of the log".
//
// Threads: one at a time; a copy is independent.
class LogKeys {
 public:
  // A key and the size from which on it signs; the one before it signs nothing from there on.
  struct Key {
    VerifierKey vkey;
    uint64_t first_size = 0;
  };
  struct Origin {
    GenesisBody genesis;
    uint64_t genesis_index = 0;
    std::vector<Key> keys;               // in the order in which they sign, never empty
    std::vector<uint64_t> endorsements;  // the log-key entry of each key but the first
    std::optional<uint64_t> closed_at;   // index of its close-origin entry
    CloseOriginBody closing;             // meaningful if there is one
  };

  // For every genesis, log-key and close-origin entry in order. kCorrupt if it breaks the rules; nothing is changed.
  Status Observe(uint64_t index, const Entry& entry);
  // kCorrupt if the log ends here without an origin that can go on.
  Status CheckEnd() const;

  const std::vector<Origin>& origins() const { return origins_; }
  // Of the current origin; after the first Observe() only.
  const std::vector<Key>& keys() const { return origins_.back().keys; }
  const GenesisBody& genesis() const { return origins_.back().genesis; }
  // The key of the current origin that signs checkpoints of this many entries; its first one for sizes below.
  const VerifierKey& KeyFor(uint64_t size) const { return KeyIn(origins_.back(), size); }
  static const VerifierKey& KeyIn(const Origin& origin, uint64_t size);
  // The checkpoint of this note, signed by the key of the current origin that is right for its size. kFailed or
  // kInvalidArgument otherwise.
  Result<Checkpoint> Open(std::string_view note) const { return OpenIn(origins_.back(), note); }
  static Result<Checkpoint> OpenIn(const Origin& origin, std::string_view note);
  // True if no key of any origin is this one.
  bool IsNew(const PublicKey32& key) const;
  // The entries that were observed, in order.
  const std::vector<uint64_t>& entries() const { return entries_; }

 private:
  Status ObserveGenesis(uint64_t index, GenesisBody body);
  Status ObserveKey(uint64_t index, const LogKeyBody& body);
  Status ObserveClosing(uint64_t index, const CloseOriginBody& body);

  std::vector<Origin> origins_;
  std::vector<uint64_t> entries_;
};

// Whether LogKeys must see entries of this kind.
bool ConcernsKeys(EntryKind kind);

// The keys of a stored log, from the entries that its row `key-entries` names. kCorrupt if they break the rules. That
// the entries are the log's own is the caller's to verify: a row that leaves one out makes signatures fail.
Result<LogKeys> LoadLogKeys(const LogReader& reader);

}  // namespace spor::ledger
