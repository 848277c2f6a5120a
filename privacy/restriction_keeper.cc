// SPDX-License-Identifier: Apache-2.0
#include "privacy/restriction_keeper.h"

#include <algorithm>

namespace spor::privacy {

using ledger::Field;
using ledger::RedueReason;
using ledger::TextField;

namespace {

// `reason` may name her and stands in her section alone.
void AddRestrictionEvent(const auth::Actor& actor, PeopleEdit& edit, Person& person, std::string_view action,
                         const Restriction& restriction, std::string_view reason, std::vector<Field> more) {
  const GroundWords& ground = WordsOf(restriction.ground);
  std::vector<Field> subject = {TextField("action", action), TextField("ground", ground.key),
                                TextField("reason", reason), ledger::BytesField("subject", person.profile.subject)};
  std::vector<Field> audit = auth::AuditFields(&actor, action, "done");
  audit.push_back(TextField("ground", ground.key));
  subject.insert(subject.end(), more.begin(), more.end());
  audit.insert(audit.end(), more.begin(), more.end());
  edit.AddEvent(person, person.profile.identity, std::move(subject), std::move(audit), auth::AuditClass::kEvidence);
}

std::vector<Restriction>::iterator FindGround(std::vector<Restriction>& restrictions, RestrictionGround ground) {
  return std::find_if(restrictions.begin(), restrictions.end(),
                      [&](const Restriction& one) { return one.ground == ground; });
}

Result<RestrictionGround> ParseGround(const PersonChange& change, const std::string& key) {
  const uint8_t ground = GroundNumber(RestrictionGrounds(), key);
  if (ground != 0) return static_cast<RestrictionGround>(ground);
  return change.Refuse({"unknown_ground", Status(Code::kInvalidArgument, "a restriction has one of these grounds: " +
                                                                             GroundKeys(RestrictionGrounds()))});
}

}  // namespace

Result<RestrictionAnswer> RestrictionKeeper::Set(const auth::Actor& actor, const RestrictionRequest& request) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kRestrict));
  const PersonChange change(parts_, actor, "restriction_set");
  RETURN_IF_ERROR(change.CheckReason(request.reason));
  RestrictionAnswer answer;
  ASSIGN_OR_RETURN(answer.restriction.ground, ParseGround(change, request.ground));
  answer.restriction.reason = request.reason;
  answer.restriction.set_at = parts_.clock->Now();
  answer.restriction.set_by = actor.account;
  ASSIGN_OR_RETURN(answer.subject, change.Resolve(request.subject));
  const auto decide = [&](PeopleEdit& edit, Person& person) -> Result<RefusedChange> {
    std::vector<Restriction>& restrictions = person.profile.restrictions;
    if (FindGround(restrictions, answer.restriction.ground) != restrictions.end()) {
      return RefusedChange{"restriction_exists",
                           Status(Code::kConflict, "this person's data is restricted on this ground already")};
    }
    restrictions.push_back(answer.restriction);
    person.changed = true;
    AddRestrictionEvent(actor, edit, person, "restriction_set", answer.restriction, request.reason, {});
    return RefusedChange{};
  };
  ASSIGN_OR_RETURN(answer.entry, change.Submit(answer.subject, RedueReason::kClock, decide));
  return answer;
}

Result<RestrictionAnswer> RestrictionKeeper::Lift(const auth::Actor& actor, const RestrictionLiftRequest& request) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kRestrict));
  const PersonChange change(parts_, actor, "restriction_lift");
  RETURN_IF_ERROR(change.CheckReason(request.reason));
  RestrictionAnswer answer;
  ASSIGN_OR_RETURN(answer.restriction.ground, ParseGround(change, request.ground));
  const Result<LegalDate> informed = ParseDate(request.informed_on);
  if (!informed.ok() || *informed > OsloDay(parts_.clock->Now())) {
    return change.Refuse({"not_informed", Status(Code::kInvalidArgument,
                                                 "she must be told before a restriction is lifted (GDPR art. 18(3)): "
                                                 "say on which day, not later than today, with --informed-on DATE")});
  }
  ASSIGN_OR_RETURN(answer.subject, change.Resolve(request.subject));
  const auto decide = [&](PeopleEdit& edit, Person& person) -> Result<RefusedChange> {
    std::vector<Restriction>& restrictions = person.profile.restrictions;
    const auto found = FindGround(restrictions, answer.restriction.ground);
    if (found == restrictions.end()) {
      return RefusedChange{"unknown_restriction",
                           Status(Code::kNotFound,
                                  "this person's data is not restricted on this ground; on which it "
                                  "is: spor restrict list SUBJECT")};
    }
    answer.restriction = *found;
    restrictions.erase(found);
    person.changed = true;
    AddRestrictionEvent(actor, edit, person, "restriction_lift", answer.restriction, request.reason,
                        {ledger::DateField("informed_on", static_cast<uint32_t>(informed->days))});
    return RefusedChange{};
  };
  ASSIGN_OR_RETURN(answer.entry, change.Submit(answer.subject, RedueReason::kClock, decide));
  return answer;
}

Result<RestrictionList> RestrictionKeeper::ListOf(const auth::Actor& actor, const std::string& subject) {
  const PersonChange change(parts_, actor, "restriction_list");
  ASSIGN_OR_RETURN(const SubjectId id, change.Resolve(subject));
  RestrictionList list;
  const auto decide = [&](PeopleEdit& edit, Person& person) -> Result<RefusedChange> {
    list.restrictions.clear();
    for (const Restriction& one : person.profile.restrictions) list.restrictions.push_back({id, one, 0});
    ASSIGN_OR_RETURN(const SubjectUnit* log, edit.AccessLogFor(person));
    std::vector<Field> audit = auth::AuditFields(&actor, "restriction_list", "done");
    audit.push_back(ledger::UintField("restrictions", list.restrictions.size()));
    edit.AddEvent(person, log->unit, {TextField("action", "restriction_list"), ledger::BytesField("subject", id)},
                  std::move(audit));
    return RefusedChange{};
  };
  ASSIGN_OR_RETURN(list.entry, change.Submit(id, RedueReason::kClock, decide));
  return list;
}

Result<RestrictionList> RestrictionKeeper::List(const auth::Actor& actor, const std::string& subject) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kRestrict));
  if (!subject.empty()) return ListOf(actor, subject);
  RestrictionList list;
  ASSIGN_OR_RETURN(std::vector<SubjectId> subjects, parts_.subjects->Restricted());
  list.more = subjects.size() > kMaxListedRestricted;
  if (list.more) subjects.resize(kMaxListedRestricted);
  for (const SubjectId& id : subjects) {
    const Result<Profile> profile = parts_.subjects->Get(id);
    if (!profile.ok() && profile.error().code() == Code::kNotFound) continue;
    RETURN_IF_ERROR(profile.status());
    for (const Restriction& one : profile->restrictions) {
      list.restrictions.push_back({id, one, 0});
      list.restrictions.back().restriction.reason.clear();
    }
  }
  PeopleEdit edit(parts_);
  std::vector<Field> audit = auth::AuditFields(&actor, "restriction_list", "done");
  audit.push_back(ledger::UintField("restrictions", list.restrictions.size()));
  edit.AddAuditEvent(auth::AuditClass::kAccess, std::move(audit));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(RedueReason::kClock));
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  list.entry = receipt.first_entry;
  return list;
}

}  // namespace spor::privacy
