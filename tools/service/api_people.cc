// SPDX-License-Identifier: Apache-2.0
#include "tools/service/api.h"

namespace spor::service {

using privacy::JsonWriter;

namespace {

using Rows = std::vector<std::vector<std::string>>;

Result<Rows> GetRows(const privacy::JsonValue& body) {
  ASSIGN_OR_RETURN(const std::span<const privacy::JsonValue> items, body.GetArray("rows"));
  Rows rows;
  rows.reserve(items.size());
  for (const privacy::JsonValue& item : items) {
    if (!item.is_array()) return Status(Code::kInvalidArgument, "rows must be arrays of texts");
    std::vector<std::string>& row = rows.emplace_back();
    for (const privacy::JsonValue& value : item.array()) {
      if (!value.is_string()) return Status(Code::kInvalidArgument, "rows must be arrays of texts");
      row.push_back(value.string());
    }
  }
  return rows;
}

void WriteReasons(JsonWriter& out, const std::vector<privacy::RowRefusal>& reasons, std::string_view row_key) {
  out.Key("reasons").BeginArray();
  for (const privacy::RowRefusal& refusal : reasons) {
    out.BeginObject().Key(row_key).Uint(refusal.row).Key("reason").String(refusal.reason).EndObject();
  }
  out.EndArray();
}

std::string ImportJson(const privacy::ImportCounts& counts) {
  JsonWriter out;
  out.BeginObject().Key("created").Uint(counts.created).Key("updated").Uint(counts.updated);
  out.Key("unchanged").Uint(counts.unchanged).Key("refused").Uint(counts.refused).Key("entry").Uint(counts.entry);
  WriteReasons(out, counts.reasons, "row");
  out.EndObject();
  return out.Take();
}

std::string ClockJson(const privacy::ClockCounts& counts) {
  JsonWriter out;
  out.BeginObject().Key("started").Uint(counts.started).Key("moved").Uint(counts.moved);
  out.Key("unchanged").Uint(counts.unchanged).Key("cleared").Uint(counts.cleared);
  out.Key("refused").Uint(counts.refused).Key("entry").Uint(counts.entry);
  WriteReasons(out, counts.reasons, "row");
  out.EndObject();
  return out.Take();
}

}  // namespace

Api::Answer Api::ImportBegin(const Call& call) {
  privacy::Importer::Request request;
  ASSIGN_OR_RETURN(request.category, call.body.GetString("category"));
  ASSIGN_OR_RETURN(request.columns, call.body.GetStrings("columns"));
  if (const Json* map = call.body.Find("map"); map != nullptr && map->is_object()) {
    for (const Json::Member& member : map->object()) {
      if (!member.value.is_string()) return Status(Code::kInvalidArgument, "map must be of texts: field to column");
      request.map[member.key] = member.value.string();
    }
  }
  ASSIGN_OR_RETURN(const std::string id, home_.importer().Begin(*call.actor, request));
  return "{\"import\":\"" + id + "\"}";
}

Api::Answer Api::ImportChunk(const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.body.GetString("import"));
  ASSIGN_OR_RETURN(const int64_t first_row, call.body.GetInt("first_row"));
  ASSIGN_OR_RETURN(const Rows rows, GetRows(call.body));
  ASSIGN_OR_RETURN(const privacy::ImportCounts counts,
                   home_.importer().Chunk(*call.actor, id, static_cast<uint64_t>(first_row), rows));
  return ImportJson(counts);
}

Api::Answer Api::ImportEnd(const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.body.GetString("import"));
  ASSIGN_OR_RETURN(const privacy::ImportCounts counts, home_.importer().End(*call.actor, id));
  return ImportJson(counts);
}

Api::Answer Api::ClockBegin(const Call& call) {
  ASSIGN_OR_RETURN(const std::string action, call.body.GetString("action"));
  ASSIGN_OR_RETURN(const std::string clock, call.body.GetString("clock"));
  if (action != "start" && action != "clear") return Status(Code::kInvalidArgument, "action is start or clear");
  const auto change = action == "start" ? privacy::ClockKeeper::Change::kStart : privacy::ClockKeeper::Change::kClear;
  ASSIGN_OR_RETURN(const std::string id, home_.clocks().Begin(*call.actor, change, clock));
  return "{\"run\":\"" + id + "\"}";
}

Api::Answer Api::ClockChunk(const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.body.GetString("run"));
  ASSIGN_OR_RETURN(const int64_t first_row, call.body.GetInt("first_row"));
  ASSIGN_OR_RETURN(const Rows rows, GetRows(call.body));
  ASSIGN_OR_RETURN(const privacy::ClockCounts counts,
                   home_.clocks().Chunk(*call.actor, id, static_cast<uint64_t>(first_row), rows));
  return ClockJson(counts);
}

Api::Answer Api::ClockEnd(const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.body.GetString("run"));
  ASSIGN_OR_RETURN(const privacy::ClockCounts counts, home_.clocks().End(*call.actor, id));
  return ClockJson(counts);
}

Api::Answer Api::Ingest(const Call& call) {
  ASSIGN_OR_RETURN(const privacy::IngestCounts counts, home_.ingest().Batch(*call.actor, call.request.body));
  JsonWriter out;
  out.BeginObject().Key("acked_through").Uint(counts.lines).Key("entry").Uint(counts.entry);
  out.Key("accepted").Uint(counts.accepted).Key("repeated").Uint(counts.repeated).Key("refused").Uint(counts.refused);
  out.Key("restricted").Uint(counts.restricted);
  WriteReasons(out, counts.reasons, "line");
  out.EndObject();
  return out.Take();
}

}  // namespace spor::service
