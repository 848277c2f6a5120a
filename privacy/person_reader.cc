// SPDX-License-Identifier: Apache-2.0
#include "privacy/person_reader.h"

#include <algorithm>

#include "crypto/codec.h"

namespace spor::privacy {

using ledger::Field;
using ledger::TextField;

namespace {

constexpr size_t kMaxReason = 2000;
constexpr size_t kCommitmentsPerEvent = 48;

template <typename Items>
std::string Join(const Items& items, const std::string& between = ", ") {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "" : between) + item;
  return list;
}

std::set<std::string> PurposesOf(const Policy& policy, std::string_view category) {
  std::set<std::string> purposes;
  for (const Category& one : policy.categories) {
    if (!category.empty() && one.key != category) continue;
    for (const Purpose& purpose : one.purposes) purposes.insert(purpose.key);
  }
  return purposes;
}

std::string GroundsOf(const std::vector<Restriction>& restrictions) {
  std::vector<std::string> keys;
  for (const Restriction& one : restrictions) keys.emplace_back(WordsOf(one.ground).key);
  return Join(keys);
}

// A value that the event commits to.
struct Disclosed {
  std::string name;  // category.field
  Hash32 commitment{};
};

// Opens the purpose's fields of every record of a unit.
Result<std::vector<ReadRecord>> OpenRecords(const Parts& parts, const Profile& profile, const SubjectUnit& unit,
                                            const vault::UnitKey& key, const Category& category,
                                            const std::vector<std::string>& wanted, std::vector<Disclosed>& disclosed) {
  std::vector<ReadRecord> records;
  std::optional<Id16> current;
  Status failed;
  const Bytes prefix = vault::RecordsPrefix(unit.unit);
  RETURN_IF_ERROR(parts.store->Scan(
      ledger::Family::kRecord, prefix, ledger::PrefixEnd(prefix), [&](ByteView row_key, ByteView row) {
        Reader in(row_key.subspan(prefix.size()));
        vault::FieldPlace place;
        place.ledger_id = parts.vault->ledger_id();
        place.subject = profile.subject;
        place.category = category.number;
        place.record = in.Fixed<16>();
        place.field = AsText(in.Raw(in.left()));
        if (std::find(wanted.begin(), wanted.end(), place.field) == wanted.end()) return true;
        Result<vault::VaultValue> value = vault::OpenField(key, place, row);
        if (!value.ok()) return failed = value.error(), false;
        if (!current || *current != place.record) records.push_back({category.key, {}});
        current = place.record;
        disclosed.push_back({category.key + "." + place.field, vault::VaultCommitment(place, *value)});
        records.back().fields.emplace_back(place.field, std::move(value->value));
        return true;
      }));
  RETURN_IF_ERROR(failed);
  return records;
}

}  // namespace

std::vector<PersonReader::Scope> PersonReader::PlaceRequest(const ReadRequest& request, Refused& refused) const {
  const Policy& policy = *parts_.policy;
  std::vector<Scope> scopes;
  if (!request.category.empty() && policy.FindCategory(request.category) == nullptr) {
    std::vector<std::string> keys;
    for (const Category& category : policy.categories) keys.push_back(category.key);
    refused = {"unknown_category", Status(Code::kInvalidArgument, "there is no category '" + Shown(request.category) +
                                                                      "'; the policy has: " + Join(keys))};
    return scopes;
  }
  std::set<std::string> outside(request.fields.begin(), request.fields.end());
  std::set<std::string> allowed;
  for (const Category& category : policy.categories) {
    if (!request.category.empty() && category.key != request.category) continue;
    const Purpose* purpose = category.FindPurpose(request.purpose);
    if (purpose == nullptr) continue;
    Scope scope{&category, purpose, {}};
    for (const std::string& field : purpose->fields) {
      allowed.insert(field);
      const bool wanted = request.fields.empty() ||
                          std::find(request.fields.begin(), request.fields.end(), field) != request.fields.end();
      if (!wanted) continue;
      scope.fields.push_back(field);
      outside.erase(field);
    }
    scopes.push_back(std::move(scope));
  }
  if (scopes.empty()) {
    refused = {"unknown_purpose",
               Status(Code::kDenied, "purpose '" + Shown(request.purpose) + "' is not in the policy" +
                                         (request.category.empty() ? "" : " for this category") +
                                         "; ask with one of: " + Join(PurposesOf(policy, request.category)))};
  } else if (!outside.empty()) {
    refused = {"field_outside_purpose",
               Status(Code::kDenied, "purpose '" + request.purpose + "' does not need '" + Shown(*outside.begin()) +
                                         "'; it may read: " + Join(allowed))};
    scopes.clear();
  }
  return scopes;
}

