// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <charconv>
#include <filesystem>

#include "tools/cli/command.h"
#include "tools/cli/local_backup.h"
#include "tools/cli/places.h"
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

constexpr std::string_view kWordsToType = "restore";

Outcome<uint32_t> NumberOf(const Arguments& arguments) {
  const std::optional<std::string> text = arguments.Find("number");
  if (!text) return uint32_t{0};
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number == 0) {
    return WrongUsage("--number is one that `spor backup list` shows");
  }
  return number;
}

Outcome<ExitCode> RunCreate(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  JsonWriter body;
  body.BeginObject().Key("directory").String(FromRoot(arguments.Get("DIR"))).EndObject();
  Outcome<JsonValue> answer = [&] {
    const Spinner spinner(console, "copying what is new since the last backup");
    return client.Post("/v1/backups", body.Take());
  }();
  if (!answer.has_value()) return answer.error();
  console.Show(*answer);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunList(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(LocalAnswer answer, ListBackups(arguments.Get("DIR")));
  console.ShowText(answer.json);
  return answer.exit;
}

Outcome<ExitCode> RunVerifyBackup(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(const uint32_t number, NumberOf(arguments));
  std::optional<ProgressBar> bar;
  std::string shown;
  Outcome<LocalAnswer> answer = VerifyBackup(arguments.Get("DIR"), number, arguments.Has("quick"),
                                             [&](std::string_view what, uint64_t done, uint64_t total) {
                                               if (shown != what) bar.emplace(console, shown = what, total);
                                               bar->Set(done);
                                             });
  bar.reset();
  if (!answer.has_value()) return answer.error();
  console.ShowText(answer->json);
  return answer->exit;
}

Outcome<ExitCode> RunRestore(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(const HomePlaces places, PlacesOf(arguments));
  ASSIGN_OR_RETURN(const SlotKey key, AskSlotKey(places, arguments, console));
  RestoreArguments restore;
  ASSIGN_OR_RETURN(restore.number, NumberOf(arguments));
  const bool yes = arguments.Has("yes");
  if (!yes && isatty(console.input_fd()) != 1) {
    return WrongUsage("this asks at the terminal before it restores; a script gives --yes");
  }
  restore.backups = arguments.Get("DIR");
  restore.key_copy = arguments.Find("key-copy").value_or("");
  restore.new_origin = arguments.Find("new-origin").value_or("");
  restore.reason = arguments.Find("reason").value_or("");
  restore.anchor_lost = arguments.Has("anchor-lost");
  restore.slot_key = &key;
  Outcome<LocalAnswer> answer = Restore(places, restore, [&](const std::string& words) {
    return yes ? OkStatus() : console.Confirm(words, kWordsToType);
  });
  if (!answer.has_value()) return answer.error();
  console.ShowText(answer->json);
  if (!console.json()) {
    console.Note(
        "Start the service. Then make a new backup, a new copy of the keys and a new trust file (spor trust).");
  }
  return answer->exit;
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
      {"backup create",
       {{"DIR", "Where the service writes it; made if it is not there."}},
       {},
       Needs::kSession,
       "back up the data while the service runs",
       "A consistent copy of everything but the root key. Table files that an earlier backup in DIR has are not "
       "copied\n"
       "again. What it holds is sealed under keys that the next erasure or rotation destroys: to restore it after "
       "that\n"
       "takes the newest copy of the keys (spor backup keys create), and what was erased stays erased.",
       "spor backup create /mnt/backup/spor",
       RunCreate},
      {"backup list",
       {{"DIR", "A directory of backups."}},
       {},
       Needs::kNothing,
       "list the backups in a directory",
       "Needs no service. log_size is the number of entries, generation that of the root key it was made under.",
       "spor backup list /mnt/backup/spor",
       RunList},
      {"backup verify",
       {{"DIR", "A directory of backups."}},
       {{"number", "N", "Which one, as `spor backup list` shows. Default: the newest."},
        {"quick", "", "Only compare each file with its checksum."}},
       Needs::kNothing,
       "check that a backup can be restored",
       "Compares each file with its checksum, restores the backup into DIR/verify.tmp, recomputes the whole log from "
       "it\n"
       "as spor fsck does, and removes it again. Needs no key, and as much room on the disk as the data has.",
       "spor backup verify /mnt/backup/spor",
       RunVerifyBackup},
      {"restore",
       {{"DIR", "A directory of backups."}},
       WithPlaces({{"number", "N", "Which one, as `spor backup list` shows. Default: the newest."},
                   {"key-copy", "FILE", "The newest copy of the keys, if anything was erased since the backup."},
                   {"new-origin", "NAME", "How the log is called from now on, if entries are lost."},
                   {"reason", "TEXT", "What happened, or a case number; it is recorded, sealed."},
                   {"anchor-lost", "", "The anchor is gone for good: nobody can tell what else is lost."},
                   {"unlock", "HOW", "Open the keys with a recovery key or a passphrase: recovery, passphrase."},
                   {"unlock-fd", "N", "Read it from this open descriptor instead of the terminal."},
                   {"yes", "", "Don't ask at the terminal."}}),
       Needs::kNothing,
       "make a data directory again from a backup",
       "Builds HOME beside, as HOME.restoring, and gives it its name as the last step. What was erased since the "
       "backup\n"
       "is erased again before anybody can log in. If the anchor knows of more entries than the backup has, the "
       "origin\n"
       "is closed with both heads and the log goes on under --new-origin. HOME must not exist.",
       "spor restore /mnt/backup/spor --home /srv/spor --key-copy /mnt/safe/keys-2027-03 \\\n"
       "    --new-origin example.no/spor-2 --reason 'disk failure, case 26/17'",
       RunRestore},
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
