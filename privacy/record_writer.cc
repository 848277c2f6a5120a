// SPDX-License-Identifier: Apache-2.0
#include "privacy/record_writer.h"

#include <algorithm>

#include "crypto/utf8.h"

namespace spor::privacy {

using ledger::Field;
using ledger::FieldType;
using ledger::TextField;

namespace {

constexpr size_t kMaxRecordKey = 1024;      // all its fields together; it stands in the profile, too
constexpr size_t kMaxUnitsOfPerson = 8000;  // all of them must fit one erasure, and each change rewrites the profile
constexpr size_t kMaxRecordsOfFact = 8000;
constexpr size_t kCommitmentsPerEvent = 48;  // an event's section holds at most 64 fields

constexpr char kKeySeparator = '\x1f';

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

const std::string* ValueOf(const RecordRow& row, const std::string& field) {
  const auto found = row.values.find(field);
  return found == row.values.end() || found->second.empty() ? nullptr : &found->second;
}

std::string RecordKey(const Category& category, const RecordRow& row) {
  std::string key;
  for (const std::string& field : category.record_key) {
    if (const std::string* value = ValueOf(row, field)) key += *value;
    key += kKeySeparator;
  }
  return key;
}

LegalDate ClockDate(const Policy& policy, const std::string& clock, LegalDate date) {
  const ClockDefinition* definition = policy.FindClock(clock);
  return definition != nullptr && definition->fiscal_year_end ? policy.FiscalYearEnd(date) : date;
}

std::string PeriodOf(const Policy& policy, const Category& category, const RecordRow& row,
                     const std::string& record_key) {
  switch (category.unit_scope) {
    case UnitScope::kPerson: return "";
    case UnitScope::kRecord: return record_key;
    case UnitScope::kYear: {
      const std::string* date = ValueOf(row, category.year_field);
      return std::to_string(YearOf(policy.FiscalYearEnd(*ParseDate(*date))));
    }
  }
  return "";
}

// What a record says about clocks and conditions of its unit.
bool NoteFacts(const Policy& policy, const Category& category, const RecordRow& row, const Id16& record,
               SubjectUnit& unit) {
  bool changed = false;
  for (const auto& [clock, field] : category.clock_fields) {
    const std::string* value = ValueOf(row, field);
    if (value == nullptr) continue;
    const LegalDate date = ClockDate(policy, clock, *ParseDate(*value));
    const auto known = unit.clock_dates.find(clock);
    // Of several records in a unit the latest counts; of a single one what it says now, also when that is earlier.
    const bool single = category.record_key.empty() || category.unit_scope == UnitScope::kRecord;
    if (known != unit.clock_dates.end() && (single ? known->second == date : known->second >= date)) continue;
    unit.clock_dates[clock] = date;
    changed = true;
  }
  for (const Condition& condition : policy.conditions) {
    if (condition.kind != Condition::Kind::kFieldIn || !category.HasField(condition.field)) continue;
    const std::string* value = ValueOf(row, condition.field);
    if (value == nullptr) continue;
    const bool holds = std::any_of(condition.values.begin(), condition.values.end(),
                                   [&](const std::string& one) { return Lower(one) == Lower(*value); });
    std::set<Id16>& records = unit.facts[condition.key];
    changed |= holds ? records.insert(record).second : records.erase(record) > 0;
  }
  return changed;
}

void NoteIdentifier(const Category& category, const RecordRow& row, PeopleEdit& edit, Person& person,
                    const UnitId& unit) {
  if (category.identifier_field.empty()) return;
  const std::string* value = ValueOf(row, category.identifier_field);
  if (value == nullptr) return;
  const std::string address = NormaliseIdentifier(IdentifierKind::kEmail, *value);
  if (category.record_key.empty()) {
    // The unit's one record has a new address: the old one no longer comes from it.
    for (Identifier& identifier : person.profile.identifiers) {
      if (identifier.kind == IdentifierKind::kEmail && identifier.value != address) identifier.sources.erase(unit);
    }
    std::erase_if(person.profile.identifiers, [](const Identifier& identifier) {
      return identifier.kind == IdentifierKind::kEmail && identifier.sources.empty();
    });
  }
  edit.AddIdentifier(person, IdentifierKind::kEmail, address, unit);
}

struct Written {
  std::string field;
  Hash32 commitment{};
};

// Seals each value that differs from the one there is, as its next version.
Result<std::vector<Written>> WriteFields(PeopleEdit& edit, const vault::FieldPlace& unit_place, const UnitId& unit,
                                         const vault::UnitKey& key, const RecordRow& row) {
  std::vector<Written> written;
  for (const auto& [field, text] : row.values) {
    if (text.empty()) continue;
    vault::FieldPlace place = unit_place;
    place.field = field;
    const Bytes row_key = vault::FieldRow(unit, place.record, field);
    uint32_t version = 1;
    ASSIGN_OR_RETURN(const std::optional<Bytes> stored, edit.RecordRowAt(row_key));
    if (stored) {
      ASSIGN_OR_RETURN(const vault::VaultValue old, vault::OpenField(key, place, *stored));
      if (SecretEquals(old.value.Reveal(), AsBytes(text))) continue;
      version = old.version + 1;
    }
    vault::VaultValue value;
    value.version = version;
    value.value = SecretBytes::CopyOf(AsBytes(text));
    value.salt = RandomArray<32>();
    edit.PutRecordRow(row_key, vault::SealField(key, place, value));
    written.push_back({field, vault::VaultCommitment(place, value)});
  }
  return written;
}

}  // namespace

std::string RefusalReason(const Category& category, const RecordRow& row) {
  if (row.external_id.empty()) return "external_id is empty: it tells whose row this is";
  if (row.external_id.size() > kMaxExternalIdBytes) return "external_id is longer than 256 bytes";
  if (!IsUtf8(row.external_id)) return "external_id is not UTF-8";
  bool any = false;
  for (const auto& [field, value] : row.values) {
    any |= !value.empty();
    if (value.size() > vault::kMaxVaultValue) return field + " is longer than 64 KiB";
    if (!IsUtf8(value)) return field + " is not UTF-8";
  }
  if (!any) return "every field is empty";
  size_t key_size = 0;
  for (const std::string& field : category.record_key) {
    const std::string* value = ValueOf(row, field);
    if (value == nullptr) return field + " is empty: it tells records of one person apart";
    if (value->find(kKeySeparator) != std::string::npos) return field + " holds the control character U+001F";
    key_size += value->size();
    if (key_size > kMaxRecordKey) return field + " is too long: what tells records apart has at most 1,024 bytes";
  }
  const auto date_wanted = [&](const std::string& field, bool needed) -> std::string {
    const std::string* value = ValueOf(row, field);
    if (value == nullptr) return needed ? field + " is empty: its year decides how long the record is kept" : "";
    return ParseDate(*value).ok() ? "" : field + " is not a date like 2026-11-24";
  };
  for (const auto& [clock, field] : category.clock_fields) {
    if (std::string reason = date_wanted(field, false); !reason.empty()) return reason;
  }
  if (category.unit_scope == UnitScope::kYear) {
    if (std::string reason = date_wanted(category.year_field, true); !reason.empty()) return reason;
  }
  if (!category.identifier_field.empty()) {
    const std::string* address = ValueOf(row, category.identifier_field);
    if (address != nullptr && (address->find('@') == std::string::npos || address->size() > 320)) {
      return category.identifier_field + " is not an e-mail address";
    }
  }
  return "";
}

namespace {

// The event that commits to each value, or several where one section can't hold them all.
void AddEvents(PeopleEdit& edit, Person& person, const UnitId& unit, const Category& category,
               const vault::FieldPlace& place, std::string_view import, std::span<const Written> written) {
  while (!written.empty()) {
    const std::span<const Written> some = written.first(std::min(written.size(), kCommitmentsPerEvent));
    written = written.subspan(some.size());
    std::vector<Field> fields = {TextField("action", "import"), TextField("import", import),
                                 TextField("category", category.key), ledger::BytesField("subject", place.subject),
                                 ledger::BytesField("record", place.record)};
    std::string names;
    for (const Written& one : some) {
      fields.push_back({"v." + one.field, FieldType::kVaultCommitment, ToBytes(one.commitment)});
      names.append(names.empty() ? "" : "\n").append(one.field);
    }
    fields.push_back({"fields", FieldType::kList, ToBytes(AsBytes(names))});
    edit.AddEvent(person, unit, std::move(fields), {});
  }
}

// Why one person can't have another record, or an empty text.
std::string TooMany(const Person& person, const Category& category, const std::string& period) {
  const SubjectUnit* unit = person.profile.FindUnit(category.number, period);
  if (unit == nullptr) {
    return person.profile.units.size() < kMaxUnitsOfPerson ? "" : "this person has 8,000 units of data already";
  }
  for (const auto& [condition, records] : unit->facts) {
    if (records.size() >= kMaxRecordsOfFact) return "this person has 8,000 records of this kind already";
  }
  return "";
}

}  // namespace

Result<RowOutcome> WriteRecord(const Parts& parts, PeopleEdit& edit, const Category& category, const RecordRow& row,
                               std::string_view import, std::string& refusal) {
  ASSIGN_OR_RETURN(Person * person, edit.FindOrCreate(row.external_id));
  const std::string record_key = RecordKey(category, row);
  const std::string period = PeriodOf(*parts.policy, category, row, record_key);
  refusal = TooMany(*person, category, period);
  if (!refusal.empty()) return RowOutcome::kRefused;
  ASSIGN_OR_RETURN(SubjectUnit * unit, edit.UnitFor(*person, category.number, period));
  const UnitId unit_id = unit->unit;
  ASSIGN_OR_RETURN(const vault::UnitKey* key, edit.KeyOf(*person, unit_id));
  vault::FieldPlace place;
  place.ledger_id = parts.vault->ledger_id();
  place.subject = person->profile.subject;
  place.category = category.number;
  place.record = vault::RecordId(*key, record_key);
  ASSIGN_OR_RETURN(const bool known, edit.HasRecordRows(vault::RecordPrefix(unit_id, place.record)));
  ASSIGN_OR_RETURN(const std::vector<Written> written, WriteFields(edit, place, unit_id, *key, row));
  if (NoteFacts(*parts.policy, category, row, place.record, *unit)) person->changed = true;
  NoteIdentifier(category, row, edit, *person, unit_id);
  if (written.empty()) return RowOutcome::kUnchanged;
  AddEvents(edit, *person, unit_id, category, place, import, written);
  return known ? RowOutcome::kUpdated : RowOutcome::kCreated;
}

}  // namespace spor::privacy
