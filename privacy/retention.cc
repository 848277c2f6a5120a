// SPDX-License-Identifier: Apache-2.0
#include "privacy/retention.h"

#include <algorithm>

#include "ledger/replay.h"

namespace spor::privacy {

using ledger::Family;
using ledger::TextField;
using ledger::UintField;

namespace {

constexpr LegalDate kLastHoldDay{2'900'000};  // beyond every calendar day

struct DueRow {
  ledger::DueMapKey key;
  ledger::DueValue value;
};

// The due map's rows of one class, earliest first, until `visit` says no.
Status ScanDue(const ledger::Store& store, uint8_t retention_class, const std::function<bool(const DueRow&)>& visit) {
  Status bad;
  const Bytes begin = {retention_class};
  RETURN_IF_ERROR(store.Scan(Family::kDue, begin, ledger::PrefixEnd(begin), [&](ByteView key, ByteView value) {
    const Result<ledger::DueMapKey> parsed = ledger::ParseDueMapKey(key);
    const Result<ledger::DueValue> due = ledger::ParseDueValue(value);
    if (!parsed.ok() || !due.ok()) return bad = Status(Code::kCorrupt, "a row of the due map is malformed"), false;
    return visit({*parsed, *due});
  }));
  return bad;
}

void CountIn(std::vector<RuleCount>& counts, uint16_t rule, uint16_t category) {
  for (RuleCount& count : counts) {
    if (count.rule == rule && count.category == category) {
      ++count.units;
      return;
    }
  }
  counts.push_back({rule, category, 1});
}

}  // namespace

Result<uint16_t> Retention::CategoryOf(const UnitId& unit) const {
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, parts_.store->Get(Family::kLive, unit));
  if (!row) return Status(Code::kNotFound, "the unit is not alive");
  ASSIGN_OR_RETURN(const ledger::LiveValue value, ledger::ParseLiveValue(*row));
  return value.category;
}

// Whose unit it is; of an audit or staff unit nobody's.
Result<vault::UnitInfo> Retention::InfoOf(const UnitId& unit) const {
  ASSIGN_OR_RETURN(const vault::UnitKey key, parts_.vault->keys().OpenUnit(unit));
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, parts_.store->Get(Family::kRecord, vault::UnitInfoRow(unit)));
  if (!row) return vault::UnitInfo{};
  return vault::OpenUnitInfo(parts_.vault->ledger_id(), key, unit, *row);
}

// A held unit's day is that of the first run after its holds, so one that is due then is held no more: SettleHolds()
// has ended them, or will have on that day.
Result<std::vector<Retention::DueUnit>> Retention::FindDue(LegalDate day) const {
  std::vector<DueUnit> due;
  for (uint8_t retention_class : {uint8_t{0}, uint8_t{1}}) {
    RETURN_IF_ERROR(ScanDue(*parts_.store, retention_class, [&](const DueRow& row) {
      if (!IsDue(row.key.due, day)) return false;  // the rows come by day: nothing behind this one is due
      due.push_back({row.key.unit, row.key.due, row.value.rule});
      return true;
    }));
  }
  return due;
}

Result<uint64_t> Retention::CountHeld(LegalDate day) const {
  std::set<SubjectId> subjects;
  RETURN_IF_ERROR(parts_.subjects->ScanHolds({std::max(1, day.days)}, kLastHoldDay,
                                             [&](const auto& row) { return subjects.insert(row.subject), true; }));
  uint64_t held = 0;
  for (const SubjectId& subject : subjects) {
    const Result<Profile> profile = parts_.subjects->Get(subject);
    if (!profile.ok() && profile.error().code() == Code::kNotFound) continue;
    RETURN_IF_ERROR(profile.status());
    held += CountHeldBack(*parts_.policy, *profile, day);
  }
  return held;
}

Status Retention::FindEndingHolds(RetentionStatus& status) const {
  const LegalDate last{status.today.days + kHoldsEndingDays};
  return parts_.subjects->ScanHolds({1}, last, [&](const SubjectBook::HoldRow& row) {
    ++status.holds_ending;
    if (status.next_to_end.size() < kHoldsShown) status.next_to_end.push_back(row);
    return true;
  });
}

