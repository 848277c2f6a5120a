// SPDX-License-Identifier: Apache-2.0
#include "tools/service/api.h"

// Legal holds and restriction of processing. What is missing in a request is for the room of privacy to refuse, so that
// the refusal is recorded.
namespace spor::service {

using privacy::JsonWriter;

namespace {

Result<std::string> TextOrEmpty(const privacy::JsonValue& body, std::string_view key) {
  ASSIGN_OR_RETURN(std::optional<std::string> text, body.FindString(key));
  return text ? std::move(*text) : std::string();
}

void WriteGround(JsonWriter& out, const privacy::GroundWords& words) {
  out.Key("ground").String(words.key).Key("ground_nb").String(words.nb).Key("ground_en").String(words.en);
}

void WriteSetBy(JsonWriter& out, const std::string& reason, UnixSeconds set_at, const Id16& set_by) {
  if (!reason.empty()) out.Key("reason").String(reason);
  out.Key("set_at").String(privacy::FormatUtc(set_at)).Key("set_by").String(HexEncode(set_by));
}

void WriteRestriction(JsonWriter& out, const privacy::RestrictionAnswer& answer) {
  out.Key("subject").String(HexEncode(answer.subject));
  WriteGround(out, privacy::WordsOf(answer.restriction.ground));
  WriteSetBy(out, answer.restriction.reason, answer.restriction.set_at, answer.restriction.set_by);
}

std::string RestrictionJson(const privacy::RestrictionAnswer& answer) {
  JsonWriter out;
  out.BeginObject();
  WriteRestriction(out, answer);
  out.Key("entry").Uint(answer.entry).EndObject();
  return out.Take();
}

}  // namespace

void Api::WriteHold(JsonWriter& out, const privacy::HoldAnswer& answer) const {
  const privacy::Hold& hold = answer.hold;
  out.Key("hold").String(privacy::HoldIdText(hold.id)).Key("subject").String(HexEncode(answer.subject));
  out.Key("category").String(hold.category == 0 ? "all" : CategoryName(hold.category));
  out.Key("until").String(privacy::FormatDate(hold.until)).Key("units").Uint(answer.units);
  WriteGround(out, privacy::WordsOf(hold.ground));
  WriteSetBy(out, hold.reason, hold.set_at, hold.set_by);
}

Api::Answer Api::HoldSet(const Call& call) {
  privacy::HoldRequest request;
  ASSIGN_OR_RETURN(request.subject, TextOrEmpty(call.body, "subject"));
  ASSIGN_OR_RETURN(request.category, TextOrEmpty(call.body, "category"));
  ASSIGN_OR_RETURN(request.ground, TextOrEmpty(call.body, "ground"));
  ASSIGN_OR_RETURN(request.reason, TextOrEmpty(call.body, "reason"));
  ASSIGN_OR_RETURN(request.until, TextOrEmpty(call.body, "until"));
  ASSIGN_OR_RETURN(const privacy::HoldAnswer answer, home_.holds().Set(*call.actor, request));
  JsonWriter out;
  out.BeginObject();
  WriteHold(out, answer);
  out.Key("entry").Uint(answer.entry).EndObject();
  return out.Take();
}

Api::Answer Api::HoldLift(const Call& call) {
  privacy::LiftRequest request;
  ASSIGN_OR_RETURN(request.subject, TextOrEmpty(call.body, "subject"));
  ASSIGN_OR_RETURN(request.hold, TextOrEmpty(call.body, "hold"));
  ASSIGN_OR_RETURN(request.reason, TextOrEmpty(call.body, "reason"));
  ASSIGN_OR_RETURN(const privacy::HoldAnswer answer, home_.holds().Lift(*call.actor, request));
  JsonWriter out;
  out.BeginObject();
  WriteHold(out, answer);
  out.Key("entry").Uint(answer.entry).EndObject();
  return out.Take();
}

Api::Answer Api::HoldList(const Call& call) {
  privacy::HoldListRequest request;
  ASSIGN_OR_RETURN(request.subject, TextOrEmpty(call.body, "subject"));
  ASSIGN_OR_RETURN(request.ending_by, TextOrEmpty(call.body, "ending_by"));
  ASSIGN_OR_RETURN(const privacy::HoldList list, home_.holds().List(*call.actor, request));
  JsonWriter out;
  out.BeginObject().Key("holds").BeginArray();
  for (const privacy::HoldAnswer& answer : list.holds) {
    out.BeginObject();
    WriteHold(out, answer);
    out.EndObject();
  }
  out.EndArray().Key("more").Bool(list.more).Key("entry").Uint(list.entry).EndObject();
  return out.Take();
}

Api::Answer Api::RestrictionSet(const Call& call) {
  privacy::RestrictionRequest request;
  ASSIGN_OR_RETURN(request.subject, TextOrEmpty(call.body, "subject"));
  ASSIGN_OR_RETURN(request.ground, TextOrEmpty(call.body, "ground"));
  ASSIGN_OR_RETURN(request.reason, TextOrEmpty(call.body, "reason"));
  ASSIGN_OR_RETURN(const privacy::RestrictionAnswer answer, home_.restrictions().Set(*call.actor, request));
  return RestrictionJson(answer);
}

Api::Answer Api::RestrictionLift(const Call& call) {
  privacy::RestrictionLiftRequest request;
  ASSIGN_OR_RETURN(request.subject, TextOrEmpty(call.body, "subject"));
  ASSIGN_OR_RETURN(request.ground, TextOrEmpty(call.body, "ground"));
  ASSIGN_OR_RETURN(request.reason, TextOrEmpty(call.body, "reason"));
  ASSIGN_OR_RETURN(request.informed_on, TextOrEmpty(call.body, "informed_on"));
  ASSIGN_OR_RETURN(const privacy::RestrictionAnswer answer, home_.restrictions().Lift(*call.actor, request));
  return RestrictionJson(answer);
}

Api::Answer Api::RestrictionList(const Call& call) {
  ASSIGN_OR_RETURN(const std::string subject, TextOrEmpty(call.body, "subject"));
  ASSIGN_OR_RETURN(const privacy::RestrictionList list, home_.restrictions().List(*call.actor, subject));
  JsonWriter out;
  out.BeginObject().Key("restrictions").BeginArray();
  for (const privacy::RestrictionAnswer& answer : list.restrictions) {
    out.BeginObject();
    WriteRestriction(out, answer);
    out.EndObject();
  }
  out.EndArray().Key("more").Bool(list.more).Key("entry").Uint(list.entry).EndObject();
  return out.Take();
}

}  // namespace spor::service
