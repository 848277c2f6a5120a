// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "crypto/codec.h"
#include "ledger/entry.h"

namespace spor::ledger {

// What the entries of a chunk commit to for their sealed sections: the first eight bytes of each root. Small, because
// fsck keeps it for every section of the log until the blobs, which lie in another order, have been compared.
class SectionTable {
 public:
  // `sections` of the next entry, as EntryView has them.
  void Add(ByteView sections) {
    if (counts_.size() % kStep == 0) starts_.push_back(static_cast<uint32_t>(roots_.size()));
    counts_.push_back(static_cast<uint8_t>(sections.size() / kSectionBytes));
    for (; !sections.empty(); sections = sections.subspan(kSectionBytes)) {
      roots_.push_back(Short(sections.subspan(sizeof(Id16), sizeof(Hash32))));
    }
  }
  static uint64_t Short(ByteView root) { return Reader(root).U64(); }
  // Of the n-th entry; nothing if it has no such section.
  std::optional<uint64_t> Root(size_t n, uint8_t section) const {
    if (n >= counts_.size() || section >= counts_[n]) return std::nullopt;
    size_t at = starts_[n / kStep];
    for (size_t i = n / kStep * kStep; i < n; ++i) at += counts_[i];
    return roots_[at + section];
  }
  size_t sections() const { return roots_.size(); }
  void Clear() {
    starts_.clear();
    counts_.clear();
    roots_.clear();
  }

 private:
  static constexpr size_t kStep = 16;

  std::vector<uint32_t> starts_;  // of every 16th entry, in `roots_`
  std::vector<uint8_t> counts_;
  std::vector<uint64_t> roots_;
};

}  // namespace spor::ledger
