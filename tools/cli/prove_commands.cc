// SPDX-License-Identifier: Apache-2.0
#include "privacy/calendar.h"
#include "tools/cli/command.h"
#include "tools/cli/out_file.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

constexpr mode_t kFileMode = 0644;  // holds nothing sealed
constexpr size_t kMaxAnswerBytes = size_t{64} << 20;
constexpr size_t kUnitsShown = 20;

// What is asked for: where to ask, with which body.
struct Question {
  std::string target;
  std::string body;
};

Outcome<Question> ConsistencyQuestion(const Arguments& arguments) {
  JsonWriter body;
  ASSIGN_OR_RETURN(const uint64_t from, arguments.GetNumber("from"));
  body.BeginObject().Key("from").Uint(from);
  if (arguments.Has("to")) {
    ASSIGN_OR_RETURN(const uint64_t to, arguments.GetNumber("to"));
    body.Key("to").Uint(to);
  }
  return Question{"/v1/log/consistency", body.EndObject().Take()};
}

Outcome<Question> EntryQuestion(const Arguments& arguments) {
  JsonWriter body;
  ASSIGN_OR_RETURN(const uint64_t index, arguments.GetNumber("INDEX"));
  body.BeginObject().Key("index").Uint(index);
  if (arguments.Has("out")) {
    if (arguments.Has("size")) return WrongUsage("--out goes with the newest checkpoint, not with --size");
    return Question{"/v1/log/receipt", body.Key("open").Bool(false).EndObject().Take()};
  }
  if (arguments.Has("size")) {
    ASSIGN_OR_RETURN(const uint64_t size, arguments.GetNumber("size"));
    body.Key("size").Uint(size);
  }
  return Question{"/v1/log/inclusion", body.EndObject().Take()};
}

Outcome<Question> QuestionOf(const Arguments& arguments) {
  int asked = 0;
  for (const char* name : {"INDEX", "from", "unit", "smallest", "due-by"}) asked += arguments.Has(name) ? 1 : 0;
  if (asked != 1) return WrongUsage("give one of INDEX, --from, --unit, --smallest and --due-by");
  if (arguments.Has("size") && !arguments.Has("INDEX")) return WrongUsage("--size goes with INDEX");
  if (arguments.Has("to") && !arguments.Has("from")) return WrongUsage("--to goes with --from");
  if (arguments.Has("INDEX")) return EntryQuestion(arguments);
  if (arguments.Has("from")) return ConsistencyQuestion(arguments);
  JsonWriter body;
  body.BeginObject().Key("shows");
  if (arguments.Has("unit")) {
    body.String("unit").Key("unit").String(arguments.Get("unit"));
  } else if (arguments.Has("smallest")) {
    body.String("smallest");
  } else {
    if (!privacy::ParseDate(arguments.Get("due-by")).ok())
      return WrongUsage("--due-by wants a date such as 2026-12-31");
    body.String("due").Key("by").String(arguments.Get("due-by"));
  }
  return Question{"/v1/log/maps", body.EndObject().Take()};
}

std::string Text(const JsonValue& value, std::string_view key) {
  const JsonValue* member = value.Find(key);
  if (member == nullptr) return "";
  return member->is_string() ? member->string() : JsonWriter().Value(*member).Take();
}

// What the proof says, in a sentence.
std::string Sentence(const JsonValue& report) {
  const std::string shows = Text(report, "shows");
  const std::string head = report.Find("head") == nullptr ? "" : Text(*report.Find("head"), "index");
  if (shows == "consistency") {
    return "Shows that the log of " + Text(report, "to") + " entries begins with the log of " + Text(report, "from") +
           " entries: nothing before was changed.";
  }
  if (shows == "smallest") {
    const bool nothing = Text(report, "nothing_overdue") == "true";
    return "Shows the earliest row of the due map at head " + head + ": " +
           (nothing ? "nothing is overdue." : "something is overdue.");
  }
  if (shows == "due") {
    return "Shows every promised maximum up to " + Text(report, "by") + " at head " + head + ", and that there are " +
           Text(report, "count") + ".";
  }
  if (shows == "unit") {
    const bool alive = Text(report, "alive") == "true";
    return "Shows that unit " + Text(report, "unit") + (alive ? " is alive" : " is not alive") + " at head " + head +
           (alive ? ", and when it is due." : ".");
  }
  return "Shows that entry " + Text(report, "index") + ", whose leaf hash is given, is in the log of " +
         Text(report, "size") + " entries with this root.";
}

