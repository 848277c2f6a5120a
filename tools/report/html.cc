// SPDX-License-Identifier: Apache-2.0
#include "tools/report/html.h"

#include <span>

#include "tools/report/html_pages.h"

namespace spor::report {
namespace {

struct Word {
  std::string_view word;
  std::string_view shown;
};

// What artefacts say in one word, as people read it.
constexpr Word kWords[] = {
    {"maximum", "høyeste lagringstid / maximum"},
    {"minimum_by_law", "lovpålagt lagringstid / minimum by law"},
    {"review", "ny vurdering / review"},
    {"due", "fristen nådd / due"},
    {"request", "på forespørsel / request"},
    {"unlawful", "ulovlig behandlet / unlawful"},
    {"replayed", "på nytt etter gjenoppretting / again after a restore"},
    {"anonymised", "anonymisert / anonymised"},
    {"not_started", "ikke startet / not started"},
    {"undecided", "ikke avgjort / undecided"},
    {"none", "ingen / none"},
    {"kept", "holdt / kept"},
    {"not_kept", "ikke holdt / not kept"},
    {"attested", "attesteres / to be attested"},
    {"done", "utført / done"},
    {"refused", "avslått / refused"},
    {"run", "hele kjøringen / the whole run"},
    {"person", "én person / one person"},
    {"unit", "én enhet / one unit"},
    {"period", "hele perioden / the whole period"},
    {"processor", "databehandler / processor"},
    {"independent_controller", "selvstendig behandlingsansvarlig / independent controller"},
};

std::string TrustPage(const JsonValue& document) {
  HtmlWriter out({"Tillitsfil", "Trust file"}, TextOf(&document, "origin"));
  out.BeginFacts();
  out.Fact({"Revisjonsspor", "Ledger id"}, TextOf(&document, "ledger_id"));
  for (const JsonValue& key : ArrayOf(&document, "log_vkeys"))
    out.Fact({"Loggnøkkel", "Log key"}, TextOf(&key, "vkey"));
  out.EndFacts();
  out.Paragraph({"Sammenlign fingeravtrykket av filen med det du har fått på en annen måte.",
                 "Compare the fingerprint of the file with the one you got in another way."});
  return out.Take();
}

}  // namespace

const JsonValue* MemberOf(const JsonValue* object, std::string_view key) {
  return object == nullptr ? nullptr : object->Find(key);
}

std::string TextOf(const JsonValue* object, std::string_view key) {
  const JsonValue* value = MemberOf(object, key);
  return value != nullptr && value->is_string() ? value->string() : std::string();
}

std::string ValueOf(const JsonValue* object, std::string_view key) {
  const JsonValue* value = MemberOf(object, key);
  if (value == nullptr) return {};
  if (value->is_int()) return std::to_string(value->integer());
  if (value->is_bool()) return value->boolean() ? "ja / yes" : "nei / no";
  return value->is_string() ? Readable(value->string()) : std::string();
}

std::string Readable(std::string_view text) {
  for (const Word& word : kWords) {
    if (word.word == text) return std::string(word.shown);
  }
  const Result<privacy::LegalDate> date = privacy::ParseDate(text);
  return date.ok() ? privacy::FormatDateNorwegian(*date) : std::string(text);
}

std::span<const JsonValue> ArrayOf(const JsonValue* object, std::string_view key) {
  const JsonValue* value = MemberOf(object, key);
  if (value == nullptr || !value->is_array()) return {};
  return value->array();
}

std::map<int64_t, std::string> NamesOf(const JsonValue* report, std::string_view key) {
  std::map<int64_t, std::string> names;
  for (const JsonValue& item : ArrayOf(report, key)) {
    const JsonValue* number = item.Find("number");
    if (number == nullptr || !number->is_int()) continue;
    names[number->integer()] = TextOf(&item, "nb") + " / " + TextOf(&item, "en");
  }
  return names;
}

void WriteOrigin(HtmlWriter& out, const JsonValue& document) {
  const JsonValue* report = document.Find("report");
  const JsonValue* policy = MemberOf(report, "policy");
  out.Fact({"Behandlingsansvarlig", "Controller"}, TextOf(report, "controller"));
  out.Fact({"Laget", "Made at"}, TextOf(report, "made_at"));
  out.Fact({"Regler (versjon)", "Policy (version)"}, TextOf(policy, "id") + " " + TextOf(policy, "version"));
  out.Fact({"Revisjonsspor", "Audit ledger"}, TextOf(document.Find("ledger"), "origin"));
  out.Fact({"Kontrollpunkt", "Checkpoint"}, TextOf(&document, "checkpoint"));
}

void WriteLimits(HtmlWriter& out, const JsonValue* report) {
  const JsonValue* limits = MemberOf(report, "limits");
  const std::span<const JsonValue> nb = ArrayOf(limits, "nb");
  const std::span<const JsonValue> en = ArrayOf(limits, "en");
  if (nb.empty()) return;
  out.Heading({"Hva dette ikke viser", "What this does not show"});
  std::vector<Wording> items;
  for (size_t i = 0; i < nb.size(); ++i) {
    const bool both = i < en.size() && en[i].is_string();
    items.push_back({nb[i].is_string() ? nb[i].string() : "", both ? en[i].string() : ""});
  }
  out.Bullets(items);
}

void WriteHowToVerify(HtmlWriter& out) {
  out.Heading({"Slik kontrollerer du filen selv", "How to check the file yourself"});
  out.Paragraph(
      {"Denne siden er til å lese. Beviset er JSON-filen ved siden av. Kontroller den uten nett og uten "
       "tjenesten: spor verify FIL --trust TILLITSFIL. Svaret er bekreftet, stemmer ikke eller ikke dekket.",
       "This page is for reading. The evidence is the JSON file beside it. Check it offline and without the "
       "service: spor verify FILE --trust TRUSTFILE. The answer is verified, failed or not covered."});
}

std::string RenderHtml(const JsonValue& document) {
  const std::string format = TextOf(&document, "format");
  if (format == "spor-certificate/1") return CertificatePage(document);
  if (format == "spor-review/1") return ReviewPage(document);
  if (format == "spor-extract/1") return ExtractPage(document);
  if (format == "spor-trust/1") return TrustPage(document);
  HtmlWriter out({"Ukjent dokument", "Unknown document"}, format);
  out.Paragraph(
      {"Denne versjonen kjenner ikke dokumentets format.", "This version does not know the document's format."});
  return out.Take();
}

}  // namespace spor::report
