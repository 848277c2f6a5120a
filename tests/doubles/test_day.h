// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"

namespace spor::doubles {

// Days of UTC: enough wherever a test is not about the calendar.
class UtcDay final : public ledger::LegalDay {
 public:
  uint32_t At(UnixSeconds instant) const override { return static_cast<uint32_t>(instant / 86400); }
};

// Keeps the keys of new units as they are, in rows of Family::kKey.
class PlainKeeper final : public ledger::UnitKeeper {
 public:
  Status Wrap(const std::vector<ledger::NewUnit>& units, ledger::Batch& batch) override {
    if (refuse) return Status(Code::kIo, "the keeper was told to refuse");
    for (const ledger::NewUnit& unit : units) {
      batch.Put(ledger::Family::kKey, ToBytes(unit.unit), ToBytes(unit.key.Reveal()));
    }
    return OkStatus();
  }
  bool refuse = false;
};

}  // namespace spor::doubles
