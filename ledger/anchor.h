// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "ledger/checkpoint.h"

namespace spor::ledger {

// The newest signed checkpoint, in two alternating files outside the data directory and outside its backups, so that
// a shortened or swapped log is noticed at start. docs/formats/log.md, "Anchor".
//
// Threads: one at a time.
// Durability: Write() returns after fsync; a torn write leaves the other file, which is at most one checkpoint older.
// Security: detects only what is older than the newest anchor; whoever can write this directory can defeat it.
class Anchor {
 public:
  Anchor(std::string directory, VerifierKey key) : directory_(std::move(directory)), key_(std::move(key)) {}
  // Makes the directory (mode 0700).
  Status Create() const;
  Status Write(const std::string& note);
  // The newest checkpoint in either file that the key signed; nothing if no file was ever written. kCorrupt if a file
  // is there but none verifies.
  Result<std::optional<Checkpoint>> Newest() const;

 private:
  // The checkpoint in one file: kNotFound if there is no file, kCorrupt if it does not verify.
  Result<Checkpoint> Read(int which) const;

  std::string directory_;
  VerifierKey key_;
  int next_ = -1;
};

}  // namespace spor::ledger
