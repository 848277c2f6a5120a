// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "auth/auth_service.h"
#include "privacy/due.h"
#include "privacy/people_lock.h"

namespace spor::privacy {

// What the engines of this room work with. Borrowed; must outlive them.
struct Parts {
  vault::Vault* vault = nullptr;
  ledger::Store* store = nullptr;
  ledger::Ledger* ledger = nullptr;
  const Clock* clock = nullptr;
  auth::AuditTrail* audit = nullptr;
  auth::AuthService* auth = nullptr;
  const Policy* policy = nullptr;
  SubjectBook* subjects = nullptr;
  // Shared by whoever changes people, exclusive for an erasure and for widening the index.
  PeopleLock* people_lock = nullptr;
};

// Makes the blind index wider if it is crowded; call it before people are added, without the people lock.
Status MakeRoomForPeople(const Parts& parts);

// How often a decision is made anew when the sequencer says that something moved.
inline constexpr int kDecideAgain = 16;

// A person in the middle of a change.
struct Person {
  Profile profile;
  std::unique_ptr<Profile> before;  // null for a new person
  vault::UnitKey identity_key;
  std::set<UnitId> created;
  std::map<UnitId, vault::UnitKey> keys;
  bool changed = false;
  size_t last_event = ~size_t{0};
};

// One proposal's worth of changes to people: looks them up, makes units, gathers what each event says, and at the end
// recomputes due days and builds the proposal. Used once, by one thread.
class PeopleEdit {
 public:
  explicit PeopleEdit(const Parts& parts) : parts_(parts) {}

  // The person with this external id; null if there is none.
  Result<Person*> Find(std::string_view external_id);
  Result<Person*> FindOrCreate(std::string_view external_id);
  Result<Person*> Load(const SubjectId& subject);

  // The person's unit of a category (and period), made if it is not there.
  Result<SubjectUnit*> UnitFor(Person& person, uint16_t category, std::string_view period);
  // The unit of her access log for the current month.
  Result<SubjectUnit*> AccessLogFor(Person& person);
  Result<const vault::UnitKey*> KeyOf(Person& person, const UnitId& unit);
  void AddIdentifier(Person& person, IdentifierKind kind, std::string_view value, const UnitId& source);
  // A row of Family::kRecord as this change leaves it: what it has put itself, or what is stored.
  Result<std::optional<Bytes>> RecordRowAt(const Bytes& row_key) const;
  // Whether any row starts with `prefix`, likewise.
  Result<bool> HasRecordRows(const Bytes& prefix) const;
  void PutRecordRow(Bytes row_key, Bytes row);
  ledger::Batch& writes() { return writes_; }

  // An event about a person: `subject` fields are sealed under `unit`, `audit` fields (may be empty) under the audit
  // unit of the audit class. Returns its number in the proposal.
  size_t AddEvent(Person& person, const UnitId& unit, std::vector<ledger::Field> subject,
                  std::vector<ledger::Field> audit, auth::AuditClass audit_class = auth::AuditClass::kAccess);
  // An event with an audit section only.
  size_t AddAuditEvent(auth::AuditClass audit_class, std::vector<ledger::Field> audit);
  size_t events() const { return events_.size(); }

  // Recomputes due days, commits to the operations in each person's last event, seals everything.
  Result<ledger::Proposal> Finish(ledger::RedueReason reason);
  int64_t new_people() const { return new_people_; }

 private:
  struct Event {
    Person* person = nullptr;
    UnitId unit{};
    std::vector<ledger::Field> subject;
    std::vector<ledger::Field> audit;
    auth::AuditClass audit_class = auth::AuditClass::kAccess;
  };
  Result<Person*> LoadInto(const SubjectId& subject);
  Person& Add(Profile profile, vault::UnitKey identity_key);
  Result<Person*> FindRemembered(std::string_view external_id);
  Person& NewPerson(std::string_view external_id);
  SubjectUnit& NewUnit(Person& person, uint16_t category, std::string_view period, const DueDecision& due);
  Status FinishPerson(Person& person, ledger::RedueReason reason, ledger::Proposal& proposal);
  Result<ledger::EntryDraft> SealEvent(Event& event);
  void Watch(ledger::Stripe stripe);
  bool IsNewUnit(ByteView row_key) const;

  const Parts& parts_;
  std::map<std::string, Person*, std::less<>> by_external_id_;
  std::map<SubjectId, std::unique_ptr<Person>> people_;
  std::vector<Event> events_;
  std::map<UnitId, ledger::UnitOp> creates_;
  std::map<UnitId, SecretBytes> seal_keys_;
  std::map<Bytes, Bytes> record_rows_;
  ledger::Batch writes_;
  std::map<ledger::Stripe, uint64_t> expects_;
  int64_t new_people_ = 0;
};

}  // namespace spor::privacy