Status PersonReader::Refuse(const auth::Actor& actor, const ReadRequest& request, const Refused& refused) {
  auth::AuthService::Refusal record{"read", refused.code, {}, RandomArray<16>(), std::nullopt};
  // Only words that the policy knows are recorded; anything else may be a name.
  if (PurposesOf(*parts_.policy, "").contains(request.purpose))
    record.more.push_back(TextField("purpose", request.purpose));
  if (parts_.policy->FindCategory(request.category) != nullptr)
    record.more.push_back(TextField("category", request.category));
  RETURN_IF_ERROR(parts_.auth->RecordRefusal(actor, std::move(record)));
  return refused.status;
}

// What the request says, before anything is looked up.
PersonReader::Refused PersonReader::CheckRequest(const ReadRequest& request) const {
  const auto refuse = [](std::string code, const std::string& text) {
    return Refused{std::move(code), Status(Code::kInvalidArgument, text)};
  };
  if (request.purpose.empty()) {
    return refuse("no_purpose",
                  "a purpose is needed: --purpose with one of: " + Join(PurposesOf(*parts_.policy, request.category)));
  }
  if (request.reason.empty() || request.reason.size() > kMaxReason) {
    return refuse("no_reason", "a reason of 1 to 2,000 bytes is needed: --reason TEXT");
  }
  if (request.subject.empty() || request.subject.size() > kMaxSubjectBytes) {
    return refuse("malformed_or_ambiguous_subject",
                  "SUBJECT has 1 to 400 bytes: an e-mail address, external_id:VALUE or a subject id");
  }
  const bool excepted = !request.despite_restriction.empty();
  if (excepted && GroundNumber(RestrictionExceptions(), request.despite_restriction) == 0) {
    return refuse("unknown_exception",
                  "restricted data may be read on one of these grounds only: " + GroundKeys(RestrictionExceptions()));
  }
  return {};
}

Result<ReadAnswer> PersonReader::Read(const auth::Actor& actor, const ReadRequest& request) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kRead));
  Refused refused = CheckRequest(request);
  if (!refused.status.ok()) return Refuse(actor, request, refused);
  const std::vector<Scope> scopes = PlaceRequest(request, refused);
  if (!refused.status.ok()) return Refuse(actor, request, refused);
  Result<Decided> decided = Status(Code::kInternal, "");
  for (int attempt = 0; attempt < kDecideAgain; ++attempt) {
    decided = TryRead(actor, request, scopes);
    if (decided.ok() || decided.error().code() != Code::kConflict) break;
  }
  if (decided.ok()) {
    if (ReadAnswer* answer = std::get_if<ReadAnswer>(&*decided)) return std::move(*answer);
    return Refuse(actor, request, std::get<Refused>(*decided));
  }
  switch (decided.error().code()) {
    case Code::kNotFound: return Refuse(actor, request, {"unknown_person", decided.error()});
    case Code::kInvalidArgument: return Refuse(actor, request, {"malformed_or_ambiguous_subject", decided.error()});
    default: return decided.error();
  }
}

// What one read has taken together so far.
struct PersonReader::Opened {
  std::vector<ReadRecord> records;
  std::vector<std::string> categories;
  std::vector<Disclosed> disclosed;
  std::set<std::string> bases;
  std::string why_closed;  // of the last scope that was closed
};

// Opens what the scope still may show; a scope that is closed adds nothing and says why.
Status PersonReader::OpenScope(const Scope& scope, PeopleEdit& edit, Person& person, Opened& opened) const {
  const LegalDate today = OsloDay(parts_.clock->Now());
  const Profile& profile = person.profile;
  const auto stopped = profile.clocks.find(scope.purpose->stop_on);
  if (stopped != profile.clocks.end() && stopped->second <= today) {
    opened.why_closed = stopped->first + " on " + FormatDate(stopped->second);
    return OkStatus();
  }
  bool closed = false;
  std::vector<const SubjectUnit*> units;
  for (const SubjectUnit& unit : profile.units) {
    if (unit.category != scope.category->number) continue;
    switch (StandOf(*parts_.policy, *scope.purpose, unit, profile, today)) {
      case PurposeStands::kOpen: units.push_back(&unit); continue;
      case PurposeStands::kDoesNotApply: opened.why_closed = "it asks for " + scope.purpose->applies_to; break;
      case PurposeStands::kExpired: opened.why_closed = "its time is over"; break;
    }
    closed = true;
  }
  if (closed && units.empty()) return OkStatus();
  opened.categories.push_back(scope.category->key);
  opened.bases.insert(scope.purpose->basis);
  for (const SubjectUnit* unit : units) {
    ASSIGN_OR_RETURN(const vault::UnitKey* key, edit.KeyOf(person, unit->unit));
    ASSIGN_OR_RETURN(std::vector<ReadRecord> records,
                     OpenRecords(parts_, profile, *unit, *key, *scope.category, scope.fields, opened.disclosed));
    for (ReadRecord& record : records) opened.records.push_back(std::move(record));
  }
  return OkStatus();
}

