// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/command.h"
#include "tools/cli/qr.h"
#include "tools/cli/secret_input.h"
#include "tools/cli/service_client.h"
#include "tools/cli/session_file.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

// Room for every secret of one request, so that the text never grows and leaves a copy behind.
constexpr size_t kSecretBody = 16384;

JsonWriter SecretJson() { return JsonWriter(JsonWriter::Style::kCompact, kSecretBody); }

Outcome<SecretBytes> OneTimeCode(const Arguments& arguments, std::string_view option, std::string_view prompt,
                                 Console& console) {
  const std::string fd_option = std::string(option) + "-fd";
  if (std::optional<std::string> given = arguments.Find(option)) {
    if (arguments.Has(fd_option))
      return WrongUsage("--" + std::string(option) + " and --" + fd_option + " exclude each other");
    SecretBytes code = SecretBytes::CopyOf(AsBytes(*given));
    WipeMemory(*given);
    return code;
  }
  return SecretFromFdOrTerminal(arguments, fd_option, prompt, console);
}

// The secret goes out first, and is flushed, before anything is read: a script computes its two codes from it.
Outcome<ExitCode> ShowAuthenticatorSecret(const JsonValue& begun, Console& console) {
  ASSIGN_OR_RETURN(const std::string_view secret, begun.GetStringView("totp_secret"));
  ASSIGN_OR_RETURN(const std::string_view uri, begun.GetStringView("otpauth"));
  if (console.json()) {
    JsonWriter line = SecretJson();
    line.BeginObject().Key("totp_secret").String(secret).Key("otpauth").String(uri).EndObject();
    std::string text = line.Take();
    console.Print(text);
    WipeMemory(text);
  }
  ASSIGN_OR_RETURN(const QrDots dots, MakeQr(uri));
  console.Note("Scan this with an authenticator app:\n");
  console.NoteRaw(DrawQr(dots));
  console.Note("\nor type its secret there: " + std::string(secret));
  return ExitCode::kDone;
}

Outcome<std::string> CodeLine(Console& console, std::string_view prompt) {
  console.NoteRaw(prompt);
  std::optional<std::string> line = console.ReadLine();
  if (!line.has_value()) return WrongUsage("two codes are wanted on standard input, one a line");
  return std::move(*line);
}

Outcome<JsonValue> FinishActivation(const Arguments& arguments, const SecretBytes& code, ServiceClient& client,
                                    Console& console) {
  ASSIGN_OR_RETURN(const SecretBytes password, NewPassword(arguments, console));
  ASSIGN_OR_RETURN(std::string first, CodeLine(console, "A code from the app: "));
  ASSIGN_OR_RETURN(std::string second, CodeLine(console, "Wait for the next code and type it: "));
  JsonWriter body = SecretJson();
  body.BeginObject().Key("user").String(arguments.Get("USER")).Key("code").String(AsText(code.Reveal()));
  body.Key("password").String(AsText(password.Reveal()));
  body.Key("totp").BeginArray().String(first).String(second).EndArray().EndObject();
  WipeMemory(first);
  WipeMemory(second);
  return client.Post("/v1/activate/finish", body.Take());
}

// One a line; with --json they are in the answer.
void ShowRecoveryCodes(const JsonValue& answer, Console& console) {
  const JsonValue* codes = answer.Find("recovery_codes");
  if (codes == nullptr || !codes->is_array()) return;
  console.Print(
      "\nRecovery codes, shown this once. Each lets you in once without the app (spor login --recovery).\n"
      "Write them down and keep them where the password is not:\n");
  for (const JsonValue& code : codes->array()) console.Print("    " + std::string(code.string()));
}

void ShowActivated(JsonValue done, const std::string& user, Console& console) {
  if (console.json()) {
    console.Show(done);
  } else {
    console.ShowText(
        JsonWriter().BeginObject().Key("activated").Bool(true).Key("user").String(user).EndObject().Take());
    ShowRecoveryCodes(done, console);
    console.Note("\nNow log in: spor login " + user);
  }
  done.WipeStrings();
}

Outcome<ExitCode> RunActivate(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kNone));
  ASSIGN_OR_RETURN(const SecretBytes code, OneTimeCode(arguments, "code", "Activation code: ", console));
  JsonWriter begin = SecretJson();
  begin.BeginObject().Key("user").String(arguments.Get("USER")).Key("code").String(AsText(code.Reveal())).EndObject();
  ASSIGN_OR_RETURN(JsonValue begun, client.Post("/v1/activate/begin", begin.Take()));
  const Outcome<ExitCode> shown = ShowAuthenticatorSecret(begun, console);
  begun.WipeStrings();
  if (!shown.has_value()) return shown.error();
  ASSIGN_OR_RETURN(JsonValue done, FinishActivation(arguments, code, client, console));
  ShowActivated(std::move(done), arguments.Get("USER"), console);
  return ExitCode::kDone;
}

// All of the answer but the token, which only the session file gets.
void ShowLogin(const JsonValue& answer, Console& console) {
  JsonWriter json;
  json.BeginObject();
  for (const JsonValue::Member& member : answer.object()) {
    if (member.key != "token") json.Key(member.key).Value(member.value);
  }
  console.ShowText(json.EndObject().Take());
}

