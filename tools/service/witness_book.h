// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>

#include "ledger/store.h"
#include "ledger/witness_policy.h"
#include "tools/service/witness_client.h"

// What the service remembers of its witnesses, in rows of Family::kMeta; docs/formats/witness.md.
namespace spor::service {

// Rows: "cosigned" -> the best cosigned note, "witness/NAME+KEYID" -> what that witness cosigned last,
// "witness-asked/NAME+KEYID" -> the note of a request that went out as a file. Only verified lines are in them.
//
// Threads: one at a time. Changes are rows in a batch of the caller's.
class WitnessBook {
 public:
  struct Seen {
    uint64_t size = 0;    // cosigned last, as far as known
    uint64_t time_s = 0;  // 0: never
  };

  explicit WitnessBook(const ledger::WitnessPolicy& policy) : policy_(policy) {}
  // What is kept about checkpoints of `origin`. Rows of an origin that was closed since are not used, and go with the
  // first new one. kCorrupt for a row that is malformed.
  Status Load(const ledger::Store& store, std::string_view origin);

  Seen SeenBy(const ledger::VerifierKey& witness) const;
  // The best note: one that meets the quorum goes before one that does not, then the larger one. Empty: none yet.
  const std::string& best() const { return best_; }
  bool best_meets_quorum() const { return !best_.empty() && Meets(best_); }
  std::string AskedOf(const ledger::VerifierKey& witness) const;

  // The largest note that any witness was asked to cosign, with the lines it got. In memory only.
  const std::string& newest() const { return newest_; }
  // `note` with the lines that are known for its very text.
  std::string WithKnownLines(const std::string& note) const;
  // A witness cosigned `note` (of `size` entries) with `line`, which is verified. `note` may already have other lines.
  void Cosigned(const ledger::VerifierKey& witness, const std::string& note, uint64_t size, const VerifiedLine& line,
                ledger::Batch& batch);
  // What a witness says that it has seen, when it did not cosign.
  void Learnt(const ledger::VerifierKey& witness, uint64_t size, ledger::Batch& batch);
  void Asked(const ledger::VerifierKey& witness, const std::string& note, ledger::Batch& batch);

  // By position in the policy: which witnesses' lines `note` has, all verified before.
  std::vector<bool> LinesIn(const std::string& note) const;
  bool Meets(const std::string& note) const { return policy_.Met(LinesIn(note)); }

 private:
  void DropClosedOrigin(ledger::Batch& batch);
  void Consider(std::string note, ledger::Batch& batch);

  const ledger::WitnessPolicy& policy_;
  bool of_closed_origin_ = false;  // the rows in the store
  std::string best_;
  std::string newest_;
  std::map<std::string, Seen> seen_;          // by NAME+KEYID
  std::map<std::string, std::string> asked_;  // by NAME+KEYID
};

}  // namespace spor::service
