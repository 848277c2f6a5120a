// SPDX-License-Identifier: Apache-2.0
#include "auth/audit_trail.h"

#include <algorithm>
#include <tuple>

#include "crypto/codec.h"

namespace spor::auth {
namespace {

constexpr std::array<AuditClass, 2> kClasses = {AuditClass::kAccess, AuditClass::kEvidence};
constexpr std::string_view kRowPrefix = "audit";

Bytes MonthRow(AuditClass audit_class, int year, int month) {
  Writer row;
  row.Raw(kRowPrefix).U8(static_cast<uint8_t>(audit_class));
  return row.U16(static_cast<uint16_t>(year)).U8(static_cast<uint8_t>(month)).Take();
}

std::pair<int, int> Following(std::pair<int, int> month) {
  return month.second == 12 ? std::pair(month.first + 1, 1) : std::pair(month.first, month.second + 1);
}

}  // namespace

std::pair<AuditTrail::FirstUnits, std::map<AuditTrail::Slot, AuditTrail::Known>> AuditTrail::DraftMissing() {
  FirstUnits drafts;
  std::map<Slot, Known> added;
  const std::pair<int, int> current = rules_.MonthOf(clock_.Now());
  for (const AuditClass audit_class : kClasses) {
    for (const auto& [year, month] : {current, Following(current)}) {
      const Slot slot{audit_class, year, month};
      {
        MutexLock lock(mutex_);
        if (known_.contains(slot)) continue;
      }
      const AuditRules::Schedule schedule = rules_.For(audit_class, year, month);
      vault::UnitInfo info;
      info.category = schedule.category;
      vault::UnitDraft draft = vault::DraftUnit(vault_.ledger_id(), info, schedule.due, schedule.rule, drafts.rows);
      drafts.rows.Put(ledger::Family::kState, MonthRow(audit_class, year, month), ToBytes(draft.unit));
      drafts.ops.push_back(draft.op);
      drafts.units.push_back({draft.unit, std::move(draft.key)});
      added[slot] = {draft.unit, nullptr};
    }
  }
  return {std::move(drafts), std::move(added)};
}

Result<AuditTrail::FirstUnits> AuditTrail::Found() { return DraftMissing().first; }

Status AuditTrail::Load() {
  std::map<Slot, Known> found;
  Status status;
  const auto visit = [&](ByteView key, ByteView row) {
    Reader in(key.subspan(kRowPrefix.size()));
    const auto audit_class = static_cast<AuditClass>(in.U8());
    const int year = in.U16();
    const int month = in.U8();
    if (audit_class != AuditClass::kAccess && audit_class != AuditClass::kEvidence) in.Fail();
    if (month < 1 || month > 12) in.Fail();
    status = in.Finish("row of an audit month");
    const Result<Id16> unit = ToId16(row);
    if (status.ok() && !unit.ok()) status = Status(Code::kCorrupt, "the row of an audit month holds no unit");
    if (status.ok()) found[{audit_class, year, month}] = {*unit, nullptr};
    return status.ok();
  };
  const Bytes begin = ToBytes(AsBytes(kRowPrefix));
  RETURN_IF_ERROR(store_.Scan(ledger::Family::kState, begin, ledger::PrefixEnd(begin), visit));
  RETURN_IF_ERROR(status);
  MutexLock lock(mutex_);
  known_ = std::move(found);
  return OkStatus();
}

Status AuditTrail::EnsureUnits(ledger::Ledger& ledger) {
  MutexLock ensuring(ensuring_);
  auto [drafts, added] = DraftMissing();
  if (added.empty()) return OkStatus();
  ledger::Proposal proposal;
  proposal.ops = std::move(drafts.ops);
  proposal.new_units = std::move(drafts.units);
  proposal.writes = std::move(drafts.rows);
  RETURN_IF_ERROR(ledger.Submit(std::move(proposal)).status());
  MutexLock lock(mutex_);
  known_.insert(added.begin(), added.end());
  return OkStatus();
}

Result<AuditTrail::Known> AuditTrail::ForSealing(const Slot& slot) const {
  ledger::UnitId unit{};
  {
    MutexLock lock(mutex_);
    const auto found = known_.find(slot);
    if (found == known_.end()) {
      return Status(Code::kNotFound, "there is no audit unit for this month yet: nothing can be recorded");
    }
    if (found->second.seal_key != nullptr) return found->second;
    unit = found->second.unit;
  }
  ASSIGN_OR_RETURN(const ledger::UnitKey key, vault_.keys().OpenUnit(unit));
  auto seal_key = std::make_shared<const SecretBytes>(ledger::SealKey(vault_.ledger_id(), key));
  MutexLock lock(mutex_);
  // The keys of months gone by are dropped from memory: their units may be erased, and then nothing may open them.
  for (auto& [other, known] : known_) {
    const bool same_class = std::get<0>(other) == std::get<0>(slot);
    if (same_class && other != slot) known.seal_key.reset();
  }
  known_[slot].seal_key = seal_key;
  return Known{unit, std::move(seal_key)};
}

Result<ledger::SealedSection> AuditTrail::Seal(AuditClass audit_class, const Id16& seal_id, uint8_t section,
                                               std::vector<ledger::Field> fields) const {
  const auto [year, month] = rules_.MonthOf(clock_.Now());
  ASSIGN_OR_RETURN(const Known known, ForSealing({audit_class, year, month}));
  const ledger::SealContext context{vault_.ledger_id(), ledger::EntryKind::kEvent, seal_id, section, known.unit};
  return ledger::SealSection(context, known.seal_key->Reveal(), ledger::BlobPlace::kAudit, std::move(fields));
}

Result<AuditTrail::Unattended> AuditTrail::SealUnattended(AuditClass audit_class, const Id16& seal_id, uint8_t section,
                                                          std::vector<ledger::Field> fields) {
  Unattended out;
  std::map<Slot, Known> added;
  std::tie(out.units, added) = DraftMissing();
  const auto [year, month] = rules_.MonthOf(clock_.Now());
  const auto made = added.find({audit_class, year, month});
  if (made == added.end()) {
    ASSIGN_OR_RETURN(out.section, Seal(audit_class, seal_id, section, std::move(fields)));
    return out;
  }
  const auto fresh = std::find_if(out.units.units.begin(), out.units.units.end(),
                                  [&](const ledger::NewUnit& unit) { return unit.unit == made->second.unit; });
  CHECK(fresh != out.units.units.end());
  const ledger::SealContext context{vault_.ledger_id(), ledger::EntryKind::kEvent, seal_id, section, fresh->unit};
  out.section = ledger::SealSection(context, ledger::SealKey(vault_.ledger_id(), fresh->key).Reveal(),
                                    ledger::BlobPlace::kAudit, std::move(fields));
  return out;
}

std::vector<AuditTrail::Month> AuditTrail::Months() const {
  MutexLock lock(mutex_);
  std::vector<Month> months;
  for (const auto& [slot, known] : known_) {
    months.push_back({std::get<0>(slot), std::get<1>(slot), std::get<2>(slot), known.unit});
  }
  return months;
}

std::vector<ledger::Field> AuditFields(const Actor* actor, std::string_view action, std::string_view result) {
  std::vector<ledger::Field> fields = {ledger::TextField("action", action), ledger::TextField("result", result)};
  if (actor == nullptr) return fields;
  std::string roles;
  for (const Role role : actor->roles) roles.append(roles.empty() ? "" : "\n").append(RoleName(role));
  fields.push_back(ledger::BytesField("actor", actor->account));
  fields.push_back({"role", ledger::FieldType::kList, ToBytes(AsBytes(roles))});
  fields.push_back(ledger::BytesField("session", actor->session));
  return fields;
}

}  // namespace spor::auth
