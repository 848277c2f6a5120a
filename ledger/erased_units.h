// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "crypto/secret.h"
#include "ledger/entry.h"

namespace spor::ledger {

// The ids of erased units, which must never be used again: 16 bytes each in an open table that is at most three
// quarters full.
class ErasedUnits {
 public:
  bool Contains(const UnitId& unit) const {
    if (unit == UnitId{}) return has_zero_;
    return !slots_.empty() && slots_[Find(unit)] == unit;
  }
  void Add(const UnitId& unit) {
    if (unit == UnitId{}) {
      has_zero_ = true;
      return;
    }
    if (4 * (count_ + 1) > 3 * slots_.size()) Grow();
    UnitId& slot = slots_[Find(unit)];
    count_ += slot == unit ? 0 : 1;
    slot = unit;
  }

 private:
  // Where the unit is or would go; an empty slot is all zeroes. Ids are random, but whoever wrote the log chose them:
  // secret factors keep him from choosing where they go.
  size_t Find(const UnitId& unit) const {
    uint64_t halves[2];
    std::memcpy(halves, unit.data(), sizeof halves);
    const size_t mask = slots_.size() - 1;
    size_t slot = static_cast<size_t>((halves[0] * factors_[0] + halves[1] * factors_[1]) >> 20) & mask;
    while (slots_[slot] != unit && slots_[slot] != UnitId{}) slot = (slot + 1) & mask;
    return slot;
  }
  void Grow() {
    std::vector<UnitId> old(slots_.empty() ? 1024 : 2 * slots_.size());
    old.swap(slots_);
    for (const UnitId& unit : old) {
      if (unit != UnitId{}) slots_[Find(unit)] = unit;
    }
  }

  const std::array<uint64_t, 2> factors_ = [] {
    std::array<uint64_t, 2> factors;
    const Id16 random = RandomArray<16>();
    std::memcpy(factors.data(), random.data(), sizeof factors);
    factors[0] |= 1, factors[1] |= 1;
    return factors;
  }();
  std::vector<UnitId> slots_;
  size_t count_ = 0;
  bool has_zero_ = false;
};

}  // namespace spor::ledger
