// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/codec.h"
#include "privacy/subjects.h"

// The bytes of a profile; docs/formats/people.md.
namespace spor::privacy {
namespace {

constexpr uint8_t kProfileVersion = 1;
constexpr size_t kMaxText = 4096;

void PutDate(Writer& out, LegalDate date) { out.U32(static_cast<uint32_t>(date.days)); }
LegalDate GetDate(Reader& in) { return {static_cast<int32_t>(in.U32())}; }

void PutText(Writer& out, std::string_view text) { out.Str16(AsBytes(text)); }
std::string GetText(Reader& in) { return std::string(AsText(in.Str16(kMaxText))); }

void PutDates(Writer& out, const std::map<std::string, LegalDate>& dates) {
  out.U16(static_cast<uint16_t>(dates.size()));
  for (const auto& [key, date] : dates) {
    PutText(out, key);
    PutDate(out, date);
  }
}

std::map<std::string, LegalDate> GetDates(Reader& in) {
  std::map<std::string, LegalDate> dates;
  const uint16_t count = in.U16();
  for (uint16_t i = 0; i < count && !in.failed(); ++i) {
    std::string key = GetText(in);
    dates[std::move(key)] = GetDate(in);
  }
  return dates;
}

template <typename Id>
void PutIds(Writer& out, const std::set<Id>& ids) {
  out.U16(static_cast<uint16_t>(ids.size()));
  for (const Id& id : ids) out.Raw(id);
}

std::set<Id16> GetIds(Reader& in) {
  std::set<Id16> ids;
  const uint16_t count = in.U16();
  for (uint16_t i = 0; i < count && !in.failed(); ++i) ids.insert(in.Fixed<16>());
  return ids;
}

void PutDue(Writer& out, const ledger::DueKey& due) { out.U8(due.retention_class).U32(due.due); }
ledger::DueKey GetDue(Reader& in) {
  ledger::DueKey due;
  due.retention_class = in.U8();
  due.due = in.U32();
  return due;
}

void PutUnit(Writer& out, const SubjectUnit& unit) {
  out.Raw(unit.unit).U16(unit.category);
  PutText(out, unit.period);
  PutDue(out, unit.due);
  out.U16(unit.rule);
  PutDates(out, unit.clock_dates);
  out.U16(static_cast<uint16_t>(unit.facts.size()));
  for (const auto& [key, records] : unit.facts) {
    PutText(out, key);
    PutIds(out, records);
  }
}

SubjectUnit GetUnit(Reader& in) {
  SubjectUnit unit;
  unit.unit = in.Fixed<16>();
  unit.category = in.U16();
  unit.period = GetText(in);
  unit.due = GetDue(in);
  unit.rule = in.U16();
  unit.clock_dates = GetDates(in);
  const uint16_t facts = in.U16();
  for (uint16_t i = 0; i < facts && !in.failed(); ++i) {
    std::string key = GetText(in);
    unit.facts[std::move(key)] = GetIds(in);
  }
  return unit;
}

}  // namespace

SubjectUnit* Profile::FindUnit(uint16_t category, std::string_view period) {
  for (SubjectUnit& unit : units) {
    if (unit.category == category && unit.period == period) return &unit;
  }
  return nullptr;
}

const SubjectUnit* Profile::FindUnit(uint16_t category, std::string_view period) const {
  return const_cast<Profile*>(this)->FindUnit(category, period);
}

Bytes EncodeProfile(const Profile& profile) {
  Writer out;
  out.U8(kProfileVersion).Raw(profile.subject).Raw(profile.identity);
  PutDue(out, profile.identity_due);
  out.U16(static_cast<uint16_t>(profile.identifiers.size()));
  for (const Identifier& identifier : profile.identifiers) {
    out.U8(static_cast<uint8_t>(identifier.kind));
    PutText(out, identifier.value);
    PutIds(out, identifier.sources);
  }
  PutDates(out, profile.clocks);
  out.U16(static_cast<uint16_t>(profile.units.size()));
  for (const SubjectUnit& unit : profile.units) PutUnit(out, unit);
  out.U16(static_cast<uint16_t>(profile.erased.size()));
  for (const Profile::Erased& erased : profile.erased) {
    out.Raw(erased.unit).U16(erased.category);
    PutText(out, erased.run);
  }
  return out.Take();
}

Result<Profile> ParseProfile(ByteView bytes) {
  Reader in(bytes);
  if (const uint8_t version = in.U8(); version != kProfileVersion && !in.failed()) {
    return Status(Code::kTooNew, "profile: version " + std::to_string(version) + " is unknown to this program");
  }
  Profile profile;
  profile.subject = in.Fixed<16>();
  profile.identity = in.Fixed<16>();
  profile.identity_due = GetDue(in);
  const uint16_t identifiers = in.U16();
  for (uint16_t i = 0; i < identifiers && !in.failed(); ++i) {
    Identifier identifier;
    identifier.kind = static_cast<IdentifierKind>(in.U8());
    identifier.value = GetText(in);
    identifier.sources = GetIds(in);
    profile.identifiers.push_back(std::move(identifier));
  }
  profile.clocks = GetDates(in);
  const uint16_t units = in.U16();
  for (uint16_t i = 0; i < units && !in.failed(); ++i) profile.units.push_back(GetUnit(in));
  const uint16_t erased = in.U16();
  for (uint16_t i = 0; i < erased && !in.failed(); ++i) {
    Profile::Erased item;
    item.unit = in.Fixed<16>();
    item.category = in.U16();
    item.run = GetText(in);
    profile.erased.push_back(std::move(item));
  }
  RETURN_IF_ERROR(in.Finish("profile"));
  return profile;
}

}  // namespace spor::privacy
