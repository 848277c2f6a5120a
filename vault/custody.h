// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vault/key_tree.h"

// The custody register: which copies of a root key are known to lie outside the keys directory, and until when. As long
// as one exists, what was erased since it was made can be read again by whoever has it, a slot's secret and an old copy
// of the data. docs/erasure.md, "Custody".
namespace spor::vault {

struct RootCopy {
  Id16 id{};
  uint32_t generation = 0;  // of the root key that it holds
  UnixSeconds made = 0;
  uint32_t keep_until = 0;  // the last day on which it exists, as the log counts days
  std::string place;        // where it lies, in words: 1 to kMaxCustodyPlace bytes of UTF-8
};
inline constexpr size_t kMaxCustodyPlace = 200;

// Rows 'C' | id[16] of Family::kKey -> u32 generation | u64 made | u32 keep_until | the place, sealed.
Status AddRootCopy(const KeyTree& keys, const RootCopy& copy, ledger::Batch& batch);
void EndRootCopy(const Id16& id, ledger::Batch& batch);
// By id. kCorrupt for a malformed row.
Result<std::vector<RootCopy>> RootCopies(const ledger::Store& store, const KeyTree& keys);

// What a root-destroyed entry says of the copies of that root and of older ones; needs no key.
struct CustodyFacts {
  uint32_t everywhere_day = 0;  // the first day on which none of them exists; `today` if there is none
  uint16_t copies = 0;
  Hash32 register_digest{};  // SHA-256 of (id | generation | made | keep_until) of each, by id
};
Result<CustodyFacts> CustodyOf(const ledger::Store& store, uint32_t generation, uint32_t today);

}  // namespace spor::vault
