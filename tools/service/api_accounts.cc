// SPDX-License-Identifier: Apache-2.0
#include "tools/service/api.h"

namespace spor::service {

using privacy::JsonWriter;

namespace {

using Seen = auth::AccountKeeper::Seen;

// Room for an invitation, so that its text never grows and leaves a copy of the code behind.
constexpr size_t kInvitationRoom = 2048;

void WriteTime(JsonWriter& out, std::string_view key, UnixSeconds instant) {
  out.Key(key);
  instant == 0 ? out.Null() : out.String(privacy::FormatUtc(instant));
}

void WriteAccount(JsonWriter& out, const Seen& seen) {
  out.BeginObject().Key("user").String(seen.user).Key("account").String(HexEncode(seen.id));
  out.Key("state").String(auth::AccountStateName(seen.state));
  WriteTime(out, "since", seen.since);
  out.Key("roles").BeginArray();
  for (const auth::Role role : seen.roles) out.String(auth::RoleName(role));
  out.EndArray();
  WriteTime(out, "last_code", seen.last_code);
  out.Key("second_factor_suspended").Bool(seen.second_factor_suspended);
  WriteTime(out, "code_expires", seen.code_expires);
  out.Key("erased_by");
  const bool has_day = seen.due != ledger::kNotStarted && seen.due != ledger::kUndecided;
  has_day ? out.String(privacy::FormatDate({static_cast<int32_t>(seen.due)})) : out.Null();
  out.EndObject();
}

std::string AccountJson(const Seen& seen) {
  JsonWriter out;
  WriteAccount(out, seen);
  return out.Take();
}

Result<std::vector<auth::Role>> RolesMember(const privacy::JsonValue& body, std::string_view key) {
  std::vector<auth::Role> roles;
  if (body.Find(key) == nullptr) return roles;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, body.GetStrings(key));
  for (const std::string& name : names) {
    const std::optional<auth::Role> role = auth::ParseRole(name);
    if (!role) {
      return Status(Code::kInvalidArgument, "there is no role '" + Shown(name) + "': spor role matrix lists them");
    }
    roles.push_back(*role);
  }
  return roles;
}

struct Named {
  std::string user;
  std::string reason;
};
Result<Named> NamedAccount(const privacy::JsonValue& body) {
  Named named;
  ASSIGN_OR_RETURN(named.user, body.GetString("user"));
  ASSIGN_OR_RETURN(const std::optional<std::string> reason, body.FindString("reason"));
  named.reason = reason.value_or("");
  return named;
}

}  // namespace

Api::Answer Api::AccountInvite(const Call& call) {
  ASSIGN_OR_RETURN(const std::string user, call.body.GetString("user"));
  ASSIGN_OR_RETURN(const std::vector<auth::Role> roles, RolesMember(call.body, "roles"));
  ASSIGN_OR_RETURN(auth::AccountKeeper::Invitation invitation, home_.accounts().Invite(*call.actor, user, roles));
  JsonWriter out(JsonWriter::Style::kCompact, kInvitationRoom);
  out.BeginObject().Key("activation_code").String(invitation.code).Key("account");
  WipeMemory(invitation.code);
  WriteAccount(out, invitation.account);
  out.EndObject();
  return out.Take();
}

Api::Answer Api::AccountList(const Call& call) {
  ASSIGN_OR_RETURN(const std::vector<Seen> accounts, home_.accounts().List(*call.actor));
  JsonWriter out;
  out.BeginObject().Key("accounts").BeginArray();
  for (const Seen& seen : accounts) WriteAccount(out, seen);
  out.EndArray().EndObject();
  return out.Take();
}

Api::Answer Api::AccountShow(const Call& call) {
  ASSIGN_OR_RETURN(const std::string user, call.body.GetString("user"));
  ASSIGN_OR_RETURN(const Seen seen, home_.accounts().Show(*call.actor, user));
  return AccountJson(seen);
}

Api::Answer Api::AccountSuspend(const Call& call) {
  ASSIGN_OR_RETURN(const Named named, NamedAccount(call.body));
  ASSIGN_OR_RETURN(const Seen seen, home_.accounts().Suspend(*call.actor, named.user, named.reason));
  return AccountJson(seen);
}

Api::Answer Api::AccountResume(const Call& call) {
  ASSIGN_OR_RETURN(const Named named, NamedAccount(call.body));
  ASSIGN_OR_RETURN(const Seen seen, home_.accounts().Resume(*call.actor, named.user, named.reason));
  return AccountJson(seen);
}

Api::Answer Api::AccountRemove(const Call& call) {
  ASSIGN_OR_RETURN(const Named named, NamedAccount(call.body));
  ASSIGN_OR_RETURN(const Seen seen, home_.accounts().Remove(*call.actor, named.user, named.reason));
  return AccountJson(seen);
}

Api::Answer Api::AccountRoles(const Call& call) {
  ASSIGN_OR_RETURN(const Named named, NamedAccount(call.body));
  ASSIGN_OR_RETURN(const std::vector<auth::Role> add, RolesMember(call.body, "add"));
  ASSIGN_OR_RETURN(const std::vector<auth::Role> remove, RolesMember(call.body, "remove"));
  ASSIGN_OR_RETURN(const Seen seen, home_.accounts().ChangeRoles(*call.actor, named.user, add, remove, named.reason));
  return AccountJson(seen);
}

Api::Answer Api::SessionList(const Call& call) {
  ASSIGN_OR_RETURN(const std::vector<auth::AccountKeeper::SeenSession> sessions,
                   home_.accounts().Sessions(*call.actor));
  JsonWriter out;
  out.BeginObject().Key("sessions").BeginArray();
  for (const auth::AccountKeeper::SeenSession& seen : sessions) {
    out.BeginObject().Key("session").String(seen.name).Key("user").String(seen.user);
    WriteTime(out, "since", seen.created);
    WriteTime(out, "last_used", seen.last_used);
    WriteTime(out, "expires", seen.expires);
    out.Key("peer_uid").Uint(seen.peer_uid).Key("this_one").Bool(seen.is_this).EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

Api::Answer Api::SessionEnd(const Call& call) {
  ASSIGN_OR_RETURN(const std::optional<std::string> session, call.body.FindString("session"));
  ASSIGN_OR_RETURN(const std::optional<std::string> user, call.body.FindString("user"));
  if (session.has_value() == user.has_value()) {
    return Status(Code::kInvalidArgument, "which sessions? give session, or user for all of somebody's");
  }
  ASSIGN_OR_RETURN(const size_t ended, session ? home_.accounts().EndSession(*call.actor, *session)
                                               : home_.accounts().EndSessionsOf(*call.actor, *user));
  return JsonWriter().BeginObject().Key("ended").Uint(ended).EndObject().Take();
}

}  // namespace spor::service
