// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "ledger/add_checkpoint.h"
#include "ledger/checkpoint.h"
#include "ledger/witness.h"
#include "ledger/witness_policy.h"
#include "ledger/witness_state.h"
#include "tests/fuzz/keys.h"
#include "tests/fuzz/targets.h"
#include "tests/fuzz/trees.h"

namespace spor::fuzz {

int FuzzWitnessPolicy(ByteView input) {
  const Result<ledger::WitnessPolicy> policy = ledger::WitnessPolicy::Parse(AsText(input));
  if (!policy.ok()) return 0;
  const size_t n = policy->witnesses().size();
  CHECK(policy->Met(std::vector<bool>(n, true)));
  CHECK(policy->needed() <= n && policy->Met(std::vector<bool>(n, false)) == (policy->needed() == 0));
  if (n > 6) return 0;
  // needed() against every subset.
  size_t fewest = n;
  for (uint32_t subset = 0; subset < (1u << n); ++subset) {
    std::vector<bool> cosigned;
    for (size_t i = 0; i < n; ++i) cosigned.push_back((subset >> i & 1) != 0);
    if (policy->Met(cosigned)) fewest = std::min(fewest, static_cast<size_t>(std::popcount(subset)));
  }
  CHECK(policy->needed() == fewest);
  return 0;
}

int FuzzAddCheckpoint(ByteView input) {
  const Result<ledger::AddCheckpoint> request = ledger::ParseAddCheckpoint(AsText(input));
  if (request.ok()) CHECK(ledger::EncodeAddCheckpoint(*request) == AsText(input));
  return 0;
}

int FuzzTlogSize(ByteView input) {
  const Result<uint64_t> size = ledger::ParseTlogSize(AsText(input));
  if (size.ok()) CHECK(ledger::EncodeTlogSize(*size) == AsText(input));
  return 0;
}

int FuzzWitnessState(ByteView input) {
  const Result<ledger::WitnessState> state = ledger::ParseWitnessState(AsText(input));
  if (state.ok()) CHECK(ledger::EncodeWitnessState(*state) == AsText(input));
  return 0;
}

// A request to a witness that saw the first 20 entries of the small tree, which it may grow along and nothing else.
int FuzzWitnessVerdict(ByteView input) {
  constexpr uint64_t kSeen = 20;
  static const ledger::WitnessState state = [] {
    ledger::WitnessState out;
    CHECK(ledger::TrustLog(out, LogKey()).ok());
    out[kLogName].note = ledger::SignCheckpoint({kLogName, kSeen, SmallTree().Root(0, kSeen)}, LogSigner());
    return out;
  }();
  const ledger::WitnessVerdict verdict = ledger::JudgeAddCheckpoint(state, AsText(input));
  if (verdict.status != 200) return 0;
  const Result<ledger::Checkpoint> opened = ledger::OpenCheckpoint(verdict.note, LogKey());
  CHECK(opened.ok() && opened->size >= kSeen && verdict.old_size == kSeen && verdict.size == opened->size);
  if (opened->size == kSeen) CHECK(opened->root == SmallTree().Root(0, kSeen));
  return 0;
}

}  // namespace spor::fuzz
