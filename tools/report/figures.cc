// SPDX-License-Identifier: Apache-2.0
#include "tools/report/figures.h"

#include <algorithm>

namespace spor::report {
namespace {

constexpr std::string_view kClasses[] = {"maximum", "minimum_by_law", "review"};
// Beyond this the calendar ends; such a day stands as its number.
constexpr uint32_t kLastDay = 2'900'000;

Status Differs(const char* what) { return Status(Code::kFailed, std::string("the policy entry has another ") + what); }

Status CheckTable(const JsonValue& report, std::string_view key, const std::vector<ledger::PolicyTableRow>& table) {
  const auto rows = report.GetArray(key);
  if (!rows.ok()) return Differs("table");
  for (const JsonValue& row : *rows) {
    const Result<int64_t> number = row.GetInt("number");
    const Result<std::string> name = row.GetString("key");
    if (!number.ok() || !name.ok()) return Differs("table");
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.number == *number; });
    if (found == table.end()) {
      const bool fits = *number > 0 && *number <= UINT16_MAX;
      const char* reserved = fits ? ReservedCategoryKey(static_cast<uint16_t>(*number)) : nullptr;
      if (key == "categories" && reserved != nullptr && *name == reserved) continue;
      return Differs("set of numbers");
    }
    if (found->key != *name) return Differs("key for a number");
    const JsonValue* retention_class = row.Find("class");
    if (key != "rules") continue;
    if (retention_class == nullptr || !retention_class->is_string() ||
        retention_class->string() != ClassText(found->retention_class)) {
      return Differs("class for a rule");
    }
  }
  return OkStatus();
}

void ReservedCategory(JsonWriter& json, const ledger::PolicyBody& body, uint16_t number, const privacy::Wording& name) {
  const auto row = std::find_if(body.categories.begin(), body.categories.end(),
                                [&](const auto& candidate) { return candidate.number == number; });
  json.BeginObject().Key("number").Uint(number);
  json.Key("key").String(row == body.categories.end() ? ReservedCategoryKey(number) : row->key);
  json.Key("nb").String(name.nb).Key("en").String(name.en).Key("promised").String("erase").EndObject();
}

}  // namespace

std::string DueText(ledger::DueDay day) {
  if (day == ledger::kNotStarted) return "not_started";
  if (day == ledger::kUndecided) return "undecided";
  if (day > kLastDay) return std::to_string(day);
  return privacy::FormatDate({static_cast<int32_t>(day)});
}

std::string_view ClassText(uint8_t retention_class) {
  return retention_class < std::size(kClasses) ? kClasses[retention_class] : "unknown";
}

std::string HeadJson(uint64_t index, uint32_t time_s, const ledger::HeadBody& head) {
  JsonWriter json;
  json.BeginObject().Key("index").Uint(index).Key("time").String(privacy::FormatUtc(time_s));
  json.Key("legal_day").String(DueText(head.legal_day)).Key("alive").Uint(head.live_n);
  json.Key("not_started").Uint(head.not_started).Key("undecided").Uint(head.undecided).Key("held").Uint(head.held);
  json.Key("earliest_due").String(head.min_due >= ledger::kUndecided ? "none" : DueText(head.min_due));
  json.Key("key_generation").Uint(head.root_generation);
  json.Key("break_glass").Bool((head.flags & ledger::kFlagBreakGlass) != 0);
  return json.EndObject().Take();
}

bool NothingOverdue(const ledger::HeadBody& head) { return head.min_due > head.legal_day; }

const char* ReservedCategoryKey(uint16_t number) {
  switch (number) {
    case privacy::kIdentityCategory: return "identity";
    case privacy::kAccessLogCategory: return "access_log";
    case privacy::kAuditCategory: return "audit";
    case privacy::kStaffCategory: return "staff";
    default: return nullptr;
  }
}

bool TableHolds(const std::vector<ledger::PolicyTableRow>& table, uint16_t number, const std::string& key) {
  return std::any_of(table.begin(), table.end(),
                     [&](const auto& row) { return row.number == number && row.key == key; });
}

std::string PolicyJson(const privacy::Policy& policy, const ledger::PolicyBody& body) {
  JsonWriter json;
  json.BeginObject().Key("id").String(policy.policy_id);
  json.Key("version").String(policy.number == body.version ? policy.version : "");
  json.Key("number").Uint(body.version).Key("digest").String(HexEncode(body.digest));
  return json.EndObject().Take();
}

std::string CategoriesJson(const privacy::Policy& policy, const ledger::PolicyBody& body) {
  JsonWriter json;
  json.BeginArray();
  for (const privacy::Category& category : policy.categories) {
    if (!TableHolds(body.categories, category.number, category.key)) continue;
    json.BeginObject().Key("number").Uint(category.number).Key("key").String(category.key);
    json.Key("nb").String(category.name_nb).Key("en").String(category.name_en);
    json.Key("promised").String(category.anonymise_on_expiry ? "anonymise" : "erase").EndObject();
  }
  ReservedCategory(json, body, privacy::kIdentityCategory, {"Identitet", "Identity"});
  ReservedCategory(json, body, privacy::kAccessLogCategory, {"Innsynslogg", "Access log"});
  ReservedCategory(json, body, privacy::kAuditCategory, {"Revisjonsspor", "Audit trail"});
  ReservedCategory(json, body, privacy::kStaffCategory, {"Ansatte", "Staff"});
  return json.EndArray().Take();
}

std::string RulesJson(const privacy::Policy& policy, const ledger::PolicyBody& body) {
  JsonWriter json;
  json.BeginArray();
  for (const privacy::Rule& rule : policy.rules) {
    if (!TableHolds(body.rules, rule.number, rule.key)) continue;
    json.BeginObject().Key("number").Uint(rule.number);
    json.Key("class").String(ClassText(static_cast<uint8_t>(rule.retention_class))).Key("key").String(rule.key);
    json.Key("nb").String(rule.text_nb).Key("en").String(rule.text_en).Key("law").String(rule.law).EndObject();
  }
  return json.EndArray().Take();
}

Status CheckPolicy(const JsonValue& report, const ledger::PolicyBody& body) {
  const JsonValue* policy = report.Find("policy");
  if (policy == nullptr) return Differs("policy");
  RETURN_IF_ERROR(ExpectMembers(*policy, {"id", "version", "number", "digest"}));
  ASSIGN_OR_RETURN(const uint64_t number, GetIndex(*policy, "number"));
  ASSIGN_OR_RETURN(const Bytes digest, GetHex(*policy, "digest", sizeof(Hash32)));
  if (number != body.version) return Differs("number");
  if (!PublicEquals(digest, body.digest)) return Differs("digest");
  RETURN_IF_ERROR(CheckTable(report, "categories", body.categories));
  return CheckTable(report, "rules", body.rules);
}

Status CheckWords(const JsonValue& report, std::string_view key, std::string_view json) {
  const JsonValue* value = report.Find(key);
  if (value != nullptr && CompactJson(*value) == json) return OkStatus();
  return Status(Code::kFailed, "'" + std::string(key) + "' is not what this version writes");
}

std::string WordingsJson(const std::vector<privacy::Wording>& wordings) {
  JsonWriter json;
  json.BeginObject().Key("nb").BeginArray();
  for (const privacy::Wording& wording : wordings) json.String(wording.nb);
  json.EndArray().Key("en").BeginArray();
  for (const privacy::Wording& wording : wordings) json.String(wording.en);
  return json.EndArray().EndObject().Take();
}

}  // namespace spor::report
