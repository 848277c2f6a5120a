// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/command.h"
#include "tools/cli/local_witness.h"
#include "tools/cli/out_file.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

constexpr const char* kDefaultListen = "127.0.0.1:8090";

Outcome<ExitCode> Show(Outcome<LocalAnswer> answer, Console& console) {
  if (!answer.has_value()) return answer.error();
  console.ShowText(answer->json);
  return answer->exit;
}

// The last part of a witness's name, as a name in a policy.
std::string ShortName(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos || slash + 1 == name.size() ? name : name.substr(slash + 1);
}

Outcome<ExitCode> RunInit(const Arguments& arguments, Console& console) {
  const std::string& state = arguments.Get("state");
  ASSIGN_OR_RETURN(const LocalAnswer answer, InitWitness(state, arguments.Get("name")));
  console.ShowText(answer.json);
  if (console.json()) return answer.exit;
  ASSIGN_OR_RETURN(const JsonValue made, privacy::ParseJson(answer.json));
  ASSIGN_OR_RETURN(const std::string vkey, made.GetString("vkey"));
  const std::string name = ShortName(arguments.Get("name"));
  console.Note(
      "\nNext: spor witness add-log LOG_VKEY --state " + state + ", then spor witness serve --state " + state +
      " (or spor witness cosign, by file).\n\nThose whose log it is put this into their witness policy (without " +
      "the URL when files are carried), and\ncompare the vkey with what you tell them by another way:\n\nwitness " +
      name + " " + vkey + " http://HOST:8090\nquorum " + name + "\n\nKeep " + state +
      " out of backups: a witness that is set back has forgotten what it said, and must get a new key.");
  return answer.exit;
}

Outcome<ExitCode> RunAddLog(const Arguments& arguments, Console& console) {
  return Show(TrustLog(arguments.Get("state"), arguments.Get("VKEY")), console);
}

Outcome<ExitCode> RunStatus(const Arguments& arguments, Console& console) {
  if (std::optional<std::string> state = arguments.Find("state")) return Show(WitnessStatus(*state), console);
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kNone));
  ASSIGN_OR_RETURN(const JsonValue answer, client.Get("/v1/witness/status"));
  console.Show(answer);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunServe(const Arguments& arguments, Console& console) {
  const std::string listen = arguments.Find("listen").value_or(kDefaultListen);
  return ServeWitness(
      arguments.Get("state"), listen,
      [&](const std::string& url, const std::string& vkey) {
        if (!console.json()) return console.Print("ready at " + url);
        JsonWriter line;
        line.BeginObject().Key("ready").Bool(true).Key("url").String(url).Key("vkey").String(vkey).EndObject();
        console.Print(line.Take());
      },
      [&](const std::string& line) { console.NoteRaw(line + "\n"); });
}

Outcome<ExitCode> RunCosign(const Arguments& arguments, Console& console) {
  const std::string& path = arguments.Get("out");
  const Overwrite overwrite = OverwriteOf(arguments);
  RETURN_IF_ERROR(CheckWritable(path, overwrite));
  ASSIGN_OR_RETURN(const Cosigned cosigned, CosignRequest(arguments.Get("state"), arguments.Get("REQUEST")));
  RETURN_IF_ERROR(WriteFileAtomically(path, cosigned.lines, 0644, overwrite));
  JsonWriter json;
  json.BeginObject().Key("out").String(path).Key("origin").String(cosigned.origin).Key("entries").Uint(cosigned.size);
  console.ShowText(json.EndObject().Take());
  if (!console.json()) console.Note("Take the file back: spor witness accept " + path + " --home DIR");
  return ExitCode::kDone;
}

Outcome<ExitCode> RunRequest(const Arguments& arguments, Console& console) {
  const std::string& path = arguments.Get("out");
  const Overwrite overwrite = OverwriteOf(arguments);
  RETURN_IF_ERROR(CheckWritable(path, overwrite));
  JsonWriter body;
  body.BeginObject().Key("witness").String(arguments.Get("NAME"));
  if (std::optional<std::string> old_size = arguments.Find("old")) {
    if (old_size->empty() || old_size->size() > 18 || old_size->find_first_not_of("0123456789") != std::string::npos) {
      return WrongUsage("--old wants the number of entries that the witness said it has seen");
    }
    body.Key("old").Uint(std::stoull(*old_size));
  }
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kNone));
  ASSIGN_OR_RETURN(const JsonValue answer, client.Post("/v1/witness/request", body.EndObject().Take()));
  ASSIGN_OR_RETURN(const std::string request, answer.GetString("request"));
  ASSIGN_OR_RETURN(const int64_t size, answer.GetInt("size"));
  RETURN_IF_ERROR(WriteFileAtomically(path, request, 0644, overwrite));
  JsonWriter json;
  json.BeginObject().Key("out").String(path).Key("witness").String(arguments.Get("NAME")).Key("entries").Int(size);
  console.ShowText(json.EndObject().Take());
  if (!console.json()) {
    console.Note("On the witness's machine: spor witness cosign " + path + " --state DIR --out FILE");
  }
  return ExitCode::kDone;
}