Result<std::vector<RuleCount>> Retention::CountByRule(const std::vector<DueUnit>& units) const {
  std::vector<RuleCount> counts;
  for (const DueUnit& unit : units) {
    ASSIGN_OR_RETURN(const uint16_t category, CategoryOf(unit.unit));
    CountIn(counts, unit.rule, category);
  }
  return counts;
}

Result<RetentionPlan> Retention::Plan(const auth::Actor& actor, std::optional<LegalDate> as_of) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kPlanRetention));
  RetentionPlan plan;
  plan.as_of = as_of.value_or(OsloDay(parts_.clock->Now()));
  ASSIGN_OR_RETURN(const std::vector<DueUnit> due, FindDue(plan.as_of));
  plan.due = due.size();
  ASSIGN_OR_RETURN(plan.held, CountHeld(plan.as_of));
  ASSIGN_OR_RETURN(plan.rules, CountByRule(due));
  return plan;
}

Result<RetentionStatus> Retention::State(const auth::Actor& actor) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kStatus));
  RetentionStatus status;
  status.today = OsloDay(parts_.clock->Now());
  Status failed;
  for (uint8_t retention_class : {uint8_t{0}, uint8_t{1}, uint8_t{2}}) {
    RETURN_IF_ERROR(ScanDue(*parts_.store, retention_class, [&](const DueRow& row) {
      const ledger::DueKey& due = row.key.due;
      ++status.alive;
      status.held += row.value.held != 0;
      status.not_started += due.due == ledger::kNotStarted;
      const bool overdue = IsOverdue(due, status.today);
      const bool undecided = due.due == ledger::kUndecided;
      status.overdue += overdue;
      status.undecided += undecided;
      status.review_due += due.retention_class == 2 && !undecided && int64_t{due.due} <= status.today.days;
      if (due.retention_class == 0) status.earliest = std::min(status.earliest, due.due);
      if (!overdue && !undecided) return true;
      const Result<uint16_t> category = CategoryOf(row.key.unit);
      if (!category.ok()) return failed = category.error(), false;
      CountIn(overdue ? status.overdue_rules : status.undecided_rules, row.value.rule, *category);
      return true;
    }));
    RETURN_IF_ERROR(failed);
  }
  RETURN_IF_ERROR(FindEndingHolds(status));
  return status;
}

Result<uint64_t> Retention::RecordEvent(const auth::Actor& actor, std::string_view action, const RunRecord& run,
                                        uint64_t planned, ledger::Batch rows) {
  std::vector<ledger::Field> audit = auth::AuditFields(&actor, action, "done");
  audit.push_back(UintField("run", run.number));
  audit.push_back(ledger::DateField("as_of", static_cast<uint32_t>(run.as_of.days)));
  audit.push_back(UintField("planned", planned));
  audit.push_back(UintField("erased", run.erased));
  audit.push_back(UintField("erased_instead_of_anonymised", run.erased_instead_of_anonymised));
  audit.push_back(UintField("held", run.held));
  audit.push_back(UintField("restricted_people", run.restricted_people));
  audit.push_back(UintField("generations", run.generations.size()));
  audit.push_back(TextField("policy", parts_.policy->policy_id + " " + parts_.policy->version));
  PeopleEdit edit(parts_);
  edit.AddAuditEvent(auth::AuditClass::kEvidence, std::move(audit));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(ledger::RedueReason::kClock));
  proposal.writes.Append(std::move(rows));
  proposal.head = ledger::Proposal::Head::kNow;
  // The run that a session began is finished also if the session ends meanwhile: only the begin event asks.
  const auto valid = parts_.auth->StillValid(actor);
  if (run.begin_entry == 0) proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  return receipt.first_entry;
}

