// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "crypto/files.h"
#include "ledger/tlog_proof.h"
#include "tools/cli/command.h"
#include "tools/cli/local_commands.h"
#include "tools/cli/out_file.h"
#include "tools/cli/progress.h"
#include "tools/cli/service_client.h"
#include "tools/cli/tree_export.h"
#include "tools/report/trust.h"
#include "tools/report/verify.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
constexpr mode_t kForAll = 0644;  // what holds nothing but public keys and signatures
constexpr size_t kMaxTrustBytes = size_t{1} << 20;

// Text as it is, to standard output; with --json as the member `key` of an object.
void PrintText(std::string_view key, std::string_view text, Console& console) {
  if (console.json()) {
    console.Print(JsonWriter().BeginObject().Key(key).String(text).EndObject().Take());
    return;
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  console.Print(text);
}

void ShowOut(const std::string& path, Console& console) {
  console.ShowText(JsonWriter().BeginObject().Key("out").String(path).EndObject().Take());
}

Outcome<ExitCode> RunCheckpoint(const Arguments& arguments, Console& console) {
  const std::optional<std::string> out = arguments.Find("out");
  const Overwrite overwrite = OverwriteOf(arguments);
  if (out) RETURN_IF_ERROR(CheckWritable(*out, overwrite));
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kNone));
  ASSIGN_OR_RETURN(const std::string note, client.GetBytes("/v1/log/checkpoint"));
  if (out) {
    RETURN_IF_ERROR(WriteFileAtomically(*out, note, kForAll, overwrite));
    ShowOut(*out, console);
  } else {
    PrintText("checkpoint", note, console);
  }
  return ExitCode::kDone;
}

Outcome<ExitCode> RunEntry(const Arguments& arguments, Console& console) {
  const std::optional<std::string> raw = arguments.Find("raw");
  const Overwrite overwrite = OverwriteOf(arguments);
  if (raw) RETURN_IF_ERROR(CheckWritable(*raw, overwrite));
  ASSIGN_OR_RETURN(const uint64_t index, arguments.GetNumber("INDEX"));
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  JsonWriter body;
  ASSIGN_OR_RETURN(const JsonValue entry,
                   client.Post("/v1/log/entry", body.BeginObject().Key("index").Uint(index).EndObject().Take()));
  if (raw) {
    ASSIGN_OR_RETURN(const std::string_view text, entry.GetStringView("entry"));
    ASSIGN_OR_RETURN(const Bytes bytes, Base64Decode(text));
    RETURN_IF_ERROR(WriteFileAtomically(*raw, AsText(bytes), kForAll, overwrite));
  }
  if (console.json()) {
    console.Show(entry);
    return ExitCode::kDone;
  }
  // For people all but the bytes themselves.
  JsonWriter shown;
  shown.BeginObject();
  for (const JsonValue::Member& member : entry.object()) {
    if (member.key != "entry") shown.Key(member.key).Value(member.value);
  }
  console.ShowText(shown.EndObject().Take());
  return ExitCode::kDone;
}

Outcome<ExitCode> RunReceipt(const Arguments& arguments, Console& console) {
  const std::optional<std::string> out = arguments.Find("out");
  const std::optional<std::string> reason = arguments.Find("reason");
  const std::optional<std::string> subject = arguments.Find("subject");
  const bool open = arguments.Has("open");
  if (!open && (reason || subject)) return WrongUsage("--reason and --subject go with --open");
  if (open && !reason) return WrongUsage("--open discloses sealed content, which is recorded: give --reason TEXT");
  const Overwrite overwrite = OverwriteOf(arguments);
  if (out) RETURN_IF_ERROR(CheckWritable(*out, overwrite));
  ASSIGN_OR_RETURN(const uint64_t index, arguments.GetNumber("INDEX"));
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  JsonWriter body;
  body.BeginObject().Key("index").Uint(index).Key("open").Bool(open);
  if (subject) body.Key("subject").String(*subject);
  if (reason) body.Key("reason").String(*reason);
  ASSIGN_OR_RETURN(const std::string receipt, client.PostBytes("/v1/log/receipt", body.EndObject().Take()));
  if (out) {
    RETURN_IF_ERROR(WriteFileAtomically(*out, receipt, kOwnerOnly, overwrite));
    ShowOut(*out, console);
  } else {
    PrintText("receipt", receipt, console);
  }
  return ExitCode::kDone;
}

// The checkpoint that is exported, checked with the trust file of --trust or with the service's own word: as part of a
// receipt, which also carries how the log's keys followed each other since that file was made.
Outcome<std::string> TrustedCheckpoint(const Arguments& arguments, ServiceClient& client) {
  std::string trust;
  if (const std::optional<std::string> file = arguments.Find("trust")) {
    ASSIGN_OR_RETURN(trust, ReadSmallFile(*file, kMaxTrustBytes));
    if (trust.empty()) return Status(Code::kInvalidArgument, *file + " is empty: get it again from `spor trust`");
  } else {
    ASSIGN_OR_RETURN(trust, client.GetBytes("/v1/trust"));
  }
  ASSIGN_OR_RETURN(const std::string receipt, client.PostBytes("/v1/log/receipt", R"({"index":0,"open":false})"));
  ASSIGN_OR_RETURN(const report::Verification verification, report::Verify(receipt, trust));
  for (const report::Check& check : verification.checks) {
    if (check.required && check.result != "verified") return Status(Code::kFailed, check.text_en);
  }
  ASSIGN_OR_RETURN(ledger::TlogProof proof, ledger::ParseTlogProof(receipt));
  return std::move(proof.checkpoint);
}

