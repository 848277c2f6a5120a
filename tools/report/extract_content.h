// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "crypto/hash.h"
#include "tools/report/proven_entry.h"

namespace spor::report {

// What an extract's report says of the entries shown, so that the event binds them: how many, how many sections of
// each sort, and the digest of it all. Built in the same way by maker and verifier; proofs are not part of it.
class ExtractContent {
 public:
  ExtractContent();
  // By ascending index.
  void Add(uint64_t index, ByteView bytes, const std::vector<DisclosedSection>& sections);
  // {entries, opened, closed, destroyed, digest}. Call once.
  std::string Json();
  // "3 åpnet, 2 lukket, 1 ødelagt."
  std::string Nb() const;
  std::string En() const;

 private:
  uint64_t entries_ = 0;
  uint64_t opened_ = 0;
  uint64_t closed_ = 0;
  uint64_t destroyed_ = 0;
  std::unique_ptr<Sha256Stream> digest_;  // the stream itself can't move
};

}  // namespace spor::report
