// SPDX-License-Identifier: Apache-2.0
#include "privacy/event_ingest.h"

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::privacy {

using ledger::TextField;

namespace {

struct Line {
  uint64_t number = 0;  // from 1, empty lines counted
  std::string_view text;
  Result<AppEvent> event;
  Hash32 id{};  // keyed hash of the event id
};

}  // namespace

// The lines of one batch, read once however often the sequencer says "decide again".
struct EventIngest::Lines {
  SecretBytes key;
  uint64_t total = 0;
  std::vector<Line> lines;

  static Result<Lines> Read(const Parts& parts, std::string_view body) {
    Lines out;
    ASSIGN_OR_RETURN(out.key, parts.vault->keys().OpenService(vault::ServiceKey::kEventId));
    while (!body.empty()) {
      const size_t end = body.find('\n');
      std::string_view text = body.substr(0, end);
      body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
      if (text.ends_with('\r')) text.remove_suffix(1);
      ++out.total;
      if (text.empty()) continue;
      if (out.total > kMaxEventsPerBatch) return Status(Code::kInvalidArgument, "a batch has at most 1,024 lines");
      Line line{out.total, text, ParseAppEvent(text, *parts.policy), {}};
      if (line.event.ok()) {
        line.id = DerivePublic(out.key.Reveal(), label::kEventId, {AsBytes(line.event->event_id)});
      }
      out.lines.push_back(std::move(line));
    }
    return out;
  }
};

// Has the event ids of a batch to itself: whoever brings one of them, too, waits until this batch is answered. Versions
// would not do: two batches of a thousand ids always share a stripe, and would undo each other's decisions.
class EventIngest::Claim {
 public:
  Claim(EventIngest& ingest, const Lines& lines) : ingest_(ingest) {
    for (const Line& line : lines.lines) {
      if (line.event.ok()) ids_.insert(line.id);
    }
    MutexLock lock(ingest_.mutex_);
    while (AnyTaken(ingest_.claimed_)) ingest_.freed_.Wait(ingest_.mutex_);
    ingest_.claimed_.insert(ids_.begin(), ids_.end());
  }
  ~Claim() {
    MutexLock lock(ingest_.mutex_);
    for (const Hash32& id : ids_) ingest_.claimed_.erase(id);
    ingest_.freed_.NotifyAll();
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  bool AnyTaken(const std::set<Hash32>& claimed) const {
    return std::any_of(ids_.begin(), ids_.end(), [&](const Hash32& id) { return claimed.contains(id); });
  }

  EventIngest& ingest_;
  std::set<Hash32> ids_;
};

// Event ids of one batch against what is stored.
struct EventIngest::Seen {
  std::map<Hash32, Hash32> in_batch;

  enum class Answer { kNew, kRepeated, kConflict };
  Result<Answer> Look(const Parts& parts, const Hash32& id, const Hash32& body) {
    const auto known = in_batch.find(id);
    if (known != in_batch.end()) return known->second == body ? Answer::kRepeated : Answer::kConflict;
    ASSIGN_OR_RETURN(const std::optional<Bytes> row, parts.store->Get(ledger::Family::kEventId, id));
    if (row) return PublicEquals(*row, body) ? Answer::kRepeated : Answer::kConflict;
    in_batch.emplace(id, body);
    return Answer::kNew;
  }
};

Result<IngestCounts> EventIngest::Batch(const auth::Actor& actor, std::string_view body) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kIngest));
  RETURN_IF_ERROR(MakeRoomForPeople(parts_));
  ASSIGN_OR_RETURN(const Lines lines, Lines::Read(parts_, body));
  const Claim claim(*this, lines);
  Result<IngestCounts> counts = Status(Code::kInternal, "");
  for (int attempt = 0; attempt < kDecideAgain; ++attempt) {
    counts = TryBatch(actor, lines);
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

Result<EventIngest::Added> EventIngest::AddEvent(const auth::Actor& actor, PeopleEdit& edit, const AppEvent& event) {
  Result<Person*> person = PersonOf(edit, event.subject);
  if (!person.ok()) {
    const Code code = person.error().code();
    if (code == Code::kNotFound || code == Code::kInvalidArgument) return Added{person.error().message()};
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
  const std::vector<Restriction>& restrictions = (*person)->profile.restrictions;
  if (!restrictions.empty()) {
    std::string grounds;
    for (const Restriction& one : restrictions) {
      grounds.append(grounds.empty() ? "" : "\n").append(WordsOf(one.ground).key);
    }
    for (std::vector<ledger::Field>* section : {&subject, &audit}) {
      section->push_back({"restricted", ledger::FieldType::kList, ToBytes(AsBytes(grounds))});
    }
  }
  const bool restricted = !restrictions.empty();
  edit.AddEvent(**person, unit, std::move(subject), std::move(audit));
  return Added{"", restricted};
}

Result<IngestCounts> EventIngest::TryBatch(const auth::Actor& actor, const Lines& lines) {
  const std::shared_lock lock(*parts_.people_lock);
  PeopleEdit edit(parts_);
  Seen seen;
  IngestCounts counts;
  counts.lines = lines.total;
  for (const Line& line : lines.lines) {
    const auto refuse = [&](std::string reason) {
      ++counts.refused;
      counts.reasons.push_back({line.number, std::move(reason)});
    };
    if (!line.event.ok()) {
      refuse(line.event.error().message());
      continue;
    }
    const Hash32 body = DerivePublic(lines.key.Reveal(), label::kEventBody, {AsBytes(line.text)});
    ASSIGN_OR_RETURN(const Seen::Answer answer, seen.Look(parts_, line.id, body));
    if (answer == Seen::Answer::kRepeated) {
      ++counts.repeated;
    } else if (answer == Seen::Answer::kConflict) {
      refuse("this event_id is known with another content: give a new event its own id");
    } else {
      ASSIGN_OR_RETURN(Added added, AddEvent(actor, edit, *line.event));
      if (!added.refusal.empty()) {
        seen.in_batch.erase(line.id);
        refuse(std::move(added.refusal));
        continue;
      }
      counts.restricted += added.restricted;
      edit.writes().Put(ledger::Family::kEventId, ToBytes(line.id), ToBytes(body));
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
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  const bool anything = !proposal.entries.empty();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  counts.entry = anything ? receipt.first_entry : parts_.ledger->size() - 1;
  return counts;
}

}  // namespace spor::privacy
