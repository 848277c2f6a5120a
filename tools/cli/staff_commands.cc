// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "auth/actor.h"
#include "tools/cli/command.h"
#include "tools/cli/service_client.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

Outcome<ExitCode> GetAndShow(const Arguments& arguments, Console& console, std::string_view target) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const JsonValue answer, client.Get(target));
  console.Show(answer);
  return ExitCode::kDone;
}

Outcome<ExitCode> PostAndShow(const Arguments& arguments, Console& console, std::string_view target, std::string body) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  ASSIGN_OR_RETURN(const JsonValue answer, client.Post(target, std::move(body)));
  console.Show(answer);
  return ExitCode::kDone;
}

void WriteRoles(JsonWriter& body, std::string_view key, const std::vector<std::string>& roles) {
  body.Key(key).BeginArray();
  for (const std::string& role : roles) body.String(role);
  body.EndArray();
}

Outcome<ExitCode> RunInvite(const Arguments& arguments, Console& console) {
  ASSIGN_OR_RETURN(ServiceClient client, ServiceClient::Open(arguments, ServiceClient::Session::kFromFile));
  const std::string& user = arguments.Get("USER");
  JsonWriter body;
  body.BeginObject().Key("user").String(user);
  WriteRoles(body, "roles", arguments.FindAll("role"));
  ASSIGN_OR_RETURN(JsonValue answer, client.Post("/v1/accounts/invite", body.EndObject().Take()));
  console.Show(answer);
  answer.WipeStrings();
  if (!console.json()) {
    console.Note("\nThe code is shown this once, works once, and for 7 days. Give it to " + user +
                 " in person or by telephone, who then types: spor activate " + user);
  }
  return ExitCode::kDone;
}

Outcome<ExitCode> RunList(const Arguments& arguments, Console& console) {
  return GetAndShow(arguments, console, "/v1/accounts");
}

Outcome<ExitCode> RunShow(const Arguments& arguments, Console& console) {
  return PostAndShow(arguments, console, "/v1/accounts/show",
                     JsonWriter().BeginObject().Key("user").String(arguments.Get("USER")).EndObject().Take());
}

Outcome<ExitCode> PostWithReason(const Arguments& arguments, Console& console, std::string_view target) {
  JsonWriter body;
  body.BeginObject().Key("user").String(arguments.Get("USER")).Key("reason").String(arguments.Get("reason"));
  return PostAndShow(arguments, console, target, body.EndObject().Take());
}

Outcome<ExitCode> RunSuspend(const Arguments& arguments, Console& console) {
  return PostWithReason(arguments, console, "/v1/accounts/suspend");
}

Outcome<ExitCode> RunResume(const Arguments& arguments, Console& console) {
  return PostWithReason(arguments, console, "/v1/accounts/resume");
}

Outcome<ExitCode> RunRemove(const Arguments& arguments, Console& console) {
  return PostWithReason(arguments, console, "/v1/accounts/remove");
}

Outcome<ExitCode> RunRoles(const Arguments& arguments, Console& console) {
  if (!arguments.Has("add") && !arguments.Has("remove")) return WrongUsage("what should change? --add R or --remove R");
  JsonWriter body;
  body.BeginObject().Key("user").String(arguments.Get("USER")).Key("reason").String(arguments.Get("reason"));
  WriteRoles(body, "add", arguments.FindAll("add"));
  WriteRoles(body, "remove", arguments.FindAll("remove"));
  return PostAndShow(arguments, console, "/v1/accounts/roles", body.EndObject().Take());
}

Outcome<ExitCode> RunSessionList(const Arguments& arguments, Console& console) {
  return GetAndShow(arguments, console, "/v1/sessions");
}

Outcome<ExitCode> RunSessionEnd(const Arguments& arguments, Console& console) {
  const std::optional<std::string> session = arguments.Find("SESSION");
  const std::optional<std::string> user = arguments.Find("user");
  if (session.has_value() == user.has_value()) return WrongUsage("which one? give SESSION, or --user for all of hers");
  JsonWriter body;
  body.BeginObject().Key(session ? "session" : "user").String(session ? *session : *user).EndObject();
  return PostAndShow(arguments, console, "/v1/sessions/end", body.Take());
}

// ---- role matrix ----

struct RoleLine {
  std::string_view name;
  std::vector<std::string_view> may;
  std::vector<std::pair<std::string_view, std::string_view>> excludes;  // role and why
};