// For people: a long list of units is cut short, and the checkpoint is a command of its own.
void ShowShort(const JsonValue& report, Console& console) {
  JsonWriter json;
  json.BeginObject();
  size_t left_out = 0;
  for (const JsonValue::Member& member : report.object()) {
    if (member.key == "checkpoint") continue;
    json.Key(member.key);
    if (member.key != "units") {
      json.Value(member.value);
      continue;
    }
    const JsonValue::Array& units = member.value.array();
    left_out = units.size() > kUnitsShown ? units.size() - kUnitsShown : 0;
    json.BeginArray();
    for (size_t i = 0; i < units.size() - left_out; ++i) json.Value(units[i]);
    json.EndArray();
  }
  console.ShowText(json.EndObject().Take());
  if (left_out > 0) console.Print("  and " + std::to_string(left_out) + " more: see --json or --out");
}

void ShowProof(const std::string& answer, const JsonValue& proof, Console& console) {
  if (console.json()) {
    // The service lays documents out over several lines; here an object is one.
    console.Show(proof);
    return;
  }
  const JsonValue* report = proof.Find("report");
  console.Print(Sentence(report != nullptr ? *report : proof));
  ShowShort(report != nullptr ? *report : proof, console);
  if (report != nullptr) {
    console.Note("The proof itself has " + std::to_string(answer.size()) +
                 " bytes: write it with --out FILE, check it with spor verify FILE --trust trust.json");
  }
}

Outcome<ExitCode> RunProve(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(Question question, QuestionOf(arguments));
  const std::optional<std::string> out = arguments.Find("out");
  const Overwrite overwrite = OverwriteOf(arguments);
  if (out) RETURN_IF_ERROR(CheckWritable(*out, overwrite));
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const std::string answer, client.PostBytes(question.target, std::move(question.body)));
  if (out) {
    RETURN_IF_ERROR(WriteFileAtomically(*out, answer, kFileMode, overwrite));
    console.ShowText(JsonWriter().BeginObject().Key("out").String(*out).EndObject().Take());
    return ExitCode::kDone;
  }
  Result<JsonValue> proof = privacy::ParseJson(answer, {.max_bytes = kMaxAnswerBytes});
  if (!proof.ok()) return Failure{ExitCode::kInternal, "internal", "the service's answer: " + proof.error().message()};
  ShowProof(answer, *proof, console);
  return ExitCode::kDone;
}

}  // namespace

std::vector<Command> ProveCommands() {
  return {
      {"log prove",
       {{"INDEX", "The entry that is proven to be in the log.", false}},
       {{"size", "N", "With INDEX: in the log of its first N entries. Default: the newest checkpoint."},
        {"from", "N", "That the log goes on from its first N entries: nothing before was changed."},
        {"to", "N", "With --from: up to its first N entries. Default: the newest checkpoint."},
        {"unit", "HEX", "Whether this unit is alive now, and when it is due."},
        {"smallest", "", "The earliest due day of all, so whether anything is overdue."},
        {"due-by", "DATE", "Every unit whose promised maximum falls on this day or before, and that these are all."},
        {"out", "FILE", "Where to write the proof; of an entry its receipt, otherwise a JSON document."},
        ForceOption()},
       Needs::kSession,
       "prove something about the log itself, without opening anything",
       "Inclusion and consistency are the proofs of RFC 6962; what is alive and due is proven by the Merkle maps\n"
       "whose roots the newest head holds. What --out writes is checked with spor verify.",
       "spor log prove 4711 --home /srv/spor\n"
       "spor log prove --from 1000 --to 2000\n"
       "spor log prove --unit 0f4c...  --out gone.json\n"
       "spor log prove --smallest\n"
       "spor log prove --due-by 2026-12-31 --json",
       RunProve},
  };
}

}  // namespace spor::cli
