// SPDX-License-Identifier: Apache-2.0
#include "privacy/policy_parse.h"

namespace spor::privacy {
namespace {

// With names of at most 64 bytes the tables of a policy entry then fit an entry of 65,535 bytes.
constexpr size_t kMaxCategories = 256;
constexpr size_t kMaxRules = 512;
constexpr int64_t kMaxCategoryNumber = 59'999;
constexpr int64_t kMaxRuleNumber = 65'535;

Period ReadPeriod(TableReader& table, std::string_view key, std::optional<Period> absent) {
  const std::string text = absent.has_value() ? table.OptionalText(key) : table.Text(key);
  if (text.empty()) return absent.value_or(Period{});
  const Result<Period> period = ParsePeriod(text);
  if (period.ok()) return *period;
  table.Fail(key, period.error().message());
  return {};
}

// "12-31": a day that exists in every year.
std::string ReadMonthDay(TableReader& table, std::string_view key, const std::string& text) {
  if (!ParseDate("2023-" + text).ok()) table.Fail(key, "'" + Shown(text) + "' is not a day; write month-day as 12-31");
  return text;
}

void ReadTime(TableReader time, Policy& policy) {
  if (const std::string zone = time.OptionalText("zone"); !zone.empty() && zone != "Europe/Oslo") {
    time.Fail("zone", "legal days are computed in Europe/Oslo only");
  }
  if (const std::string end = time.OptionalText("fiscal_year_end"); !end.empty()) {
    policy.fiscal_year_end = ReadMonthDay(time, "fiscal_year_end", end);
  }
  policy.holidays.fixed = time.Texts("holidays");
  for (size_t i = 0; i < policy.holidays.fixed.size(); ++i) {
    ReadMonthDay(time, "holidays." + std::to_string(i), policy.holidays.fixed[i]);
  }
  for (int64_t offset : time.Numbers("easter_holidays", -60, 60)) {
    policy.holidays.easter_offsets.push_back(static_cast<int>(offset));
  }
  const Deadlines defaults;
  policy.deadlines.answer = ReadPeriod(time, "answer", defaults.answer);
  policy.deadlines.answer_extended = ReadPeriod(time, "answer_extended", defaults.answer_extended);
  policy.deadlines.annual_review = ReadPeriod(time, "annual_review", defaults.annual_review);
  time.Finish();
}

void ReadBases(TableReader& root, Policy& policy) {
  for (TableReader& table : root.Tables("legal_bases", kMaxParts)) {
    LegalBasis basis;
    basis.key = table.Name("key");
    table.Call("legal basis '" + Shown(basis.key) + "'");
    basis.article = table.Text("article");
    basis.name_nb = table.Text("nb");
    basis.name_en = table.Text("en");
    table.Finish();
    policy.bases.push_back(std::move(basis));
  }
}

void ReadClocks(TableReader& root, Policy& policy) {
  for (TableReader& table : root.Tables("clocks", kMaxParts)) {
    ClockDefinition clock;
    clock.key = table.Name("key");
    table.Call("clock '" + Shown(clock.key) + "'");
    clock.name_nb = table.Text("nb");
    clock.name_en = table.Text("en");
    clock.fiscal_year_end = table.Flag("fiscal_year_end");
    table.Finish();
    policy.clocks.push_back(std::move(clock));
  }
}

void ReadConditions(TableReader& root, Policy& policy) {
  using Kind = Condition::Kind;
  for (TableReader& table : root.Tables("conditions", kMaxParts)) {
    Condition condition;
    condition.key = table.Name("key");
    table.Call("condition '" + Shown(condition.key) + "'");
    condition.kind = OneOf<Kind>(
        table, "kind",
        {{"field_in", Kind::kFieldIn}, {"no_unit_in", Kind::kNoUnitIn}, {"any_unit_in", Kind::kAnyUnitIn}}, {});
    condition.field = table.OptionalText("field");
    condition.values = table.Texts("values");
    condition.categories = table.Texts("categories");
    table.Finish();
    policy.conditions.push_back(std::move(condition));
  }
}

std::vector<RuleTerm> ReadTerms(TableReader& rule) {
  std::vector<RuleTerm> terms;
  for (TableReader& table : rule.Tables("terms", kMaxParts)) {
    RuleTerm term;
    term.clock = table.Text("clock");
    term.period = ReadPeriod(table, "period", {});
    term.applies_to = table.OptionalText("applies_to");
    table.Finish();
    terms.push_back(std::move(term));
  }
  return terms;
}

void ReadRules(TableReader& root, Policy& policy) {
  for (TableReader& table : root.Tables("rules", kMaxRules)) {
    Rule rule;
    rule.key = table.Name("key");
    table.Call("rule '" + Shown(rule.key) + "'");
    rule.number = static_cast<uint16_t>(table.Number("number", 1, kMaxRuleNumber));
    rule.retention_class = OneOf<RetentionClass>(table, "class",
                                                 {{"maximum", RetentionClass::kMaximum},
                                                  {"minimum_by_law", RetentionClass::kMinimumByLaw},
                                                  {"review", RetentionClass::kReview}},
                                                 RetentionClass::kMaximum);
    rule.status = OneOf<RuleStatus>(table, "status",
                                    {{"stated", RuleStatus::kStated},
                                     {"law", RuleStatus::kLaw},
                                     {"proposed", RuleStatus::kProposed},
                                     {"approved", RuleStatus::kApproved},
                                     {"undecided", RuleStatus::kUndecided}},
                                    {});
    rule.decision = table.OptionalText("decision");
    rule.approved_by = table.OptionalText("approved_by");
    rule.law = table.OptionalText("law");
    rule.text_nb = table.Text("nb");
    rule.text_en = table.Text("en");
    rule.terms = ReadTerms(table);
    table.Finish();
    policy.rules.push_back(std::move(rule));
  }
}

uint16_t ReadRuleKey(TableReader& table, std::string_view key, const Policy& policy) {
  const std::string name = table.Text(key);
  const Rule* rule = policy.FindRule(std::string_view(name));
  if (rule != nullptr) return rule->number;
  table.Fail(key, "unknown rule '" + Shown(name) + "'" + Suggestion(name, KeysOf(policy.rules)));
  return 0;
}

std::vector<PolicyField> ReadFields(TableReader& category) {
  std::vector<PolicyField> fields;
  for (TableReader& table : category.Tables("fields", kMaxParts)) {
    PolicyField field;
    field.key = table.Name("key");
    field.name_nb = table.Text("nb");
    field.name_en = table.Text("en");
    table.Finish();
    fields.push_back(std::move(field));
  }
  return fields;
}

std::vector<Purpose> ReadPurposes(TableReader& category, const Policy& policy) {
  std::vector<Purpose> purposes;
  for (TableReader& table : category.Tables("purposes", kMaxParts)) {
    Purpose purpose;
    purpose.key = table.Name("key");
    table.Call(category.what() + ": purpose '" + Shown(purpose.key) + "'");
    purpose.name_nb = table.Text("nb");
    purpose.name_en = table.Text("en");
    purpose.basis = table.Text("basis");
    purpose.rule = ReadRuleKey(table, "rule", policy);
    purpose.stop_on = table.OptionalText("stop_on");
    purpose.applies_to = table.OptionalText("applies_to");
    purpose.fields = table.Texts("fields");
    table.Finish();
    purposes.push_back(std::move(purpose));
  }
  return purposes;
}

void ReadCategories(TableReader& root, Policy& policy) {
  for (TableReader& table : root.Tables("categories", kMaxCategories)) {
    Category category;
    category.key = table.Name("key");
    table.Call("category '" + Shown(category.key) + "'");
    category.number = static_cast<uint16_t>(table.Number("number", 1, kMaxCategoryNumber));
    category.name_nb = table.Text("nb");
    category.name_en = table.Text("en");
    category.fields = ReadFields(table);
    category.record_key = table.Texts("record_key");
    category.unit_scope =
        OneOf<UnitScope>(table, "unit_scope",
                         {{"person", UnitScope::kPerson}, {"record", UnitScope::kRecord}, {"year", UnitScope::kYear}},
                         UnitScope::kPerson);
    for (auto& [clock, field] : table.TextMap("clock_fields")) category.clock_fields[clock] = field;
    category.year_field = table.OptionalText("year_field");
    category.identifier_field = table.OptionalText("identifier_field");
    category.anonymise_on_expiry = OneOf<bool>(table, "on_expiry", {{"erase", false}, {"anonymise", true}}, false);
    category.basis_stated = table.OptionalText("basis_stated");
    for (TableReader& subject : table.Tables("data_subjects", kMaxParts)) {
      category.data_subjects.push_back({subject.Text("nb"), subject.Text("en")});
      subject.Finish();
    }
    category.purposes = ReadPurposes(table, policy);
    table.Finish();
    policy.categories.push_back(std::move(category));
  }
}

void ReadServiceRules(TableReader service, Policy& policy) {
  policy.access_log_rule = ReadRuleKey(service, "access_log", policy);
  policy.evidence_rule = ReadRuleKey(service, "evidence", policy);
  policy.identity_rule = ReadRuleKey(service, "identity", policy);
  policy.staff_rule = ReadRuleKey(service, "staff", policy);
  service.Finish();
}

}  // namespace

Policy FillPolicy(const PolicyNode& root, PolicySource& source) {
  Policy policy;
  TableReader top(root, "", "the policy", source);
  FillStatement(top, policy);
  ReadTime(top.Table("time"), policy);
  ReadBases(top, policy);
  ReadClocks(top, policy);
  ReadConditions(top, policy);
  ReadRules(top, policy);
  ReadCategories(top, policy);
  ReadServiceRules(top.Table("service_rules"), policy);
  top.Finish();
  return policy;
}

}  // namespace spor::privacy