Outcome<ExitCode> RunLogin(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kNone));
  ASSIGN_OR_RETURN(const SecretBytes password, SecretFromFdOrTerminal(arguments, "password-fd", "Password: ", console));
  const bool recovery = arguments.Has("recovery") || arguments.Has("recovery-fd");
  if (recovery && (arguments.Has("totp") || arguments.Has("totp-fd")))
    return WrongUsage("a recovery code takes the place of the app's code: give one of them");
  ASSIGN_OR_RETURN(const SecretBytes code,
                   recovery ? SecretFromFdOrTerminal(arguments, "recovery-fd", "Recovery code: ", console)
                            : OneTimeCode(arguments, "totp", "Code from the app: ", console));
  JsonWriter body = SecretJson();
  body.BeginObject().Key("user").String(arguments.Get("USER")).Key("password").String(AsText(password.Reveal()));
  body.Key(recovery ? "recovery_code" : "totp").String(AsText(code.Reveal())).EndObject();
  ASSIGN_OR_RETURN(JsonValue answer, client.Post("/v1/login", body.Take()));
  ASSIGN_OR_RETURN(const std::string_view token, answer.GetStringView("token"));
  const std::string path = SessionFilePath(arguments);
  const Status written = WriteSessionFile(path, token);
  if (written.ok()) ShowLogin(answer, console);
  answer.WipeStrings();
  RETURN_IF_ERROR(written);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunLogout(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  const Outcome<JsonValue> answer = client.Post("/v1/logout", "{}");
  if (!answer.has_value()) {
    // The file stays: another service than the one asked may know the session.
    Failure failure = answer.error();
    if (failure.exit == ExitCode::kNotLoggedIn) {
      failure.message += "; this service does not know the session in " + SessionFilePath(arguments) +
                         ": ask the one it is for (--home), or let it end by itself";
    }
    return failure;
  }
  RemoveSessionFile(SessionFilePath(arguments));
  console.ShowText(R"({"logged_out":true})");
  return ExitCode::kDone;
}

Outcome<ExitCode> RunWhoami(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const JsonValue answer, client.Get("/v1/whoami"));
  console.Show(answer);
  return ExitCode::kDone;
}

Outcome<ExitCode> RunRecoveryCodes(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const SecretBytes code, OneTimeCode(arguments, "totp", "Code from the app: ", console));
  JsonWriter body = SecretJson();
  body.BeginObject().Key("totp").String(AsText(code.Reveal())).EndObject();
  ASSIGN_OR_RETURN(JsonValue answer, client.Post("/v1/recovery-codes", body.Take()));
  if (console.json()) {
    console.Show(answer);
  } else {
    ShowRecoveryCodes(answer, console);
  }
  answer.WipeStrings();
  return ExitCode::kDone;
}

Option PasswordFd() {
  return {"password-fd", "N", "Read the password from this open file descriptor (its first line) instead of asking."};
}

Option SessionFile() {
  return {"session-file", "FILE",
          "Where the login is kept. Default: $XDG_RUNTIME_DIR/spor/session or ~/.cache/spor/session."};
}

}  // namespace

std::vector<Command> AccountCommands() {
  return {
      {"activate",
       {{"USER", "The account's name."}},
       {{"code", "CODE", "The one-time activation code that spor init or spor account invite printed."},
        {"code-fd", "N", "Read the activation code from this open file descriptor instead."},
        PasswordFd()},
       Needs::kService,
       "set an account's password and authenticator app, with its activation code",
       "Shows a QR code for an authenticator app, asks for a new password, and reads two codes from the\n"
       "app, one after the other, from standard input. The activation code works once. Prints ten recovery codes.",
       "spor activate ida --home /srv/spor --code 7F3K-...\n"
       "spor activate ida --code-fd 4 --password-fd 3 3<password.txt 4<code.txt",
       RunActivate},
      {"login",
       {{"USER", "The account's name."}},
       {PasswordFd(),
        {"totp", "CODE", "The code that the authenticator app shows now."},
        {"totp-fd", "N", "Read that code from this open file descriptor instead."},
        {"recovery", "", "Ask for a recovery code instead of the app's code."},
        {"recovery-fd", "N", "Read the recovery code from this open file descriptor."},
        SessionFile()},
       Needs::kService,
       "log in with password and a code from the authenticator app",
       "Both are checked together; a refusal does not say which was wrong. The session ends after 15 minutes\n"
       "without use and after 8 hours. It is kept in a file that only you may read. Without the app, each of the\n"
       "recovery codes lets you in once.",
       "spor login ida --home /srv/spor\n"
       "spor login ida --password-fd 3 --totp 123456 --session-file ./session 3<password.txt",
       RunLogin},
      {"logout",
       {},
       {},
       Needs::kSession,
       "end the session",
       "The service forgets the session, and then its file is removed.",
       "spor logout --home /srv/spor",
       RunLogout},
      {"whoami",
       {},
       {},
       Needs::kSession,
       "show who is logged in, with which roles and until when",
       "Shows the account, its roles and when the session ends.",
       "spor whoami --home /srv/spor",
       RunWhoami},
      {"account recovery-codes",
       {},
       {{"totp", "CODE", "The code that the authenticator app shows now."},
        {"totp-fd", "N", "Read that code from this open file descriptor instead."}},
       Needs::kSession,
       "make ten new recovery codes for your own account",
       "They are shown once, and the old ones end. Wants a code of the app that was not used yet, also not for\n"
       "the login.",
       "spor account recovery-codes",
       RunRecoveryCodes},
  };
}

}  // namespace spor::cli
