// SPDX-License-Identifier: Apache-2.0
#include "privacy/policy_check.h"

#include <algorithm>
#include <set>

#include "privacy/policy_parse.h"

namespace spor::privacy {
namespace {

constexpr size_t kMaxFieldKey = 60;  // an event's field is named after it, with two letters before

std::string At(const std::string& path, size_t index) { return path + "." + std::to_string(index); }

// Walks the whole policy once; the methods share the policy and where to report.
class Checker {
 public:
  Checker(const Policy& policy, PolicySource& source) : policy_(policy), source_(source) {}

  void CheckAll() {
    CheckKeysOnce();
    CheckConditions();
    for (size_t i = 0; i < policy_.rules.size(); ++i) CheckRule(policy_.rules[i], At("rules", i));
    CheckRuleUses();
    if (policy_.categories.empty()) Fail("categories", "a policy needs at least one category: write [[categories]]");
    for (size_t i = 0; i < policy_.categories.size(); ++i) CheckCategory(policy_.categories[i], At("categories", i));
    CheckTransfers();
    if (policy_.approved_by.empty()) Fail("meta.approved_by", "not approved: set meta.approved_by");
  }

 private:
  void Fail(const std::string& path, const std::string& problem) { source_.Fail(path, problem); }

  // Each key, id or number of a list stands once.
  template <typename Part, typename Value>
  void Once(const std::vector<Part>& parts, Value Part::*member, const std::string& path, const std::string& name) {
    std::set<Value> seen;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (seen.insert(parts[i].*member).second) continue;
      std::string shown;
      if constexpr (std::is_integral_v<Value>) {
        shown = std::to_string(parts[i].*member);
      } else {
        shown = "'" + parts[i].*member + "'";
      }
      Fail(At(path, i) + "." + name, path + ": " + name + " " + shown + " is used twice; choose another");
    }
  }

  void CheckKeysOnce() {
    Once(policy_.bases, &LegalBasis::key, "legal_bases", "key");
    Once(policy_.clocks, &ClockDefinition::key, "clocks", "key");
    Once(policy_.conditions, &Condition::key, "conditions", "key");
    Once(policy_.rules, &Rule::key, "rules", "key");
    Once(policy_.rules, &Rule::number, "rules", "number");
    Once(policy_.categories, &Category::key, "categories", "key");
    Once(policy_.categories, &Category::number, "categories", "number");
    Once(policy_.decisions, &Decision::id, "decisions", "id");
    Once(policy_.promises, &Promise::id, "promises", "id");
    Once(policy_.recipients, &Recipient::key, "recipients", "key");
  }

  void CheckConditions() {
    for (size_t i = 0; i < policy_.conditions.size(); ++i) {
      const Condition& condition = policy_.conditions[i];
      const std::string path = At("conditions", i), what = "condition '" + condition.key + "'";
      const bool by_field = condition.kind == Condition::Kind::kFieldIn;
      const bool has_field = !condition.field.empty() && !condition.values.empty();
      const bool has_categories = !condition.categories.empty();
      if (by_field && (!has_field || has_categories)) Fail(path, what + ": field_in takes 'field' and 'values' only");
      if (!by_field && (!has_categories || !condition.field.empty() || !condition.values.empty())) {
        Fail(path, what + ": no_unit_in and any_unit_in take 'categories' only");
      }
      for (size_t c = 0; c < condition.categories.size(); ++c) {
        const std::string& key = condition.categories[c];
        if (policy_.FindCategory(std::string_view(key)) != nullptr) continue;
        Fail(At(path + ".categories", c),
             what + ": unknown category '" + Shown(key) + "'" + Suggestion(key, KeysOf(policy_.categories)));
      }
    }
  }

  void CheckClock(const std::string& clock, const std::string& path, const std::string& what) {
    if (policy_.FindClock(clock) != nullptr) return;
    Fail(path, what + ": unknown clock '" + Shown(clock) + "'" + Suggestion(clock, KeysOf(policy_.clocks)));
  }

  void CheckCondition(const std::string& condition, const std::string& path, const std::string& what) {
    if (condition.empty() || policy_.FindCondition(condition) != nullptr) return;
    Fail(path,
         what + ": unknown condition '" + Shown(condition) + "'" + Suggestion(condition, KeysOf(policy_.conditions)));
  }

