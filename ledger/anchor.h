// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/log_keys.h"

namespace spor::ledger {

// The newest signed checkpoint, in two alternating files outside the data directory and outside its backups, so that
// a shortened or swapped log is noticed at start. docs/formats/log.md, "Anchor".
//
// Threads: one at a time.
// Durability: Write() returns after fsync; a torn write leaves the other file, which is at most one checkpoint older.
// Security: detects only what is older than the newest anchor; whoever can write this directory can defeat it.
class Anchor {
 public:
  // Of the origin that has these keys: each checkpoint must be signed by the one that is right for its size.
  Anchor(std::string directory, LogKeys::Origin origin)
      : directory_(std::move(directory)), origin_(std::move(origin)) {}
  // Of an origin with one key.
  Anchor(std::string directory, VerifierKey key);
  // Makes the directory (mode 0700).
  Status Create() const;
  Status Write(const std::string& note);
  // The newest checkpoint in either file that a key of the log signed; nothing if no file was ever written. kCorrupt if
  // a file is there but none verifies.
  Result<std::optional<Checkpoint>> Newest() const;
  // The same as it was signed.
  Result<std::optional<std::string>> NewestNote() const;
  // The largest checkpoint that either file claims, whoever signed it. For messages; nothing may rest on it.
  std::optional<Checkpoint> Claimed() const;

 private:
  struct Signed {
    Checkpoint checkpoint;
    std::string note;
  };
  // Before the first write: finds the file that is written first.
  Status Begin();
  // What is in one file: kNotFound if there is no file, kCorrupt if it does not verify.
  Result<Signed> Read(int which) const;
  Result<std::optional<Signed>> ReadNewest() const;

  std::string directory_;
  LogKeys::Origin origin_;
  int next_ = -1;
};

}  // namespace spor::ledger
