// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "crypto/bytes.h"
#include "privacy/calendar.h"

namespace spor::privacy {

// docs/formats/entry.md: class of a due day.
enum class RetentionClass : uint8_t { kMaximum = 0, kMinimumByLaw = 1, kReview = 2 };

// A rule deletes only under the first four.
enum class RuleStatus { kStated, kLaw, kProposed, kApproved, kUndecided };

// One term of a rule: so long after a clock. A term whose condition is not met, or whose clock has not started, does
// not count towards `earliest`; a rule none of whose terms counts has not started.
struct RuleTerm {
  std::string clock;
  Period period;
  std::string applies_to;  // key of a condition, or empty
};

struct Rule {
  uint16_t number = 0;  // in entries for ever; never reused
  std::string key;
  RetentionClass retention_class = RetentionClass::kMaximum;
  RuleStatus status = RuleStatus::kUndecided;
  std::string decision;     // "D-01" where one stands behind it
  std::string approved_by;  // for kApproved
  std::string law;
  std::string text_nb;
  std::string text_en;
  std::vector<RuleTerm> terms;  // combined by the earliest
};

// When a clock starts for a unit: by a person-wide event ("spor clock start"), or by a date field of the record.
struct ClockDefinition {
  std::string key;
  std::string name_nb;
  std::string name_en;
  bool fiscal_year_end = false;  // the field's date counts as the end of its accounting year
};

// A fact about a unit or person that decides whether a purpose or term applies.
struct Condition {
  enum class Kind {
    kFieldIn,    // some record of the unit has `field` with one of `values` (compared without case)
    kNoUnitIn,   // the person has no unit in any of `categories`
    kAnyUnitIn,  // the person has a unit in at least one of `categories`: the opposite of kNoUnitIn
  };
  std::string key;
  Kind kind = Kind::kFieldIn;
  std::string field;
  std::vector<std::string> values;
  std::vector<std::string> categories;
};

// The same words in the two languages that people read.
struct Wording {
  std::string nb;
  std::string en;
};

struct PolicyField {
  std::string key;
  std::string name_nb;
  std::string name_en;
};

struct Purpose {
  std::string key;
  std::string name_nb;
  std::string name_en;
  std::string basis;                // key of a legal basis
  uint16_t rule = 0;                // number of its retention rule
  std::string stop_on;              // clock whose start stops the use at once, or empty
  std::string applies_to;           // condition, or empty
  std::vector<std::string> fields;  // what this purpose needs: the only fields it may read
};

// How the data of one person in one category is cut into units (one clock each).
enum class UnitScope { kPerson, kRecord, kYear };

struct Category {
  uint16_t number = 0;
  std::string key;
  std::string name_nb;
  std::string name_en;
  std::vector<PolicyField> fields;
  std::vector<std::string> record_key;  // fields that tell records of one person apart; empty: one record
  UnitScope unit_scope = UnitScope::kPerson;
  std::map<std::string, std::string> clock_fields;  // clock -> date field of the record that starts it
  std::string year_field;                           // for kYear: the date field whose accounting year cuts the units
  std::string identifier_field;        // field that is an e-mail address to look the person up by, or empty
  bool anonymise_on_expiry = false;    // promised; until it is built the unit is erased instead
  std::string basis_stated;            // what the statement says, where a purpose was given another basis since
  std::vector<Wording> data_subjects;  // whose data it is (GDPR art. 30(1)(c))
  std::vector<Purpose> purposes;

  const Purpose* FindPurpose(std::string_view purpose) const;
  bool HasField(std::string_view field) const;
};

struct LegalBasis {
  std::string key;
  std::string article;
  std::string name_nb;
  std::string name_en;
};

struct Decision {
  std::string id;
  std::string question;
  std::string question_nb;
  std::string proposed;
  std::string proposed_nb;
  std::string taken;  // what the policy does about it; empty while open
  std::string taken_nb;
};

struct Promise {  // P-01 ... of the privacy statement
  std::string id;
  std::string text_nb;
  std::string text_en;
  std::string measure;  // what the review measures it by: a key of report/promises, or "attested"
};

// Who receives personal data, and which transfers out of the EEA are allowed (GDPR art. 30(1)(d) and (e)).
struct Recipient {
  std::string key;
  std::string name_nb;
  std::string name_en;
  std::string role;  // "processor", "independent_controller" or "undecided"
};
struct Transfer {
  std::string recipient;
  std::string country;              // ISO 3166-1 alpha-2
  std::vector<std::string> fields;  // "contact.email": nothing else may go
  std::string mechanism;            // of GDPR chapter V; empty while undecided
};

// How to reach the controller and its data protection officer, as art. 13 notices and reports print it.
struct ControllerContact {
  std::string org_no;
  std::string address;
  std::string email;
  std::string phone;
  std::string dpo;
};

// Statutory periods, counted from the day of receipt (GDPR art. 12(3)), and the promised interval of reviews.
struct Deadlines {
  Period answer{1, 0};
  Period answer_extended{3, 0};  // counted once from receipt, not added to `answer`
  Period annual_review{12, 0};
};

struct Policy {
  std::string policy_id;
  std::string version;
  uint32_t number = 0;  // counts the versions of this policy; in the policy entry
  std::string controller;
  std::string statement_date;
  std::string statement_sha256;
  std::string approved_by;
  ControllerContact contact;
  std::string fiscal_year_end = "12-31";
  Holidays holidays;
  Deadlines deadlines;
  std::vector<LegalBasis> bases;
  std::vector<ClockDefinition> clocks;
  std::vector<Condition> conditions;
  std::vector<Rule> rules;
  std::vector<Category> categories;
  std::vector<Decision> decisions;
  std::vector<Promise> promises;
  std::vector<Recipient> recipients;
  std::vector<Transfer> transfers;
  uint16_t access_log_rule = 0;  // rule of a person's access log and of audit sections (class access)
  uint16_t evidence_rule = 0;    // rule of audit sections that prove deletions and reviews (class evidence)
  uint16_t identity_rule = 0;    // identity units: die with the last other unit of the person
  uint16_t staff_rule = 0;       // units of staff accounts

  const Category* FindCategory(std::string_view key) const;
  const Category* FindCategory(uint16_t number) const;
  const Rule* FindRule(uint16_t number) const;
  const Rule* FindRule(std::string_view key) const;
  const ClockDefinition* FindClock(std::string_view key) const;
  const Condition* FindCondition(std::string_view key) const;
  const LegalBasis* FindBasis(std::string_view key) const;
  const Recipient* FindRecipient(std::string_view key) const;
  // The end of the accounting year that holds `date`.
  LegalDate FiscalYearEnd(LegalDate date) const;
};

// Categories that the service itself keeps; the numbers are outside the policy's range 1..59999.
inline constexpr uint16_t kIdentityCategory = 60001;
inline constexpr uint16_t kAccessLogCategory = 60002;
inline constexpr uint16_t kAuditCategory = 60003;
inline constexpr uint16_t kStaffCategory = 60004;

// Parses and checks a TOML policy. An error names file, line and what to write instead:
// "confex.toml:41: category 'contact': purpose 'advertising' names field 'emial'; the category has: first_name, ...".
// `file` is used for messages only. Checks every reference, duplicate keys and numbers, periods, unknown keys.
// kInvalidArgument for the first error found, for more than 1 MiB, and last of all for a policy that nobody has
// approved; kTooNew for a schema of a later version. The schema is docs/formats/policy.md.
Result<Policy> ParsePolicy(std::string_view toml, std::string_view file);

}  // namespace spor::privacy
