// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/service/world_fixture.h"

namespace spor::service {

// Compares an opened world with its own log: whatever is stored must have its entry, nothing may be half there. The
// findings are sentences; none means that all is well. `people` are the external ids that may exist.
class EvidenceCheck {
 public:
  EvidenceCheck(World& world, std::vector<std::string> people) : world_(world), people_(std::move(people)) {}

  std::vector<std::string> Findings() {
    CheckPeople();
    CheckUnits();
    CheckEventIds();
    if (const Status keys = world_.parts().vault->keys().VerifyKeys(nullptr); !keys.ok()) Found(keys.message());
    return findings_;
  }
  // Commitments of values that an import recorded, by "category.field".
  const std::multimap<std::string, std::string>& imported() const { return imported_; }
  // Event ids as the sections say, with how often.
  const std::map<std::string, int>& events() const { return events_; }

 private:
  void Found(const std::string& what) { findings_.push_back(what); }

  void CheckPeople() {
    size_t people = 0;
    for (const std::string& id : people_) {
      const auto found = world_.parts().subjects->Find(privacy::IdentifierKind::kExternalId, id);
      if (!found.ok()) return Found("look-up of " + id + ": " + found.error().message());
      if (found->size() > 1) Found("there are two of " + id);
      if (found->empty()) continue;
      ++people;
      const auto profile = world_.parts().subjects->Get((*found)[0]);
      if (!profile.ok()) return Found(id + " has no profile: " + profile.error().message());
      CheckPerson(id, *profile);
    }
    if (static_cast<int64_t>(people) != world_.parts().subjects->people()) Found("there are people whom nobody finds");
  }

  void CheckPerson(const std::string& id, const privacy::Profile& profile) {
    known_.insert(profile.identity);
    CheckDue(id + "'s identity", profile.identity, profile.identity_due);
    CheckClocks(id, profile);
    for (const privacy::SubjectUnit& unit : profile.units) {
      known_.insert(unit.unit);
      CheckDue(id + "'s unit", unit.unit, unit.due);
      std::multimap<std::string, std::string> recorded;
      for (const SeenSection& section : world_.SubjectSections(unit.unit)) {
        if (!section["event_id"].empty()) ++events_[section["event_id"]];
        if (section["action"] != "import") continue;
        for (const auto& [name, value] : section.fields) {
          if (name.starts_with("v.")) recorded.emplace(name.substr(2), value);
        }
      }
      CheckValues(id, profile, unit, recorded);
      const auto* category = world_.parts().policy->FindCategory(unit.category);
      for (const auto& [name, value] : recorded) imported_.emplace(category->key + "." + name, value);
    }
  }

  // Every stored value is one that an import event committed to.
  void CheckValues(const std::string& id, const privacy::Profile& profile, const privacy::SubjectUnit& unit,
                   const std::multimap<std::string, std::string>& recorded) {
    const auto key = world_.parts().vault->keys().OpenUnit(unit.unit);
    if (!key.ok()) return Found(id + "'s unit does not open");
    const Bytes prefix = vault::RecordsPrefix(unit.unit);
    const Status scanned = world_.parts().store->Scan(
        ledger::Family::kRecord, prefix, ledger::PrefixEnd(prefix), [&](ByteView row_key, ByteView row) {
          vault::FieldPlace place;
          place.ledger_id = world_.parts().vault->ledger_id();
          place.subject = profile.subject;
          place.category = unit.category;
          place.record = *ToId16(row_key.subspan(17, 16));
          place.field = AsText(row_key.subspan(33));
          const auto value = vault::OpenField(*key, place, row);
          if (!value.ok()) return Found(id + "'s " + place.field + " does not open"), true;
          const std::string commitment(AsText(vault::VaultCommitment(place, *value)));
          const auto [begin, end] = recorded.equal_range(place.field);
          const bool has = std::any_of(begin, end, [&](const auto& one) { return one.second == commitment; });
          if (!has) Found(id + "'s " + place.field + " was changed without an entry");
          return true;
        });
    if (!scanned.ok()) Found(scanned.message());
  }

  void CheckClocks(const std::string& id, const privacy::Profile& profile) {
    std::set<std::string> recorded;
    for (const SeenSection& section : world_.SubjectSections(profile.identity)) {
      if (section["action"] == "clock_start") recorded.insert(section["clock"] + section["date"]);
    }
    for (const auto& [clock, date] : profile.clocks) {
      const ledger::Field field = ledger::DateField("date", static_cast<uint32_t>(date.days));
      if (!recorded.contains(clock + std::string(AsText(field.value)))) Found(id + "'s clock started without an entry");
    }
  }

  void CheckDue(const std::string& whose, const ledger::UnitId& unit, const ledger::DueKey& due) {
    const auto row = world_.parts().store->Get(ledger::Family::kDue, ledger::EncodeDueMapKey(due, unit));
    if (!row.ok() || !row->has_value()) Found(whose + " is due on another day in the log");
  }

  // Every living unit of a person's data belongs to somebody who can be found.
  void CheckUnits() {
    const Status scanned = world_.parts().store->Scan(ledger::Family::kLive, {}, {}, [&](ByteView key, ByteView value) {
      const uint16_t category = ledger::ParseLiveValue(value)->category;
      const bool of_a_person = category < privacy::kIdentityCategory || category == privacy::kIdentityCategory;
      if (of_a_person && !known_.contains(*ToId16(key))) Found("a living unit belongs to nobody");
      return true;
    });
    if (!scanned.ok()) Found(scanned.message());
  }

  void CheckEventIds() {
    size_t rows = 0;
    const Status scanned =
        world_.parts().store->Scan(ledger::Family::kEventId, {}, {}, [&](ByteView, ByteView) { return ++rows, true; });
    if (!scanned.ok()) Found(scanned.message());
    for (const auto& [event, times] : events_) {
      if (times != 1) Found("event " + event + " is there " + std::to_string(times) + " times");
    }
    if (rows < events_.size()) Found("an event is there whose id is not known");
  }

  World& world_;
  const std::vector<std::string> people_;
  std::vector<std::string> findings_;
  std::set<ledger::UnitId> known_;
  std::multimap<std::string, std::string> imported_;
  std::map<std::string, int> events_;
};

}  // namespace spor::service
