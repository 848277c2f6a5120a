// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/command.h"
#include "tools/cli/line_batches.h"
#include "tools/cli/progress.h"
#include "tools/cli/row_upload.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

constexpr std::string_view kNdjson = "application/x-ndjson";

struct Totals {
  uint64_t acked_through = 0;  // lines of the whole input
  int64_t accepted = 0;
  int64_t repeated = 0;
  int64_t restricted = 0;  // of those accepted
  Refusals refusals;
  std::optional<JsonValue> last_entry;
};

void ShowBatch(const Totals& totals, Console& console) {
  if (!console.json()) return;
  JsonWriter json;
  json.BeginObject().Key("acked_through").Uint(totals.acked_through).Key("entry");
  totals.last_entry.has_value() ? json.Value(*totals.last_entry) : json.Null();
  console.Print(json.EndObject().Take());
}

// The numbers of an answer are counted from the start of its request; `before` lines of the input came earlier.
Outcome<uint64_t> TakeAnswer(JsonValue answer, uint64_t before, Totals& totals) {
  ASSIGN_OR_RETURN(const int64_t acked, answer.GetInt("acked_through"));
  ASSIGN_OR_RETURN(const int64_t accepted, answer.GetInt("accepted"));
  ASSIGN_OR_RETURN(const int64_t repeated, answer.GetInt("repeated"));
  ASSIGN_OR_RETURN(const int64_t refused, answer.GetInt("refused"));
  if (acked <= 0) return Status(Code::kInternal, "the service answered none of the lines it was sent");
  totals.acked_through = before + static_cast<uint64_t>(acked);
  totals.accepted += accepted;
  totals.repeated += repeated;
  if (const JsonValue* restricted = answer.Find("restricted"); restricted != nullptr && restricted->is_int()) {
    totals.restricted += restricted->integer();
  }
  totals.refusals.Take(refused, answer, "line", static_cast<int64_t>(before));
  if (const JsonValue* entry = answer.Find("entry"); entry != nullptr && entry->is_int()) {
    totals.last_entry = JsonValue(entry->integer());
  } else if (entry != nullptr && entry->is_string()) {
    totals.last_entry = JsonValue(entry->string());
  } else {
    totals.last_entry.reset();
  }
  return static_cast<uint64_t>(acked);
}

// Sends a batch until all of its lines are answered durably; the service may take fewer at a time.
Outcome<ExitCode> SendBatch(LineBatch batch, ServiceClient& client, Totals& totals, Console& console) {
  while (batch.lines > 0) {
    const uint64_t before = totals.acked_through;
    ASSIGN_OR_RETURN(JsonValue answer, client.PostPatiently("/v1/ingest", batch.text, kNdjson));
    ASSIGN_OR_RETURN(const uint64_t acked, TakeAnswer(std::move(answer), before, totals));
    ShowBatch(totals, console);
    if (acked >= batch.lines) break;
    batch.text.erase(0, BytesOfLines(batch.text, acked));
    batch.lines -= acked;
  }
  return ExitCode::kDone;
}

void ShowEnd(const Totals& totals, Console& console) {
  if (!console.json()) totals.refusals.Note(console, "line");
  JsonWriter json;
  json.BeginObject().Key("accepted").Int(totals.accepted).Key("repeated").Int(totals.repeated);
  json.Key("refused").Int(totals.refusals.count());
  if (totals.restricted > 0) json.Key("restricted").Int(totals.restricted);
  if (console.json()) totals.refusals.Write(json, "line");
  console.ShowText(json.EndObject().Take());
}

Outcome<ExitCode> RunIngest(const Arguments& arguments, Console& console) {
  const std::string& path = arguments.Get("FILE.ndjson");
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  Result<LineBatches> input =
      path == "-" ? Result<LineBatches>(LineBatches::FromFd(console.input_fd())) : LineBatches::Open(path);
  if (!input.ok()) return input.error();
  Totals totals;
  {
    ProgressBar bar(console, "events", 0);
    while (true) {
      ASSIGN_OR_RETURN(std::optional<LineBatch> batch, input->Next());
      if (!batch.has_value()) break;
      ASSIGN_OR_RETURN([[maybe_unused]] const ExitCode sent, SendBatch(std::move(*batch), client, totals, console));
      bar.Set(totals.acked_through);
    }
  }
  ShowEnd(totals, console);
  return ExitCode::kDone;
}

}  // namespace

std::vector<Command> IngestCommands() {
  return {
      {"ingest",
       {{"FILE.ndjson", "One JSON event a line; - reads standard input as it comes."}},
       {},
       Needs::kSession,
       "record events that applications report",
       "Events go in batches; with --json each batch that is safely stored is answered by a line with\n"
       "acked_through, the number of lines of the input that are answered so far. An event is known by its\n"
       "event_id: sending it again adds nothing, so after an interruption just send the file again. Its\n"
       "fields must be the policy's; details are free and sealed. restricted: events about people whose\n"
       "processing is restricted; they are recorded and marked.",
       "spor ingest events.ndjson --home /srv/spor\n"
       "tail -F app.ndjson | spor ingest - --json",
       RunIngest},
  };
}

}  // namespace spor::cli
