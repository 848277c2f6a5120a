// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/hash.h"
#include "ledger/add_checkpoint.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"

namespace spor::doubles {

// A log of numbered leaves that signs whatever it is asked to, for witnesses to look at. A log that forks has other
// leaves from `fork_at` on, under the same origin and key.
class LeafLog final : public ledger::NodeSource {
 public:
  explicit LeafLog(std::string origin = "log.example/a", uint64_t fork_at = UINT64_MAX)
      : signer(SigningKey::CopyOf(Sha256({AsBytes("log key of "), AsBytes(origin)}))),
        origin_(std::move(origin)),
        fork_at_(fork_at) {}

  Result<Hash32> Node(uint32_t level, uint64_t index) const override {
    if (level == 0) return Leaf(index);
    ASSIGN_OR_RETURN(const Hash32 left, Node(level - 1, index * 2));
    ASSIGN_OR_RETURN(const Hash32 right, Node(level - 1, index * 2 + 1));
    return ledger::NodeHash(left, right);
  }
  ledger::VerifierKey key() const { return ledger::MakeVerifierKey(origin_, signer.public_key()); }
  ledger::Checkpoint At(uint64_t size) const {
    const Result<Hash32> root = size == 0 ? ledger::EmptyRoot() : ledger::RootAt(*this, size);
    CHECK(root.ok());
    return {origin_, size, *root, {}};
  }
  std::string Note(uint64_t size) const { return ledger::SignCheckpoint(At(size), signer); }
  // An honest add-checkpoint request.
  std::string Request(uint64_t old_size, uint64_t size) const {
    std::vector<Hash32> proof;
    if (old_size != 0 && old_size < size) {
      Result<std::vector<Hash32>> made = ledger::ConsistencyProof(*this, old_size, size);
      CHECK(made.ok());
      proof = std::move(*made);
    }
    return ledger::EncodeAddCheckpoint({old_size, std::move(proof), Note(size)});
  }

  const Signer signer;

 private:
  Hash32 Leaf(uint64_t index) const {
    return ledger::LeafHash(AsBytes((index >= fork_at_ ? "forked leaf " : "leaf ") + std::to_string(index)));
  }
  const std::string origin_;
  const uint64_t fork_at_;
};

}  // namespace spor::doubles
