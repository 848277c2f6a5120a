// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/service/accept_loss.h"
#include "tools/service/backup.h"

// A home made again from a backup of the data, the newest copy of the keys where the backup is of before an erasure,
// and the root key of now. docs/operations.md, "Backup and restore"; docs/erasure.md, "Restore".
namespace spor::service {

struct RestoreRequest {
  std::string backups;   // a directory of backups
  uint32_t number = 0;   // 0: the newest
  std::string key_copy;  // a file, or empty
  LossRequest loss;      // how the log goes on if the anchor knows of more than the backup; otherwise unused
};

// What a restore will do, before anything outside the new home is touched.
struct RestorePlan {
  MadeBackup backup;
  std::optional<Loss> loss;      // what the log lacks; nothing if it has all that was anchored
  uint64_t units_to_erase = 0;   // erased since the backup: their keys are gone
  uint32_t generation = 0;       // of the root key that it goes on with
  bool keys_from_copy = false;   // the wrapped keys, because those of the backup are under a destroyed root
  bool slots_from_copy = false;  // the keys directory too, because there is none
};
using ConfirmRestore = std::function<Status(const RestorePlan& plan)>;

struct Restored {
  RestorePlan plan;
  uint64_t units_erased = 0;
  uint64_t people_forgotten = 0;
  ledger::LogKeys keys;  // of the log that goes on
};

// Makes places.home, which must not exist. It is built beside, as HOME.restoring, and gets its name as the last step:
// until then nobody can start it. Erasures of which the backup knows nothing are done again before that, so that what
// they erased never opens. An event in the log says what was restored. Called again after a crash it goes on where it
// can.
//
// kConflict if the home exists; kInvalidArgument if the copy of the keys is missing or the wrong one, or the request
// for a successor origin is; kUnauthenticated for a secret that opens neither; kCorrupt for damage.
Result<Restored> RestoreHome(const HomePlaces& places, const RestoreRequest& request, const HomeOptions& options,
                             const ConfirmRestore& confirm);

}  // namespace spor::service
