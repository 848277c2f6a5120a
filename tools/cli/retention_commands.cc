// SPDX-License-Identifier: Apache-2.0
#include "privacy/calendar.h"
#include "tools/cli/command.h"
#include "tools/cli/progress.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

Outcome<ExitCode> PostAndShow(const Arguments& arguments, Console& console, std::string_view target, std::string body,
                              std::string label) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  Outcome<JsonValue> answer = [&] {
    const Spinner spinner(console, std::move(label));
    return client.Post(target, std::move(body));
  }();
  if (!answer.has_value()) return answer.error();
  console.Show(*answer);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunPlan(const Arguments& arguments, Console& console) {
  JsonWriter body;
  body.BeginObject();
  if (std::optional<std::string> as_of = arguments.Find("as-of")) {
    if (!privacy::ParseDate(*as_of).ok()) return WrongUsage("--as-of wants a date such as 2026-12-31");
    body.Key("as_of").String(*as_of);
  }
  return PostAndShow(arguments, console, "/v1/retention/plan", body.EndObject().Take(), "planning");
}

Outcome<ExitCode> RunRun(const Arguments& arguments, Console& console) {
  return PostAndShow(arguments, console, "/v1/retention/run", "{}", "erasing and re-wrapping keys");
}

Outcome<ExitCode> RunStatus(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  Outcome<JsonValue> answer = [&] {
    const Spinner spinner(console, "counting");
    return client.Get("/v1/retention/status");
  }();
  if (!answer.has_value()) return answer.error();
  console.Show(*answer);
  return ExitCode::kDone;
}

}  // namespace

std::vector<Command> RetentionCommands() {
  return {
      {"retention plan",
       {},
       {{"as-of", "DATE", "What would be due on that day, such as 2026-12-31. Default: today."}},
       Needs::kSession,
       "show what must be erased, by rule",
       "Counts units: all data of one person in one category that shares one clock. Nothing is changed. Rules\n"
       "that the company has not decided never delete; they are listed as undecided. held: would be due, but for a\n"
       "hold that stands on that day (spor hold list).",
       "spor retention plan --home /srv/spor\nspor retention plan --as-of 2027-01-01 --json",
       RunPlan},
      {"retention run",
       {},
       {},
       Needs::kSession,
       "erase what is due",
       "Destroys the keys of every unit that is due, re-wraps the others and overwrites the old root key. What\n"
       "was erased can't be opened again, not from backups of the data directory either. The answer's run is\n"
       "what spor certificate wants.",
       "spor retention run --home /srv/spor",
       RunRun},
      {"retention status",
       {},
       {},
       Needs::kSession,
       "show what is overdue, held or undecided",
       "overdue: due and not yet erased. held: covered by a legal hold, due or not. undecided: under a rule that\n"
       "nobody has decided. not started: its clock does not run yet. Holds that end within 30 days are listed.",
       "spor retention status --home /srv/spor",
       RunStatus},
  };
}

}  // namespace spor::cli