Result<RunRecord> Retention::Run(const auth::Actor& actor) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kRunRetention));
  ASSIGN_OR_RETURN(const vault::RotationTurn turn, parts_.vault->TakeRotationTurn());
  RunRecord run;
  run.started = parts_.clock->Now();
  run.as_of = OsloDay(run.started);
  ASSIGN_OR_RETURN(run.number, LastRunNumber(*parts_.store));
  ++run.number;
  RETURN_IF_ERROR(SettleHolds(parts_, run.as_of));
  ASSIGN_OR_RETURN(const std::vector<DueUnit> due, FindDue(run.as_of));
  ASSIGN_OR_RETURN(run.held, CountHeld(run.as_of));
  RETURN_IF_ERROR(RunInTurn(actor, run, due));
  return run;
}

Status Retention::RunInTurn(const auth::Actor& actor, RunRecord& run, const std::vector<DueUnit>& due) {
  const auto newest_head = [&](uint64_t& head) -> Status {
    ASSIGN_OR_RETURN(const ledger::HeadAt at, ledger::NewestHead(parts_.ledger->reader(), parts_.ledger->size() - 1));
    head = at.index;
    return OkStatus();
  };
  const auto save = [&]() -> Status {
    ledger::Proposal rows;
    rows.writes.Put(Family::kState, RunRow(run.number), EncodeRun(run));
    return parts_.ledger->Submit(std::move(rows)).status();
  };
  ASSIGN_OR_RETURN(run.begin_entry, RecordEvent(actor, "retention_begin", run, due.size(), {}));
  RETURN_IF_ERROR(newest_head(run.head_before));
  RETURN_IF_ERROR(save());

  // One person's units go together, so that her profile and her identity are settled in the same flip.
  std::map<SubjectId, std::vector<DueUnit>> by_person;
  std::set<SubjectId> with_identity;
  for (const DueUnit& unit : due) {
    ASSIGN_OR_RETURN(const vault::UnitInfo info, InfoOf(unit.unit));
    by_person[info.subject].push_back(unit);
    if (info.category == kIdentityCategory) with_identity.insert(info.subject);
  }
  std::vector<DueUnit> chunk;
  size_t weight = 0;  // units that the flip may erase: the identity of each person counts, also when it is not yet due
  const auto flush = [&]() -> Status {
    if (chunk.empty()) return OkStatus();
    RETURN_IF_ERROR(EraseSome(run, chunk));
    chunk.clear();
    weight = 0;
    return save();
  };
  for (const auto& [subject, units] : by_person) {
    const size_t more = units.size() + (with_identity.contains(subject) ? 0 : 1);
    if (weight + more > vault::kMaxUnitsPerGeneration) RETURN_IF_ERROR(flush());
    chunk.insert(chunk.end(), units.begin(), units.end());
    weight += more;
  }
  RETURN_IF_ERROR(flush());
  ASSIGN_OR_RETURN(run.finished, parts_.ledger->reader().NextTime(*parts_.clock));
  ASSIGN_OR_RETURN(run.end_entry, RecordEvent(actor, "retention_end", run, due.size(), {}));
  RETURN_IF_ERROR(newest_head(run.head_after));
  return save();
}

Status Retention::EraseSome(RunRecord& run, std::span<const DueUnit> units) {
  const std::unique_lock lock(*parts_.people_lock);
  ASSIGN_OR_RETURN(const std::vector<DueUnit> due, StillDue(units));
  vault::EraseRequest request;
  RunRecord after = run;
  RETURN_IF_ERROR(ForgetUnits(after, due, request));
  if (request.units.empty()) return OkStatus();
  const size_t count = request.units.size();
  vault::Eraser eraser = parts_.vault->MakeEraser(*parts_.ledger);
  ASSIGN_OR_RETURN(const vault::EraseResult result, eraser.Run(std::move(request)));
  parts_.auth->DropForgotten();
  parts_.subjects->PeopleChanged(static_cast<int64_t>(run.people_forgotten) -
                                 static_cast<int64_t>(after.people_forgotten));
  run = std::move(after);
  RunRecord::Generation generation;
  generation.intent_entry = result.intent_entry;
  generation.erase_entry = result.erase_entry;
  const size_t per_entry = ledger::MaxOpsPerEntry(ledger::OpType::kErase);
  generation.erase_parts = static_cast<uint16_t>((count + per_entry - 1) / per_entry);
  generation.head = result.head;
  generation.destroyed_entry = result.destroyed_entry;
  generation.generation = result.generation;
  generation.units = static_cast<uint32_t>(count);
  generation.sections_dropped = result.sections_dropped;
  run.generations.push_back(generation);
  run.erased += count;
  return OkStatus();
}

