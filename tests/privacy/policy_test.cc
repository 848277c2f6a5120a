// SPDX-License-Identifier: Apache-2.0
#include "privacy/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include "tests/doubles/places.h"

namespace spor::privacy {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const std::string& Example() {
  static const std::string text = ReadText(doubles::SourceDir() + "/docs/examples/confex.toml");
  return text;
}

const Policy& ExamplePolicy() {
  static const Policy policy = ParsePolicy(Example(), "confex.toml").value();
  return policy;
}

using Keys = std::vector<std::string>;

Keys FieldKeys(const Category& category) {
  Keys keys;
  for (const PolicyField& field : category.fields) keys.push_back(field.key);
  return keys;
}

TEST(ExamplePolicy, HasTheTenCategoriesOfTheStatementWithAllTheirFields) {
  const Keys payment = {"org_no",       "orderer_name", "orderer_email", "orderer_phone", "order_date",
                        "payment_date", "due_date",     "item_no",       "item_name"};
  const std::vector<std::pair<std::string, Keys>> expected = {
      {"contact", {"first_name", "last_name", "name_syntax", "email", "job_title", "gender", "department", "phone"}},
      {"company",
       {"company_name", "address", "gps", "org_no", "unit_no", "employees", "turnover", "nace", "ip_addresses",
        "email_domain", "country", "email", "phone", "company_domain", "contact_url", "company_email",
        "email_pattern"}},
      {"purchase_history", {"product", "price", "purchase_date", "purchase_medium", "product_category"}},
      {"email_activity", {"open", "click", "unsubscribe", "bounce", "site_visit", "newsletter_signup"}},
      {"newsletter_behaviour", {"open", "click", "bounce", "site_visit", "ad_click", "article_click"}},
      {"evaluations",
       {"participant_name", "course", "city", "course_date", "rating_content", "rating_leader", "comment",
        "ad_use_approval"}},
      {"subscription",
       {"product", "price", "usage", "login_name", "payment_status", "payment_date", "renewal_date", "access_change"}},
      {"payment_history", payment},
      {"invoice_basis", payment},
      {"exam_results", {"name", "email", "product", "result", "date"}},
  };
  ASSERT_EQ(ExamplePolicy().categories.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const Category& category = ExamplePolicy().categories[i];
    EXPECT_EQ(category.number, i + 1);
    EXPECT_EQ(category.key, expected[i].first);
    EXPECT_EQ(FieldKeys(category), expected[i].second) << category.key;
  }
}

TEST(ExamplePolicy, HasEveryPurposeOfTheStatement) {
  const size_t expected[] = {6, 3, 3, 1, 1, 3, 1, 2, 2, 3};
  for (size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(ExamplePolicy().categories[i].purposes.size(), expected[i]) << ExamplePolicy().categories[i].key;
  }
}

TEST(ExamplePolicy, LetsNoPurposeReadGender) {
  for (const Purpose& purpose : ExamplePolicy().FindCategory("contact")->purposes) {
    EXPECT_EQ(std::count(purpose.fields.begin(), purpose.fields.end(), "gender"), 0) << purpose.key;
  }
}

TEST(ExamplePolicy, ErasesNeverCustomersAtOptOut) {
  const Rule* rule = ExamplePolicy().FindRule("R-contact-marketing");
  ASSERT_NE(rule, nullptr);
  ASSERT_EQ(rule->terms.size(), 4u);
  EXPECT_EQ(rule->status, RuleStatus::kApproved);
  EXPECT_EQ(rule->terms[3].clock, "marketing_opt_out");
  EXPECT_EQ(rule->terms[3].period, (Period{0, 0}));
  EXPECT_EQ(rule->terms[3].applies_to, "never_customer");
  EXPECT_EQ(ExamplePolicy().FindCondition("never_customer")->kind, Condition::Kind::kNoUnitIn);
  EXPECT_EQ(ExamplePolicy().FindCategory("contact")->FindPurpose("product_access")->applies_to, "customer");
}

TEST(ExamplePolicy, KeepsCertificatesUndecided) {
  const Purpose* purpose = ExamplePolicy().FindCategory("exam_results")->FindPurpose("certification");
  ASSERT_NE(purpose, nullptr);
  const Rule* rule = ExamplePolicy().FindRule(purpose->rule);
  EXPECT_EQ(rule->key, "R-certification");
  EXPECT_EQ(rule->status, RuleStatus::kUndecided);
  EXPECT_TRUE(rule->terms.empty());
  const Condition* condition = ExamplePolicy().FindCondition(purpose->applies_to);
  EXPECT_EQ(condition->kind, Condition::Kind::kFieldIn);
  EXPECT_EQ(std::count(condition->values.begin(), condition->values.end(), "Fail"), 0);
}

TEST(ExamplePolicy, CutsAccountingByYearAndEvaluationsByRecord) {
  const Category* payment = ExamplePolicy().FindCategory("payment_history");
  EXPECT_EQ(payment->unit_scope, UnitScope::kYear);
  EXPECT_EQ(payment->year_field, "order_date");
  EXPECT_EQ(payment->clock_fields.at("fiscal_year_end"), "order_date");
  EXPECT_TRUE(ExamplePolicy().FindClock("fiscal_year_end")->fiscal_year_end);
  EXPECT_EQ(ExamplePolicy().FindRule("R-accounting-5y")->retention_class, RetentionClass::kMinimumByLaw);
  const Category* evaluations = ExamplePolicy().FindCategory("evaluations");
  EXPECT_EQ(evaluations->unit_scope, UnitScope::kRecord);
  EXPECT_TRUE(evaluations->anonymise_on_expiry);
  EXPECT_EQ(ExamplePolicy().FindCategory("contact")->unit_scope, UnitScope::kPerson);
}

TEST(ExamplePolicy, NamesTheRulesOfTheServiceItself) {
  const Policy& policy = ExamplePolicy();
  EXPECT_EQ(policy.FindRule(policy.access_log_rule)->terms[0].period, (Period{13, 0}));
  EXPECT_EQ(policy.FindRule(policy.evidence_rule)->terms[0].period, (Period{60, 0}));
  EXPECT_TRUE(policy.FindRule(policy.identity_rule)->terms.empty());
  EXPECT_EQ(policy.FindRule(policy.staff_rule)->terms[0].clock, "employment_ended");
}

TEST(ExamplePolicy, KeepsPromisesDecisionsAndTransfers) {
  const Policy& policy = ExamplePolicy();
  ASSERT_EQ(policy.promises.size(), 18u);
  EXPECT_EQ(policy.promises.front().measure, "second_factor");
  Keys open;
  for (const Decision& decision : policy.decisions) {
    if (decision.taken.empty()) open.push_back(decision.id);
  }
  EXPECT_EQ(open, (Keys{"D-03", "D-08", "D-09", "D-10", "D-11", "I-11"}));
  ASSERT_EQ(policy.transfers.size(), 1u);
  EXPECT_EQ(policy.transfers[0].fields, Keys{"contact.email"});
  EXPECT_EQ(policy.recipients.size(), 11u);
  EXPECT_EQ(policy.controller, "Confex Group AS");
  EXPECT_EQ(policy.holidays.easter_offsets.size(), 7u);
  EXPECT_EQ(policy.deadlines.answer_extended, (Period{3, 0}));
}

TEST(FiscalYearEnd, IsTheNextEndOnOrAfterTheDay) {
  Policy policy;
  const auto end = [&](const char* day) { return FormatDate(policy.FiscalYearEnd(ParseDate(day).value())); };
  EXPECT_EQ(end("2026-01-02"), "2026-12-31");
  EXPECT_EQ(end("2026-12-31"), "2026-12-31");
  EXPECT_EQ(end("2027-01-01"), "2027-12-31");
  EXPECT_EQ(end("9999-12-31"), "9999-12-31");
  policy.fiscal_year_end = "06-30";
  EXPECT_EQ(end("2026-06-30"), "2026-06-30");
  EXPECT_EQ(end("2026-07-01"), "2027-06-30");
  policy.fiscal_year_end = "02-28";
  EXPECT_EQ(end("2028-02-29"), "2028-02-29");
  EXPECT_EQ(end("2028-03-01"), "2029-02-28");
}

// Accounting: booked on any day of a year, erased from the first day of the sixth year after it.
TEST(FiscalYearEnd, StartsTheAccountingClock) {
  const Period five_years = ExamplePolicy().FindRule("R-accounting-5y")->terms[0].period;
  const auto erased_from = [&](const char* booked) {
    return FormatDate(RetentionDue(ExamplePolicy().FiscalYearEnd(ParseDate(booked).value()), five_years));
  };
  EXPECT_EQ(erased_from("2026-01-02"), "2032-01-01");
  EXPECT_EQ(erased_from("2026-12-31"), "2032-01-01");
  EXPECT_EQ(erased_from("2027-01-01"), "2033-01-01");
}

}  // namespace
}  // namespace spor::privacy
