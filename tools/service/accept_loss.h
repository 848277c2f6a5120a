// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/anchor_check.h"
#include "tools/service/home.h"

// What can still be done when entries are gone for good: close the origin, and go on under another name that says so.
// docs/operations.md, "When the start is refused"; docs/decisions/0061-log-keys-and-lost-entries.md.
namespace spor::service {

struct LossRequest {
  std::string new_origin;
  std::string reason;        // 1 to 1,000 bytes; sealed into the first event of the successor
  std::string checkpoint;    // a signed checkpoint that somebody else kept, or nothing
  bool anchor_lost = false;  // nothing is known of what was signed last, and the caller says that it stays so
};

// What is lost, as far as anybody can know.
struct Loss {
  ledger::AnchorCheck check;
  ledger::CloseReason reason = ledger::CloseReason::kShorter;
  bool unfinished = false;  // an earlier call wrote the successor and was interrupted before it was anchored
};

struct AcceptedLoss {
  Loss loss;
  std::string copy;      // where the home lies as it was; empty if an earlier call was finished
  ledger::LogKeys keys;  // of the log that goes on
};

// Asked before anything is done; an error ends it.
using ConfirmLoss = std::function<Status(const Loss& loss)>;

// Examines the home and its anchor, copies both aside, and begins the successor. Nothing of the old files is changed
// but what the successor's first batch and anchor write. Safe to call again after a crash.
//
// kInvalidArgument if nothing is lost, for a bad name or reason, or if --anchor-lost does not fit; kCorrupt if what
// survives is itself damaged, or of another key generation than the slot files; kConflict while a service runs.
Result<AcceptedLoss> AcceptLoss(const HomePlaces& places, const LossRequest& request, const HomeOptions& options,
                                const ConfirmLoss& confirm);

// The parts of it, on a store that the caller opened.
Result<Loss> ExamineLoss(const ledger::Store& store, const HomePlaces& places, const LossRequest& request,
                         const HomeOptions& options = {});
Status BeginSuccessor(ledger::Store& store, const HomePlaces& places, const LossRequest& request, const Loss& loss,
                      const HomeOptions& options);
// For an unfinished one.
Status AnchorSuccessor(const ledger::Store& store, const HomePlaces& places, const Loss& loss);

}  // namespace spor::service
