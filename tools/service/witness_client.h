// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "crypto/clock.h"
#include "ledger/merkle.h"
#include "ledger/witness_policy.h"
#include "tools/service/tcp_socket.h"

namespace spor::service {

// "http://laptop.example.no:8090/prefix". No https yet: what goes over it is public and signed on both ways.
struct WitnessUrl {
  TcpAddress address;
  std::string path;  // of add-checkpoint below the prefix
};
// kInvalidArgument otherwise.
Result<WitnessUrl> ParseWitnessUrl(std::string_view url);

// What came of asking a witness to cosign a checkpoint.
struct WitnessAnswer {
  enum class Kind : uint8_t {
    kCosigned,     // `line` is verified
    kAhead,        // it has seen `size` entries, more than there are
    kForked,       // what it has seen is no part of this log
    kRefused,      // it does not cosign: text says why
    kUnreachable,  // nobody there, too slow, or an answer that is none
    kUntrusted     // an answer that does not verify: somebody lies or a clock is wrong
  } kind = Kind::kUnreachable;
  std::optional<uint64_t> size;  // what the witness has seen last, where it said so
  uint64_t time_s = 0;           // of the cosignature
  std::string line;              // the cosignature line, with its newline
  std::string text;              // for people; holds no more than 64 bytes from outside
};

// One checkpoint and what is needed to have it cosigned.
struct CosignRequest {
  std::string note;                           // signed by the log
  uint64_t size = 0;                          // of its tree
  const ledger::NodeSource* nodes = nullptr;  // of at least that size
  UnixSeconds now = 0;
};

// A consistency proof from `old_size` to the checkpoint and the checkpoint: the body of add-checkpoint.
Result<std::string> MakeAddCheckpoint(const CosignRequest& request, uint64_t old_size);

// Finds the newest cosignature by `witness` in `lines`, over the text of `note`. Others' lines are ignored. kFailed
// unless every line under the witness's name and key verifies, kNotFound if there is none, kInvalidArgument if these
// are no signature lines. A time more than ten minutes after `now` is kFailed: such a line would claim to cover days
// that are yet to come.
struct VerifiedLine {
  uint64_t time_s = 0;
  std::string line;
};
Result<VerifiedLine> VerifyLines(std::string_view note, std::string_view lines, const ledger::VerifierKey& witness,
                                 UnixSeconds now);

// Asks over HTTP, from the size that the witness is thought to have seen; if it says another one, again from there.
// Blocks until `deadline` at most. Never fails: everything is an answer.
WitnessAnswer AskWitness(const ledger::WitnessPolicy::Witness& witness, const CosignRequest& request,
                         uint64_t known_size, Deadline deadline);

// The same of every witness of the policy that has a URL and is not marked in `skip`, all at once. By position in the
// policy; nothing for those that were not asked.
std::vector<std::optional<WitnessAnswer>> AskWitnesses(const ledger::WitnessPolicy& policy,
                                                       const CosignRequest& request,
                                                       const std::vector<uint64_t>& known_sizes,
                                                       const std::vector<bool>& skip, Deadline deadline);

}  // namespace spor::service
