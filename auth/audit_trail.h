// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "auth/actor.h"
#include "vault/vault.h"

namespace spor::auth {

// How long an audit section is kept: the access log (13 months in the example policy) or evidence (5 years).
enum class AuditClass : uint8_t { kAccess = 1, kEvidence = 2 };

// Due day and rule of the audit unit of a class and month; the privacy room's policy implements it.
class AuditRules {
 public:
  virtual ~AuditRules() = default;
  struct Schedule {
    ledger::DueKey due;
    uint16_t rule = 0;
    uint16_t category = 0;  // the reserved category of audit units
  };
  virtual Schedule For(AuditClass audit_class, int year, int month) const = 0;
  // Oslo year and month of an instant.
  virtual std::pair<int, int> MonthOf(UnixSeconds instant) const = 0;
};

// The audit sections of events: one unit per retention class and month, made ahead of its month.
//
// Threads: any. Ownership: borrows everything; must not outlive it.
class AuditTrail {
 public:
  AuditTrail(vault::Vault& vault, ledger::Store& store, const Clock& clock, const AuditRules& rules)
      : vault_(vault), store_(store), clock_(clock), rules_(rules) {}

  // Units of this month and the next for a new ledger, to be put into the genesis batch.
  struct FirstUnits {
    std::vector<ledger::UnitOp> ops;
    std::vector<ledger::NewUnit> units;
    ledger::Batch rows;
  };
  Result<FirstUnits> Found();
  // Reads which unit serves which month.
  Status Load();
  // Creates what is missing for this month and the next; called at start and once an hour.
  Status EnsureUnits(ledger::Ledger& ledger);

  // Seals section number `section` of an event under the unit of `audit_class` and the current month. kNotFound while
  // that unit is not there yet: EnsureUnits() makes it.
  Result<ledger::SealedSection> Seal(AuditClass audit_class, const Id16& seal_id, uint8_t section,
                                     std::vector<ledger::Field> fields) const;
  // The same for a batch that is written without a ledger, while nothing else is going on: with the units of this month
  // and the next where they are missing, which go into that batch.
  struct Unattended {
    FirstUnits units;
    ledger::SealedSection section;
  };
  Result<Unattended> SealUnattended(AuditClass audit_class, const Id16& seal_id, uint8_t section,
                                    std::vector<ledger::Field> fields);
  // The units that exist, for reports: (class, year, month) -> unit.
  struct Month {
    AuditClass audit_class;
    int year;
    int month;
    ledger::UnitId unit;
  };
  std::vector<Month> Months() const;

 private:
  vault::Vault& vault_;
  ledger::Store& store_;
  const Clock& clock_;
  const AuditRules& rules_;
  using Slot = std::tuple<AuditClass, int, int>;  // class, year, month
  struct Known {
    ledger::UnitId unit{};
    std::shared_ptr<const SecretBytes> seal_key;  // only while the month is being written
  };
  std::pair<FirstUnits, std::map<Slot, Known>> DraftMissing();
  Result<Known> ForSealing(const Slot& slot) const;

  Mutex ensuring_;  // held while units are made, so that no month gets two
  mutable Mutex mutex_;
  mutable std::map<Slot, Known> known_ GUARDED_BY(mutex_);
};

// The fields that every audit section starts with: action, result ("done", "refused"), and for a logged-in person
// actor (account id), role and session. Sorted and extended by the caller.
std::vector<ledger::Field> AuditFields(const Actor* actor, std::string_view action, std::string_view result);

}  // namespace spor::auth