  void CheckRule(const Rule& rule, const std::string& path) {
    const std::string what = "rule '" + rule.key + "'";
    const bool needs_terms = rule.status != RuleStatus::kUndecided && rule.number != policy_.identity_rule;
    if (needs_terms && rule.terms.empty()) {
      Fail(path, what + ": no terms; add terms = [{ clock = ..., period = ... }] or set status = \"undecided\"");
    }
    for (size_t i = 0; i < rule.terms.size(); ++i) {
      CheckClock(rule.terms[i].clock, At(path + ".terms", i) + ".clock", what);
      CheckCondition(rule.terms[i].applies_to, At(path + ".terms", i) + ".applies_to", what);
    }
    if (rule.status == RuleStatus::kApproved && rule.approved_by.empty()) {
      Fail(path + ".status", what + ": status \"approved\" needs approved_by");
    }
    if (rule.retention_class == RetentionClass::kMinimumByLaw && rule.law.empty()) {
      Fail(path + ".class", what + ": class \"minimum_by_law\" needs law = \"the act and section\"");
    }
    if (!rule.decision.empty()) CheckDecision(rule, path + ".decision", what);
  }

  void CheckDecision(const Rule& rule, const std::string& path, const std::string& what) {
    std::vector<std::string> ids;
    for (const Decision& decision : policy_.decisions) {
      ids.push_back(decision.id);
      if (decision.id != rule.decision) continue;
      if (decision.taken.empty() && rule.status == RuleStatus::kApproved) {
        Fail(path, what + ": decision '" + decision.id + "' is open; fill its 'taken' or set status = \"undecided\"");
      }
      return;
    }
    Fail(path, what + ": unknown decision '" + Shown(rule.decision) + "'" + Suggestion(rule.decision, ids));
  }

  // The rules of the service's own categories work without records, so their terms can't ask about any.
  void CheckRuleUses() {
    const uint16_t numbers[] = {policy_.access_log_rule, policy_.evidence_rule, policy_.identity_rule,
                                policy_.staff_rule};
    for (uint16_t number : numbers) {
      const Rule* rule = policy_.FindRule(number);
      if (rule == nullptr) continue;
      const bool asks = std::any_of(rule->terms.begin(), rule->terms.end(),
                                    [](const RuleTerm& term) { return !term.applies_to.empty(); });
      if (asks) Fail("service_rules", "service_rules: rule '" + rule->key + "' can't have applies_to");
    }
    const Rule* identity = policy_.FindRule(policy_.identity_rule);
    if (identity == nullptr) return;
    if (!identity->terms.empty() || identity->retention_class != RetentionClass::kMaximum) {
      Fail("service_rules.identity",
           "service_rules: rule '" + identity->key +
               "' must have no terms and class \"maximum\": it dies with the last other unit");
    }
  }

  void CheckField(const Category& category, const std::string& field, const std::string& path,
                  const std::string& what) {
    if (category.HasField(field)) return;
    Fail(path, what + " names field '" + Shown(field) + "'; the category has: " + Joined(KeysOf(category.fields)));
  }

  void CheckCategory(const Category& category, const std::string& path) {
    const std::string what = "category '" + category.key + "'";
    if (category.fields.empty()) Fail(path, what + ": no fields; add fields = [{ key = ..., nb = ..., en = ... }]");
    if (category.purposes.empty()) Fail(path, what + ": no purposes; data without a purpose may not be kept");
    Once(category.fields, &PolicyField::key, path + ".fields", "key");
    for (size_t i = 0; i < category.fields.size(); ++i) {
      const std::string& key = category.fields[i].key;
      if (key.size() > kMaxFieldKey) Fail(At(path + ".fields", i), what + ": a field's key has at most 60 bytes");
    }
    Once(category.purposes, &Purpose::key, path + ".purposes", "key");
    for (size_t i = 0; i < category.record_key.size(); ++i) {
      CheckField(category, category.record_key[i], At(path + ".record_key", i), what + ": record_key");
    }
    for (const auto& [clock, field] : category.clock_fields) {
      const std::string place = path + ".clock_fields." + clock;
      CheckClock(clock, place, what + ": clock_fields");
      CheckField(category, field, place, what + ": clock_fields");
    }
    if (!category.identifier_field.empty()) {
      CheckField(category, category.identifier_field, path + ".identifier_field", what + ": identifier_field");
    }
    CheckYear(category, path, what);
    if (!category.basis_stated.empty()) CheckBasis(category.basis_stated, path + ".basis_stated", what);
    for (size_t i = 0; i < category.purposes.size(); ++i) {
      CheckPurpose(category, category.purposes[i], At(path + ".purposes", i));
    }
  }