Outcome<ExitCode> RunAccept(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(std::string lines, ReadWitnessFile(arguments.Get("FILE")));
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kNone));
  ASSIGN_OR_RETURN(const JsonValue answer, client.Post("/v1/witness/accept", std::move(lines)));
  console.Show(answer);
  return ExitCode::kDone;
}

Option State() { return {"state", "DIR", "The witness's directory: its key and what it has seen.", true}; }

Command Init() {
  return {"witness init",
          {},
          {State(), {"name", "NAME", "The witness's name in every cosignature, such as example.no/witness/ida.", true}},
          Needs::kNothing,
          "make a new witness: a key, and a memory of what it has seen",
          "Makes the directory and prints the witness's verifier key (vkey), which goes into the witness policy\n"
          "of those whose logs it witnesses. The directory holds a secret key and is for its owner only.",
          "spor witness init --state ~/witness --name example.no/witness/ida",
          RunInit};
}

Command AddLog() {
  return {"witness add-log",
          {{"VKEY", "The log's verifier key: log_vkey as spor init printed it."}},
          {State()},
          Needs::kNothing,
          "let a witness cosign a log",
          "A witness cosigns only logs whose key it was given. A log that changes its key is added again with\n"
          "the new one. May be done while the witness runs.",
          "spor witness add-log 'example.no/spor+1a2b3c4d+AbCd...' --state ~/witness",
          RunAddLog};
}

Command Status() {
  Option state = State();
  state.required = false;
  state.help = "A witness's directory; without it the service is asked.";
  return {"witness status",
          {},
          {state},
          Needs::kService,
          "show what a witness has seen, or what the service's witnesses last answered",
          "With --state: the logs that this witness knows and how many entries of each it has cosigned.\n"
          "Otherwise, of a running service: each witness of its policy with its last answer, and what time\n"
          "their cosignatures cover.",
          "spor witness status --state ~/witness\nspor witness status --home /srv/spor",
          RunStatus};
}

Command Serve() {
  return {"witness serve",
          {},
          {State(), {"listen", "HOST:PORT", std::string("Where to listen. Default: ") + kDefaultListen + "."}},
          Needs::kNothing,
          "run a witness: POST /add-checkpoint, as C2SP tlog-witness says",
          "Cosigns what goes on from what it has seen, and nothing else. Everything that goes over the wire is\n"
          "public and signed. Writes a line for each request to standard error. Ends on SIGTERM or Ctrl-C.",
          "spor witness serve --state ~/witness --listen 192.168.1.20:8090",
          RunServe};
}

Command Cosign() {
  return {"witness cosign",
          {{"REQUEST", "A file that spor witness request wrote."}},
          {State(), {"out", "FILE", "Where to write the cosignature, to be taken back.", true}, ForceOption()},
          Needs::kNothing,
          "cosign a checkpoint that came as a file",
          "For machines that never meet: the request comes on a stick or by mail, the answer goes back likewise.",
          "spor witness cosign request.txt --state ~/witness --out answer.txt",
          RunCosign};
}

Command Request() {
  return {"witness request",
          {{"NAME", "The witness's name in the service's witness policy."}},
          {{"out", "FILE", "Where to write the request.", true},
           ForceOption(),
           {"old", "ENTRIES", "How many entries the witness has seen, if it said another number than expected."}},
          Needs::kService,
          "write a request for a witness that is reached by file",
          "Publishes a checkpoint and writes it down together with the proof that it goes on from what the\n"
          "witness has seen.",
          "spor witness request ida --out request.txt --home /srv/spor",
          RunRequest};
}

Command Accept() {
  return {"witness accept",
          {{"FILE", "The answer that spor witness cosign wrote."}},
          {},
          Needs::kService,
          "take in a cosignature that came as a file",
          "It is verified with the key that the service's witness policy names, and kept if it is right.",
          "spor witness accept answer.txt --home /srv/spor",
          RunAccept};
}

}  // namespace

std::vector<Command> WitnessCommands() { return {Init(), AddLog(), Status(), Serve(), Cosign(), Request(), Accept()}; }

}  // namespace spor::cli
