// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "tools/cli/command.h"
#include "tools/cli/places.h"
#include "tools/cli/progress.h"
#include "tools/cli/secret_input.h"
#include "tools/cli/service_client.h"
#include "vault/slot_secret.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

// A slot in the making. Its secret is made here and stays here: the service gets the public half.
struct NewSlot {
  vault::Slot slot;
  std::string recovery_key;  // to be shown once
  std::string written;       // a secret file, to be removed if the slot is refused
};

Outcome<NewSlot> MakeFileSlot(const Arguments& arguments, std::string label) {
  const std::optional<std::string> out = arguments.Find("out");
  if (!out) return WrongUsage("where should the secret of the new slot go? give --out FILE");
  std::error_code error;
  if (std::filesystem::exists(*out, error) || error) {
    return WrongUsage(*out + " exists: name a new file, because it may be the secret of another slot");
  }
  const BoxSecretKey secret = BoxSecretKey::Random();
  RETURN_IF_ERROR(vault::WriteSlotSecret(*out, secret));
  return NewSlot{{vault::SlotType::kCredentialFile, BoxPublicKey(secret), std::move(label), {}}, "", *out};
}

Outcome<NewSlot> MakePassphrase(const Arguments& arguments, std::string label, Console& console) {
  ASSIGN_OR_RETURN(const SecretBytes passphrase,
                   SecretFromFdOrTerminal(arguments, "passphrase-fd", "New passphrase, six words or more: ", console));
  if (!arguments.Has("passphrase-fd")) {
    ASSIGN_OR_RETURN(const SecretBytes again, AskSecret(console, "Once more: ", "--passphrase-fd N"));
    if (!SecretEquals(passphrase.Reveal(), again.Reveal())) return WrongUsage("the two differ; start again");
  }
  const Spinner spinner(console, "stretching the passphrase over 1 GiB of memory");
  ASSIGN_OR_RETURN(vault::Slot slot, vault::MakePassphraseSlot(label, passphrase));
  return NewSlot{std::move(slot), "", ""};
}

Outcome<NewSlot> MakeSlot(const Arguments& arguments, Console& console) {
  const std::string& type = arguments.Get("TYPE");
  std::string label = arguments.Find("label").value_or(type);
  RETURN_IF_ERROR(vault::CheckSlotLabel(label));
  if (type == "file") return MakeFileSlot(arguments, std::move(label));
  if (type == "passphrase") return MakePassphrase(arguments, std::move(label), console);
  if (type != "recovery") return WrongUsage("a slot is of type file, passphrase or recovery");
  const BoxSecretKey secret = BoxSecretKey::Random();
  return NewSlot{{vault::SlotType::kRecoveryKey, BoxPublicKey(secret), std::move(label), {}},
                 vault::FormatRecoveryKey(secret),
                 ""};
}

// In two lines of seven groups, as people write it down.
void ShowRecoveryKey(const std::string& key, Console& console) {
  constexpr size_t kHalf = 35;
  if (console.json()) {
    console.Print(JsonWriter().BeginObject().Key("recovery_key").String(key).EndObject().Take());
    return;
  }
  console.Print(
      "\nThe recovery key, shown this once. Write it down, check it, keep it where the machine is not:\n\n    " +
      key.substr(0, kHalf - 1) + "\n    " + key.substr(kHalf) + "\n");
}

Outcome<ExitCode> RunSlotAdd(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(NewSlot made, MakeSlot(arguments, console));
  JsonWriter body;
  body.BeginObject().Key("type").String(vault::SlotTypeName(made.slot.type)).Key("label").String(made.slot.label);
  body.Key("public_key").String(HexEncode(made.slot.public_key));
  body.Key("wrapped_secret").String(HexEncode(made.slot.wrapped_secret)).EndObject();
  Outcome<JsonValue> answer = [&] {
    const Spinner spinner(console, "making a new root key");
    return client.Post("/v1/keys/slots/add", body.Take());
  }();
  if (!answer.has_value()) {
    // Where the service did not say no, the slot may be there, and its secret stays.
    const bool refused = answer.error().exit == ExitCode::kRefused || answer.error().exit == ExitCode::kNotLoggedIn;
    if (refused && !made.written.empty()) std::filesystem::remove(made.written);
    WipeMemory(made.recovery_key);
    return answer.error();
  }
  console.Show(*answer);
  if (!made.recovery_key.empty()) ShowRecoveryKey(made.recovery_key, console);
  WipeMemory(made.recovery_key);
  if (!made.written.empty() && !console.json()) {
    console.Note("The secret is in " + made.written + "; keep it apart from the data and its backups.");
  }
  return ExitCode::kDone;
}

