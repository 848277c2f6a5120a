// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/store.h"

namespace spor::doubles {

// Passes every call to a store that somebody else owns.
class BorrowedStore final : public ledger::Store {
 public:
  explicit BorrowedStore(ledger::Store& inner) : inner_(inner) {}
  Result<std::optional<Bytes>> Get(ledger::Family family, ByteView key) const override {
    return inner_.Get(family, key);
  }
  Status Scan(ledger::Family family, ByteView begin, ByteView end, const Visitor& visitor) const override {
    return inner_.Scan(family, begin, end, visitor);
  }
  Result<std::optional<std::pair<Bytes, Bytes>>> Before(ledger::Family family, ByteView key) const override {
    return inner_.Before(family, key);
  }
  Status Write(const ledger::Batch& batch, ledger::Durability durability) override {
    return inner_.Write(batch, durability);
  }
  Status Rewrite(const std::vector<ledger::Family>& families) override { return inner_.Rewrite(families); }
  Status CheckFiles() const override { return inner_.CheckFiles(); }

 private:
  ledger::Store& inner_;
};

}  // namespace spor::doubles
