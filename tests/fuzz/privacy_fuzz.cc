// SPDX-License-Identifier: Apache-2.0
#include "crypto/files.h"
#include "privacy/calendar.h"
#include "privacy/csv.h"
#include "privacy/event_ingest.h"
#include "privacy/json.h"
#include "privacy/policy.h"
#include "privacy/run_record.h"
#include "privacy/subjects.h"
#include "tests/doubles/places.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace spor::fuzz {
namespace {

std::string Written(const privacy::JsonValue& value) { return privacy::JsonWriter().Value(value).Take(); }

const privacy::Policy& ExamplePolicy() {
  static const privacy::Policy policy = [] {
    const Result<std::string> toml = ReadSmallFile(doubles::SourceDir() + "/docs/examples/confex.toml", 1 << 20);
    CHECK(toml.ok());
    Result<privacy::Policy> parsed = privacy::ParsePolicy(*toml, "confex.toml");
    CHECK(parsed.ok());
    return std::move(*parsed);
  }();
  return policy;
}

}  // namespace

// What is written of a value parses to the same text again.
int FuzzJson(ByteView input) {
  const Result<privacy::JsonValue> value = privacy::ParseJson(AsText(input));
  if (!value.ok()) return 0;
  const std::string written = Written(*value);
  const Result<privacy::JsonValue> again = privacy::ParseJson(written);
  CHECK(again.ok() && Written(*again) == written);
  return 0;
}

int FuzzPolicy(ByteView input) {
  const Result<privacy::Policy> policy = privacy::ParsePolicy(AsText(input), "input.toml");
  if (!policy.ok()) CHECK(!policy.error().message().empty());
  return 0;
}

int FuzzEvent(ByteView input) {
  const Result<privacy::AppEvent> event = privacy::ParseAppEvent(AsText(input), ExamplePolicy());
  if (!event.ok()) return 0;
  CHECK(event->event_id.size() <= privacy::kMaxEventIdBytes && event->fields.size() <= privacy::kMaxEventFields);
  CHECK(event->details.size() <= privacy::kMaxDetailsBytes);
  CHECK(event->details.empty() || privacy::ParseJson(event->details).ok());
  return 0;
}

// Every row has as many fields as the header; quoted again, the rows are the same.
int FuzzCsv(ByteView input) {
  Result<privacy::CsvReader> csv = privacy::CsvReader::FromText(std::string(AsText(input)), "input.csv");
  if (!csv.ok()) return 0;
  const auto append = [&, separator = csv->separator()](std::string& out, const std::vector<std::string>& fields) {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out += separator;
      out += '"';
      for (const char c : fields[i]) out += c == '"' ? std::string("\"\"") : std::string(1, c);
      out += '"';
    }
    out += '\n';
  };
  std::string quoted;
  append(quoted, csv->header());
  std::vector<std::vector<std::string>> rows;
  while (true) {
    Result<std::optional<privacy::CsvRow>> row = csv->Next();
    if (!row.ok()) return 0;
    if (!*row) break;
    CHECK((*row)->fields.size() == csv->header().size() && (*row)->number == rows.size() + 1);
    append(quoted, (*row)->fields);
    rows.push_back(std::move((*row)->fields));
  }
  CHECK(csv->bytes_read() == input.size());
  Result<privacy::CsvReader> again = privacy::CsvReader::FromText(quoted, "quoted.csv");
  if (!again.ok() || again->separator() != csv->separator()) return 0;  // above a limit, or another separator won
  CHECK(again->header() == csv->header());
  for (const std::vector<std::string>& fields : rows) {
    Result<std::optional<privacy::CsvRow>> row = again->Next();
    if (!row.ok()) return 0;  // the quotes made it too long
    CHECK(*row && (*row)->fields == fields);
  }
  return 0;
}

int FuzzDates(ByteView input) {
  const std::string_view text = AsText(input);
  const Result<privacy::LegalDate> date = privacy::ParseDate(text);
  if (date.ok()) {
    CHECK(privacy::FormatDate(*date) == text);
    CHECK(privacy::MakeDate(privacy::YearOf(*date), privacy::MonthOf(*date), 1) <= *date);
    CHECK(*date <= privacy::LastDayOfMonth(*date));
    CHECK(privacy::OsloDay(privacy::OsloStart(*date)) == *date);
  }
  const Result<UnixSeconds> instant = privacy::ParseUtc(text);
  if (instant.ok()) {
    CHECK(privacy::FormatUtc(*instant) == text);
    CHECK(privacy::OsloStart(privacy::OsloDay(*instant)) <= *instant);
    (void)privacy::FormatOslo(*instant);
  }
  const Result<privacy::Period> period = privacy::ParsePeriod(text);
  if (period.ok()) {
    const Result<privacy::Period> again = privacy::ParsePeriod(privacy::FormatPeriod(*period));
    CHECK(again.ok() && *again == *period);
    const privacy::LegalDate begin = privacy::MakeDate(2026, 3, 31);
    CHECK(privacy::AddPeriod(begin, *period) >= begin && privacy::RetentionDue(begin, *period) > begin);
  }
  return 0;
}

int FuzzProfile(ByteView input) {
  const Result<privacy::Profile> profile = privacy::ParseProfile(input);
  if (!profile.ok()) return 0;
  const Bytes bytes = privacy::EncodeProfile(*profile);
  // An older version is written again as this one.
  if (input[0] == bytes[0]) CHECK(PublicEquals(bytes, input));
  const Result<privacy::Profile> again = privacy::ParseProfile(bytes);
  CHECK(again.ok() && PublicEquals(privacy::EncodeProfile(*again), bytes));
  return 0;
}

int FuzzRun(ByteView input) {
  const Result<privacy::RunRecord> run = privacy::ParseRun(input);
  if (!run.ok()) return 0;
  const Bytes bytes = privacy::EncodeRun(*run);
  if (input[0] == bytes[0]) CHECK(PublicEquals(bytes, input));
  const Result<privacy::RunRecord> again = privacy::ParseRun(bytes);
  CHECK(again.ok() && PublicEquals(privacy::EncodeRun(*again), bytes));
  return 0;
}

}  // namespace spor::fuzz
