// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ledger/witness.h"

// The files of a witness; docs/formats/witness.md.
namespace spor::ledger {

inline constexpr size_t kMaxWitnessStateBytes = size_t{16} << 20;

// Text, with a checksum, so that a flipped bit does not become another size or key.
std::string EncodeWitnessState(const WitnessState& state);
// kCorrupt for anything that EncodeWitnessState() would not write, kTooNew for another version of it.
Result<WitnessState> ParseWitnessState(std::string_view text);

// A witness's directory: its secret key (mode 0600), its state, and a lock that each change takes, so that a running
// witness, `spor witness cosign` and `spor witness add-log` can share it.
//
// Threads: any. Ownership: holds its signer.
// Security: whoever can write the directory can make the witness forget; whoever can read it can sign in its name.
class WitnessDirectory final : public WitnessStore {
 public:
  // Makes the directory and a new key. kConflict if there is anything; kInvalidArgument if no key can be named so.
  static Result<VerifierKey> Create(const std::string& directory, std::string_view name);
  // kNotFound if no witness lives there, kCorrupt if its state is missing or damaged: a witness that has forgotten must
  // not go on, because it would contradict itself.
  static Result<std::unique_ptr<WitnessDirectory>> Open(const std::string& directory);

  const std::string& name() const { return name_; }
  const Signer& signer() const { return *signer_; }
  VerifierKey key() const { return MakeVerifierKey(name_, signer_->public_key(), KeyType::kCosignature); }
  Result<WitnessState> State() const;
  Status Update(const std::function<Result<bool>(WitnessState&)>& change) override;

 private:
  WitnessDirectory(std::string directory, std::string name, std::unique_ptr<Signer> signer)
      : directory_(std::move(directory)), name_(std::move(name)), signer_(std::move(signer)) {}

  const std::string directory_;
  const std::string name_;
  const std::unique_ptr<Signer> signer_;
};

}  // namespace spor::ledger