// One event for each 48 values: an event's section holds at most 64 fields.
Result<ledger::Receipt> PersonReader::RecordRead(const auth::Actor& actor, const ReadRequest& request, PeopleEdit& edit,
                                                 Person& person, const Opened& opened) {
  ASSIGN_OR_RETURN(const SubjectUnit* log, edit.AccessLogFor(person));
  const UnitId log_unit = log->unit;
  const std::vector<Disclosed>& disclosed = opened.disclosed;
  for (size_t from = 0; from == 0 || from < disclosed.size(); from += kCommitmentsPerEvent) {
    const size_t end = std::min(disclosed.size(), from + kCommitmentsPerEvent);
    std::vector<Field> subject = {TextField("action", "read"), TextField("purpose", request.purpose),
                                  TextField("reason", request.reason), TextField("asked_for", request.subject),
                                  ledger::BytesField("subject", person.profile.subject)};
    for (size_t i = from; i < end; ++i) {
      std::string number = std::to_string(i);
      number.insert(0, 4 - std::min<size_t>(4, number.size()), '0');
      subject.push_back({"v" + number + "." + disclosed[i].name.substr(0, 48), ledger::FieldType::kVaultCommitment,
                         ToBytes(disclosed[i].commitment)});
    }
    std::vector<Field> audit = auth::AuditFields(&actor, "read", "done");
    audit.push_back(TextField("purpose", request.purpose));
    if (!person.profile.restrictions.empty()) {
      subject.push_back(TextField("despite_restriction", request.despite_restriction));
      audit.push_back(TextField("despite_restriction", request.despite_restriction));
    }
    audit.push_back({"basis", ledger::FieldType::kList, ToBytes(AsBytes(Join(opened.bases, "\n")))});
    audit.push_back({"categories", ledger::FieldType::kList, ToBytes(AsBytes(Join(opened.categories, "\n")))});
    audit.push_back(ledger::UintField("values", end - std::min(end, from)));
    edit.AddEvent(person, log_unit, std::move(subject), std::move(audit));
  }
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(ledger::RedueReason::kClock));
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  return parts_.ledger->Submit(std::move(proposal));
}

Result<PersonReader::Decided> PersonReader::TryRead(const auth::Actor& actor, const ReadRequest& request,
                                                    const std::vector<Scope>& scopes) {
  const std::shared_lock lock(*parts_.people_lock);
  ReadAnswer answer;
  ASSIGN_OR_RETURN(answer.subject, parts_.subjects->Resolve(request.subject));
  PeopleEdit edit(parts_);
  ASSIGN_OR_RETURN(Person * person, edit.Load(answer.subject));
  const std::vector<Restriction>& restrictions = person->profile.restrictions;
  if (!restrictions.empty() && request.despite_restriction.empty()) {
    return Decided(Refused{
        "restricted",
        Status(Code::kDenied, "the processing of this person's data is restricted (" + GroundsOf(restrictions) +
                                  "): it may be stored and not used, except with --despite-restriction and one of: " +
                                  GroundKeys(RestrictionExceptions()))});
  }
  Opened opened;
  for (const Scope& scope : scopes) RETURN_IF_ERROR(OpenScope(scope, edit, *person, opened));
  if (opened.categories.empty()) {
    return Decided(Refused{
        "use_ended",
        Status(Code::kDenied, "use for '" + request.purpose + "' has ended for this person (" + opened.why_closed +
                                  "): the data may not be used for it any more; ask for another purpose")});
  }
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, RecordRead(actor, request, edit, *person, opened));
  answer.records = std::move(opened.records);
  answer.categories = std::move(opened.categories);
  answer.entry = receipt.first_entry;
  return Decided(std::move(answer));
}

}  // namespace spor::privacy
