// SPDX-License-Identifier: Apache-2.0
#include "privacy/calendar.h"
#include "tools/cli/artefact.h"
#include "tools/cli/command.h"
#include "tools/cli/local_commands.h"
#include "tools/cli/out_file.h"
#include "tools/cli/progress.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

using privacy::JsonWriter;

Outcome<ExitCode> PostAndSave(const Arguments& arguments, Console& console, std::string_view target, std::string body,
                              std::string label) {
  const Overwrite overwrite = OverwriteOf(arguments);
  RETURN_IF_ERROR(CheckArtefactPath(arguments.Get("out"), overwrite));
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  Outcome<std::string> bytes = [&] {
    const Spinner spinner(console, std::move(label));
    return client.PostBytes(target, std::move(body));
  }();
  if (!bytes.has_value()) return bytes.error();
  return SaveArtefact(arguments.Get("out"), *bytes, overwrite, console);
}

Outcome<ExitCode> WriteDates(const Arguments& arguments, JsonWriter& json) {
  for (const char* name : {"from", "to"}) {
    const std::string& date = arguments.Get(name);
    if (!privacy::ParseDate(date).ok())
      return WrongUsage("--" + std::string(name) + " wants a date such as 2026-12-31");
    json.Key(name).String(date);
  }
  return ExitCode::kDone;
}

void WriteSubject(const Arguments& arguments, JsonWriter& json) {
  if (std::optional<std::string> subject = arguments.Find("subject")) json.Key("subject").String(*subject);
}

Outcome<ExitCode> RunCertificate(const Arguments& arguments, Console& console) {
  JsonWriter body;
  body.BeginObject().Key("run").String(arguments.Get("RUN"));
  WriteSubject(arguments, body);
  return PostAndSave(arguments, console, "/v1/certificate", body.EndObject().Take(), "making the certificate");
}

Outcome<ExitCode> RunReview(const Arguments& arguments, Console& console) {
  JsonWriter body;
  body.BeginObject();
  ASSIGN_OR_RETURN([[maybe_unused]] const ExitCode dates, WriteDates(arguments, body));
  return PostAndSave(arguments, console, "/v1/review", body.EndObject().Take(), "making the review");
}

Outcome<ExitCode> RunExtract(const Arguments& arguments, Console& console) {
  JsonWriter body;
  body.BeginObject();
  ASSIGN_OR_RETURN([[maybe_unused]] const ExitCode dates, WriteDates(arguments, body));
  WriteSubject(arguments, body);
  body.Key("reason").String(arguments.Get("reason"));
  return PostAndSave(arguments, console, "/v1/extract", body.EndObject().Take(), "making the extract");
}

Outcome<ExitCode> RunTrust(const Arguments& arguments, Console& console) {
  const std::string& path = arguments.Get("out");
  const Overwrite overwrite = OverwriteOf(arguments);
  RETURN_IF_ERROR(CheckWritable(path, overwrite));
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kNone));
  ASSIGN_OR_RETURN(std::string bytes, client.GetBytes("/v1/trust"));
  if (const std::optional<std::string> policy = arguments.Find("witness-policy")) {
    ASSIGN_OR_RETURN(bytes, TrustWithWitnesses(bytes, *policy));
  }
  RETURN_IF_ERROR(WriteFileAtomically(path, bytes, 0644, overwrite));
  JsonWriter json;
  json.BeginObject().Key("out").String(path).Key("fingerprint").String(FingerprintOfTrust(bytes)).EndObject();
  console.ShowText(json.Take());
  if (!console.json()) console.Note("Give the fingerprint to the verifier by another way than the file.");
  return ExitCode::kDone;
}

Option Out(std::string what) {
  return {"out", "FILE", "Where to write " + std::move(what) + "; the HTML to read goes beside it.", true};
}
Option Subject() { return {"subject", "SUBJECT", "Only about this person: e-mail address, external_id:VALUE or id."}; }
Option From() { return {"from", "DATE", "First day of the period, such as 2026-01-01.", true}; }
Option To() { return {"to", "DATE", "Last day of the period.", true}; }

}  // namespace

std::vector<Command> ReportCommands() {
  return {
      {"certificate",
       {{"RUN", "The run that spor retention run printed."}},
       {Subject(), Out("the certificate"), ForceOption()},
       Needs::kSession,
       "write the deletion certificate of a retention run",
       "The certificate proves what the run erased: it verifies offline against the signed checkpoints, with\n"
       "spor verify. With --subject it covers one person's units only.",
       "spor certificate 17 --out certificate.json --home /srv/spor",
       RunCertificate},
      {"review",
       {},
       {From(), To(), Out("the review"), ForceOption()},
       Needs::kSession,
       "write the annual review: promise by promise, what was done",
       "Compares the privacy statement's promises with what the ledger shows of the period.",
       "spor review --from 2026-01-01 --to 2026-12-31 --out review.json --home /srv/spor",
       RunReview},
      {"extract",
       {},
       {From(),
        To(),
        Subject(),
        {"reason", "TEXT", "Why, or a case number; it is recorded.", true},
        Out("the extract"),
        ForceOption()},
       Needs::kSession,
       "write an extract of the ledger for an inspector or a person",
       "Holds the entries of the period with what they disclose, and the proofs that they are in the ledger.\n"
       "The extract may hold personal data; its files are readable by you alone.",
       "spor extract --from 2026-01-01 --to 2026-12-31 --reason 'inspection 26/17' --out extract.json",
       RunExtract},
      {"trust",
       {},
       {{"out", "FILE", "Where to write the trust file.", true},
        {"witness-policy", "FILE", "Which witnesses must have cosigned, as a C2SP policy file; it goes into the file."},
        ForceOption()},
       Needs::kService,
       "write the trust file: the public keys that a verifier pins",
       "Holds no secret. Whoever verifies our artefacts needs it once, and compares its fingerprint with the\n"
       "one we tell her by another way. She may keep it when the log's key changes: verify follows keys that the\n"
       "one before endorsed. With --witness-policy, verify also says when witnesses had seen the log.",
       "spor trust --out trust.json --home /srv/spor",
       RunTrust},
  };
}

}  // namespace spor::cli