Outcome<ExitCode> PostAndShow(const Arguments& arguments, Console& console, std::string_view target, std::string body) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  Outcome<JsonValue> answer = [&] {
    const Spinner spinner(console, "making a new root key");
    return client.Post(target, std::move(body));
  }();
  if (!answer.has_value()) return answer.error();
  console.Show(*answer);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunSlotRemove(const Arguments& arguments, Console& console) {
  return PostAndShow(arguments, console, "/v1/keys/slots/remove",
                     JsonWriter().BeginObject().Key("label").String(arguments.Get("LABEL")).EndObject().Take());
}

Outcome<ExitCode> RunRotate(const Arguments& arguments, Console& console) {
  return PostAndShow(arguments, console, "/v1/keys/rotate", "{}");
}

Outcome<ExitCode> RunKeyStatus(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const JsonValue answer, client.Get("/v1/keys"));
  console.Show(answer);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunRecover(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(const HomePlaces places, PlacesOf(arguments));
  ASSIGN_OR_RETURN(const SlotKey key, AskSlotKey(places, arguments, console));
  if (!key.secret) return WrongUsage("with what? give --unlock recovery or --unlock passphrase");
  const std::string out = arguments.Get("out");
  const std::string label = arguments.Find("label").value_or("service-2");
  RETURN_IF_ERROR(vault::CheckSlotLabel(label));
  {
    const Spinner spinner(console, "making a new root key");
    const Outcome<ExitCode> done = RecoverHome(places, *key.secret, label, out);
    if (!done.has_value()) return done.error();
  }
  console.ShowText(
      JsonWriter().BeginObject().Key("slot").String(label).Key("slot_secret_file").String(out).EndObject().Take());
  if (!console.json()) {
    console.Note(
        "Start the service with it: spor serve --home " + places.home + " --slot-secret-file " + out +
        "\nThen remove the slot whose secret was lost: spor key slot remove LABEL (spor key status lists them).");
  }
  return ExitCode::kDone;
}

}  // namespace

std::vector<Command> KeyCommands() {
  return {
      {"key status",
       {},
       {},
       Needs::kSession,
       "show the root key's generation and its slots",
       "A slot is one way to open the ledger: a secret file, a passphrase, or a recovery key on paper. Each has\n"
       "the root key sealed to it. The digest stands in every head of the log.",
       "spor key status --home /srv/spor",
       RunKeyStatus},
      {"key slot add",
       {{"TYPE", "file, passphrase or recovery."}},
       {{"label", "NAME", "What to call it: a-z 0-9 . _ -. Default: its type."},
        {"out", "FILE", "Where the secret of a slot of type file goes; must be new."},
        {"passphrase-fd", "N", "Read the passphrase from this open descriptor instead of the terminal."}},
       Needs::kSession,
       "add a way to open the ledger",
       "Makes a key pair here and hands the service its public half. The root key is made anew and sealed to all\n"
       "slots; the old one is destroyed. A recovery key is printed once and stored nowhere. A passphrase is\n"
       "stretched over 1 GiB of memory, here and whenever it is used.",
       "spor key slot add recovery --label safe\nspor key slot add file --label standby --out /run/standby.secret",
       RunSlotAdd},
      {"key slot remove",
       {{"LABEL", "The slot, as spor key status names it."}},
       {},
       Needs::kSession,
       "remove a way to open the ledger",
       "The root key is made anew and sealed to the slots that stay; the old one is destroyed, so that the removed\n"
       "slot's secret opens nothing any more, unless somebody kept a copy of an older slot file. The last slot and\n"
       "the one that the service was started with can't be removed.",
       "spor key slot remove standby",
       RunSlotRemove},
      {"key rotate",
       {},
       {},
       Needs::kSession,
       "make a new root key for the same slots",
       "Everything directly below the root key is wrapped again, read back and checked; then the old one is\n"
       "overwritten. No passphrase and no recovery key is needed.",
       "spor key rotate",
       RunRotate},
      {"key recover",
       {},
       WithPlaces({{"unlock", "HOW", "recovery or passphrase: the secret you still have.", true},
                   {"unlock-fd", "N", "Read it from this open descriptor instead of the terminal."},
                   {"label", "NAME", "What to call the new slot. Default: service-2."},
                   {"out", "FILE", "Where the new slot's secret goes; must be new.", true}}),
       Needs::kNothing,
       "get back in after the slot secret file was lost",
       "Opens the ledger with a recovery key or a passphrase and adds a slot of type file. The service must not\n"
       "run. The log says that it was done, and with which slot.",
       "spor key recover --home /srv/spor --unlock recovery --out /srv/spor.secret-2",
       RunRecover},
  };
}

}  // namespace spor::cli
