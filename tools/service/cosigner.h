// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

#include "crypto/mutex.h"
#include "ledger/ledger.h"
#include "tools/report/report.h"
#include "tools/service/witness_book.h"
#include "tools/service/witness_start.h"

namespace spor::service {

// What there is to tell of one witness.
struct WitnessView {
  std::string name;  // of the policy
  std::string url;   // empty: by file only
  WitnessBook::Seen seen;
  std::string last_answer;  // empty: not asked since the start
  bool trouble = false;     // the last answer was no cosignature
  bool asked_by_file = false;
};

// Gets checkpoints cosigned by the witnesses of a policy: in the background, for artefacts, and by file.
//
// Threads: any. Ownership: owns its thread; borrows ledger, store and clock.
// Durability: what it returns as cosigned may be newer than what is durable; what is durable is written through the
// ledger's sequencer and never stands in the way of an append.
// Security: a line is kept or handed out only when it verifies under the key that the policy names.
class Cosigner final : public report::CheckpointWitnesses {
 public:
  // `first` is what the witnesses said at the start. kCorrupt if the rows in the store are malformed. `log` gets a line
  // whenever a witness's answer is of another kind than the one before.
  static Result<std::unique_ptr<Cosigner>> Start(ledger::Ledger& ledger, const ledger::Store& store, const Clock& clock,
                                                 WitnessOptions options, const StartRound& first, LogLine log);
  ~Cosigner() override;

  // The newest published checkpoint with every cosignature that can be had within the time limit.
  std::string NewestCosigned() override;
  const std::string& PolicyText() const override { return options_.policy_text; }
  // What those who read the log get.
  std::string BestKnown() const override;

  // An add-checkpoint body for a witness that is asked by file. It is remembered, so that its answer can be told.
  // `old_size` overrides what the witness is thought to have seen. kNotFound for a name that the policy doesn't have,
  // kConflict if the witness has seen more than there is.
  struct FileRequest {
    std::string body;
    uint64_t size = 0;
    uint64_t old_size = 0;
  };
  Result<FileRequest> MakeRequest(std::string_view witness, std::optional<uint64_t> old_size);
  // The signature lines that came back. Returns the names of the witnesses whose lines were stored; kFailed if none is
  // by a witness of the policy over a checkpoint that it was asked to cosign.
  Result<std::vector<std::string>> Accept(std::string_view lines);

  std::vector<WitnessView> Witnesses() const;
  // Whether the best known note meets the quorum, and the time that it covers; nothing if it doesn't.
  std::optional<uint64_t> CoveredTime() const;
  const ledger::WitnessPolicy& policy() const { return options_.policy; }

 private:
  Cosigner(ledger::Ledger& ledger, const Clock& clock, WitnessOptions options, LogLine log)
      : ledger_(ledger), clock_(clock), options_(std::move(options)), log_(std::move(log)), book_(options_.policy) {}
  void Run();
  bool SomethingNew() const;
  // Waits for its turn until `deadline`; then asks every witness that has not cosigned the newest checkpoint yet.
  std::string Ask(Deadline deadline);
  void TakeIn(const std::string& note, const std::vector<std::optional<WitnessAnswer>>& answers);
  void Note(size_t witness, const WitnessAnswer& answer) REQUIRES(mutex_);
  Status Write(ledger::Batch rows);

  ledger::Ledger& ledger_;
  const Clock& clock_;
  const WitnessOptions options_;
  const LogLine log_;

  mutable Mutex mutex_;
  CondVar changed_;
  WitnessBook book_ GUARDED_BY(mutex_);
  std::vector<std::optional<WitnessAnswer>> answers_ GUARDED_BY(mutex_);  // the last one of each
  bool asking_ GUARDED_BY(mutex_) = false;
  bool stop_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace spor::service
