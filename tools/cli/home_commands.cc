// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/secret.h"
#include "tools/cli/command.h"
#include "tools/cli/places.h"
#include "tools/cli/progress.h"
#include "tools/cli/readable.h"

namespace spor::cli {
namespace {

using privacy::JsonWriter;

ExitCode ShowAnswer(const LocalAnswer& answer, Console& console) {
  console.ShowText(answer.json);
  return answer.exit;
}

Outcome<ExitCode> RunInit(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(const HomePlaces places, PlacesOf(arguments));
  ASSIGN_OR_RETURN(LocalAnswer answer, InitHome(places, arguments.Get("policy"), arguments.Get("origin")));
  const ExitCode exit = ShowAnswer(answer, console);
  WipeMemory(answer.json);
  if (!console.json()) {
    console.Note("\nNext: spor serve --home " + places.home + ", then in another window: spor activate USER --home " +
                 places.home + "\nKeep " + places.slot_secret_file + " apart from the data directory and its backups.");
  }
  return exit;
}

Outcome<ExitCode> RunServe(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(const HomePlaces places, PlacesOf(arguments));
  constexpr std::string_view kUnix = "unix:";
  std::string listen = arguments.Find("listen").value_or("unix:" + places.home + "/spor.sock");
  if (!listen.starts_with(kUnix) || listen.size() == kUnix.size()) {
    return WrongUsage("--listen wants unix:PATH");
  }
  listen.erase(0, kUnix.size());
  ServeOptions options;
  options.socket_path = listen;
  options.witness_policy_file = arguments.Find("witness-policy").value_or("");
  if (arguments.Has("require-witness")) {
    if (options.witness_policy_file.empty()) return WrongUsage("--require-witness wants --witness-policy FILE as well");
    options.witness_at_start = ServeOptions::Witness::kRequired;
  }
  ASSIGN_OR_RETURN(const SlotKey key, AskSlotKey(places, arguments, console));
  options.slot_key = &key;
  options.ready = [&] {
    if (!console.json()) return console.Print("ready");
    console.Print(JsonWriter().BeginObject().Key("ready").Bool(true).Key("socket").String(listen).EndObject().Take());
  };
  options.log = [&](const std::string& line) { console.NoteRaw("spor: " + Printable(line) + "\n"); };
  return ServeHome(places, options);
}

Outcome<ExitCode> RunFsck(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(const HomePlaces places, PlacesOf(arguments));
  std::optional<ProgressBar> bar;
  std::string shown;
  Outcome<LocalAnswer> answer = FsckHome(places, [&](std::string_view what, uint64_t done, uint64_t total) {
    if (shown != what) bar.emplace(console, shown = what, total);
    bar->Set(done);
  });
  bar.reset();
  if (!answer.has_value()) return answer.error();
  return ShowAnswer(*answer, console);
}

// For people: the result, then what was found check by check, each in a sentence.
void ShowVerification(const LocalAnswer& answer, Console& console) {
  Result<privacy::JsonValue> parsed = privacy::ParseJson(answer.json);
  CHECK(parsed.ok());
  console.Print(parsed->GetString("result").ok() ? *parsed->GetString("result") : "failed");
  const Result<std::span<const privacy::JsonValue>> checks = parsed->GetArray("checks");
  if (!checks.ok()) return;
  for (const privacy::JsonValue& check : *checks) {
    std::string line;
    for (const char* key : {"result", "name", "text_en"}) {
      const Result<std::string> cell = check.GetString(key);
      line += "  " + (cell.ok() ? Printable(*cell) : "-");
      if (key[0] == 'r') line.resize(std::max(line.size(), sizeof("  not_covered") - 1), ' ');
    }
    console.Print(line);
  }
  // What a file says that did not verify is not worth showing.
  const privacy::JsonValue* shown = parsed->Find("shown");
  if (shown == nullptr || answer.exit != ExitCode::kDone) return;
  console.Print("\nIt says:");
  console.Show(*shown);
}

Outcome<ExitCode> RunVerify(const Arguments& arguments, Console& console) {
  Outcome<LocalAnswer> answer = [&] {
    const Spinner spinner(console, "verifying");
    return VerifyArtefact(arguments.Get("FILE"), arguments.Find("trust").value_or(""));
  }();
  if (!answer.has_value()) return answer.error();
  if (console.json()) return ShowAnswer(*answer, console);
  ShowVerification(*answer, console);
  return answer->exit;
}

// For people: a line for each check, the worst ones first.
Outcome<ExitCode> RunDoctor(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(const HomePlaces places, PlacesOf(arguments));
  const LocalAnswer answer = ExamineHost(places);
  if (console.json()) return ShowAnswer(answer, console);
  Result<privacy::JsonValue> parsed = privacy::ParseJson(answer.json);
  CHECK(parsed.ok());
  const std::span<const privacy::JsonValue> checks = *parsed->GetArray("checks");
  for (const char* verdict : {"unsafe", "not_covered", "attention", "good"}) {
    for (const privacy::JsonValue& check : checks) {
      if (*check.GetString("verdict") != verdict) continue;
      std::string line = std::string(verdict) + "  ";
      line.resize(sizeof("not_covered"), ' ');
      line += *check.GetString("check");
      line.resize(std::max(line.size(), sizeof("not_covered") + sizeof("memory_lock")), ' ');
      console.Print(line + " " + Printable(*check.GetString("text_en")));
    }
  }
  console.Print("\nIn all: " + *parsed->GetString("result"));
  return answer.exit;
}

}  // namespace

std::vector<Command> LocalCommands() {
  return {
      {"init",
       {},
       WithPlaces({{"policy", "FILE", "The privacy policy, as TOML; see docs/examples.", true},
                   {"origin", "NAME", "The log's name in every signature, such as example.no/spor.", true}}),
       Needs::kNothing,
       "make a new data directory with its keys and first entries",
       "Checks the policy, makes the keys, and writes the first entries of the ledger. Prints a code, valid\n"
       "once, with which the first administrator activates an account.",
       "spor init --home /srv/spor --policy docs/examples/confex.toml --origin example.no/spor",
       RunInit},
      {"serve",
       {},
       WithPlaces({{"listen", "unix:PATH", "The socket to listen at. Default: unix:DIR/spor.sock."},
                   {"witness-policy", "FILE", "Who cosigns the log's checkpoints: a C2SP tlog-policy file."},
                   {"require-witness", "",
                    "Start only if enough witnesses answer to meet the policy's quorum. Default: a warning."},
                   {"unlock", "HOW", "Open the keys with a recovery key or a passphrase: recovery, passphrase."},
                   {"unlock-fd", "N", "Read it from this open descriptor instead of the terminal."}}),
       Needs::kNothing,
       "run the service",
       "Owns the data directory as long as it runs; ends on SIGTERM or Ctrl-C. Prints a line, ready, when it\n"
       "answers. Where the stored evidence is damaged it does not start, and exits with 5.",
       "spor serve --home /srv/spor",
       RunServe},
      {"verify",
       {{"FILE", "A certificate, review, extract, receipt or log proof."}},
       {{"trust", "FILE", "The trust file (spor trust) with the keys to pin."}},
       Needs::kNothing,
       "check an artefact offline, with no service and no secret keys",
       "Answers verified, failed or not_covered, and check by check what that rests on. Only verified exits\n"
       "with 0.",
       "spor verify certificate.json --trust trust.json",
       RunVerify},
      {"fsck",
       {},
       WithPlaces({}),
       Needs::kNothing,
       "recompute the whole ledger from its entries",
       "Recomputes every hash, map and signature and compares with what is stored. Refused while the service\n"
       "runs. Exits with 5 and names the first damaged entry where something differs.",
       "spor fsck --home /srv/spor",
       RunFsck},
      {"doctor",
       {},
       WithPlaces({}),
       Needs::kNothing,
       "look whether this machine keeps what certificates promise",
       "Swap, core dumps, locked memory, who may read the files, where they lie, kind of file system and disk, clock,\n"
       "libraries; for each what was found, what it means for a certificate, and what to do. not_covered: a "
       "certificate\n"
       "can't claim that an old root key is gone from the medium. Exits with an error if something is unsafe. Run it "
       "as\n"
       "the service's user; the service may run.",
       "spor doctor --home /srv/spor",
       RunDoctor},
  };
}

}  // namespace spor::cli
