// SPDX-License-Identifier: Apache-2.0
#include "ledger/first_damage.h"

#include <tuple>

namespace spor::ledger {

void FirstDamage::Note(uint64_t entry, Kind kind, std::string what) {
  MutexLock lock(mutex_);
  if (!text_.empty() && std::tie(entry, kind, what) >= std::make_tuple(entry_.load(), kind_, std::cref(text_))) return;
  entry_ = entry;
  kind_ = kind;
  text_ = std::move(what);
}

std::string FirstDamage::text() const {
  MutexLock lock(mutex_);
  return text_;
}

}  // namespace spor::ledger
