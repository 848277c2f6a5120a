// SPDX-License-Identifier: Apache-2.0
#include "privacy/people_edit.h"

#include <algorithm>

#include "crypto/codec.h"

namespace spor::privacy {

using ledger::Field;

namespace {

constexpr size_t kOpBytes = 22;

void CommitToOp(Bytes& ops, const ledger::UnitOp& op) {
  if (ops.size() + kOpBytes > ledger::kMaxFieldValue) return;  // hundreds of units of one person in one change
  Writer out;
  out.U8(static_cast<uint8_t>(op.type)).Raw(op.unit).U8(op.due.retention_class).U32(op.due.due);
  Append(ops, out.bytes());
}

}  // namespace

Status MakeRoomForPeople(const Parts& parts) {
  if (!parts.subjects->IsCrowded()) return OkStatus();
  const std::unique_lock lock(*parts.people_lock);
  return parts.subjects->WidenIndex([&](ledger::Batch rows) {
    ledger::Proposal proposal;
    proposal.writes = std::move(rows);
    return parts.ledger->Submit(std::move(proposal)).status();
  });
}

void PeopleEdit::Watch(ledger::Stripe stripe) { expects_.emplace(stripe, parts_.ledger->Version(stripe)); }

Result<Person*> PeopleEdit::LoadInto(const SubjectId& subject) {
  if (const auto found = people_.find(subject); found != people_.end()) return found->second.get();
  Watch(SubjectBook::SubjectStripe(subject));
  ASSIGN_OR_RETURN(Profile profile, parts_.subjects->Get(subject));
  ASSIGN_OR_RETURN(vault::UnitKey key, parts_.vault->keys().OpenUnit(profile.identity));
  return &Add(std::move(profile), std::move(key));
}

Person& PeopleEdit::Add(Profile profile, vault::UnitKey identity_key) {
  const SubjectId subject = profile.subject;
  auto person = std::make_unique<Person>();
  person->profile = std::move(profile);
  person->before = std::make_unique<Profile>(person->profile);
  person->identity_key = std::move(identity_key);
  return *people_.emplace(subject, std::move(person)).first->second;
}

Result<Person*> PeopleEdit::Load(const SubjectId& subject) { return LoadInto(subject); }

// Without the index, where it was asked before and the profile still says the same.
Result<Person*> PeopleEdit::FindRemembered(std::string_view external_id) {
  const auto named_so = [&](const Profile& profile) {
    return std::any_of(profile.identifiers.begin(), profile.identifiers.end(), [&](const Identifier& identifier) {
      return identifier.kind == IdentifierKind::kExternalId && identifier.value == external_id;
    });
  };
  Person* const nobody = nullptr;
  ASSIGN_OR_RETURN(const std::optional<SubjectBook::Hint> hint, parts_.subjects->Remembered(external_id));
  if (!hint) return nobody;
  if (const auto found = people_.find(hint->subject); found != people_.end()) {
    return named_so(found->second->profile) ? found->second.get() : nobody;
  }
  Watch(SubjectBook::SubjectStripe(hint->subject));
  Result<vault::UnitKey> key = parts_.vault->keys().OpenUnit(hint->identity);
  Result<Profile> profile = key.ok() ? parts_.subjects->ProfileOf(hint->identity, *key) : Result<Profile>(key.error());
  if (!profile.ok() && profile.error().code() == Code::kNotFound) return nobody;  // erased since
  RETURN_IF_ERROR(profile.status());
  return named_so(*profile) ? &Add(std::move(*profile), std::move(*key)) : nobody;
}

Result<Person*> PeopleEdit::Find(std::string_view external_id) {
  if (const auto known = by_external_id_.find(external_id); known != by_external_id_.end()) return known->second;
  ASSIGN_OR_RETURN(const ledger::Stripe stripe,
                   parts_.subjects->IdentifierStripe(IdentifierKind::kExternalId, external_id));
  Watch(stripe);
  ASSIGN_OR_RETURN(Person * person, FindRemembered(external_id));
  if (person == nullptr) {
    ASSIGN_OR_RETURN(const std::vector<SubjectId> found,
                     parts_.subjects->Find(IdentifierKind::kExternalId, external_id));
    if (found.empty()) return static_cast<Person*>(nullptr);
    ASSIGN_OR_RETURN(person, LoadInto(found[0]));
  }
  by_external_id_.emplace(external_id, person);
  return person;
}

Result<Person*> PeopleEdit::FindOrCreate(std::string_view external_id) {
  ASSIGN_OR_RETURN(Person * found, Find(external_id));
  if (found != nullptr) return found;
  return &NewPerson(external_id);
}

Person& PeopleEdit::NewPerson(std::string_view external_id) {
  auto person = std::make_unique<Person>();
  Profile& profile = person->profile;
  profile.subject = RandomArray<16>();
  const DueDecision due = DecideIdentityDue(*parts_.policy, profile);
  vault::UnitDraft draft =
      vault::DraftUnit(parts_.vault->ledger_id(), {profile.subject, kIdentityCategory, ""}, due.due, due.rule, writes_);
  profile.identity = draft.unit;
  profile.identity_due = due.due;
  profile.identifiers.push_back({IdentifierKind::kExternalId, std::string(external_id), {draft.unit}});
  person->identity_key = draft.key.Clone();
  person->created.insert(draft.unit);
  person->keys.emplace(draft.unit, std::move(draft.key));
  person->changed = true;
  creates_.emplace(draft.unit, draft.op);
  ++new_people_;
  Person& stored = *people_.emplace(profile.subject, std::move(person)).first->second;
  by_external_id_.emplace(external_id, &stored);
  Watch(SubjectBook::SubjectStripe(stored.profile.subject));
  return stored;
}

SubjectUnit& PeopleEdit::NewUnit(Person& person, uint16_t category, std::string_view period, const DueDecision& due) {
  vault::UnitDraft draft = vault::DraftUnit(
      parts_.vault->ledger_id(), {person.profile.subject, category, std::string(period)}, due.due, due.rule, writes_);
  SubjectUnit unit;
  unit.unit = draft.unit;
  unit.category = category;
  unit.period = period;
  unit.due = due.due;
  unit.rule = due.rule;
  person.created.insert(draft.unit);
  person.keys.emplace(draft.unit, std::move(draft.key));
  person.changed = true;
  creates_.emplace(draft.unit, draft.op);
  person.profile.units.push_back(std::move(unit));
  return person.profile.units.back();
}

Result<SubjectUnit*> PeopleEdit::UnitFor(Person& person, uint16_t category_number, std::string_view period) {
  if (SubjectUnit* unit = person.profile.FindUnit(category_number, period)) return unit;
  const Category* category = parts_.policy->FindCategory(category_number);
  CHECK(category != nullptr);
  // Its day is worked out in Finish(), when everything about the person is known.
  return &NewUnit(person, category_number, period, {{0, ledger::kNotStarted}, category->purposes.front().rule});
}

Result<SubjectUnit*> PeopleEdit::AccessLogFor(Person& person) {
  const LegalDate today = OsloDay(parts_.clock->Now());
  const std::string month = FormatDate(today).substr(0, 7);
  if (SubjectUnit* unit = person.profile.FindUnit(kAccessLogCategory, month)) return unit;
  return &NewUnit(person, kAccessLogCategory, month,
                  DecideMonthDue(*parts_.policy, parts_.policy->access_log_rule, YearOf(today), MonthOf(today)));
}

Result<const vault::UnitKey*> PeopleEdit::KeyOf(Person& person, const UnitId& unit) {
  if (const auto known = person.keys.find(unit); known != person.keys.end()) return &known->second;
  ASSIGN_OR_RETURN(vault::UnitKey key, parts_.vault->keys().OpenUnit(unit));
  return &person.keys.emplace(unit, std::move(key)).first->second;
}

void PeopleEdit::AddIdentifier(Person& person, IdentifierKind kind, std::string_view value, const UnitId& source) {
  for (Identifier& identifier : person.profile.identifiers) {
    if (identifier.kind != kind || identifier.value != value) continue;
    if (identifier.sources.insert(source).second) person.changed = true;
    return;
  }
  person.profile.identifiers.push_back({kind, std::string(value), {source}});
  person.changed = true;
}

// A unit that this change makes has no rows in the store, which need not be asked.
bool PeopleEdit::IsNewUnit(ByteView row_key) const {
  const Result<UnitId> unit = ToId16(row_key.first(std::min(row_key.size(), sizeof(UnitId))));
  return unit.ok() && creates_.contains(*unit);
}

Result<std::optional<Bytes>> PeopleEdit::RecordRowAt(const Bytes& row_key) const {
  if (const auto own = record_rows_.find(row_key); own != record_rows_.end()) return std::optional(own->second);
  if (IsNewUnit(row_key)) return std::optional<Bytes>();
  return parts_.store->Get(ledger::Family::kRecord, row_key);
}

Result<bool> PeopleEdit::HasRecordRows(const Bytes& prefix) const {
  const auto own = record_rows_.lower_bound(prefix);
  if (own != record_rows_.end() && PublicEquals(ByteView(own->first).first(prefix.size()), prefix)) return true;
  if (IsNewUnit(prefix)) return false;
  bool any = false;
  RETURN_IF_ERROR(parts_.store->Scan(ledger::Family::kRecord, prefix, ledger::PrefixEnd(prefix),
                                     [&](ByteView, ByteView) { return any = true, false; }));
  return any;
}

void PeopleEdit::PutRecordRow(Bytes row_key, Bytes row) { record_rows_[std::move(row_key)] = std::move(row); }

size_t PeopleEdit::AddEvent(Person& person, const UnitId& unit, std::vector<Field> subject, std::vector<Field> audit,
                            auth::AuditClass audit_class) {
  person.last_event = events_.size();
  events_.push_back({&person, unit, std::move(subject), std::move(audit), audit_class});
  return events_.size() - 1;
}

size_t PeopleEdit::AddAuditEvent(auth::AuditClass audit_class, std::vector<Field> audit) {
  events_.push_back({nullptr, {}, {}, std::move(audit), audit_class});
  return events_.size() - 1;
}

Status PeopleEdit::FinishPerson(Person& person, ledger::RedueReason reason, ledger::Proposal& proposal) {
  Recomputed recomputed = RecomputeDues(*parts_.policy, person.profile, person.created, reason);
  Bytes ops;
  const auto finish_create = [&](const UnitId& unit, const ledger::DueKey& due, uint16_t rule) {
    const auto create = creates_.find(unit);
    if (create == creates_.end()) return;
    create->second.due = due;
    create->second.rule = rule;
    CommitToOp(ops, create->second);
    proposal.ops.push_back(create->second);
  };
  for (const SubjectUnit& unit : person.profile.units) finish_create(unit.unit, unit.due, unit.rule);
  finish_create(person.profile.identity, person.profile.identity_due, parts_.policy->identity_rule);
  for (const ledger::UnitOp& op : recomputed.redues) {
    CommitToOp(ops, op);
    proposal.ops.push_back(op);
  }
  if (!ops.empty()) {
    if (person.last_event == ~size_t{0})
      AddEvent(person, person.profile.identity, {ledger::TextField("action", "units")}, {});
    events_[person.last_event].subject.push_back(ledger::BytesField("operations", ops));
  }
  if (!person.changed && recomputed.redues.empty()) return OkStatus();
  for (const UnitId& unit : person.created) {
    ASSIGN_OR_RETURN(const vault::UnitKey* key, KeyOf(person, unit));
    proposal.new_units.push_back({unit, key->Clone()});
  }
  proposal.touches.push_back(SubjectBook::SubjectStripe(person.profile.subject));
  for (const Identifier& identifier : person.profile.identifiers) {
    ASSIGN_OR_RETURN(const ledger::Stripe stripe, parts_.subjects->IdentifierStripe(identifier.kind, identifier.value));
    proposal.touches.push_back(stripe);
  }
  return parts_.subjects->Put(person.profile, person.identity_key, person.before.get(), writes_);
}

Result<ledger::EntryDraft> PeopleEdit::SealEvent(Event& event) {
  ledger::EntryDraft draft;
  draft.seal_id = RandomArray<16>();
  if (!event.audit.empty()) {
    Result<ledger::SealedSection> section = parts_.audit->Seal(event.audit_class, draft.seal_id, 0, event.audit);
    if (!section.ok() && section.error().code() == Code::kNotFound) {
      // A machine that slept past the end of a month: its units are made now.
      RETURN_IF_ERROR(parts_.audit->EnsureUnits(*parts_.ledger));
      section = parts_.audit->Seal(event.audit_class, draft.seal_id, 0, event.audit);
    }
    RETURN_IF_ERROR(section.status());
    draft.sections.push_back(std::move(*section));
  }
  if (event.person != nullptr) {
    const Hash32& ledger_id = parts_.vault->ledger_id();
    auto known = seal_keys_.find(event.unit);
    if (known == seal_keys_.end()) {
      const bool identity = event.unit == event.person->profile.identity;
      const vault::UnitKey* key = &event.person->identity_key;
      if (!identity) {
        ASSIGN_OR_RETURN(key, KeyOf(*event.person, event.unit));
      }
      known = seal_keys_.emplace(event.unit, ledger::SealKey(ledger_id, *key)).first;
    }
    const uint8_t number = static_cast<uint8_t>(draft.sections.size());
    draft.sections.push_back(
        ledger::SealSection({ledger_id, ledger::EntryKind::kEvent, draft.seal_id, number, event.unit},
                            known->second.Reveal(), ledger::BlobPlace::kSubject, std::move(event.subject)));
  }
  return draft;
}

Result<ledger::Proposal> PeopleEdit::Finish(ledger::RedueReason reason) {
  ledger::Proposal proposal;
  for (auto& [subject, person] : people_) RETURN_IF_ERROR(FinishPerson(*person, reason, proposal));
  for (Event& event : events_) {
    ASSIGN_OR_RETURN(ledger::EntryDraft draft, SealEvent(event));
    proposal.entries.push_back(std::move(draft));
  }
  proposal.writes = std::move(writes_);
  for (auto& [key, row] : record_rows_) proposal.writes.Put(ledger::Family::kRecord, key, std::move(row));
  for (const auto& [stripe, version] : expects_) proposal.expects.push_back({stripe, version});
  SubjectBook* subjects = parts_.subjects;
  const int64_t added = new_people_;
  proposal.on_commit = [subjects, added] { subjects->PeopleChanged(added); };
  return proposal;
}

}  // namespace spor::privacy
