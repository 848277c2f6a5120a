// SPDX-License-Identifier: Apache-2.0
#include "privacy/event_ingest.h"

#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::privacy {

using ledger::TextField;

// Event ids of one batch against what is stored.
struct EventIngest::Seen {
  SecretBytes key;
  std::map<Hash32, Hash32> in_batch;
  std::vector<ledger::Expectation> expects;
  std::vector<ledger::Stripe> touches;

  void Forget(std::string_view event_id) {
    in_batch.erase(DerivePublic(key.Reveal(), label::kEventId, {AsBytes(event_id)}));
  }
  enum class Answer { kNew, kRepeated, kConflict };
  Result<Answer> Look(const Parts& parts, std::string_view event_id, std::string_view line, ledger::Batch& writes) {
    const Hash32 id = DerivePublic(key.Reveal(), label::kEventId, {AsBytes(event_id)});
    const Hash32 body = DerivePublic(key.Reveal(), label::kEventBody, {AsBytes(line)});
    const auto known = in_batch.find(id);
    if (known != in_batch.end()) return known->second == body ? Answer::kRepeated : Answer::kConflict;
    const ledger::Expectation expect = parts.ledger->Expect(ledger::StripeOf("event", id));
    ASSIGN_OR_RETURN(const std::optional<Bytes> row, parts.store->Get(ledger::Family::kEventId, id));
    if (row) return PublicEquals(*row, body) ? Answer::kRepeated : Answer::kConflict;
    in_batch.emplace(id, body);
    expects.push_back(expect);
    touches.push_back(expect.stripe);
    writes.Put(ledger::Family::kEventId, ToBytes(id), ToBytes(body));
    return Answer::kNew;
  }
};

Result<IngestCounts> EventIngest::Batch(const auth::Actor& actor, std::string_view body) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kIngest));
  RETURN_IF_ERROR(MakeRoomForPeople(parts_));
  Result<IngestCounts> counts = Status(Code::kInternal, "");
  for (int attempt = 0; attempt < kDecideAgain; ++attempt) {
    counts = TryBatch(actor, body);
    if (counts.ok() || counts.error().code() != Code::kConflict) break;
  }
  return counts;
}

Result<Person*> EventIngest::PersonOf(PeopleEdit& edit, const std::string& subject) {
  constexpr std::string_view kExternal = "external_id:";
  if (subject.starts_with(kExternal)) {
    // Whoever an application speaks of is somebody: an event is never dropped because an import came late.
    return edit.FindOrCreate(NormaliseIdentifier(IdentifierKind::kExternalId, subject.substr(kExternal.size())));
  }
  ASSIGN_OR_RETURN(const SubjectId id, parts_.subjects->Resolve(subject));
  return edit.Load(id);
}

Result<std::string> EventIngest::AddEvent(const auth::Actor& actor, PeopleEdit& edit, const AppEvent& event) {
  Result<Person*> person = PersonOf(edit, event.subject);
  if (!person.ok()) {
    const Code code = person.error().code();
    if (code == Code::kNotFound || code == Code::kInvalidArgument) return person.error().message();
    return person.error();
  }
  UnitId unit{};
  if (event.category->unit_scope == UnitScope::kPerson) {
    ASSIGN_OR_RETURN(const SubjectUnit* found, edit.UnitFor(**person, event.category->number, ""));
    unit = found->unit;
  } else {
    // Which record or year an event belongs to is not always in it; her access log of the month is always right.
    ASSIGN_OR_RETURN(const SubjectUnit* found, edit.AccessLogFor(**person));
    unit = found->unit;
  }
  std::vector<ledger::Field> subject = {TextField("action", event.action), TextField("event_id", event.event_id),
                                        TextField("category", event.category->key),
                                        TextField("purpose", event.purpose->key),
                                        ledger::BytesField("subject", (*person)->profile.subject)};
  for (const auto& [name, value] : event.fields) subject.push_back(TextField("f." + name, value));
  if (!event.details.empty()) {
    subject.push_back({"details", ledger::FieldType::kJson, ToBytes(AsBytes(event.details))});
  }
  std::vector<ledger::Field> audit = auth::AuditFields(&actor, event.action, "done");
  audit.push_back(TextField("kind", event.kind));
  audit.push_back(TextField("category", event.category->key));
  audit.push_back(TextField("purpose", event.purpose->key));
  audit.push_back(TextField("basis", event.purpose->basis));
  audit.push_back(TextField("event_time", FormatUtc(event.time)));
  edit.AddEvent(**person, unit, std::move(subject), std::move(audit));
  return std::string();
}

Result<IngestCounts> EventIngest::TryBatch(const auth::Actor& actor, std::string_view body) {
  const std::shared_lock lock(*parts_.people_lock);
  PeopleEdit edit(parts_);
  Seen seen;
  ASSIGN_OR_RETURN(seen.key, parts_.vault->keys().OpenService(vault::ServiceKey::kEventId));
  IngestCounts counts;
  while (!body.empty()) {
    const size_t end = body.find('\n');
    std::string_view line = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++counts.lines;
    if (line.empty()) continue;
    if (counts.lines > kMaxEventsPerBatch) return Status(Code::kInvalidArgument, "a batch has at most 1,024 lines");
    const auto refuse = [&](std::string reason) {
      ++counts.refused;
      counts.reasons.push_back({counts.lines, std::move(reason)});
    };
    const Result<AppEvent> event = ParseAppEvent(line, *parts_.policy);
    if (!event.ok()) {
      refuse(event.error().message());
      continue;
    }
    ledger::Batch id_row;
    ASSIGN_OR_RETURN(const Seen::Answer answer, seen.Look(parts_, event->event_id, line, id_row));
    if (answer == Seen::Answer::kRepeated) {
      ++counts.repeated;
    } else if (answer == Seen::Answer::kConflict) {
      refuse("this event_id is known with another content: give a new event its own id");
    } else {
      ASSIGN_OR_RETURN(std::string reason, AddEvent(actor, edit, *event));
      if (!reason.empty()) {
        seen.Forget(event->event_id);
        refuse(std::move(reason));
        continue;
      }
      edit.writes().Append(std::move(id_row));
      ++counts.accepted;
    }
  }
  if (counts.refused > 0) {
    std::vector<ledger::Field> audit = auth::AuditFields(&actor, "ingest", "refused");
    audit.push_back(TextField("reason", "malformed_or_conflicting"));
    audit.push_back(ledger::UintField("events", counts.refused));
    edit.AddAuditEvent(auth::AuditClass::kAccess, std::move(audit));
  }
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(ledger::RedueReason::kClock));
  proposal.expects.insert(proposal.expects.end(), seen.expects.begin(), seen.expects.end());
  proposal.touches.insert(proposal.touches.end(), seen.touches.begin(), seen.touches.end());
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  const bool anything = !proposal.entries.empty();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  counts.entry = anything ? receipt.first_entry : parts_.ledger->size() - 1;
  return counts;
}

}  // namespace spor::privacy