std::vector<RoleLine> RoleLines() {
  std::vector<RoleLine> lines;
  for (uint8_t r = 1; r <= auth::kRoleCount; ++r) {
    const auto role = static_cast<auth::Role>(r);
    RoleLine line{auth::RoleName(role), {}, {}};
    for (uint8_t a = 1; a <= auth::kActions; ++a) {
      const auto action = static_cast<auth::Action>(a);
      if (auth::RolesAllow({role}, action)) line.may.push_back(auth::ActionName(action));
    }
    for (uint8_t o = 1; o <= auth::kRoleCount; ++o) {
      const auto other = static_cast<auth::Role>(o);
      const std::optional<auth::Exclusion> exclusion = auth::FindExclusion({role, other});
      if (exclusion) line.excludes.emplace_back(auth::RoleName(other), exclusion->why);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string MatrixJson(const std::vector<RoleLine>& lines) {
  JsonWriter out;
  out.BeginObject().Key("actions").BeginArray();
  for (uint8_t a = 1; a <= auth::kActions; ++a) out.String(auth::ActionName(static_cast<auth::Action>(a)));
  out.EndArray().Key("roles").BeginArray();
  for (const RoleLine& line : lines) {
    out.BeginObject().Key("role").String(line.name).Key("may").BeginArray();
    for (const std::string_view action : line.may) out.String(action);
    out.EndArray().Key("excludes").BeginArray();
    for (const auto& [role, why] : line.excludes) {
      out.BeginObject().Key("role").String(role).Key("why").String(why).EndObject();
    }
    out.EndArray().EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

// Actions down, roles across, whose names are spelled out above the table: nine of them are too wide for a line.
std::string MatrixText(const std::vector<RoleLine>& lines) {
  constexpr size_t kActionWidth = 16;
  std::string out;
  for (size_t r = 0; r < lines.size(); ++r) out += std::to_string(r + 1) + " " + std::string(lines[r].name) + "\n";
  out += "\n" + std::string(kActionWidth, ' ');
  for (size_t r = 0; r < lines.size(); ++r) out += " " + std::to_string(r + 1);
  for (uint8_t a = 1; a <= auth::kActions; ++a) {
    const std::string_view action = auth::ActionName(static_cast<auth::Action>(a));
    out += "\n" + std::string(action) + std::string(kActionWidth - std::min(kActionWidth, action.size()), ' ');
    for (const RoleLine& line : lines) {
      out += std::find(line.may.begin(), line.may.end(), action) != line.may.end() ? " x" : " .";
    }
  }
  out += "\n\nNobody holds together:";
  for (const RoleLine& line : lines) {
    std::string others;
    for (const auto& [role, why] : line.excludes) others.append(others.empty() ? " " : ", ").append(role);
    if (!others.empty()) out += "\n  " + std::string(line.name) + " and any of" + others;
  }
  return out;
}

Outcome<ExitCode> RunMatrix(const Arguments&, Console& console) {
  const std::vector<RoleLine> lines = RoleLines();
  console.Print(console.json() ? MatrixJson(lines) : MatrixText(lines));
  return ExitCode::kDone;
}

Positional User() { return {"USER", "The account's name."}; }
Option Reason() { return {"reason", "TEXT", "Why; it is kept sealed with the account.", true}; }

std::vector<Command> AccountAdministration() {
  return {
      {"account invite",
       {User()},
       {{"role", "R", "A role of the account; once for each. spor role matrix lists them.", true, true}},
       Needs::kSession,
       "invite somebody: an account with an activation code",
       "Prints a code, this once, that works once and for 7 days. Its holder activates the account with spor\n"
       "activate. Inviting somebody again who has not activated yet makes a new code, with these roles; the old\n"
       "one ends. As soon as another account with security-admin is active, the first account loses bootstrap.",
       "spor account invite kari --role security-admin\nspor account invite ola --role operator --role case-worker",
       RunInvite},
      {"account list",
       {},
       {},
       Needs::kSession,
       "list all accounts with their roles and state",
       "Also those that are removed but not yet erased. last code is when a one-time code was last accepted.",
       "spor account list --json",
       RunList},
      {"account show",
       {User()},
       {},
       Needs::kSession,
       "show one account",
       "The same for one account.",
       "spor account show kari",
       RunShow},
      {"account suspend",
       {User()},
       {Reason()},
       Needs::kSession,
       "keep somebody out for now",
       "Sessions end at once and no login works until spor account resume.",
       "spor account suspend kari --reason \"leave until March\"",
       RunSuspend},
      {"account resume",
       {User()},
       {Reason()},
       Needs::kSession,
       "let a suspended account in again",
       "Also an account whose second factor was suspended after 20 wrong codes: make sure that it was its holder.",
       "spor account resume kari --reason \"back from leave\"",
       RunResume},
      {"account remove",
       {User()},
       {Reason()},
       Needs::kSession,
       "end an account for good",
       "Sessions, password, codes and roles end at once. What is known of its holder is erased by the retention\n"
       "run when the policy's rule for staff says, counted from today; until then the name stays taken.",
       "spor account remove kari --reason \"left the company\"",
       RunRemove},
      {"account roles",
       {User()},
       {{"add", "R", "A role to give; once for each.", false, true},
        {"remove", "R", "A role to take away; once for each.", false, true},
        Reason()},
       Needs::kSession,
       "give or take roles",
       "In force at once, also for whoever is logged in. Nobody changes his own roles, and some roles exclude each\n"
       "other.",
       "spor account roles kari --add dpo --remove case-worker --reason \"appointed\"",
       RunRoles},
  };
}

}  // namespace

std::vector<Command> StaffCommands() {
  std::vector<Command> commands = AccountAdministration();
  commands.push_back({"session list",
                      {},
                      {},
                      Needs::kSession,
                      "list who is logged in",
                      "One's own sessions; those of everybody for who may list accounts.",
                      "spor session list",
                      RunSessionList});
  commands.push_back({"session end",
                      {{"SESSION", "The session, as spor session list names it.", false}},
                      {{"user", "USER", "All sessions of this account instead."}},
                      Needs::kSession,
                      "end a session, or all of somebody's",
                      "One's own always; those of others need the role security-admin. What such a session has asked\n"
                      "for and is not yet in the log is refused.",
                      "spor session end 3f2a90c11d08b7e4\nspor session end --user kari",
                      RunSessionEnd});
  commands.push_back({"role matrix",
                      {},
                      {},
                      Needs::kNothing,
                      "print what each role may do, and which exclude each other",
                      "The table that this version of the program enforces. With --json also why roles exclude each\n"
                      "other.",
                      "spor role matrix",
                      RunMatrix});
  return commands;
}

}  // namespace spor::cli
