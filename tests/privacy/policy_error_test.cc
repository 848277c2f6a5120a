// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "privacy/policy.h"

namespace spor::privacy {
namespace {

// A small policy that parses; each case below changes one place in it.
constexpr std::string_view kSmall = R"toml([meta]
schema = "spor-policy/1"
policy_id = "small"
version = "1"
number = 1
statement_date = 2022-06-03
statement_sha256 = "dd9834f21deba6e2feb303b061a496fc1f3bf912fdb22b52013710df06a48f65"
approved_by = "tester"

[controller]
name = "Kurs AS"

[time]
holidays = ["01-01"]
easter_holidays = [-2, 1]

[service_rules]
access_log = "R-log"
evidence = "R-log"
identity = "R-identity"
staff = "R-log"

[[legal_bases]]
key = "contract"
article = "6(1)(b)"
nb = "Avtale"
en = "Contract"

[[clocks]]
key = "ended"
nb = "Slutt"
en = "End"
[[clocks]]
key = "booked"
nb = "Bokført"
en = "Booked"
fiscal_year_end = true

[[conditions]]
key = "passed"
kind = "field_in"
field = "result"
values = ["yes"]
[[conditions]]
key = "stranger"
kind = "no_unit_in"
categories = ["exam"]

[[rules]]
number = 1
key = "R-exam"
status = "approved"
decision = "D-01"
approved_by = "tester"
nb = "ni måneder"
en = "nine months"
terms = [{ clock = "ended", period = "P9M", applies_to = "passed" }]
[[rules]]
number = 2
key = "R-log"
status = "proposed"
nb = "ett år"
en = "a year"
terms = [{ clock = "ended", period = "P1Y" }]
[[rules]]
number = 3
key = "R-identity"
status = "proposed"
nb = "sist"
en = "last"

[[categories]]
number = 1
key = "exam"
nb = "Eksamen"
en = "Exam"
record_key = ["date"]
unit_scope = "year"
year_field = "date"
clock_fields = { booked = "date" }
identifier_field = "email"
fields = [
  { key = "email", nb = "E-post", en = "E-mail" },
  { key = "result", nb = "Resultat", en = "Result" },
  { key = "date", nb = "Dato", en = "Date" },
]
[[categories.purposes]]
key = "assess"
nb = "Vurdere"
en = "Assess"
basis = "contract"
rule = "R-exam"
stop_on = "ended"
applies_to = "passed"
fields = ["result", "date"]

[[decisions]]
id = "D-01"
question = "How long?"
question_nb = "Hvor lenge?"
taken = "Nine months."
taken_nb = "Ni måneder."

[[recipients]]
key = "mailer"
nb = "E-postsystem"
en = "Mailer"
role = "processor"

[[transfers]]
recipient = "mailer"
country = "US"
fields = ["exam.email"]

[[promises]]
id = "P-01"
nb = "Løfte"
en = "Promise"
measure = "attested"
)toml";

std::string Changed(std::string_view from, std::string_view to) {
  std::string text(kSmall);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// The line of the first place where `part` stands, as "small.toml:12:".
std::string PlaceOf(const std::string& text, std::string_view part) {
  const size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return "small.toml:" + std::to_string(1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n')) + ":";
}

struct ErrorCase {
  const char* from;
  const char* to;
  const char* place;  // text that stands on the line the message must name
  const char* says;   // the way out that the message must hold
};

void ExpectRefused(const std::vector<ErrorCase>& cases) {
  for (const ErrorCase& c : cases) {
    const std::string text = Changed(c.from, c.to);
    const Status status = ParsePolicy(text, "small.toml").status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << c.to;
    EXPECT_EQ(status.message().find(PlaceOf(text, c.place)), 0u) << c.to << " -> " << status.message();
    EXPECT_NE(status.message().find(c.says), std::string::npos) << c.to << " -> " << status.message();
  }
}

TEST(PolicyErrors, TheSmallPolicyHasNone) { EXPECT_EQ(ParsePolicy(kSmall, "small.toml").status().message(), ""); }

TEST(PolicyErrors, UnknownKeysNameTheNearest) {
  ExpectRefused({
      {"policy_id =", "policy_ids = \"x\"\npolicy_id =", "policy_ids", "did you mean 'policy_id'?"},
      {"stop_on =", "stops_on =", "stops_on", "did you mean 'stop_on'?"},
      {"[controller]", "[controler]\n[controller]", "[controler]", "did you mean 'controller'?"},
      {"period = \"P9M\"", "period = \"P9M\", perod = 1", "perod", "did you mean 'period'?"},
      {"en = \"Date\"", "en = \"Date\", sv = \"Datum\"", "Datum", "unknown key 'sv'; known: key, nb, en"},
      {"[[clocks]]", "[[clocks]]\nrule = \"x\"", "rule = \"x\"", "clock 'ended': unknown key 'rule'"},
  });
}

TEST(PolicyErrors, UnknownNamesListWhatThereIs) {
  ExpectRefused({
      {"[\"result\", \"date\"]", "[\"result\", \"dato\"]", "dato",
       "category 'exam': purpose 'assess' names field 'dato'; the category has: email, result, date"},
      {"clock = \"ended\"", "clock = \"endet\"", "endet", "unknown clock 'endet'; did you mean 'ended'?"},
      {"stop_on = \"ended\"", "stop_on = \"end\"", "stop_on = \"end\"", "did you mean 'ended'?"},
      {"rule = \"R-exam\"", "rule = \"R-exams\"", "R-exams", "unknown rule 'R-exams'; did you mean 'R-exam'?"},
      {"staff = \"R-log\"", "staff = \"R-logg\"", "R-logg", "did you mean 'R-log'?"},
      {"basis = \"contract\"", "basis = \"contrat\"", "contrat", "did you mean 'contract'?"},
      {"applies_to = \"passed\"\n", "applies_to = \"pased\"\n", "pased", "did you mean 'passed'?"},
      {"applies_to = \"passed\" }", "applies_to = \"pased\" }", "pased", "did you mean 'passed'?"},
      {"categories = [\"exam\"]", "categories = [\"exams\"]", "exams", "did you mean 'exam'?"},
      {"decision = \"D-01\"", "decision = \"D-02\"", "D-02", "unknown decision 'D-02'; did you mean 'D-01'?"},
      {"recipient = \"mailer\"", "recipient = \"maler\"", "maler", "did you mean 'mailer'?"},
      {"[\"exam.email\"]", "[\"exam.mail\"]", "exam.mail", "write category.field"},
      {"kind = \"field_in\"", "kind = \"field\"", "\"field\"", "Known: field_in, no_unit_in, any_unit_in"},
      {"status = \"proposed\"", "status = \"propose\"", "\"propose\"", "did you mean 'proposed'?"},
      {"measure = \"attested\"", "measure = \"tested\"", "\"tested\"", "did you mean 'attested'?"},
      {"unit_scope = \"year\"", "unit_scope = \"years\"", "\"years\"", "did you mean 'year'?"},
  });
}

TEST(PolicyErrors, CategoryFieldsMustExist) {
  ExpectRefused({
      {"record_key = [\"date\"]", "record_key = [\"day\"]", "\"day\"", "the category has: email, result, date"},
      {"year_field = \"date\"", "year_field = \"day\"", "\"day\"", "year_field names field 'day'"},
      {"{ booked = \"date\" }", "{ booked = \"day\" }", "\"day\"", "clock_fields names field 'day'"},
      {"{ booked = \"date\" }", "{ boked = \"date\" }", "boked", "unknown clock 'boked'; did you mean 'booked'?"},
      {"identifier_field = \"email\"", "identifier_field = \"mail\"", "\"mail\"", "identifier_field names field"},
      {"field = \"result\"", "field = \"score\"", "applies_to = \"passed\"\nfields",
       "condition 'passed' names field 'score'"},
  });
}

TEST(PolicyErrors, KeysAndNumbersStandOnce) {
  ExpectRefused({
      {"number = 2", "number = 1", "number = 1\nkey = \"R-log\"", "number 1 is used twice"},
      {"[[categories]]",
       "[[rules]]\nnumber = 4\nkey = \"R-exam\"\nstatus = \"undecided\"\nnb = \"-\"\nen = \"-\"\n[[categories]]",
       "key = \"R-exam\"\nstatus = \"undecided\"", "key 'R-exam' is used twice"},
      {"key = \"booked\"", "key = \"ended\"", "key = \"ended\"\nnb = \"Bokført\"", "key 'ended' is used twice"},
      {"key = \"stranger\"", "key = \"passed\"", "key = \"passed\"\nkind = \"no", "key 'passed' is used twice"},
      {"key = \"result\"", "key = \"email\"", "nb = \"Resultat\"", "key 'email' is used twice"},
      {"[\"result\", \"date\"]", "[\"date\", \"date\"]", "[\"date\", \"date\"]", "'date' stands twice"},
      {"[[decisions]]", "[[decisions]]\nid = \"D-01\"\nquestion = \"?\"\nquestion_nb = \"?\"\n[[decisions]]",
       "id = \"D-01\"\nquestion = \"How", "id 'D-01' is used twice"},
      {"name = \"Kurs AS\"", "name = \"Kurs AS\"\nname = \"Kurs AS\"", "name = \"Kurs AS\"\n\n", "not TOML"},
  });
}

TEST(PolicyErrors, NumbersKeepTheirRanges) {
  ExpectRefused({
      {"number = 1\nkey = \"R-exam\"", "number = 0\nkey = \"R-exam\"", "number = 0", "from 1 to 65535"},
      {"number = 2", "number = 65536", "number = 65536", "from 1 to 65535"},
      {"number = 1\nkey = \"exam\"", "number = 60000\nkey = \"exam\"", "number = 60000", "from 1 to 59999"},
      {"number = 1\nkey = \"exam\"", "number = 0\nkey = \"exam\"", "number = 0", "from 1 to 59999"},
      {"number = 2", "number = \"2\"", "number = \"2\"", "must be a number from 1 to 65535"},
      {"number = 1\nstatement", "number = 0\nstatement", "number = 0", "from 1 to"},
      {"[-2, 1]", "[-2, 500]", "500", "numbers from -60 to 60"},
  });
}

TEST(PolicyErrors, PeriodsAndDaysAreWellFormed) {
  ExpectRefused({
      {"\"P9M\"", "\"9M\"", "\"9M\"", "write years, months and days as P5Y, P9M"},
      {"\"P9M\"", "\"PT0S\"", "\"PT0S\"", "P0D"},
      {"\"P9M\"", "\"P900Y\"", "\"P900Y\"", "longer than 200 years"},
      {"[\"01-01\"]", "[\"1. januar\"]", "januar", "write month-day as 12-31"},
      {"easter_holidays", "fiscal_year_end = \"02-29\"\neaster_holidays", "02-29", "write month-day as 12-31"},
      {"easter_holidays", "zone = \"UTC\"\neaster_holidays", "UTC", "Europe/Oslo only"},
      {"2022-06-03", "\"3.6.2022\"", "3.6.2022", "write the date as 2022-06-03"},
      {"\"dd9834", "\"xx9834", "xx9834", "64 hexadecimal digits"},
  });
}

TEST(PolicyErrors, PartsThatCannotWorkAreRefused) {
  const char* const fields =
      "fields = [\n  { key = \"email\", nb = \"E-post\", en = \"E-mail\" },\n  { key = \"result\", nb = \"Resultat\", "
      "en = "
      "\"Result\" },\n  { key = \"date\", nb = \"Dato\", en = \"Date\" },\n]\n";
  ExpectRefused({
      {fields, "", "[[categories]]", "category 'exam': no fields; add fields ="},
      {"fields = [\"result\", \"date\"]", "fields = []", "[[categories.purposes]]", "list those it needs of: email,"},
      {"year_field = \"date\"\n", "", "unit_scope", "needs year_field"},
      {"unit_scope = \"year\"\n", "", "year_field", "year_field needs unit_scope = \"year\""},
      {"terms = [{ clock = \"ended\", period = \"P1Y\" }]\n", "", "[[rules]]\nnumber = 2", "no terms"},
      {"approved_by = \"tester\"\nnb", "nb", "status = \"approved\"", "needs approved_by"},
      {"taken = \"Nine months.\"\ntaken_nb = \"Ni måneder.\"\n", "", "decision = \"D-01\"", "is open"},
      {"taken_nb = \"Ni måneder.\"\n", "", "taken = ", "or neither while the decision is open"},
      {"number = 2", "number = 2\nclass = \"minimum_by_law\"", "minimum_by_law", "needs law ="},
      {"identity = \"R-identity\"", "identity = \"R-log\"", "[[rules]]\nnumber = 3", "no terms"},
      {"staff = \"R-log\"", "staff = \"R-exam\"", "[service_rules]", "can't have applies_to"},
      {"values = [\"yes\"]\n", "", "[[conditions]]\nkey = \"passed\"", "takes 'field' and 'values' only"},
      {"categories = [\"exam\"]\n", "", "[[conditions]]\nkey = \"stranger\"", "take 'categories' only"},
      {"name = \"Kurs AS\"", "", "[controller]", "'name' is missing"},
      {"nb = \"Vurdere\"\n", "", "[[categories.purposes]]", "purpose 'assess': 'nb' is missing"},
      {"key = \"assess\"", "key = \"as sess\"", "as sess", "is not a name"},
      {"en = \"Assess\"", "en = \"a\\nb\"", "a\\nb", "must be one line"},
      {"[[promises]]", "[promises]", "[promises]", "write [[promises]]"},
      {"country = \"US\"", "country = \"USA\"", "USA", "two letters"},
      {"[time]", "[time", "[time", "not TOML"},
      {"name = \"Kurs AS\"", "name = Kurs på AS", "Kurs p", "not TOML"},
  });
}

TEST(PolicyErrors, AnUnapprovedPolicyIsRefusedLast) {
  ExpectRefused({
      {"approved_by = \"tester\"\n\n", "approved_by = \"\"\n\n", "approved_by = \"\"",
       "not approved: set meta.approved_by"},
      {"approved_by = \"tester\"\n\n", "\n", "[meta]", "not approved: set meta.approved_by"},
  });
}

TEST(PolicyErrors, ALaterSchemaIsTooNew) {
  EXPECT_EQ(ParsePolicy(Changed("spor-policy/1", "spor-policy/2"), "small.toml").status().code(), Code::kTooNew);
  EXPECT_EQ(ParsePolicy(Changed("spor-policy/1", "other/1"), "small.toml").status().code(), Code::kInvalidArgument);
}

TEST(PolicyErrors, EveryKindOfStringMayHoldNorwegian) {
  for (const char* name : {"'Kurs på \\'", "\"\"\"på \"\"AS\"\"\"\"\" # ø", "'''på''AS'''", "\"p\\\"å\""}) {
    EXPECT_EQ(ParsePolicy(Changed("\"Kurs AS\"", name), "small.toml").status().message(), "") << name;
  }
}

TEST(PolicyErrors, NothingReadAsTomlThrows) {
  for (const std::string& text : {std::string(), std::string("\xff\xfe"), std::string(3000, '['),
                                  std::string((size_t{1} << 20) + 1, '#'), "a=" + std::string(500, '[') + "\n"}) {
    EXPECT_EQ(ParsePolicy(text, "small.toml").status().code(), Code::kInvalidArgument);
  }
}

// Cutting the policy anywhere and damaging any byte must end in a Result, whatever it says.
TEST(PolicyErrors, DamagedPoliciesEndInAnAnswer) {
  const size_t whole_from = kSmall.find("[[categories.purposes]]");
  for (size_t at = 0; at < whole_from; at += 3) {
    EXPECT_FALSE(ParsePolicy(kSmall.substr(0, at), "small.toml").ok()) << at;
  }
  for (size_t at = 0; at < kSmall.size(); ++at) {
    for (char damage : {'\x10', '\x80', '\x01'}) {
      std::string flipped(kSmall);
      flipped[at] = static_cast<char>(flipped[at] ^ damage);
      const Status status = ParsePolicy(flipped, "small.toml").status();
      EXPECT_TRUE(status.ok() || status.message().find("small.toml:") == 0) << at;
    }
  }
}

}  // namespace
}  // namespace spor::privacy
