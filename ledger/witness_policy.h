// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/note.h"

namespace spor::ledger {

// Which witnesses must have cosigned a checkpoint: a C2SP tlog-policy file; docs/formats/witness-policy.md.
//
// Threads: any, it does not change.
class WitnessPolicy {
 public:
  static constexpr size_t kMaxBytes = 64 << 10;
  static constexpr size_t kMaxLines = 64;  // of each kind: logs, witnesses, groups

  struct Witness {
    std::string name;  // inside this file
    VerifierKey vkey;  // type 4; a key written as type 1 counts as the same key of type 4
    std::string url;   // empty: none given
  };

  // kInvalidArgument, naming the line, for anything that is not a policy.
  static Result<WitnessPolicy> Parse(std::string_view text);

  const std::vector<VerifierKey>& logs() const { return logs_; }
  const std::vector<Witness>& witnesses() const { return witnesses_; }
  // The fewest witnesses that meet the quorum; 0 for "quorum none".
  size_t needed() const;
  // `cosigned` goes by position in witnesses(). Always true for "quorum none".
  bool Met(const std::vector<bool>& cosigned) const;
  // The latest time such that the witnesses whose cosignature says that time or later meet the quorum. kNotFound if the
  // quorum is not met, or asks for nobody: no time is covered then. kFailed if a line under a witness's name and key id
  // does not verify.
  Result<uint64_t> QuorumTime(const Note& note) const;

 private:
  friend class PolicyParser;
  // A witness, or a group of earlier parties. Each party is a member of at most one group, so this is a forest.
  struct Party {
    size_t threshold = 0;
    std::vector<size_t> members;
    size_t witness = 0;
    bool IsWitness() const { return members.empty(); }
  };
  size_t NeededBy(size_t party) const;
  // The time from which on `party` counts, given those of the witnesses; nothing if it does not.
  std::optional<uint64_t> TimeOf(size_t party, const std::vector<std::optional<uint64_t>>& times) const;

  std::vector<VerifierKey> logs_;
  std::vector<Witness> witnesses_;
  std::vector<Party> parties_;
  std::optional<size_t> quorum_;
};

}  // namespace spor::ledger
