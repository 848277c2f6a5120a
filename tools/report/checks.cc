// SPDX-License-Identifier: Apache-2.0
#include "tools/report/checks.h"

#include <algorithm>

namespace spor::report {
namespace {

struct CheckWords {
  std::string_view name;
  std::string_view nb;
  std::string_view en;
};

constexpr CheckWords kWords[] = {
    {"form", "Filens form og oppbygning", "Form and layout of the file"},
    {"trust", "Revisjonssporet er det som tillitsfilen utpeker", "The ledger is the one that the trust file names"},
    {"checkpoint_signature", "Signaturen på kontrollpunktet", "Signature of the checkpoint"},
    {"log_keys", "Nye signeringsnøkler er godkjent av nøkkelen før",
     "New log keys are endorsed by the key before them"},
    {"closed_origins", "Revisjonssporet fortsetter etter et tap", "The ledger goes on after a loss"},
    {"inclusion", "Alle innførsler i filen står i revisjonssporet", "Every entry in the file is in the audit ledger"},
    {"consistency", "Den lengre loggen begynner med den kortere", "The longer log begins with the shorter one"},
    {"maps", "Det som sies om enhetene, følger av kartene i tilstanden",
     "What is said about units follows from the maps of the head"},
    {"range_complete", "Perioden er fullstendig: ingen innførsel er endret eller fjernet",
     "The period is complete: no entry was changed or removed"},
    {"sections", "Åpnet innhold er det som innførslene binder", "What is opened is what the entries commit to"},
    {"content_recorded", "Innholdet er det som ble bundet da filen ble laget",
     "The content is what was bound when the file was made"},
    {"recorded", "Utstedelsen og opplysningene i filen er bundet i revisjonssporet",
     "The issuing and what the file says are bound in the audit ledger"},
    {"reason_recorded", "Begrunnelsen for utleveringen er registrert", "The reason for the disclosure is recorded"},
    {"policy", "Sletteregler og kategorier er de som gjaldt", "Deletion rules and categories are those in force"},
    {"intent_matches_erasures", "Det som ble slettet, er det som var varslet, verken mer eller mindre",
     "What was erased is what was announced, no more and no less"},
    {"units_erased", "Hver enhet i beviset ble slettet i denne kjøringen",
     "Every unit of the certificate was erased in this run"},
    {"units_were_live", "Hver enhet fantes før kjøringen", "Every unit was there before the run"},
    {"units_due", "Hver enhet ble slettet av en grunn som gjaldt for den",
     "Every unit was erased for a reason that applied to it"},
    {"units_gone", "Ingen av enhetene finnes etter kjøringen", "None of the units is there after the run"},
    {"old_root_destroyed", "Den gamle rotnøkkelen er registrert som ødelagt",
     "The old root key is recorded as destroyed"},
    {"nothing_overdue", "Ingenting var over slettefristen etter kjøringen", "Nothing was overdue after the run"},
    {"counts", "Tall og tidspunkter følger av innførslene", "Figures and times follow from the entries"},
    {"figures_from_heads", "Tallene om beholdningen følger av innførslene",
     "The figures about what is held follow from the entries"},
    {"figures_recorded", "Tallene er de som ble registrert da gjennomgangen ble laget",
     "The figures are those recorded when the review was made"},
    {"figures_from_events", "Tallene om hendelser er regnet ut av tjenesten",
     "The figures about events were computed by the service"},
    {"overdue", "Ingenting var over slettefristen ved periodens siste tilstand",
     "Nothing was overdue at the last head of the period"},
    {"replayed", "Tilstandene følger av alle innførslene fra den første av",
     "The heads follow from all entries from the first one on"},
    {"times", "Tidspunktene stemmer med hverandre", "The times agree with each other"},
    {"words", "De faste tekstene er programmets egne", "The fixed texts are the program's own"},
    {"cosigned_time", "Tidspunktet er bekreftet av uavhengige vitner",
     "The time is confirmed by independent witnesses"},
    {"erased_everywhere", "Slettet overalt, også i alle registrerte kopier",
     "Erased everywhere, all registered copies included"},
};

// These don't depend on the log.
constexpr std::string_view kOfFile[] = {"form", "trust", "checkpoint_signature", "words"};

const CheckWords& WordsOf(std::string_view name) {
  const CheckWords* words = std::find_if(std::begin(kWords), std::end(kWords),
                                         [&](const CheckWords& candidate) { return candidate.name == name; });
  CHECK(words != std::end(kWords));
  return *words;
}

std::string Sentence(std::string_view topic, std::string_view state, std::string_view detail) {
  std::string text = std::string(topic) + ": " + std::string(state) + ".";
  if (!detail.empty()) text += " " + std::string(detail);
  return text;
}

}  // namespace

void Checks::Add(std::string_view name, const Status& status, std::string_view detail_nb, std::string_view detail_en) {
  const CheckWords& words = WordsOf(name);
  if (status.ok()) {
    checks_.push_back({std::string(name), "verified", true, Sentence(words.nb, "bekreftet", detail_nb),
                       Sentence(words.en, "verified", detail_en)});
  } else {
    checks_.push_back({std::string(name), "failed", true, Sentence(words.nb, "stemmer ikke", ""),
                       Sentence(words.en, "failed", status.message() + ".")});
  }
}

void Checks::NotCovered(std::string_view name, Need need, std::string_view why_nb, std::string_view why_en) {
  const CheckWords& words = WordsOf(name);
  checks_.push_back({std::string(name), "not_covered", need == Need::kRequired,
                     Sentence(words.nb, "ikke dekket", why_nb), Sentence(words.en, "not covered", why_en)});
}

Verification Checks::Finish(std::string kind) {
  Verification out;
  for (Check& check : checks_) {
    const bool of_file = std::find(std::begin(kOfFile), std::end(kOfFile), check.name) != std::end(kOfFile);
    if (log_trusted_ || of_file || check.result != "verified") continue;
    const CheckWords& words = WordsOf(check.name);
    check.result = "not_covered";
    check.text_nb = Sentence(words.nb, "ikke dekket",
                             "Det stemmer i revisjonssporet som kontrollpunktet nevner, men det er ikke tiltrodd.");
    check.text_en =
        Sentence(words.en, "not covered", "It holds in the log that the checkpoint names, which is not trusted.");
  }
  out.kind = std::move(kind);
  out.result = "verified";
  for (const Check& check : checks_) {
    if (check.result == "not_covered" && check.required && out.result == "verified") out.result = "not_covered";
    if (check.result == "failed") out.result = "failed";
  }
  out.checks = std::move(checks_);
  return out;
}

}  // namespace spor::report
