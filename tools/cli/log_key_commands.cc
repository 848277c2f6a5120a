// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "tools/cli/command.h"
#include "tools/cli/places.h"
#include "tools/cli/progress.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

constexpr std::string_view kWordsToType = "accept loss";

Outcome<ExitCode> RunKeys(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kNone));
  ASSIGN_OR_RETURN(const privacy::JsonValue answer, client.Get("/v1/log/keys"));
  console.Show(answer);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunRotateKey(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  Outcome<privacy::JsonValue> answer = [&] {
    const Spinner spinner(console, "replacing the log key");
    return client.Post("/v1/log/rotate-key", "{}");
  }();
  if (!answer.has_value()) return answer.error();
  console.Show(*answer);
  if (!console.json()) console.Note("Tell the new key to witnesses and to whoever pins it; trust files still work.");
  return ExitCode::kDone;
}

Outcome<ExitCode> RunAcceptLoss(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(const HomePlaces places, PlacesOf(arguments));
  const bool yes = arguments.Has("yes");
  if (!yes && isatty(console.input_fd()) != 1) {
    return WrongUsage("this asks at the terminal before it closes an origin; a script gives --yes");
  }
  LossArguments loss;
  loss.new_origin = arguments.Get("new-origin");
  loss.reason = arguments.Get("reason");
  loss.checkpoint_file = arguments.Find("checkpoint").value_or("");
  loss.anchor_lost = arguments.Has("anchor-lost");
  ASSIGN_OR_RETURN(LocalAnswer answer, AcceptLoss(places, loss, [&](const std::string& words) {
                     return yes ? OkStatus() : console.Confirm(words, kWordsToType);
                   }));
  console.ShowText(answer.json);
  if (!console.json()) {
    console.Note(
        "Keep the copy. Start the service, make a new trust file (spor trust) and give it to whoever verifies.");
  }
  return answer.exit;
}

}  // namespace

std::vector<Command> LogKeyCommands() {
  return {
      {"log keys",
       {},
       {},
       Needs::kService,
       "show the keys that signed the log, and its origins",
       "log_vkey is the key that signs now; first_size the number of entries from which on a key signs. An origin\n"
       "that was closed after a loss stays listed, with both heads.",
       "spor log keys --home /srv/spor\nspor log keys --json",
       RunKeys},
      {"log rotate-key",
       {},
       {},
       Needs::kSession,
       "replace the key that signs the log",
       "The old key endorses the new one in the log itself and is deleted. Artefacts and trust files made before\n"
       "stay good.",
       "spor log rotate-key --home /srv/spor",
       RunRotateKey},
      {"log accept-loss",
       {},
       WithPlaces({{"new-origin", "NAME", "The name under which the log goes on, such as example.no/spor-2.", true},
                   {"reason", "TEXT", "What happened, or a case number; it is recorded, sealed.", true},
                   {"checkpoint", "FILE", "A signed checkpoint of this log that somebody else kept, if there is one."},
                   {"anchor-lost", "", "The anchor is gone for good: nobody can tell what else is lost."},
                   {"yes", "", "Don't ask at the terminal."}}),
       Needs::kNothing,
       "go on after entries were lost for good, under a new origin",
       "For when serve refuses to start because the log is shorter than what was signed, or differs, and no newer\n"
       "copy exists. Copies everything aside, closes the origin with both heads, and begins a successor. Refuses\n"
       "where nothing is lost, where what is left is damaged itself, and where it is of before an erasure.",
       "spor log accept-loss --home /srv/spor --new-origin example.no/spor-2 --reason 'disk failure, case 26/17'",
       RunAcceptLoss},
  };
}

}  // namespace spor::cli
