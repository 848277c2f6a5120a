// SPDX-License-Identifier: Apache-2.0
#include "tools/report/certificate.h"

namespace spor::report {
namespace {

std::string_view ReasonText(ledger::EraseReason reason) {
  switch (reason) {
    case ledger::EraseReason::kDue: return "due";
    case ledger::EraseReason::kRequest: return "request";
    case ledger::EraseReason::kUnlawful: return "unlawful";
    case ledger::EraseReason::kAnonymised: return "anonymised";
    case ledger::EraseReason::kReplayed: return "replayed";
  }
  return "unknown";
}

std::string UnitsJson(const std::vector<CertificateUnit>& units) {
  JsonWriter json;
  json.BeginArray();
  for (const CertificateUnit& unit : units) {
    json.BeginObject().Key("unit").String(HexEncode(unit.unit)).Key("category").Uint(unit.category);
    json.Key("rule").Uint(unit.rule).Key("class").String(ClassText(unit.due.retention_class));
    json.Key("due").String(DueText(unit.due.due)).Key("reason").String(ReasonText(unit.reason));
    json.Key("generation").Uint(unit.generation).EndObject();
  }
  return json.EndArray().Take();
}

void CountsBy(JsonWriter& json, std::string_view key, std::string_view what, const std::map<uint16_t, uint64_t>& by) {
  json.Key(key).BeginArray();
  for (const auto& [number, units] : by) {
    json.BeginObject().Key(what).Uint(number).Key("units").Uint(units).EndObject();
  }
  json.EndArray();
}

std::string CountsJson(const CertificateFacts& facts) {
  std::map<uint16_t, uint64_t> by_rule;
  std::map<uint16_t, uint64_t> by_category;
  uint64_t instead = 0;
  for (const CertificateUnit& unit : facts.units) {
    ++by_rule[unit.rule];
    ++by_category[unit.category];
    const auto promised = facts.promised_anonymous.find(unit.category);
    if (promised != facts.promised_anonymous.end() && promised->second) ++instead;
  }
  JsonWriter json;
  json.BeginObject().Key("erased").Uint(facts.units.size());
  CountsBy(json, "by_rule", "rule", by_rule);
  CountsBy(json, "by_category", "category", by_category);
  return json.Key("erased_instead_of_anonymised").Uint(instead).EndObject().Take();
}

std::string KeptJson(const ledger::HeadBody& head) {
  JsonWriter json;
  json.BeginObject().Key("alive").Uint(head.live_n).Key("not_started").Uint(head.not_started);
  json.Key("undecided").Uint(head.undecided).Key("held").Uint(head.held);
  json.Key("nb").String(
      "Beholdt er enheter som ikke har nådd slettefristen, enheter der fristen ikke har begynt å løpe "
      "(starttidspunktet mangler), enheter under en regel som selskapet ikke har tatt stilling til, enheter som er "
      "sperret mot sletting, og enheter som loven krever oppbevart.");
  json.Key("en").String(
      "What is kept: units that have not reached their deadline, units whose period has not begun (no start point), "
      "units under a rule that the company has not decided, units on legal hold, and units that the law requires to "
      "be kept.");
  return json.EndObject().Take();
}

std::string CustodyJson(uint32_t copies) {
  JsonWriter json;
  json.BeginObject().Key("registered_copies").Uint(copies);
  json.Key("nb").String("Kopier av eldre rotnøkler som er registrert og ennå ikke er ødelagt.");
  json.Key("en").String("Copies of older root keys that are registered and not yet destroyed.");
  return json.EndObject().Take();
}

std::string Quoted(std::string_view text) {
  std::string out;
  privacy::AppendJsonString(out, text);
  return out;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> CertificateFigures(const CertificateFacts& facts) {
  const bool erased = facts.erased_live_at != 0;
  const std::string values[] = {
      HeadJson(facts.before.index, facts.before.time_s, facts.before.body),
      HeadJson(facts.after.index, facts.after.time_s, facts.after.body),
      UnitsJson(facts.units),
      CountsJson(facts),
      KeptJson(facts.after.body),
      CustodyJson(facts.copies),
      erased ? Quoted(privacy::FormatUtc(facts.erased_live_at)) : "null",
      erased ? Quoted(DueText(facts.everywhere_day)) : "null",
      facts.nothing_overdue ? "true" : "false",
  };
  static_assert(std::size(kFigureKeys) == std::size(values));
  std::vector<std::pair<std::string, std::string>> figures;
  for (size_t i = 0; i < std::size(kFigureKeys); ++i) figures.emplace_back(kFigureKeys[i], values[i]);
  return figures;
}

const std::vector<privacy::Wording>& CertificateLimits() {
  static const std::vector<privacy::Wording> kLimits = {
      {"Sletting ved nøkkeldestruksjon betyr at nøklene som åpnet opplysningene, er ødelagt. Beviset viser at enhetene "
       "fantes, at de ble slettet, og at de ikke lenger finnes i det levende systemet.",
       "Erased by key destruction means that the keys which opened the data are destroyed. The certificate shows that "
       "the units existed, that they were erased, and that they are no longer in the live system."},
      {"Ingen kan bevise at det ikke finnes en kopi et annet sted: en utskrift, et skjermbilde, en eksportert fil "
       "eller "
       "en kopi av en nøkkel som aldri ble registrert.",
       "Nobody can prove that there is no copy elsewhere: a printout, a screenshot, an exported file, or a copy of a "
       "key that was never registered."},
      {"Revisjonssporet avslører endringer, men hindrer dem ikke. Den som rår over en maskin i drift, kan lese det "
       "tjenesten kan lese.",
       "The audit ledger is tamper-evident: it shows changes, it does not prevent them. Whoever controls a running "
       "machine can read what the service can read."},
      {"Om en slettefrist ble satt riktig, følger bare der hendelsen som satte den, er åpnet.",
       "Whether a deadline was set rightly follows only where the event that set it is opened."},
      {"Enheter i kategorien identitet slettes sammen med de siste andre opplysningene om personen.",
       "Units of the category identity are erased together with the last other data of the person."},
      {"Beviset sier ikke om behandlingen var lovlig.",
       "The certificate does not say whether the processing was lawful."},
  };
  return kLimits;
}

}  // namespace spor::report