Status StatusOf(const Failure& failure) {
  return Status(failure.exit == ExitCode::kNotFound ? Code::kNotFound : Code::kLater, failure.message);
}

Outcome<ExitCode> RunExport(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const std::string note, TrustedCheckpoint(arguments, client));
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, report::ReadUnverifiedCheckpoint(note));
  std::optional<Failure> refused;  // what the service said, with its own exit code
  const auto fetch = [&](const ledger::TilePath& path) -> Result<Bytes> {
    Outcome<std::string> bytes = client.GetBytes("/v1/log/" + ledger::FormatTilePath(path));
    if (bytes.has_value()) return ToBytes(AsBytes(*bytes));
    refused = bytes.error();
    return StatusOf(*refused);
  };
  Result<ExportCounts> counts = Status(Code::kInternal, "");
  {
    ProgressBar bar(console, "files", ledger::CountTiles(checkpoint.size));
    ExportOptions options;
    options.directory = arguments.Get("DIR");
    if (arguments.Has("check")) options.present = ExportOptions::Present::kCheck;
    options.progress = [&](uint64_t done, uint64_t) { bar.Set(done); };
    counts = ExportTree(note, fetch, options);
  }
  if (refused) return *refused;
  if (!counts.ok()) return counts.error();
  JsonWriter json;
  json.BeginObject().Key("directory").String(arguments.Get("DIR")).Key("origin").String(checkpoint.origin);
  json.Key("entries").Uint(checkpoint.size).Key("entries_before").Uint(counts->size_before);
  json.Key("files_written").Uint(counts->written).Key("files_present").Uint(counts->present);
  json.Key("files_removed").Uint(counts->removed);
  console.ShowText(json.EndObject().Take());
  return ExitCode::kDone;
}

Option Out(std::string what) { return {"out", "FILE", "Where to write " + std::move(what) + ". Default: print it."}; }
Positional Index() { return {"INDEX", "The entry's number in the log, from 0."}; }

}  // namespace

std::vector<Command> LogCommands() {
  std::vector<Command> commands = {
      {"log checkpoint",
       {},
       {Out("the checkpoint"), ForceOption()},
       Needs::kService,
       "show what the log last signed: its name, size and root",
       "A C2SP checkpoint: a signed note, with a line from each witness that cosigned it. Whoever keeps one can\n"
       "later tell whether the log was changed before it. Needs no login.",
       "spor log checkpoint --home /srv/spor\nspor log checkpoint --out today.checkpoint",
       RunCheckpoint},
      {"log entry",
       {Index()},
       {{"raw", "FILE", "Write the bytes that the log hashes, as they are."}, ForceOption()},
       Needs::kSession,
       "show the clear part of one entry in words",
       "What an inspector sees of it: kind, times, the tags of sealed sections, what happened to which unit.\n"
       "Nothing sealed is opened, so looking is not recorded.",
       "spor log entry 4711 --home /srv/spor\nspor log entry 4711 --raw entry.bin --json",
       RunEntry},
      {"log receipt",
       {Index()},
       {{"open", "", "Open the entry's audit section; recorded first, like an extract."},
        {"subject", "SUBJECT", "With --open, this person's sections too: e-mail address, external_id:VALUE or id."},
        {"reason", "TEXT", "With --open: why, or a case number; it is recorded."},
        Out("the receipt"),
        ForceOption()},
       Needs::kSession,
       "write the receipt of one entry, which anybody can verify offline",
       "A C2SP tlog-proof that carries the entry. Without --open nothing sealed is in it. It is checked with\n"
       "spor verify FILE --trust trust.json.",
       "spor log receipt 4711 --out 4711.tlog-proof --home /srv/spor\n"
       "spor log receipt 4711 --open --reason 'case 26/31' --out 4711.tlog-proof",
       RunReceipt},
      {"log export",
       {{"DIR", "A new or empty directory, or one that an earlier export made."}},
       {{"trust", "FILE", "The trust file to check the checkpoint with. Default: the service's word."},
        {"check", "", "Read again, and check, what an earlier export left."}},
       Needs::kSession,
       "write the log as static files that any tile client can read",
       "C2SP tlog-tiles: checkpoint, tile/..., tile/entries/.... Every file is checked against the checkpoint\n"
       "before it gets its name; checkpoint comes last. Run it again to go on. It holds clear parts only, which\n"
       "still tell when what happened: see docs/threat-model.md before you publish it.",
       "spor log export /srv/export/log --home /srv/spor\nspor log export log --trust trust.json --json",
       RunExport},
  };
  for (Command& command : ProveCommands()) commands.push_back(std::move(command));
  return commands;
}

}  // namespace spor::cli
