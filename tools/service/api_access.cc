// SPDX-License-Identifier: Apache-2.0
#include "tools/service/api.h"

namespace spor::service {

using privacy::JsonWriter;

namespace {

void WriteActor(JsonWriter& out, const auth::Actor& actor) {
  out.Key("user").String(actor.name).Key("roles").BeginArray();
  for (auth::Role role : actor.roles) out.String(auth::RoleName(role));
  out.EndArray().Key("expires").String(privacy::FormatUtc(actor.expires));
}

// Room for all codes, so that the text never grows and leaves a copy of them behind.
constexpr size_t kRecoveryRoom = 2048;

void WriteRecoveryCodes(JsonWriter& out, auth::RecoveryCodes& codes) {
  out.Key("recovery_codes").BeginArray();
  for (std::string& code : codes) {
    out.String(code);
    WipeMemory(code);
  }
  out.EndArray();
}

Result<SecretBytes> SecretMember(const privacy::JsonValue& body, std::string_view key) {
  ASSIGN_OR_RETURN(const std::string_view text, body.GetStringView(key));
  return SecretBytes::CopyOf(AsBytes(text));
}

}  // namespace

Api::Answer Api::ActivateBegin(const Call& call) {
  ASSIGN_OR_RETURN(const std::string user, call.body.GetString("user"));
  ASSIGN_OR_RETURN(const std::string_view code, call.body.GetStringView("code"));
  ASSIGN_OR_RETURN(const auth::AuthService::Enrolment enrolment, home_.parts().auth->BeginActivation(user, code));
  JsonWriter out;
  out.BeginObject()
      .Key("totp_secret")
      .String(enrolment.totp_secret)
      .Key("otpauth")
      .String(enrolment.otpauth)
      .EndObject();
  return out.Take();
}

Api::Answer Api::ActivateFinish(const Call& call) {
  ASSIGN_OR_RETURN(const std::string user, call.body.GetString("user"));
  ASSIGN_OR_RETURN(const std::string_view code, call.body.GetStringView("code"));
  ASSIGN_OR_RETURN(const SecretBytes password, SecretMember(call.body, "password"));
  ASSIGN_OR_RETURN(const std::vector<std::string> codes, call.body.GetStrings("totp"));
  if (codes.size() != 2) return Status(Code::kInvalidArgument, "totp must hold two codes of adjacent steps");
  ASSIGN_OR_RETURN(
      auth::RecoveryCodes recovery_codes,
      home_.parts().auth->FinishActivation(user, code, password, codes[0], codes[1], call.request.peer_uid));
  JsonWriter out(JsonWriter::Style::kCompact, kRecoveryRoom);
  out.BeginObject().Key("activated").Bool(true).Key("user").String(user);
  WriteRecoveryCodes(out, recovery_codes);
  out.EndObject();
  return out.Take();
}

Api::Answer Api::Login(const Call& call) {
  ASSIGN_OR_RETURN(const std::string user, call.body.GetString("user"));
  ASSIGN_OR_RETURN(const SecretBytes password, SecretMember(call.body, "password"));
  ASSIGN_OR_RETURN(const std::optional<std::string> totp, call.body.FindString("totp"));
  ASSIGN_OR_RETURN(const std::optional<std::string> recovery, call.body.FindString("recovery_code"));
  if (totp && recovery) return Status(Code::kInvalidArgument, "give either totp or recovery_code");
  auth::AuthService& auth = *home_.parts().auth;
  const uint32_t peer = call.request.peer_uid;
  ASSIGN_OR_RETURN(const auth::AuthService::Session session,
                   recovery ? auth.LoginWithRecoveryCode(user, password, *recovery, peer)
                            : auth.Login(user, password, totp.value_or(""), peer));
  JsonWriter out(JsonWriter::Style::kCompact, 1024);
  out.BeginObject().Key("token").String(AsText(session.token.Reveal()));
  WriteActor(out, session.actor);
  out.EndObject();
  return out.Take();
}

Api::Answer Api::RecoveryCodes(const Call& call) {
  ASSIGN_OR_RETURN(const std::string totp, call.body.GetString("totp"));
  ASSIGN_OR_RETURN(auth::RecoveryCodes codes, home_.parts().auth->RenewRecoveryCodes(*call.actor, totp));
  JsonWriter out(JsonWriter::Style::kCompact, kRecoveryRoom);
  out.BeginObject();
  WriteRecoveryCodes(out, codes);
  out.EndObject();
  return out.Take();
}

Api::Answer Api::Logout(const Call& call) {
  RETURN_IF_ERROR(home_.parts().auth->Logout(*call.actor));
  return std::string("{\"logged_out\":true}");
}

Api::Answer Api::WhoAmI(const Call& call) {
  JsonWriter out;
  out.BeginObject();
  WriteActor(out, *call.actor);
  out.EndObject();
  return out.Take();
}

Api::Answer Api::Read(const Call& call) {
  privacy::ReadRequest request;
  ASSIGN_OR_RETURN(request.subject, call.body.GetString("subject"));
  ASSIGN_OR_RETURN(const std::optional<std::string> purpose, call.body.FindString("purpose"));
  ASSIGN_OR_RETURN(const std::optional<std::string> reason, call.body.FindString("reason"));
  ASSIGN_OR_RETURN(const std::optional<std::string> category, call.body.FindString("category"));
  request.purpose = purpose.value_or("");
  request.reason = reason.value_or("");
  request.category = category.value_or("");
  ASSIGN_OR_RETURN(const std::optional<std::string> despite, call.body.FindString("despite_restriction"));
  request.despite_restriction = despite.value_or("");
  if (const Json* fields = call.body.Find("fields"); fields != nullptr && !fields->is_null()) {
    ASSIGN_OR_RETURN(request.fields, call.body.GetStrings("fields"));
  }
  ASSIGN_OR_RETURN(const privacy::ReadAnswer answer, home_.reader().Read(*call.actor, request));
  size_t size = 4096;
  for (const privacy::ReadRecord& record : answer.records) {
    for (const auto& [name, value] : record.fields) size += name.size() + 2 * value.size() + 16;
  }
  JsonWriter out(JsonWriter::Style::kCompact, size);
  out.BeginObject().Key("subject").String(HexEncode(answer.subject)).Key("fields").BeginObject();
  // Records come category by category; one that holds nothing of the person is left out.
  std::string_view open;
  for (const privacy::ReadRecord& record : answer.records) {
    if (record.category != open) {
      if (!open.empty()) out.EndArray();
      out.Key(record.category).BeginArray();
      open = record.category;
    }
    out.BeginObject();
    for (const auto& [name, value] : record.fields) out.Key(name).String(AsText(value.Reveal()));
    out.EndObject();
  }
  if (!open.empty()) out.EndArray();
  out.EndObject().Key("entry").Uint(answer.entry).EndObject();
  return out.Take();
}

}  // namespace spor::service