  void CheckYear(const Category& category, const std::string& path, const std::string& what) {
    if (category.unit_scope != UnitScope::kYear) {
      if (!category.year_field.empty()) Fail(path + ".year_field", what + ": year_field needs unit_scope = \"year\"");
      return;
    }
    if (category.year_field.empty()) {
      Fail(path + ".unit_scope", what + ": unit_scope \"year\" needs year_field = \"a date field\"");
    }
    CheckField(category, category.year_field, path + ".year_field", what + ": year_field");
  }

  void CheckBasis(const std::string& basis, const std::string& path, const std::string& what) {
    if (policy_.FindBasis(basis) != nullptr) return;
    Fail(path, what + ": unknown legal basis '" + Shown(basis) + "'" + Suggestion(basis, KeysOf(policy_.bases)));
  }

  void CheckPurpose(const Category& category, const Purpose& purpose, const std::string& path) {
    const std::string what = "category '" + category.key + "': purpose '" + purpose.key + "'";
    CheckBasis(purpose.basis, path + ".basis", what);
    if (!purpose.stop_on.empty()) CheckClock(purpose.stop_on, path + ".stop_on", what);
    CheckCondition(purpose.applies_to, path + ".applies_to", what);
    CheckConditionField(category, purpose.applies_to, path + ".applies_to", what);
    if (purpose.fields.empty()) {
      Fail(path, what + ": no fields; list those it needs of: " + Joined(KeysOf(category.fields)));
    }
    for (size_t i = 0; i < purpose.fields.size(); ++i) {
      CheckField(category, purpose.fields[i], At(path + ".fields", i), what);
    }
    if (const Rule* rule = policy_.FindRule(purpose.rule)) {
      for (const RuleTerm& term : rule->terms) {
        CheckConditionField(category, term.applies_to, path + ".rule", what + ": rule '" + rule->key + "'");
      }
    }
  }

  void CheckConditionField(const Category& category, const std::string& key, const std::string& path,
                           const std::string& what) {
    const Condition* condition = policy_.FindCondition(key);
    if (condition == nullptr || condition->kind != Condition::Kind::kFieldIn) return;
    CheckField(category, condition->field, path, what + ": condition '" + key + "'");
  }

  void CheckTransfers() {
    for (size_t i = 0; i < policy_.transfers.size(); ++i) {
      const Transfer& transfer = policy_.transfers[i];
      const std::string path = At("transfers", i);
      if (policy_.FindRecipient(transfer.recipient) == nullptr) {
        Fail(path + ".recipient", "transfers: unknown recipient '" + Shown(transfer.recipient) + "'" +
                                      Suggestion(transfer.recipient, KeysOf(policy_.recipients)));
      }
      if (transfer.fields.empty()) Fail(path, "transfers: no fields; list those that may go, \"contact.email\"");
      for (size_t f = 0; f < transfer.fields.size(); ++f) {
        const std::string& name = transfer.fields[f];
        const size_t dot = std::min(name.find('.'), name.size());
        const Category* category = policy_.FindCategory(std::string_view(name).substr(0, dot));
        if (category != nullptr && dot < name.size() && category->HasField(name.substr(dot + 1))) continue;
        Fail(At(path + ".fields", f), "transfers: '" + Shown(name) + "' is no field; write category.field");
      }
    }
  }

  const Policy& policy_;
  PolicySource& source_;
};

}  // namespace

void CheckPolicy(const Policy& policy, PolicySource& source) { Checker(policy, source).CheckAll(); }

}  // namespace spor::privacy
