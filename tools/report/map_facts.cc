// SPDX-License-Identifier: Apache-2.0
#include "tools/report/map_facts.h"

#include "ledger/unit_maps.h"
#include "tools/report/figures.h"

namespace spor::report {
namespace {

using Answer = ledger::PrunedMap::Answer;

Status Failed(std::string what) { return Status(Code::kFailed, std::move(what)); }

// The map that the proof gives is the head's.
Status CheckRoot(const std::optional<ledger::PrunedMap>& map, const Hash32& root) {
  if (!map) return Failed("a map that the proof needs is missing");
  return map->root() == root ? OkStatus() : Failed("a map is not the one whose root the head holds");
}

JsonWriter Begin(const MapFacts& facts, const char* shows) {
  JsonWriter json;
  json.BeginObject().Key("shows").String(shows);
  json.Key("head").Raw(HeadJson(facts.head_index, facts.head_time_s, facts.head));
  return json;
}

// A row of the due map without its unit.
Status WriteRow(JsonWriter& json, const ledger::DueMapKey& key, ByteView value) {
  ASSIGN_OR_RETURN(const ledger::DueValue due, ledger::ParseDueValue(value));
  json.Key("class").String(ClassText(key.due.retention_class)).Key("due").String(DueText(key.due.due));
  json.Key("rule").Uint(due.rule).Key("held").Bool(due.held != 0).Key("set_by").Uint(due.entry);
  return OkStatus();
}

}  // namespace

std::pair<Bytes, Bytes> DueRange(privacy::LegalDate by) {
  ledger::UnitId last;
  last.fill(0xff);
  const auto day = static_cast<uint32_t>(std::max(by.days, 0));
  return {ledger::EncodeDueMapKey({0, 0}, ledger::UnitId{}), ledger::EncodeDueMapKey({0, day}, last)};
}

Result<std::string> UnitReport(const MapFacts& facts, const ledger::UnitId& unit, const std::optional<Bytes>& due_key) {
  RETURN_IF_ERROR(CheckRoot(facts.live, facts.head.live_root));
  JsonWriter json = Begin(facts, "unit");
  json.Key("unit").String(HexEncode(unit)).Key("alive").Bool(due_key.has_value());
  const ledger::PrunedMap::Lookup live = facts.live->Find(unit);
  if (!due_key) {
    if (live.answer != Answer::kAbsent) return Failed("the live map does not show that the unit is gone");
    return json.EndObject().Take();
  }
  RETURN_IF_ERROR(CheckRoot(facts.due, facts.head.due_root));
  const ledger::PrunedMap::Lookup due = facts.due->Find(*due_key);
  if (live.answer != Answer::kPresent || due.answer != Answer::kPresent) {
    return Failed("the maps do not show the unit where the report says that it is");
  }
  ASSIGN_OR_RETURN(const ledger::DueMapKey key, ledger::ParseDueMapKey(*due_key));
  if (key.unit != unit) return Failed("the row of the due map is another unit's");
  ASSIGN_OR_RETURN(const ledger::LiveValue value, ledger::ParseLiveValue(live.value));
  json.Key("category").Uint(value.category).Key("created_by").Uint(value.entry);
  json.Key("key_commit").String(HexEncode(value.key_commit)).Key("due_key").String(HexEncode(*due_key));
  RETURN_IF_ERROR(WriteRow(json, key, due.value));
  return json.EndObject().Take();
}

Result<std::string> SmallestReport(const MapFacts& facts) {
  RETURN_IF_ERROR(CheckRoot(facts.due, facts.head.due_root));
  JsonWriter json = Begin(facts, "smallest");
  const ledger::PrunedMap::Smallest smallest = facts.due->SmallestKey();
  if (smallest.answer == Answer::kNotShown) return Failed("the due map does not show its smallest key");
  bool overdue = false;
  json.Key("smallest");
  if (smallest.answer == Answer::kAbsent) {
    json.Null();
  } else {
    ASSIGN_OR_RETURN(const ledger::DueMapKey key, ledger::ParseDueMapKey(smallest.key));
    overdue = key.due.retention_class == 0 && key.due.due <= facts.head.legal_day;
    json.BeginObject().Key("unit").String(HexEncode(key.unit));
    RETURN_IF_ERROR(WriteRow(json, key, smallest.value));
    json.EndObject();
  }
  return json.Key("nothing_overdue").Bool(!overdue).EndObject().Take();
}

Result<std::string> DueReport(const MapFacts& facts, privacy::LegalDate by) {
  RETURN_IF_ERROR(CheckRoot(facts.due, facts.head.due_root));
  const auto [first, last] = DueRange(by);
  const auto rows = facts.due->Range(first, last);
  if (!rows) return Failed("the due map does not show all that is due by that day");
  JsonWriter json = Begin(facts, "due");
  json.Key("by").String(privacy::FormatDate(by)).Key("count").Uint(rows->size()).Key("units").BeginArray();
  for (const auto& [row_key, value] : *rows) {
    ASSIGN_OR_RETURN(const ledger::DueMapKey key, ledger::ParseDueMapKey(row_key));
    json.BeginObject().Key("unit").String(HexEncode(key.unit));
    RETURN_IF_ERROR(WriteRow(json, key, value));
    json.EndObject();
  }
  return json.EndArray().EndObject().Take();
}

}  // namespace spor::report
