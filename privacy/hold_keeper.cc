// SPDX-License-Identifier: Apache-2.0
#include "privacy/hold_keeper.h"

#include <algorithm>

#include "privacy/hold_rules.h"

namespace spor::privacy {

using ledger::Field;
using ledger::RedueReason;
using ledger::TextField;

namespace {

constexpr size_t kPeoplePerChange = 64;
constexpr LegalDate kLastDay{2'900'000};  // beyond every calendar day

std::string CategoryText(const Policy& policy, uint16_t number) {
  const Category* category = policy.FindCategory(number);
  return number == 0 ? "all" : category != nullptr ? category->key : std::to_string(number);
}

uint64_t UnitsUnder(const Profile& profile, const Hold& hold) {
  uint64_t units = 0;
  for (const SubjectUnit& unit : profile.units) units += hold.category == 0 || hold.category == unit.category;
  return units == 0 && hold.category != 0 ? 0 : units + 1;
}

// What both sections of an event about a hold say.
void Describe(const Policy& policy, const Hold& hold, std::vector<Field>& fields) {
  fields.push_back(TextField("hold", HoldIdText(hold.id)));
  fields.push_back(TextField("category", CategoryText(policy, hold.category)));
  fields.push_back(TextField("ground", WordsOf(hold.ground).key));
  fields.push_back(ledger::DateField("until", static_cast<uint32_t>(hold.until.days)));
}

// `actor` is null for what nobody asked for. `reason` may name her and stands in her section alone.
void AddHoldEvent(const Parts& parts, const auth::Actor* actor, PeopleEdit& edit, Person& person,
                  std::string_view action, const Hold& hold, std::string_view reason) {
  std::vector<Field> subject = {TextField("action", action), TextField("reason", reason),
                                ledger::BytesField("subject", person.profile.subject)};
  Describe(*parts.policy, hold, subject);
  std::vector<Field> audit = auth::AuditFields(actor, action, "done");
  Describe(*parts.policy, hold, audit);
  audit.push_back(ledger::UintField("units", UnitsUnder(person.profile, hold)));
  if (actor == nullptr) audit.push_back(TextField("reason", reason));
  // How long something was kept beyond its day, and why, is asked for long after the access log of that month is gone.
  edit.AddEvent(person, person.profile.identity, std::move(subject), std::move(audit), auth::AuditClass::kEvidence);
}

// What a request asks for by itself, before anybody is looked at.
RefusedChange ReadRequest(const Policy& policy, LegalDate today, const HoldRequest& request, Hold& hold) {
  const auto refuse = [](std::string code, std::string text) {
    return RefusedChange{std::move(code), Status(Code::kInvalidArgument, std::move(text))};
  };
  hold.reason = request.reason;
  const uint8_t ground = GroundNumber(HoldGrounds(), request.ground);
  if (ground == 0) return refuse("unknown_ground", "a hold has one of these grounds: " + GroundKeys(HoldGrounds()));
  hold.ground = static_cast<HoldGround>(ground);
  if (!request.category.empty()) {
    const Category* category = policy.FindCategory(request.category);
    if (category == nullptr) {
      std::string keys;
      for (const Category& one : policy.categories) keys += (keys.empty() ? "" : ", ") + one.key;
      return refuse("unknown_category",
                    "there is no category '" + Shown(request.category) + "'; the policy has: " + keys);
    }
    hold.category = category->number;
  }
  const Result<LegalDate> until = ParseDate(request.until);
  if (!until.ok()) return refuse("no_end", "a hold needs the last day on which it stands, such as 2027-06-30");
  const LegalDate latest = AddPeriod(today, {12 * kMaxHoldYears, 0});
  if (*until < today || *until > latest) {
    return refuse("end_out_of_range", "a hold ends between today and " + FormatDate(latest) +
                                          "; if it is still needed then, set it again with the reason of that day");
  }
  hold.until = *until;
  return {};
}

}  // namespace

Result<HoldAnswer> HoldKeeper::Set(const auth::Actor& actor, const HoldRequest& request) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kHold));
  const PersonChange change(parts_, actor, "hold_set");
  RETURN_IF_ERROR(change.CheckReason(request.reason));
  HoldAnswer answer;
  Hold& hold = answer.hold;
  const UnixSeconds now = parts_.clock->Now();
  const RefusedChange bad = ReadRequest(*parts_.policy, OsloDay(now), request, hold);
  if (!bad.status.ok()) return change.Refuse(bad);
  hold.set_at = now;
  hold.set_by = actor.account;
  ASSIGN_OR_RETURN(answer.subject, change.Resolve(request.subject));
  const auto decide = [&](PeopleEdit& edit, Person& person) -> Result<RefusedChange> {
    std::vector<Hold>& holds = person.profile.holds;
    const auto same = std::find_if(holds.begin(), holds.end(), [&](const Hold& one) {
      return one.category == hold.category && one.ground == hold.ground && one.until == hold.until &&
             one.reason == hold.reason;
    });
    if (same != holds.end()) {
      return RefusedChange{"hold_exists", Status(Code::kConflict, "this hold stands already: " + HoldIdText(same->id))};
    }
    if (holds.size() >= kMaxHoldsOfPerson) {
      return RefusedChange{"too_many_holds", Status(Code::kConflict, "this person has 64 holds: lift one first")};
    }
    answer.units = UnitsUnder(person.profile, hold);
    if (answer.units == 0) {
      return RefusedChange{"nothing_to_hold",
                           Status(Code::kNotFound, "there is nothing of this person in category '" + request.category +
                                                       "': without a category everything about her is held")};
    }
    const auto taken = [&](uint32_t id) {
      return id == 0 || std::any_of(holds.begin(), holds.end(), [&](const Hold& one) { return one.id == id; });
    };
    while (taken(hold.id)) {
      const std::array<uint8_t, 16> random = RandomArray<16>();
      hold.id = uint32_t{random[0]} << 24 | uint32_t{random[1]} << 16 | uint32_t{random[2]} << 8 | random[3];
    }
    holds.push_back(hold);
    person.changed = true;
    AddHoldEvent(parts_, &actor, edit, person, "hold_set", hold, hold.reason);
    return RefusedChange{};
  };
  ASSIGN_OR_RETURN(answer.entry, change.Submit(answer.subject, RedueReason::kHoldOn, decide));
  return answer;
}

