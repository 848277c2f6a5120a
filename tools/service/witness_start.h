// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/store.h"
#include "tools/service/witness_client.h"

namespace spor::service {

// One line for the service's log, without its end. Called from several threads.
using LogLine = std::function<void(const std::string& line)>;

struct WitnessOptions {
  ledger::WitnessPolicy policy;
  std::string policy_text;  // what it was parsed from
  // What becomes of a start at which too few witnesses could be asked.
  enum class AtStart : uint8_t { kWarn, kRequire } at_start = AtStart::kWarn;
  std::chrono::milliseconds timeout = std::chrono::seconds(5);    // of all witnesses together, for one checkpoint
  std::chrono::milliseconds interval = std::chrono::seconds(60);  // between two rounds in the background
};
// Parses a policy file and looks at its URLs. kInvalidArgument, naming the line, if the service can't use it.
Result<WitnessOptions> ParseWitnessOptions(std::string_view policy_text);

// kInvalidArgument if the policy names logs, but not this one.
Status CheckPolicyIsFor(const ledger::WitnessPolicy& policy, const std::string& origin);

// The newest checkpoint that a store holds, and what the witnesses say to it.
struct StartRound {
  std::string note;
  std::vector<std::optional<WitnessAnswer>> answers;  // by position in the policy
};

// Asks every witness that has a URL to cosign `note`, the newest stored checkpoint, which is anchored, before anybody
// writes. kCorrupt if one has seen more entries than there are, or others: this copy of the data is then not the
// newest. kLater if the start requires witnesses and those who cosigned don't meet the policy's quorum.
Result<StartRound> AskAtStart(const ledger::Store& store, const std::string& note, const WitnessOptions& options,
                              UnixSeconds now, const LogLine& log);

}  // namespace spor::service
