// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "tools/cli/command.h"
#include "tools/cli/progress.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

// The service writes it, from wherever it stands; here a relative name means what it means in the shell.
std::string FromRoot(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

Outcome<ExitCode> RunKeysCreate(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  JsonWriter body;
  body.BeginObject()
      .Key("file")
      .String(FromRoot(arguments.Get("FILE")))
      .Key("keep_until")
      .String(arguments.Get("until"));
  body.Key("place").String(arguments.Get("place")).EndObject();
  Outcome<JsonValue> answer = [&] {
    const Spinner spinner(console, "copying the wrapped keys");
    return client.Post("/v1/backups/keys", body.Take());
  }();
  if (!answer.has_value()) return answer.error();
  console.Show(*answer);
  if (!console.json()) {
    console.Note(
        "Move it to where it will be kept, apart from the data and its backups. It opens with the slots of today:\n"
        "keep a recovery key or a slot secret elsewhere.");
  }
  return ExitCode::kDone;
}

Outcome<ExitCode> RunKeysList(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const JsonValue answer, client.Get("/v1/backups/keys"));
  console.Show(answer);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunKeysEnd(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  JsonWriter body;
  body.BeginObject().Key("id").String(arguments.Get("ID")).Key("reason").String(arguments.Get("reason")).EndObject();
  ASSIGN_OR_RETURN(const JsonValue answer, client.Post("/v1/backups/keys/end", body.Take()));
  console.Show(answer);
  return ExitCode::kDone;
}

}  // namespace

std::vector<Command> BackupCommands() {
  return {
      {"backup keys create",
       {{"FILE", "Where the service writes the copy, mode 0600; must be new."}},
       {{"until", "DATE", "The last day on which this copy exists, such as 2027-03-31.", true},
        {"place", "TEXT", "Where it will be kept, in words.", true}},
       Needs::kSession,
       "copy the wrapped keys, to restore old data with",
       "After an erasure a backup of the data from before it opens only with the newest copy of the keys: what was\n"
       "erased is not in there. The copy holds the root key, sealed to the slots of today, so it is registered first:\n"
       "what is erased later counts as erased everywhere when the last copy of an older root key is gone. Make a new\n"
       "one after each erasure or rotation, destroy the one before, and say so with `spor backup keys end`.",
       "spor backup keys create /mnt/safe/keys-2027-03 --until 2027-04-30 --place 'safe in the office'",
       RunKeysCreate},
      {"backup keys list",
       {},
       {},
       Needs::kSession,
       "list the registered copies of the keys",
       "Those whose destruction nobody has recorded, with the generation of the root key that each holds. A copy of "
       "an\n"
       "older generation than the one in force no longer opens anything that a restore wants: destroy it.",
       "spor backup keys list",
       RunKeysList},
      {"backup keys end",
       {{"ID", "The copy, as spor backup keys list names it."}},
       {{"reason", "TEXT", "How it was destroyed.", true}},
       Needs::kSession,
       "record that a copy of the keys was destroyed",
       "Destroy it first: this only writes down who said so, and when.",
       "spor backup keys end 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --reason 'shredded the USB stick'",
       RunKeysEnd},
  };
}

}  // namespace spor::cli
