// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tools/cli/command.h"
#include "tools/cli/row_upload.h"

namespace spor::cli {
namespace {

using privacy::CsvReader;
using privacy::JsonValue;
using privacy::JsonWriter;

using FieldMap = std::vector<std::pair<std::string, std::string>>;  // field, column

bool HasColumn(const std::vector<std::string>& columns, std::string_view name) {
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

Outcome<FieldMap> ParseMap(std::string_view text, const std::vector<std::string>& columns) {
  FieldMap map;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(','));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == pair.size()) {
      return WrongUsage("--map wants field=column,field=column; '" + Shown(pair) + "' is none");
    }
    const std::string field(pair.substr(0, equals));
    const std::string column(pair.substr(equals + 1));
    if (!HasColumn(columns, column)) return WrongUsage("--map: the file has no column '" + Shown(column) + "'");
    for (const auto& [other_field, other_column] : map) {
      if (other_field == field || other_column == column) {
        return WrongUsage("--map: '" + Shown(pair) + "' names a field or column twice");
      }
    }
    map.emplace_back(field, column);
  }
  return map;
}

std::string BeginImport(const std::string& category, const std::vector<std::string>& columns, const FieldMap& map) {
  JsonWriter json;
  json.BeginObject().Key("category").String(category).Key("columns").BeginArray();
  for (const std::string& column : columns) json.String(column);
  json.EndArray().Key("map").BeginObject();
  for (const auto& [field, column] : map) json.Key(field).String(column);
  return json.EndObject().EndObject().Take();
}

std::string IdBody(const std::string& key, const JsonValue& id) {
  return JsonWriter().BeginObject().Key(key).Value(id).EndObject().Take();
}

// Begin, chunks, end: the id that `begin` answers under `id_key` goes into all that follow.
Outcome<ExitCode> RunUpload(CsvReader& csv, uint64_t rows, const std::string& path, const std::string& id_key,
                            std::string begin, ServiceClient& client, Console& console) {
  ASSIGN_OR_RETURN(const JsonValue begun, client.Post(path + "/begin", std::move(begin)));
  const JsonValue* id = begun.Find(id_key);
  if (id == nullptr) return Status(Code::kInternal, "the service's answer lacks '" + id_key + "'");
  const UploadPlan plan{path + "/chunk", id_key, id, id_key == "import" ? "importing" : "setting clocks", rows};
  ASSIGN_OR_RETURN(const Refusals refusals, UploadRows(csv, plan, client, console));
  ASSIGN_OR_RETURN(const JsonValue totals, client.PostPatiently(path + "/end", IdBody(id_key, *id)));
  ShowTotals(totals, refusals, console);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunImport(const Arguments& arguments, Console& console) {
  const std::string& path = arguments.Get("FILE.csv");
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const uint64_t rows, CheckCsv(path));
  ASSIGN_OR_RETURN(CsvReader csv, CsvReader::Open(path));
  ASSIGN_OR_RETURN(const FieldMap map, ParseMap(arguments.Find("map").value_or(""), csv.header()));
  std::string begin = BeginImport(arguments.Get("CATEGORY"), csv.header(), map);
  return RunUpload(csv, rows, "/v1/import", "import", std::move(begin), client, console);
}

Outcome<ExitCode> RunClock(const Arguments& arguments, Console& console, std::string_view action,
                           const std::vector<std::string>& columns) {
  const std::string& path = arguments.Get("file");
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const uint64_t rows, CheckCsv(path));
  ASSIGN_OR_RETURN(CsvReader csv, CsvReader::Open(path));
  if (csv.header() != columns) {
    std::string wanted = columns[0];
    for (size_t i = 1; i < columns.size(); ++i) wanted += "," + columns[i];
    return Status(Code::kInvalidArgument, Shown(path) + ":1: the header must be " + wanted);
  }
  JsonWriter begin;
  begin.BeginObject().Key("action").String(action).Key("clock").String(arguments.Get("CLOCK")).EndObject();
  return RunUpload(csv, rows, "/v1/clock", "run", begin.Take(), client, console);
}

Outcome<ExitCode> RunClockStart(const Arguments& arguments, Console& console) {
  return RunClock(arguments, console, "start", {"external_id", "date"});
}

Outcome<ExitCode> RunClockClear(const Arguments& arguments, Console& console) {
  return RunClock(arguments, console, "clear", {"external_id"});
}

}  // namespace

std::vector<Command> ImportCommands() {
  return {
      {"import",
       {{"CATEGORY", "A category of the policy, such as contact."}, {"FILE.csv", "The file, with a header line."}},
       {{"map", "FIELD=COLUMN,...", "Which column holds a field, where the names differ."}},
       Needs::kSession,
       "take people and their records into the vault, field by field",
       "The file is CSV in UTF-8, with commas or semicolons. The column external_id says whose a row is; the\n"
       "others are fields of the category. A column that the category does not have refuses the whole file\n"
       "and stores nothing. A row that can't be stored is counted with its reason. Importing the same file\n"
       "again changes nothing.",
       "spor import contact contacts.csv --home /srv/spor\n"
       "spor import contact kunder.csv --map email=epost,first_name=fornavn",
       RunImport},
      {"clock start",
       {{"CLOCK", "A clock of the policy, such as customer_relationship_ended."}},
       {{"file", "FILE.csv", "CSV with the columns external_id,date (dates as 2026-11-24).", true}},
       Needs::kSession,
       "start retention clocks, or move them to another date",
       "From a clock's date on, the policy counts how long data may be kept. A clock that already runs is\n"
       "moved; one that has the same date is left as it is.",
       "spor clock start customer_relationship_ended --file ended.csv --home /srv/spor",
       RunClockStart},
      {"clock clear",
       {{"CLOCK", "A clock of the policy."}},
       {{"file", "FILE.csv", "CSV with the one column external_id.", true}},
       Needs::kSession,
       "take back clocks that were started",
       "For people whose event did not happen after all, such as a customer who came back.",
       "spor clock clear customer_relationship_ended --file back.csv --home /srv/spor",
       RunClockClear},
  };
}

}  // namespace spor::cli
