// SPDX-License-Identifier: Apache-2.0
#include "tools/service/witness_start.h"

#include <algorithm>

#include "ledger/checkpoint.h"
#include "ledger/log_reader.h"
#include "ledger/tiles.h"

namespace spor::service {
namespace {

using Kind = WitnessAnswer::Kind;

Status LoadTree(const ledger::Store& store, ledger::TileTree& tree) {
  const ledger::LogReader reader(store);
  ASSIGN_OR_RETURN(const ledger::LogState state, reader.State());
  std::vector<Hash32> leaves;
  const uint64_t edge = state.size / ledger::kTileWidth * ledger::kTileWidth;
  RETURN_IF_ERROR(reader.Scan(edge, state.size, [&](uint64_t, ByteView bytes) {
    leaves.push_back(ledger::LeafHash(bytes));
    return true;
  }));
  return tree.Load(state.size, leaves);
}

Status NotTheNewest(const std::string& name, const WitnessAnswer& answer) {
  return Status(Code::kCorrupt,
                "witness " + Shown(name) + ": " + answer.text +
                    (answer.kind == Kind::kAhead ? ". This copy of the data is older than what the witness has seen"
                                                 : ". This copy of the data is not the one that the witness has seen") +
                    ": do not write to it. Bring the newest copy back; if there is none, `spor log accept-loss` closes "
                    "this origin and goes on under a new one. A witness that is wrong, or somebody between you and it, "
                    "can say this too: ask her who runs it");
}

}  // namespace

Result<WitnessOptions> ParseWitnessOptions(std::string_view policy_text) {
  WitnessOptions options;
  ASSIGN_OR_RETURN(options.policy, ledger::WitnessPolicy::Parse(policy_text));
  options.policy_text = policy_text;
  for (const ledger::WitnessPolicy::Witness& witness : options.policy.witnesses()) {
    if (witness.url.empty()) continue;
    const Status url = ParseWitnessUrl(witness.url).status();
    if (!url.ok()) return Status(url.code(), "witness " + Shown(witness.name) + ": " + url.message());
  }
  if (options.policy.witnesses().empty()) {
    return Status(Code::kInvalidArgument, "the witness policy names no witness: add a line 'witness NAME VKEY [URL]'");
  }
  return options;
}

Status CheckPolicyIsFor(const ledger::WitnessPolicy& policy, const std::string& origin) {
  const std::vector<ledger::VerifierKey>& logs = policy.logs();
  const auto is_ours = [&](const ledger::VerifierKey& log) { return log.name == origin; };
  if (logs.empty() || std::any_of(logs.begin(), logs.end(), is_ours)) return OkStatus();
  return Status(Code::kInvalidArgument,
                "the witness policy is for other logs: name " + Shown(origin) + " in it, or leave its log lines out");
}

Result<StartRound> AskAtStart(const ledger::Store& store, const std::string& note, const WitnessOptions& options,
                              UnixSeconds now, const LogLine& log) {
  const ledger::WitnessPolicy& policy = options.policy;
  ASSIGN_OR_RETURN(const ledger::Note parsed, ledger::ParseNote(note));
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, ledger::ParseCheckpoint(parsed.text));
  ledger::TileTree tree(store);
  RETURN_IF_ERROR(LoadTree(store, tree));
  const CosignRequest request{note, checkpoint.size, &tree, now};
  // From our own size: the first request is a plain "cosign again what we have".
  const std::vector<uint64_t> from(policy.witnesses().size(), checkpoint.size);
  StartRound round{note, AskWitnesses(policy, request, from, std::vector<bool>(from.size()),
                                      std::chrono::steady_clock::now() + options.timeout)};
  std::vector<bool> cosigned(from.size());
  for (size_t i = 0; i < from.size(); ++i) {
    if (!round.answers[i]) continue;
    const WitnessAnswer& answer = *round.answers[i];
    if (answer.kind == Kind::kAhead || answer.kind == Kind::kForked) {
      return NotTheNewest(policy.witnesses()[i].name, answer);
    }
    cosigned[i] = answer.kind == Kind::kCosigned;
    if (!cosigned[i] && log) {
      log("warning: witness " + Shown(policy.witnesses()[i].name) +
          " can't say whether this copy of the data is the newest: " + answer.text);
    }
  }
  const bool any = std::find(cosigned.begin(), cosigned.end(), true) != cosigned.end();
  if (options.at_start == WitnessOptions::AtStart::kRequire && !(any && policy.Met(cosigned))) {
    return Status(
        Code::kLater,
        "too few witnesses answered to meet the policy's quorum, and --require-witness was given: start them, "
        "or start without it");
  }
  return round;
}

}  // namespace spor::service
