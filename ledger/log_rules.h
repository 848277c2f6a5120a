// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>

#include "crypto/hash.h"
#include "ledger/log_keys.h"

namespace spor::ledger {

// What the entries of a log say of each other, but for the maps: docs/formats/entry.md, "In the log as a whole".
class LogRules {
 public:
  // Call for every entry but events, in order. kCorrupt if it does not go with those before.
  Status Observe(uint64_t index, const Entry& entry);
  // At the end of the log: nothing is left half said.
  Status Finish() const;

  const LogKeys& keys() const { return keys_; }
  // Roots of the log's own tree that entries state, and the heads that stand behind endorsed keys: whoever has the tree
  // compares.
  struct StatedRoot {
    uint64_t entry = 0;
    LogPoint point;
  };
  struct Endorsement {
    uint64_t entry = 0;  // the log key
    uint64_t size = 0;   // of the checkpoint that covers it
  };
  const std::vector<StatedRoot>& stated_roots() const { return stated_roots_; }
  const std::vector<Endorsement>& endorsements() const { return endorsements_; }
  uint64_t heads() const { return heads_; }
  uint64_t last_head() const { return last_head_; }
  uint64_t sections_dropped() const { return sections_dropped_; }

 private:
  Status ObserveKeys(uint64_t index, const Entry& entry);
  Status ObserveHead(uint64_t index, const HeadBody& head);
  Status ObserveSlots(uint64_t index, const SlotsBody& slots);
  Status ObserveIntent(uint64_t index, const IntentBody& intent);
  Status ObserveErase(uint64_t index, const EraseBody& body, const std::vector<UnitOp>& ops);
  Status EndErasure(uint64_t index);
  bool RotationAnnounced(uint32_t generation_old) const;
  Status ObserveDestroyed(const DestroyedBody& destroyed);

  // An erasure whose parts are being read: they stand one behind the other.
  struct Erasure {
    Erasure() {}     // NOLINT(modernize-use-equals-default): clang 14 can't put one into std::optional here otherwise
    EraseBody body;  // with the part that comes next
    uint64_t next_entry = 0;
    uint32_t units = 0;
    UnitId last_unit{};
    Sha256Stream digest;
  };
  // A root key that must be recorded as destroyed before the next generation. What ends the flip: the last part of an
  // erasure, or the slots entry of a rotation that erases nothing.
  struct Owed {
    uint64_t last_of_flip = 0;
    uint32_t generation = 0;
  };

  LogKeys keys_;
  std::optional<uint64_t> endorsed_;  // the entry before, if it is a log key
  std::vector<StatedRoot> stated_roots_;
  std::vector<Endorsement> endorsements_;
  uint64_t heads_ = 0;
  uint64_t last_head_ = kNoEntry;
  uint32_t legal_day_ = 0;
  bool fresh_origin_ = false;  // a successor began, and its slots have not come yet
  std::optional<SlotsBody> slots_;
  Hash32 policy_digest_{};
  std::map<uint64_t, IntentBody> intents_;  // of the generation in force
  std::optional<Erasure> erasure_;
  std::optional<Owed> owed_;
  std::optional<Owed> begun_;  // a generation began; whether with an erasure is seen behind its slots entry
  uint64_t sections_dropped_ = 0;
};

}  // namespace spor::ledger
