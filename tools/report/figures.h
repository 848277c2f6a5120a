// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/bodies.h"
#include "privacy/policy.h"
#include "tools/report/document.h"

// Figures that makers write and verifiers recompute with the same code.
namespace spor::report {

// "2027-01-01", "not_started" or "undecided".
std::string DueText(ledger::DueDay day);
// "maximum", "minimum_by_law", "review", or "unknown".
std::string_view ClassText(uint8_t retention_class);

// A head as it is told: {index, time, legal_day, alive, not_started, undecided, held, earliest_due, key_generation,
// break_glass}. `earliest_due` is that of the promised maxima; "none" without one.
std::string HeadJson(uint64_t index, uint32_t time_s, const ledger::HeadBody& head);
// Whether the head itself says that nothing is overdue: no promised maximum is due on its legal day or before.
bool NothingOverdue(const ledger::HeadBody& head);

// The key of a category that the service itself keeps; nullptr for the policy's own.
const char* ReservedCategoryKey(uint16_t number);

bool TableHolds(const std::vector<ledger::PolicyTableRow>& table, uint16_t number, const std::string& key);
// The next three tell of the policy that `body` recorded, with the words of the one in force now.
// {id, version, number, digest}; `version` is empty if another one is in force now.
std::string PolicyJson(const privacy::Policy& policy, const ledger::PolicyBody& body);
// [{number, key, nb, en, promised}]: `promised` is "anonymise" where the statement promises that, else "erase".
std::string CategoriesJson(const privacy::Policy& policy, const ledger::PolicyBody& body);
// [{number, class, key, nb, en, law}]
std::string RulesJson(const privacy::Policy& policy, const ledger::PolicyBody& body);
// kFailed unless digest, number and every category and rule agree with the policy entry's tables.
Status CheckPolicy(const JsonValue& report, const ledger::PolicyBody& body);

// kFailed unless the member is exactly this: words of the program's own.
Status CheckWords(const JsonValue& report, std::string_view key, std::string_view json);
// What CheckPolicy() proves, and what not.
inline constexpr std::string_view kPolicyProvenNb =
    "Nummer, nøkler og klasser er bevist. Navn, lovhenvisninger og løfter om anonymisering er som i regelteksten med "
    "denne kontrollsummen, og er ikke bevist.";
inline constexpr std::string_view kPolicyProvenEn =
    "Numbers, keys and classes are proven. Names, references to law and promises to anonymise are as in the policy "
    "text of this digest, and not proven.";
// {"nb":[..],"en":[..]}
std::string WordingsJson(const std::vector<privacy::Wording>& wordings);

}  // namespace spor::report
