// SPDX-License-Identifier: Apache-2.0
#include "tools/service/api.h"

namespace spor::service {

Api::Api(Home& home) : home_(home) {
  const privacy::Parts& parts = home.parts();
  report_parts_.ledger = parts.ledger;
  report_parts_.store = parts.store;
  report_parts_.vault = parts.vault;
  report_parts_.audit = parts.audit;
  report_parts_.auth = parts.auth;
  report_parts_.policy = parts.policy;
  report_parts_.subjects = parts.subjects;
  report_parts_.clock = parts.clock;
  report_parts_.witnesses = home.cosigner();
}

const std::vector<Api::Route>& Api::Routes() {
  using Needs = Route::Needs;
  using Body = Route::Body;
  constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
  static const std::vector<Route> kRoutes = {
      {"POST", "/v1/activate/begin", Needs::kNothing, Body::kSecretJson, &Api::ActivateBegin},
      {"POST", "/v1/activate/finish", Needs::kNothing, Body::kSecretJson, &Api::ActivateFinish},
      {"POST", "/v1/login", Needs::kNothing, Body::kSecretJson, &Api::Login},
      {"POST", "/v1/logout", Needs::kSession, Body::kNone, &Api::Logout},
      {"GET", "/v1/whoami", Needs::kSession, Body::kNone, &Api::WhoAmI},
      {"POST", "/v1/read", Needs::kSession, Body::kSecretJson, &Api::Read},
      {"POST", "/v1/import/begin", Needs::kSession, Body::kJson, &Api::ImportBegin},
      {"POST", "/v1/import/chunk", Needs::kSession, Body::kSecretJson, &Api::ImportChunk},
      {"POST", "/v1/import/end", Needs::kSession, Body::kJson, &Api::ImportEnd},
      {"POST", "/v1/clock/begin", Needs::kSession, Body::kJson, &Api::ClockBegin},
      {"POST", "/v1/clock/chunk", Needs::kSession, Body::kSecretJson, &Api::ClockChunk},
      {"POST", "/v1/clock/end", Needs::kSession, Body::kJson, &Api::ClockEnd},
      {"POST", "/v1/ingest", Needs::kSession, Body::kRaw, &Api::Ingest},
      {"POST", "/v1/retention/plan", Needs::kSession, Body::kJson, &Api::RetentionPlan},
      {"POST", "/v1/retention/run", Needs::kSession, Body::kNone, &Api::RetentionRun},
      {"GET", "/v1/retention/status", Needs::kSession, Body::kNone, &Api::RetentionStatus},
      {"POST", "/v1/certificate", Needs::kSession, Body::kJson, &Api::Certificate},
      {"POST", "/v1/review", Needs::kSession, Body::kJson, &Api::Review},
      {"POST", "/v1/extract", Needs::kSession, Body::kJson, &Api::Extract},
      {"GET", "/v1/keys", Needs::kSession, Body::kNone, &Api::KeyStatus},
      {"POST", "/v1/keys/slots/add", Needs::kSession, Body::kJson, &Api::KeySlotAdd},
      {"POST", "/v1/keys/slots/remove", Needs::kSession, Body::kJson, &Api::KeySlotRemove},
      {"POST", "/v1/keys/rotate", Needs::kSession, Body::kNone, &Api::KeyRotate},
      {"POST", "/v1/backups", Needs::kSession, Body::kJson, &Api::BackupMake},
      {"GET", "/v1/backups/keys", Needs::kSession, Body::kNone, &Api::KeyCopyList},
      {"POST", "/v1/backups/keys", Needs::kSession, Body::kJson, &Api::KeyCopyMake},
      {"POST", "/v1/backups/keys/end", Needs::kSession, Body::kJson, &Api::KeyCopyEnd},
      {"GET", "/v1/trust", Needs::kNothing, Body::kNone, &Api::Trust},
      {"GET", "/v1/log/keys", Needs::kNothing, Body::kNone, &Api::LogKeys},
      {"POST", "/v1/log/rotate-key", Needs::kSession, Body::kNone, &Api::RotateLogKey},
      {"GET", "/v1/log/checkpoint", Needs::kNothing, Body::kNone, &Api::LogCheckpoint, kPlainText},
      {"GET", "/v1/log/tile/", Needs::kSession, Body::kNone, &Api::LogTile, "application/octet-stream"},
      {"POST", "/v1/log/entry", Needs::kSession, Body::kJson, &Api::LogEntry},
      {"POST", "/v1/log/inclusion", Needs::kSession, Body::kJson, &Api::LogInclusion},
      {"POST", "/v1/log/consistency", Needs::kSession, Body::kJson, &Api::LogConsistency},
      {"POST", "/v1/log/maps", Needs::kSession, Body::kJson, &Api::LogMaps},
      {"POST", "/v1/log/receipt", Needs::kSession, Body::kJson, &Api::LogReceipt, kPlainText},
      {"POST", "/v1/witness/request", Needs::kNothing, Body::kJson, &Api::WitnessRequest},
      {"POST", "/v1/witness/accept", Needs::kNothing, Body::kRaw, &Api::WitnessAccept},
      {"GET", "/v1/witness/status", Needs::kNothing, Body::kNone, &Api::WitnessStatus},
      {"POST", "/v1/holds", Needs::kSession, Body::kSecretJson, &Api::HoldSet},
      {"POST", "/v1/holds/lift", Needs::kSession, Body::kSecretJson, &Api::HoldLift},
      {"POST", "/v1/holds/list", Needs::kSession, Body::kSecretJson, &Api::HoldList},
      {"POST", "/v1/restrictions", Needs::kSession, Body::kSecretJson, &Api::RestrictionSet},
      {"POST", "/v1/restrictions/lift", Needs::kSession, Body::kSecretJson, &Api::RestrictionLift},
      {"POST", "/v1/restrictions/list", Needs::kSession, Body::kSecretJson, &Api::RestrictionList},
      {"POST", "/v1/accounts/invite", Needs::kSession, Body::kSecretJson, &Api::AccountInvite},
      {"GET", "/v1/accounts", Needs::kSession, Body::kNone, &Api::AccountList},
      {"POST", "/v1/accounts/show", Needs::kSession, Body::kSecretJson, &Api::AccountShow},
      {"POST", "/v1/accounts/suspend", Needs::kSession, Body::kSecretJson, &Api::AccountSuspend},
      {"POST", "/v1/accounts/resume", Needs::kSession, Body::kSecretJson, &Api::AccountResume},
      {"POST", "/v1/accounts/remove", Needs::kSession, Body::kSecretJson, &Api::AccountRemove},
      {"POST", "/v1/accounts/roles", Needs::kSession, Body::kSecretJson, &Api::AccountRoles},
      {"GET", "/v1/sessions", Needs::kSession, Body::kNone, &Api::SessionList},
      {"POST", "/v1/sessions/end", Needs::kSession, Body::kSecretJson, &Api::SessionEnd},
      {"POST", "/v1/recovery-codes", Needs::kSession, Body::kSecretJson, &Api::RecoveryCodes},
  };
  return kRoutes;
}

HttpResponse Api::Handle(HttpRequest& request) {
  bool target_known = false;
  for (const Route& route : Routes()) {
    const bool below = route.target.ends_with('/') && request.target.starts_with(route.target);
    if (!below && route.target != request.target) continue;
    target_known = true;
    if (route.method != request.method) continue;
    Answer answer = Dispatch(route, request);
    if (!answer.ok()) return ErrorResponse(answer.error());
    return {200, std::string(route.content_type), std::move(*answer)};
  }
  return ErrorResponse(target_known ? Status(Code::kInvalidArgument, "this address takes another HTTP method")
                                    : Status(Code::kNotFound, "there is no such address in this API"));
}

Api::Answer Api::Dispatch(const Route& route, HttpRequest& request) {
  auth::Actor actor;
  if (route.needs == Route::Needs::kSession) {
    ASSIGN_OR_RETURN(actor, home_.parts().auth->Authenticate(request.bearer_token, request.peer_uid));
  }
  Json body;
  const bool json = route.body == Route::Body::kJson || route.body == Route::Body::kSecretJson;
  if (json) {
    privacy::JsonOptions options;
    options.secret = route.body == Route::Body::kSecretJson;
    ASSIGN_OR_RETURN(body, privacy::ParseJson(request.body.empty() ? "{}" : request.body, options));
    if (!body.is_object()) return Status(Code::kInvalidArgument, "the body must be a JSON object");
  }
  const Call call{request, body, route.needs == Route::Needs::kSession ? &actor : nullptr};
  Answer answer = (this->*route.handler)(call);
  if (route.body == Route::Body::kSecretJson) body.WipeStrings();
  return answer;
}

std::string Api::CategoryName(uint16_t number) const {
  if (const privacy::Category* category = home_.parts().policy->FindCategory(number)) return category->key;
  switch (number) {
    case privacy::kIdentityCategory: return "identity";
    case privacy::kAccessLogCategory: return "access_log";
    case privacy::kAuditCategory: return "audit";
    case privacy::kStaffCategory: return "staff";
    default: return std::to_string(number);
  }
}

std::string Api::RuleName(uint16_t number) const {
  const privacy::Rule* rule = home_.parts().policy->FindRule(number);
  return rule != nullptr ? rule->key : std::to_string(number);
}

void Api::WriteRules(privacy::JsonWriter& out, const std::vector<privacy::RuleCount>& rules,
                     std::string_view count_key) const {
  out.BeginArray();
  for (const privacy::RuleCount& count : rules) {
    out.BeginObject().Key("rule").String(RuleName(count.rule)).Key("category").String(CategoryName(count.category));
    out.Key(count_key).Uint(count.units).EndObject();
  }
  out.EndArray();
}

}  // namespace spor::service
