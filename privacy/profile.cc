// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/codec.h"
#include "privacy/subjects.h"

// The bytes of a profile; docs/formats/people.md.
namespace spor::privacy {
namespace {

constexpr uint8_t kProfileVersion = 2;
constexpr uint8_t kWithoutHolds = 1;  // still read; what it lacks is empty
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
  out.U16(unit.rule).U8(unit.held ? 1 : 0);
  PutDate(out, unit.released);
  PutDates(out, unit.clock_dates);
  out.U16(static_cast<uint16_t>(unit.facts.size()));
  for (const auto& [key, records] : unit.facts) {
    PutText(out, key);
    PutIds(out, records);
  }
}

bool GetFlag(Reader& in) {
  const uint8_t flag = in.U8();
  if (flag > 1) in.Fail();
  return flag == 1;
}

template <typename Ground>
Ground GetGround(Reader& in, std::span<const GroundWords> list) {
  const uint8_t number = in.U8();
  if (number == 0 || number > list.size()) in.Fail();
  return static_cast<Ground>(number);
}

SubjectUnit GetUnit(Reader& in, uint8_t version) {
  SubjectUnit unit;
  unit.unit = in.Fixed<16>();
  unit.category = in.U16();
  unit.period = GetText(in);
  unit.due = GetDue(in);
  unit.rule = in.U16();
  if (version != kWithoutHolds) {
    unit.held = GetFlag(in);
    unit.released = GetDate(in);
  }
  unit.clock_dates = GetDates(in);
  const uint16_t facts = in.U16();
  for (uint16_t i = 0; i < facts && !in.failed(); ++i) {
    std::string key = GetText(in);
    unit.facts[std::move(key)] = GetIds(in);
  }
  return unit;
}

void PutMarks(Writer& out, const Profile& profile) {
  out.U8(profile.identity_held ? 1 : 0).U16(static_cast<uint16_t>(profile.holds.size()));
  for (const Hold& hold : profile.holds) {
    out.U32(hold.id).U16(hold.category).U8(static_cast<uint8_t>(hold.ground));
    PutDate(out, hold.until);
    out.U64(static_cast<uint64_t>(hold.set_at)).Raw(hold.set_by);
    PutText(out, hold.reason);
  }
  out.U16(static_cast<uint16_t>(profile.restrictions.size()));
  for (const Restriction& restriction : profile.restrictions) {
    out.U8(static_cast<uint8_t>(restriction.ground));
    out.U64(static_cast<uint64_t>(restriction.set_at)).Raw(restriction.set_by);
    PutText(out, restriction.reason);
  }
}

void GetMarks(Reader& in, Profile& profile) {
  profile.identity_held = GetFlag(in);
  const uint16_t holds = in.U16();
  for (uint16_t i = 0; i < holds && !in.failed(); ++i) {
    Hold hold;
    hold.id = in.U32();
    hold.category = in.U16();
    hold.ground = GetGround<HoldGround>(in, HoldGrounds());
    hold.until = GetDate(in);
    hold.set_at = static_cast<UnixSeconds>(in.U64());
    hold.set_by = in.Fixed<16>();
    hold.reason = GetText(in);
    profile.holds.push_back(std::move(hold));
  }
  const uint16_t restrictions = in.U16();
  for (uint16_t i = 0; i < restrictions && !in.failed(); ++i) {
    Restriction restriction;
    restriction.ground = GetGround<RestrictionGround>(in, RestrictionGrounds());
    restriction.set_at = static_cast<UnixSeconds>(in.U64());
    restriction.set_by = in.Fixed<16>();
    restriction.reason = GetText(in);
    profile.restrictions.push_back(std::move(restriction));
  }
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
  PutMarks(out, profile);
  return out.Take();
}

Result<Profile> ParseProfile(ByteView bytes) {
  Reader in(bytes);
  const uint8_t version = in.U8();
  if (version != kProfileVersion && version != kWithoutHolds && !in.failed()) {
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
  for (uint16_t i = 0; i < units && !in.failed(); ++i) profile.units.push_back(GetUnit(in, version));
  const uint16_t erased = in.U16();
  for (uint16_t i = 0; i < erased && !in.failed(); ++i) {
    Profile::Erased item;
    item.unit = in.Fixed<16>();
    item.category = in.U16();
    item.run = GetText(in);
    profile.erased.push_back(std::move(item));
  }
  if (version != kWithoutHolds) GetMarks(in, profile);
  RETURN_IF_ERROR(in.Finish("profile"));
  return profile;
}

}  // namespace spor::privacy