Result<HoldAnswer> HoldKeeper::Lift(const auth::Actor& actor, const LiftRequest& request) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kHold));
  const PersonChange change(parts_, actor, "hold_lift");
  RETURN_IF_ERROR(change.CheckReason(request.reason));
  HoldAnswer answer;
  ASSIGN_OR_RETURN(answer.subject, change.Resolve(request.subject));
  const auto decide = [&](PeopleEdit& edit, Person& person) -> Result<RefusedChange> {
    const std::vector<Hold>& holds = person.profile.holds;
    const auto found =
        std::find_if(holds.begin(), holds.end(), [&](const Hold& one) { return HoldIdText(one.id) == request.hold; });
    if (found == holds.end()) {
      return RefusedChange{"unknown_hold", Status(Code::kNotFound,
                                                  "this person has no such hold; those that stand: "
                                                  "spor hold list SUBJECT")};
    }
    answer.hold = *found;
    answer.units = UnitsUnder(person.profile, answer.hold);
    AddHoldEvent(parts_, &actor, edit, person, "hold_lift", answer.hold, request.reason);
    RemoveHold(person.profile, answer.hold.id, OsloDay(parts_.clock->Now()));
    person.changed = true;
    return RefusedChange{};
  };
  ASSIGN_OR_RETURN(answer.entry, change.Submit(answer.subject, RedueReason::kHoldOff, decide));
  return answer;
}

Result<HoldList> HoldKeeper::ListOf(const auth::Actor& actor, const std::string& subject) {
  const PersonChange change(parts_, actor, "hold_list");
  ASSIGN_OR_RETURN(const SubjectId id, change.Resolve(subject));
  HoldList list;
  const auto decide = [&](PeopleEdit& edit, Person& person) -> Result<RefusedChange> {
    list.holds.clear();
    for (const Hold& hold : person.profile.holds) list.holds.push_back({id, hold, UnitsUnder(person.profile, hold), 0});
    ASSIGN_OR_RETURN(const SubjectUnit* log, edit.AccessLogFor(person));
    std::vector<Field> audit = auth::AuditFields(&actor, "hold_list", "done");
    audit.push_back(ledger::UintField("holds", list.holds.size()));
    edit.AddEvent(person, log->unit, {TextField("action", "hold_list"), ledger::BytesField("subject", id)},
                  std::move(audit));
    return RefusedChange{};
  };
  ASSIGN_OR_RETURN(list.entry, change.Submit(id, RedueReason::kClock, decide));
  std::sort(list.holds.begin(), list.holds.end(),
            [](const HoldAnswer& a, const HoldAnswer& b) { return a.hold.until < b.hold.until; });
  return list;
}

