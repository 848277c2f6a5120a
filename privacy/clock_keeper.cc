// SPDX-License-Identifier: Apache-2.0
#include "privacy/clock_keeper.h"

#include <algorithm>
#include <iterator>

namespace spor::privacy {

using ledger::TextField;
using ledger::UintField;

namespace {

// Clocks of persons that some purpose asks for. One that a record's own field starts can't be started by hand.
std::vector<std::string> StartableClocks(const Policy& policy) {
  std::set<std::string> used;
  std::set<std::string> from_fields;
  for (const Category& category : policy.categories) {
    for (const auto& [clock, field] : category.clock_fields) from_fields.insert(clock);
    for (const Purpose& purpose : category.purposes) {
      if (!purpose.stop_on.empty()) used.insert(purpose.stop_on);
      for (const RuleTerm& term : policy.FindRule(purpose.rule)->terms) used.insert(term.clock);
    }
  }
  std::vector<std::string> startable;
  std::set_difference(used.begin(), used.end(), from_fields.begin(), from_fields.end(), std::back_inserter(startable));
  return startable;
}

}  // namespace

Result<std::string> ClockKeeper::Begin(const auth::Actor& actor, Change change, std::string_view clock) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kClock));
  const std::vector<std::string> startable = StartableClocks(*parts_.policy);
  if (std::find(startable.begin(), startable.end(), clock) == startable.end()) {
    std::string keys;
    for (const std::string& key : startable) keys += (keys.empty() ? "" : ", ") + key;
    RETURN_IF_ERROR(parts_.auth->RecordRefusal(actor, {"clock", "unknown_clock", {}, RandomArray<16>(), std::nullopt}));
    return Status(Code::kInvalidArgument, "'" + Shown(clock) + "' is no clock of a person; the policy has: " + keys);
  }
  Open open;
  open.account = actor.account;
  open.change = change;
  open.clock = clock;
  RETURN_IF_ERROR(SubmitAudit(actor, "clock_begin", open).status());
  const std::string id = HexEncode(RandomArray<8>());
  MutexLock lock(mutex_);
  open_.emplace(id, std::move(open));
  return id;
}

Result<uint64_t> ClockKeeper::SubmitAudit(const auth::Actor& actor, std::string_view action, const Open& open) {
  std::vector<ledger::Field> audit = auth::AuditFields(&actor, action, "done");
  audit.push_back(TextField("clock", open.clock));
  audit.push_back(TextField("change", open.change == Change::kStart ? "start" : "clear"));
  audit.push_back(UintField("started", open.totals.started));
  audit.push_back(UintField("moved", open.totals.moved));
  audit.push_back(UintField("cleared", open.totals.cleared));
  audit.push_back(UintField("unchanged", open.totals.unchanged));
  audit.push_back(UintField("refused", open.totals.refused));
  PeopleEdit edit(parts_);
  edit.AddAuditEvent(auth::AuditClass::kEvidence, std::move(audit));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(ledger::RedueReason::kClock));
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  return receipt.first_entry;
}

Result<ClockKeeper::Open> ClockKeeper::Find(const auth::Actor& actor, std::string_view run) const {
  MutexLock lock(mutex_);
  const auto found = open_.find(run);
  if (found == open_.end() || found->second.account != actor.account) {
    return Status(Code::kNotFound, "there is no such open run; what was answered is stored: start it again");
  }
  return found->second;
}

Result<ClockCounts> ClockKeeper::Chunk(const auth::Actor& actor, std::string_view run, uint64_t first_row,
                                       std::span<const std::vector<std::string>> rows) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kClock));
  if (rows.size() > kMaxRowsPerChunk) return Status(Code::kInvalidArgument, "a chunk has at most 1,024 rows");
  ASSIGN_OR_RETURN(const Open open, Find(actor, run));
  Result<ClockCounts> counts = Status(Code::kInternal, "");
  for (int attempt = 0; attempt < kDecideAgain; ++attempt) {
    counts = TryChunk(actor, open, first_row, rows);
    if (counts.ok() || counts.error().code() != Code::kConflict) break;
  }
  RETURN_IF_ERROR(counts.status());
  MutexLock lock(mutex_);
  if (const auto found = open_.find(run); found != open_.end()) {
    ClockCounts& totals = found->second.totals;
    totals.started += counts->started;
    totals.moved += counts->moved;
    totals.unchanged += counts->unchanged;
    totals.cleared += counts->cleared;
    totals.refused += counts->refused;
  }
  return counts;
}

// Applies one row; the answer is why it is refused, or empty.
Result<std::string> ClockKeeper::ApplyRow(PeopleEdit& edit, const Open& open, const std::vector<std::string>& row,
                                          ClockCounts& counts) {
  const bool start = open.change == Change::kStart;
  if (row.size() != (start ? 2u : 1u)) return std::string("has another number of values than the header");
  const std::string external_id = NormaliseIdentifier(IdentifierKind::kExternalId, row[0]);
  if (external_id.empty()) return std::string("external_id is empty");
  LegalDate date;
  if (start) {
    const Result<LegalDate> parsed = ParseDate(row[1]);
    if (!parsed.ok()) return std::string("date is not a date like 2026-11-24");
    date = *parsed;
  }
  ASSIGN_OR_RETURN(Person * person, edit.Find(external_id));
  if (person == nullptr) return std::string("there is nobody with this external_id");
  auto& clocks = person->profile.clocks;
  const auto known = clocks.find(open.clock);
  if (start ? (known != clocks.end() && known->second == date) : known == clocks.end()) {
    ++counts.unchanged;
    return std::string();
  }
  if (!start) {
    clocks.erase(known);
    ++counts.cleared;
  } else {
    ++(known == clocks.end() ? counts.started : counts.moved);
    clocks[open.clock] = date;
  }
  person->changed = true;
  std::vector<ledger::Field> fields = {TextField("action", start ? "clock_start" : "clock_clear"),
                                       TextField("clock", open.clock),
                                       ledger::BytesField("subject", person->profile.subject)};
  if (start) fields.push_back(ledger::DateField("date", static_cast<uint32_t>(date.days)));
  edit.AddEvent(*person, person->profile.identity, std::move(fields), {});
  return std::string();
}

Result<ClockCounts> ClockKeeper::TryChunk(const auth::Actor& actor, const Open& open, uint64_t first_row,
                                          std::span<const std::vector<std::string>> rows) {
  const std::shared_lock lock(*parts_.people_lock);
  PeopleEdit edit(parts_);
  ClockCounts counts;
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(const std::string reason, ApplyRow(edit, open, rows[i], counts));
    if (reason.empty()) continue;
    ++counts.refused;
    counts.reasons.push_back({first_row + i, reason});
  }
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(ledger::RedueReason::kClock));
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  counts.entry = receipt.first_entry;
  return counts;
}

Result<ClockCounts> ClockKeeper::End(const auth::Actor& actor, std::string_view run) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kClock));
  ASSIGN_OR_RETURN(Open open, Find(actor, run));
  ASSIGN_OR_RETURN(open.totals.entry, SubmitAudit(actor, "clock_end", open));
  MutexLock lock(mutex_);
  open_.erase(std::string(run));  // gone already where two ended it at once
  return open.totals;
}

}  // namespace spor::privacy
