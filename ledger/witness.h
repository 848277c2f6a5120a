// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "crypto/clock.h"
#include "ledger/checkpoint.h"

// A witness of other people's logs: C2SP tlog-witness and tlog-cosignature; docs/formats/witness.md.
namespace spor::ledger {

// What a witness knows of one log.
struct WitnessedLog {
  std::vector<VerifierKey> keys;  // the log's, all named like its origin
  std::string note;               // the newest checkpoint that was cosigned, with the log's signatures; empty: none yet
  uint64_t time_s = 0;            // of its newest cosignature
};
// By origin.
using WitnessState = std::map<std::string, WitnessedLog>;

inline constexpr size_t kMaxWitnessedLogs = 64;
inline constexpr size_t kMaxKeysPerLog = 8;

// Size and root of the newest checkpoint that was cosigned; the empty tree's if there is none.
Result<Checkpoint> NewestSeen(const std::string& origin, const WitnessedLog& log);
// Trusts one more key: a new log, or the next key of a known one. kConflict if it is trusted already, kInvalidArgument
// for a key that does not sign checkpoints and above the limits.
Status TrustLog(WitnessState& state, const VerifierKey& key);

// What a witness says to an add-checkpoint request, before anything is written.
struct WitnessVerdict {
  int status = 400;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;       // of a refusal; with 200 the cosignature will stand here
  std::string origin;     // of the checkpoint, where it could be read
  uint64_t old_size = 0;  // as the request says
  uint64_t size = 0;
  std::string note;  // with 200: the checkpoint with the verified signatures of the log's trusted keys, nothing else
  std::string text;  // with 200: what is to be cosigned
};
// Pure. The order of the checks is the specification's: form (400), origin known (404), signature (403), old size not
// above the checkpoint's (400), old size the last one seen (409 with it), consistent with it (422).
WitnessVerdict JudgeAddCheckpoint(const WitnessState& state, std::string_view request);

// Where a witness keeps its state.
//
// Durability: Update() returns OK only when the changed state survives power loss; it is there whole or not at all.
// Consistency: from the moment that `change` sees the state until Update() returns nobody else changes it, in no thread
// and in no process.
// Errors: after any other failure than one of `change` it is not known whether the change is there.
class WitnessStore {
 public:
  virtual ~WitnessStore() = default;
  // `change` answers whether it changed anything; if not, nothing is written.
  virtual Status Update(const std::function<Result<bool>(WitnessState&)>& change) = 0;
};

// Cosigns what is consistent with what it has cosigned before.
//
// Threads: any. Ownership: borrows everything.
// Durability: a cosignature is made only when the checkpoint below it is synced: whoever holds one knows that this
// witness will never cosign anything that contradicts it, also after a power cut.
class Witness {
 public:
  Witness(std::string name, const Signer& signer, WitnessStore& store, const Clock& clock)
      : name_(std::move(name)), signer_(signer), store_(store), clock_(clock) {}
  VerifierKey key() const { return MakeVerifierKey(name_, signer_.public_key(), KeyType::kCosignature); }
  // The answer to one request. An error is one of the store: no cosignature was made.
  Result<WitnessVerdict> Add(std::string_view request);

 private:
  const std::string name_;
  const Signer& signer_;
  WitnessStore& store_;
  const Clock& clock_;
};

}  // namespace spor::ledger
