// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/command.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

void WriteList(JsonWriter& json, std::string_view text) {
  json.BeginArray();
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    json.String(item);
  }
  json.EndArray();
}

// A missing purpose or reason goes to the service as an empty one: the refusal is its to make, and to record.
Outcome<ExitCode> RunRead(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  JsonWriter body;
  body.BeginObject().Key("subject").String(arguments.Get("SUBJECT"));
  body.Key("purpose").String(arguments.Find("purpose").value_or(""));
  body.Key("reason").String(arguments.Find("reason").value_or(""));
  if (std::optional<std::string> category = arguments.Find("category")) body.Key("category").String(*category);
  if (std::optional<std::string> fields = arguments.Find("fields")) WriteList(body.Key("fields"), *fields);
  if (std::optional<std::string> ground = arguments.Find("despite-restriction")) {
    body.Key("despite_restriction").String(*ground);
  }
  ASSIGN_OR_RETURN(JsonValue answer, client.Post("/v1/read", body.EndObject().Take()));
  console.Show(answer);
  answer.WipeStrings();
  return ExitCode::kDone;
}

}  // namespace

std::vector<Command> ReadCommands() {
  return {
      {"read",
       {{"SUBJECT", "An e-mail address, external_id:VALUE, or a subject id."}},
       {{"purpose", "PURPOSE", "A purpose of the policy; without one the read is refused, and that recorded."},
        {"reason", "TEXT", "Why, or a case number; it is recorded, sealed."},
        {"category", "CATEGORY", "Only this category. Default: every category that has the purpose."},
        {"fields", "A,B", "Only these fields. Default: all that the purpose lists."},
        {"despite-restriction", "GROUND",
         "Where processing is restricted: consent, legal_claim, protection_of_others or public_interest (GDPR art. "
         "18(2)); it is recorded."}},
       Needs::kSession,
       "show the fields of one person that a purpose needs",
       "The read is recorded in the ledger before anything is shown, and the person can see it in her access\n"
       "log. Only the fields that the policy lists for the purpose are opened.",
       "spor read kari@example.com --purpose product_access --reason 'asks for her course' --home /srv/spor\n"
       "spor read external_id:K1001 --purpose billing --reason 'case 17' --category purchase_history",
       RunRead},
  };
}

}  // namespace spor::cli
