// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "crypto/secret.h"
#include "privacy/subjects.h"

// Small policies and profiles for tests of due days.
namespace spor::privacy {

inline const std::string kPolicyHead = R"toml([meta]
schema = "spor-policy/1"
policy_id = "due"
version = "1"
number = 1
statement_date = 2022-06-03
statement_sha256 = "dd9834f21deba6e2feb303b061a496fc1f3bf912fdb22b52013710df06a48f65"
approved_by = "tester"
[controller]
name = "Kurs AS"
[service_rules]
access_log = "log"
evidence = "log"
identity = "identity"
staff = "log"
[[legal_bases]]
key = "contract"
article = "6(1)(b)"
nb = "Avtale"
en = "Contract"
[[clocks]]
key = "ended"
nb = "x"
en = "x"
[[clocks]]
key = "opted_out"
nb = "x"
en = "x"
[[clocks]]
key = "booked"
nb = "x"
en = "x"
fiscal_year_end = true
[[conditions]]
key = "passed"
kind = "field_in"
field = "result"
values = ["yes"]
[[conditions]]
key = "customer"
kind = "any_unit_in"
categories = ["two", "three"]
[[conditions]]
key = "stranger"
kind = "no_unit_in"
categories = ["two"]
)toml";

// `terms` as in TOML: {clock = "ended", period = "P9M"}, ...
inline std::string RuleText(int number, const std::string& key, const std::string& terms,
                            const std::string& retention_class = "maximum", const std::string& status = "stated") {
  return "[[rules]]\nnumber = " + std::to_string(number) + "\nkey = \"" + key + "\"\nclass = \"" + retention_class +
         "\"\nstatus = \"" + status + "\"\nlaw = \"x\"\nnb = \"x\"\nen = \"x\"\nterms = [" + terms + "]\n";
}

inline std::string ServiceRules() {
  return RuleText(901, "log", R"({clock = "ended", period = "P13M"})") + RuleText(902, "identity", "");
}

// purposes: (rule, condition or empty).
inline std::string CategoryText(int number, const std::string& key,
                                const std::vector<std::pair<std::string, std::string>>& purposes) {
  std::string text = "[[categories]]\nnumber = " + std::to_string(number) + "\nkey = \"" + key +
                     "\"\nnb = \"x\"\nen = \"x\"\nfields = [{key = \"result\", nb = \"x\", en = \"x\"}]\n";
  for (size_t i = 0; i < purposes.size(); ++i) {
    text += "[[categories.purposes]]\nkey = \"p" + std::to_string(i) + "\"\nnb = \"x\"\nen = \"x\"\n" +
            "basis = \"contract\"\nfields = [\"result\"]\nrule = \"" + purposes[i].first + "\"\n";
    if (!purposes[i].second.empty()) text += "applies_to = \"" + purposes[i].second + "\"\n";
  }
  return text;
}

// Rules and purposes at random, every class, status and condition among them.
class RandomCases {
 public:
  explicit RandomCases(uint32_t seed) : random_(seed) {}

  std::string PolicyText() {
    std::string text = kPolicyHead + ServiceRules();
    for (int rule = 1; rule <= 6; ++rule) {
      std::string terms;
      for (size_t term = 0, n = 1 + Below(3); term < n; ++term) terms += (term == 0 ? "" : ", ") + Term();
      text +=
          RuleText(rule, "r" + std::to_string(rule), terms, Pick({"maximum", "maximum", "minimum_by_law", "review"}),
                   Pick({"stated", "law", "proposed", "stated", "undecided"}));
    }
    int number = 0;
    for (const char* key : {"one", "two", "three"}) {
      std::vector<std::pair<std::string, std::string>> purposes;
      for (size_t p = 0, n = 1 + Below(4); p < n; ++p) {
        purposes.emplace_back("r" + std::to_string(1 + Below(6)), Pick({"", "", "passed", "customer", "stranger"}));
      }
      text += CategoryText(++number, key, purposes);
    }
    return text;
  }

  Profile SomeProfile() {
    Profile profile;
    profile.subject = RandomArray<16>();
    profile.identity = RandomArray<16>();
    for (const char* clock : {"ended", "opted_out"}) {
      if (Below(3) > 0) profile.clocks[clock] = Day();
    }
    for (size_t i = 0, n = Below(5); i < n; ++i) profile.units.push_back(SomeUnit());
    if (Below(4) == 0) profile.erased.push_back({RandomArray<16>(), static_cast<uint16_t>(1 + Below(3)), "1"});
    return profile;
  }
  SubjectUnit SomeUnit() {
    SubjectUnit unit;
    unit.unit = RandomArray<16>();
    unit.category = Below(6) == 0 ? kAccessLogCategory : static_cast<uint16_t>(1 + Below(3));
    unit.due = {static_cast<uint8_t>(Below(2)), static_cast<uint32_t>(20000 + Below(5))};
    unit.rule = static_cast<uint16_t>(1 + Below(6));
    if (Below(2) == 0) unit.clock_dates["booked"] = Day();
    if (Below(4) == 0) unit.clock_dates["ended"] = Day();
    if (Below(2) == 0) unit.facts["passed"] = {};
    if (Below(2) == 0) unit.facts["passed"] = {RandomArray<16>()};
    return unit;
  }
  // Few different days, so that ties happen.
  LegalDate Day() {
    return MakeDate(static_cast<int>(2024 + Below(3)), static_cast<int>(1 + Below(12)),
                    Below(2) == 0 ? 28 : static_cast<int>(1 + Below(28)));
  }
  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

 private:
  std::string Pick(const std::vector<std::string>& of) { return of[Below(of.size())]; }
  std::string Term() {
    std::string term = "{clock = \"" + Pick({"ended", "opted_out", "booked"}) + "\", period = \"" +
                       Pick({"P0D", "P1M", "P9M", "P12M", "P30D", "P5Y"}) + "\"";
    if (Below(4) == 0) term += ", applies_to = \"" + Pick({"passed", "customer", "stranger"}) + "\"";
    return term + "}";
  }

  std::mt19937 random_;
};

}  // namespace spor::privacy