Result<std::vector<Retention::DueUnit>> Retention::StillDue(std::span<const DueUnit> units) const {
  std::vector<DueUnit> due;
  for (const DueUnit& unit : units) {
    ASSIGN_OR_RETURN(const std::optional<Bytes> row,
                     parts_.store->Get(Family::kDue, ledger::EncodeDueMapKey(unit.due, unit.unit)));
    if (!row) continue;
    ASSIGN_OR_RETURN(const ledger::DueValue value, ledger::ParseDueValue(*row));
    if (value.held == 0) due.push_back(unit);
  }
  return due;
}

// Takes the units out of the profiles of the people they belong to; who has nothing left is forgotten.
Status Retention::ForgetUnits(RunRecord& run, std::span<const DueUnit> units, vault::EraseRequest& request) {
  std::map<SubjectId, std::vector<DueUnit>> by_person;
  for (const DueUnit& unit : units) {
    ASSIGN_OR_RETURN(const uint16_t category, CategoryOf(unit.unit));
    if (const Category* known = parts_.policy->FindCategory(category); known != nullptr && known->anonymise_on_expiry) {
      ++run.erased_instead_of_anonymised;
    }
    ASSIGN_OR_RETURN(const vault::UnitInfo info, InfoOf(unit.unit));
    if (category == kStaffCategory) parts_.auth->ForgetAccount(unit.unit, request.writes);
    if (category == kIdentityCategory) {
      by_person[info.subject];  // an identity goes with the person's last unit, below
      continue;
    }
    by_person[info.subject].push_back(unit);
    request.units.push_back({unit.unit, unit.due, ledger::EraseReason::kDue});
  }
  by_person.erase(SubjectId{});
  for (const auto& [subject, gone] : by_person) {
    Result<Profile> before = parts_.subjects->Get(subject);
    if (!before.ok() && before.error().code() == Code::kNotFound) continue;  // an access log that outlived the person
    RETURN_IF_ERROR(before.status());
    Profile profile = *before;
    bool policy_unit_gone = false;
    for (const DueUnit& unit : gone) {
      const auto at = std::find_if(profile.units.begin(), profile.units.end(),
                                   [&](const SubjectUnit& one) { return one.unit == unit.unit; });
      if (at == profile.units.end()) continue;
      policy_unit_gone |= parts_.policy->FindCategory(at->category) != nullptr;
      profile.erased.push_back({unit.unit, at->category, std::to_string(run.number)});
      for (Identifier& identifier : profile.identifiers) identifier.sources.erase(unit.unit);
      profile.units.erase(at);
    }
    std::erase_if(profile.identifiers, [](const Identifier& identifier) {
      return identifier.kind == IdentifierKind::kEmail && identifier.sources.empty();
    });
    const bool has_policy_unit = std::any_of(profile.units.begin(), profile.units.end(), [&](const SubjectUnit& unit) {
      return parts_.policy->FindCategory(unit.category) != nullptr;
    });
    request.touches.push_back(SubjectBook::SubjectStripe(subject));
    const bool forgotten = !has_policy_unit && (policy_unit_gone || profile.units.empty());
    run.restricted_people += !profile.restrictions.empty() && (forgotten || !gone.empty());
    if (forgotten) {
      RETURN_IF_ERROR(parts_.subjects->Remove(*before, request.writes));
      request.units.push_back({profile.identity, before->identity_due, ledger::EraseReason::kDue});
      ++run.people_forgotten;
    } else {
      ASSIGN_OR_RETURN(const vault::UnitKey key, parts_.vault->keys().OpenUnit(profile.identity));
      RETURN_IF_ERROR(parts_.subjects->Put(profile, key, &*before, request.writes));
    }
  }
  return OkStatus();
}

}  // namespace spor::privacy