Result<HoldList> HoldKeeper::List(const auth::Actor& actor, const HoldListRequest& request) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kHold));
  if (!request.subject.empty()) return ListOf(actor, request.subject);
  LegalDate last = kLastDay;
  if (!request.ending_by.empty()) {
    const Result<LegalDate> day = ParseDate(request.ending_by);
    if (!day.ok()) return PersonChange(parts_, actor, "hold_list").Refuse({"malformed_date", day.error()});
    last = *day;
  }
  HoldList list;
  std::vector<SubjectBook::HoldRow> rows;
  RETURN_IF_ERROR(parts_.subjects->ScanHolds({1}, last, [&](const SubjectBook::HoldRow& row) {
    list.more = rows.size() == kMaxListedHolds;
    if (!list.more) rows.push_back(row);
    return !list.more;
  }));
  for (const SubjectBook::HoldRow& row : rows) {
    const Result<Profile> profile = parts_.subjects->Get(row.subject);
    if (!profile.ok() && profile.error().code() == Code::kNotFound) continue;
    RETURN_IF_ERROR(profile.status());
    const auto hold =
        std::find_if(profile->holds.begin(), profile->holds.end(), [&](const Hold& one) { return one.id == row.hold; });
    if (hold == profile->holds.end()) continue;  // lifted since
    HoldAnswer& listed = list.holds.emplace_back(HoldAnswer{row.subject, *hold, UnitsUnder(*profile, *hold), 0});
    listed.hold.reason.clear();
  }
  PeopleEdit edit(parts_);
  std::vector<Field> audit = auth::AuditFields(&actor, "hold_list", "done");
  audit.push_back(ledger::UintField("holds", list.holds.size()));
  edit.AddAuditEvent(auth::AuditClass::kAccess, std::move(audit));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(RedueReason::kClock));
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  list.entry = receipt.first_entry;
  return list;
}

namespace {

// One proposal for the people of these rows.
Status SettleSome(const Parts& parts, LegalDate today, std::span<const SubjectBook::HoldRow> rows) {
  const std::shared_lock lock(*parts.people_lock);
  PeopleEdit edit(parts);
  for (const SubjectBook::HoldRow& row : rows) {
    const Result<Person*> found = edit.Load(row.subject);
    if (!found.ok() && found.error().code() == Code::kNotFound) {
      SubjectBook::DeleteHoldRow(row, edit.writes());
      continue;
    }
    RETURN_IF_ERROR(found.status());
    Person& person = **found;
    const std::vector<Hold> holds = person.profile.holds;
    for (const Hold& hold : holds) {
      if (hold.until >= today) continue;
      AddHoldEvent(parts, nullptr, edit, person, "hold_end", hold, "ended");
      // Free since the day after, however late this is noticed.
      RemoveHold(person.profile, hold.id, {hold.until.days + 1});
      person.changed = true;
    }
  }
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(RedueReason::kHoldOff));
  if (proposal.entries.empty() && proposal.writes.changes().empty()) return OkStatus();
  return parts.ledger->Submit(std::move(proposal)).status();
}

}  // namespace

Status SettleHolds(const Parts& parts, LegalDate today) {
  std::vector<SubjectBook::HoldRow> rows;
  RETURN_IF_ERROR(
      parts.subjects->ScanHolds({0}, {today.days - 1}, [&](const auto& row) { return rows.push_back(row), true; }));
  for (size_t done = 0; done < rows.size(); done += kPeoplePerChange) {
    const auto some = std::span(rows).subspan(done, std::min(kPeoplePerChange, rows.size() - done));
    Status settled;
    for (int i = 0; i < kDecideAgain; ++i) {
      settled = SettleSome(parts, today, some);
      if (settled.code() != Code::kConflict) break;
    }
    RETURN_IF_ERROR(settled);
  }
  return OkStatus();
}

}  // namespace spor::privacy
