// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "privacy/event_ingest.h"

// Reading an event line; pure.
namespace spor::privacy {
namespace {

Status Bad(const std::string& what) { return Status(Code::kInvalidArgument, what); }

template <typename Items>
std::string Keys(const Items& items) {
  std::string list;
  for (const auto& item : items) list += (list.empty() ? "" : ", ") + item.key;
  return list;
}

// A scalar as the text that is sealed.
Result<std::string> ScalarText(const std::string& key, const JsonValue& value) {
  if (value.is_string()) return value.string();
  if (value.is_int()) return std::to_string(value.integer());
  if (value.is_bool()) return std::string(value.boolean() ? "true" : "false");
  return Bad("fields." + Shown(key) + " must be a text, a whole number or true/false");
}

Result<std::string> SubjectText(const JsonValue& value) {
  if (!value.is_object() || value.object().size() != 1) {
    return Bad("subject must be an object with one of external_id, email or id");
  }
  const JsonValue::Member& member = value.object().front();
  if (!member.value.is_string()) return Bad("subject." + Shown(member.key) + " must be a text");
  const std::string text = NormaliseIdentifier(IdentifierKind::kExternalId, member.value.string());
  if (text.empty() || text.size() > kMaxExternalIdBytes) {
    return Bad("subject." + Shown(member.key) + " must be a text of 1 to 256 bytes");
  }
  if (member.key == "external_id") return "external_id:" + text;
  if (member.key == "email" || member.key == "id") return text;
  return Bad("subject has external_id, email or id, not '" + Shown(member.key) + "'");
}

Status PlaceCategory(const JsonValue& event, const Policy& policy, AppEvent& out) {
  ASSIGN_OR_RETURN(const std::string category, event.GetString("category"));
  out.category = policy.FindCategory(category);
  if (out.category == nullptr) {
    return Bad("the policy has no category '" + Shown(category) + "'; it has: " + Keys(policy.categories));
  }
  ASSIGN_OR_RETURN(const std::string purpose, event.GetString("purpose"));
  out.purpose = out.category->FindPurpose(purpose);
  if (out.purpose == nullptr) {
    return Bad("category '" + category + "' has no purpose '" + Shown(purpose) +
               "'; it has: " + Keys(out.category->purposes));
  }
  const JsonValue* fields = event.Find("fields");
  if (fields == nullptr) return OkStatus();
  if (!fields->is_object()) return Bad("fields must be an object");
  if (fields->object().size() > kMaxEventFields) return Bad("an event has at most 48 fields");
  for (const JsonValue::Member& member : fields->object()) {
    if (!out.category->HasField(member.key)) {
      return Bad("category '" + category + "' has no field '" + Shown(member.key) +
                 "'; it has: " + Keys(out.category->fields));
    }
    ASSIGN_OR_RETURN(std::string text, ScalarText(member.key, member.value));
    if (text.size() > kMaxDetailsBytes) return Bad("fields." + member.key + " is longer than 4 KiB");
    out.fields.emplace_back(member.key, std::move(text));
  }
  return OkStatus();
}

}  // namespace

Result<AppEvent> ParseAppEvent(std::string_view line, const Policy& policy) {
  JsonOptions options;
  options.max_bytes = kMaxEventBytes;
  ASSIGN_OR_RETURN(const JsonValue event, ParseJson(line, options));
  if (!event.is_object()) return Bad("an event is a JSON object");
  static constexpr std::array<std::string_view, 9> kKnown = {"event_id", "time",    "kind",   "action", "category",
                                                             "purpose",  "subject", "fields", "details"};
  for (const JsonValue::Member& member : event.object()) {
    if (std::find(kKnown.begin(), kKnown.end(), member.key) == kKnown.end()) {
      return Bad("unknown member '" + Shown(member.key) + "'; what the policy does not name goes into details");
    }
  }
  AppEvent out;
  ASSIGN_OR_RETURN(out.event_id, event.GetString("event_id"));
  if (out.event_id.empty() || out.event_id.size() > kMaxEventIdBytes) return Bad("event_id has 1 to 128 bytes");
  ASSIGN_OR_RETURN(const std::string time, event.GetString("time"));
  ASSIGN_OR_RETURN(out.time, ParseUtc(time));
  ASSIGN_OR_RETURN(out.kind, event.GetString("kind"));
  if (out.kind != "processing" && out.kind != "access") return Bad("kind is processing or access");
  ASSIGN_OR_RETURN(out.action, event.GetString("action"));
  if (out.action.empty() || out.action.size() > 64) return Bad("action has 1 to 64 bytes");
  RETURN_IF_ERROR(PlaceCategory(event, policy, out));
  const JsonValue* subject = event.Find("subject");
  if (subject == nullptr) return Bad("subject is missing: whose data was processed?");
  ASSIGN_OR_RETURN(out.subject, SubjectText(*subject));
  if (const JsonValue* details = event.Find("details")) {
    JsonWriter json;
    json.Value(*details);
    out.details = json.Take();
    if (out.details.size() > kMaxDetailsBytes) return Bad("details are longer than 4 KiB");
  }
  return out;
}

}  // namespace spor::privacy
