// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/command.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

// Sends what was given, each option as the member of this name. What is missing goes as an empty text: the refusal is
// the service's to make, and to record.
struct Sent {
  std::string_view argument;
  std::string_view member;
};
Outcome<ExitCode> PostGiven(const Arguments& arguments, Console& console, std::string_view target,
                            std::initializer_list<Sent> members) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  JsonWriter body;
  body.BeginObject();
  for (const Sent& sent : members) {
    if (const std::optional<std::string> value = arguments.Find(sent.argument)) body.Key(sent.member).String(*value);
  }
  ASSIGN_OR_RETURN(JsonValue answer, client.Post(target, body.EndObject().Take()));
  console.Show(answer);
  answer.WipeStrings();
  return ExitCode::kDone;
}

Outcome<ExitCode> RunHoldSet(const Arguments& arguments, Console& console) {
  return PostGiven(arguments, console, "/v1/holds",
                   {{"SUBJECT", "subject"},
                    {"category", "category"},
                    {"ground", "ground"},
                    {"reason", "reason"},
                    {"until", "until"}});
}

Outcome<ExitCode> RunHoldLift(const Arguments& arguments, Console& console) {
  return PostGiven(arguments, console, "/v1/holds/lift",
                   {{"SUBJECT", "subject"}, {"ID", "hold"}, {"reason", "reason"}});
}

Outcome<ExitCode> RunHoldList(const Arguments& arguments, Console& console) {
  return PostGiven(arguments, console, "/v1/holds/list", {{"SUBJECT", "subject"}, {"ending-by", "ending_by"}});
}

Outcome<ExitCode> RunRestrictSet(const Arguments& arguments, Console& console) {
  return PostGiven(arguments, console, "/v1/restrictions",
                   {{"SUBJECT", "subject"}, {"ground", "ground"}, {"reason", "reason"}});
}

Outcome<ExitCode> RunRestrictLift(const Arguments& arguments, Console& console) {
  return PostGiven(
      arguments, console, "/v1/restrictions/lift",
      {{"SUBJECT", "subject"}, {"ground", "ground"}, {"reason", "reason"}, {"informed-on", "informed_on"}});
}

Outcome<ExitCode> RunRestrictList(const Arguments& arguments, Console& console) {
  return PostGiven(arguments, console, "/v1/restrictions/list", {{"SUBJECT", "subject"}});
}

const Positional kSubject = {"SUBJECT", "An e-mail address, external_id:VALUE, or a subject id."};
const Positional kAnySubject = {"SUBJECT", "As above; without one everybody, without the reasons.", false};

std::vector<Command> HoldsThemselves() {
  return {
      {"hold set",
       {kSubject},
       {{"category", "CATEGORY", "Only what belongs to it. Default: everything about her."},
        {"ground", "GROUND", "legal_claim, legal_obligation, authority_request or dispute."},
        {"reason", "TEXT", "Why, or a case number; it is recorded, sealed."},
        {"until", "DATE", "The last day on which it stands, at most five years ahead."}},
       Needs::kSession,
       "keep a person's data from being erased, for a while",
       "Sperre mot sletting (midlertidig). No retention run erases what a hold covers, also what comes in while it\n"
       "stands. It ends by itself after its last day; what was due is erased by the next run then. The data may be\n"
       "used meanwhile: see spor restrict set.",
       "spor hold set kari@example.com --ground legal_claim --reason 'case 26/17' --until 2027-06-30\n"
       "spor hold set external_id:K1001 --category payment_history --ground authority_request --reason 'letter of "
       "3 May' --until 2027-06-30",
       RunHoldSet},
      {"hold lift",
       {kSubject, {"ID", "The hold, as spor hold list names it."}},
       {{"reason", "TEXT", "Why; it is recorded, sealed."}},
       Needs::kSession,
       "end a hold before its day",
       "What no other hold covers, and is due, goes with the next retention run.",
       "spor hold lift kari@example.com 5f0c1a9e --reason 'settled'",
       RunHoldLift},
      {"hold list",
       {kAnySubject},
       {{"ending-by", "DATE", "Only those that end on this day or earlier."}},
       Needs::kSession,
       "show holds by the day they end",
       "At most 1,000 at a time. That somebody looked is recorded; of one person in her access log, too.",
       "spor hold list\nspor hold list kari@example.com\nspor hold list --ending-by 2027-01-31 --json",
       RunHoldList},
  };
}

std::vector<Command> Restrictions() {
  return {
      {"restrict set",
       {kSubject},
       {{"ground", "GROUND", "accuracy_contested, erasure_opposed, needed_for_claim or objection_pending."},
        {"reason", "TEXT", "Why, or a case number; it is recorded, sealed."}},
       Needs::kSession,
       "restrict the processing of a person's data",
       "Begrensning av behandling (GDPR art. 18). Reads are refused for every purpose, except with one of the\n"
       "grounds of art. 18(2): spor read --despite-restriction. Events of applications about her are recorded and\n"
       "marked. Retention goes on; to keep the data, set a hold.",
       "spor restrict set kari@example.com --ground accuracy_contested --reason 'case 26/18'",
       RunRestrictSet},
      {"restrict lift",
       {kSubject},
       {{"ground", "GROUND", "The ground that no longer holds."},
        {"reason", "TEXT", "Why; it is recorded, sealed."},
        {"informed-on", "DATE", "The day on which she was told that it will be lifted (GDPR art. 18(3))."}},
       Needs::kSession,
       "lift a restriction",
       "Her data may be used again once no ground is left.",
       "spor restrict lift kari@example.com --ground accuracy_contested --reason 'corrected' --informed-on 2026-11-20",
       RunRestrictLift},
      {"restrict list",
       {kAnySubject},
       {},
       Needs::kSession,
       "show whose processing is restricted",
       "At most 1,000 people. That somebody looked is recorded; of one person in her access log, too.",
       "spor restrict list\nspor restrict list kari@example.com --json",
       RunRestrictList},
  };
}

}  // namespace

std::vector<Command> HoldCommands() {
  std::vector<Command> all = HoldsThemselves();
  for (Command& command : Restrictions()) all.push_back(std::move(command));
  return all;
}

}  // namespace spor::cli
