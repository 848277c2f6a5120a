// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/cli/local_commands.h"

// Backups as they lie on a disk, without a service.
namespace spor::cli {

// {directory, backups: [{number, made, bytes, files, origin, log_size, generation}]}
Outcome<LocalAnswer> ListBackups(const std::string& directory);
// {result, backup, entries, first_damaged}; kDamaged unless everything is as it was made. `number` 0: the newest.
Outcome<LocalAnswer> VerifyBackup(const std::string& directory, uint32_t number, bool quick, const HowFar& how_far);

struct RestoreArguments {
  std::string backups;
  uint32_t number = 0;
  std::string key_copy;    // may be empty
  std::string new_origin;  // may be empty
  std::string reason;
  bool anchor_lost = false;
  const SlotKey* slot_key = nullptr;
};
// {home, backup, lost_after, origin, log_vkey, generation, units_erased, people_forgotten}. `confirm` gets in words
// what will be done; unless it answers OK nothing is.
Outcome<LocalAnswer> Restore(const HomePlaces& places, const RestoreArguments& arguments,
                             const std::function<Status(const std::string& words)>& confirm);

}  // namespace spor::cli
