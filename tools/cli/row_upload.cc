// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/row_upload.h"

#include "tools/cli/progress.h"
#include "tools/cli/readable.h"

namespace spor::cli {
namespace {

using privacy::CsvReader;
using privacy::CsvRow;
using privacy::JsonValue;
using privacy::JsonWriter;

// The rows of one request; empty at the end of the file.
Outcome<std::vector<CsvRow>> NextChunk(CsvReader& csv) {
  std::vector<CsvRow> rows;
  size_t bytes = 0;
  while (rows.size() < kMaxChunkRows && bytes < kMaxChunkBytes) {
    ASSIGN_OR_RETURN(std::optional<CsvRow> row, csv.Next());
    if (!row.has_value()) break;
    for (const std::string& field : row->fields) bytes += field.size() + 3;
    rows.push_back(std::move(*row));
  }
  return rows;
}

std::string ChunkBody(const UploadPlan& plan, const std::vector<CsvRow>& rows) {
  JsonWriter json;
  json.BeginObject().Key(plan.id_key).Value(*plan.id);
  json.Key("first_row").Uint(rows.front().number).Key("rows").BeginArray();
  for (const CsvRow& row : rows) {
    json.BeginArray();
    for (const std::string& field : row.fields) json.String(field);
    json.EndArray();
  }
  return json.EndArray().EndObject().Take();
}

}  // namespace

void Refusals::Take(int64_t count, const JsonValue& answer, std::string_view number_key, int64_t offset) {
  count_ += count;
  const Result<std::span<const JsonValue>> reasons = answer.GetArray("reasons");
  if (!reasons.ok()) return;
  for (const JsonValue& reason : *reasons) {
    const Result<int64_t> number = reason.GetInt(number_key);
    const Result<std::string> text = reason.GetString("reason");
    if (first_.size() == kShown) return;
    if (number.ok() && text.ok()) first_.emplace_back(*number + offset, *text);
  }
}

void Refusals::Note(Console& console, std::string_view number_key) const {
  for (const auto& [number, reason] : first_) {
    console.Note(std::string(number_key) + " " + std::to_string(number) + " refused: " + Printable(reason));
  }
  const int64_t more = count_ - static_cast<int64_t>(first_.size());
  if (more > 0) console.Note("and " + std::to_string(more) + " more refused");
}

void Refusals::Write(JsonWriter& json, std::string_view number_key) const {
  json.Key("reasons").BeginArray();
  for (const auto& [number, reason] : first_) {
    json.BeginObject().Key(number_key).Int(number).Key("reason").String(reason).EndObject();
  }
  json.EndArray();
}

Outcome<uint64_t> CheckCsv(const std::string& path) {
  ASSIGN_OR_RETURN(CsvReader csv, CsvReader::Open(path));
  uint64_t rows = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<CsvRow> row, csv.Next());
    if (!row.has_value()) return rows;
    ++rows;
  }
}

Outcome<Refusals> UploadRows(CsvReader& csv, const UploadPlan& plan, ServiceClient& client, Console& console) {
  Refusals refusals;
  ProgressBar bar(console, plan.label, plan.rows);
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<CsvRow> rows, NextChunk(csv));
    if (rows.empty()) return refusals;
    ASSIGN_OR_RETURN(const JsonValue answer, client.PostPatiently(plan.target, ChunkBody(plan, rows)));
    ASSIGN_OR_RETURN(const int64_t refused, answer.GetInt("refused"));
    refusals.Take(refused, answer, "row", 0);
    bar.Set(rows.back().number);
  }
}

void ShowTotals(const JsonValue& totals, const Refusals& refusals, Console& console) {
  if (!console.json()) {
    refusals.Note(console, "row");
    console.Show(totals);
    return;
  }
  JsonWriter json;
  json.BeginObject();
  if (totals.is_object()) {
    for (const JsonValue::Member& member : totals.object()) {
      if (member.key != "reasons") json.Key(member.key).Value(member.value);
    }
  }
  refusals.Write(json, "row");
  console.Print(json.EndObject().Take());
}

}  // namespace spor::cli
