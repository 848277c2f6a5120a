// SPDX-License-Identifier: Apache-2.0
#include "tools/report/html_pages.h"

namespace spor::report {
namespace {

std::string NameOf(const JsonValue& row, std::string_view key, const std::map<int64_t, std::string>& names) {
  const JsonValue* number = row.Find(key);
  const auto name = number != nullptr && number->is_int() ? names.find(number->integer()) : names.end();
  return name == names.end() ? ValueOf(&row, key) : name->second;
}

void WriteZeroFigures(HtmlWriter& out, const JsonValue* report) {
  out.Heading({"Tall som skal være null", "Figures that must be zero"});
  out.BeginTable({{"Tall", "Figure"}, {"Verdi", "Value"}});
  for (const JsonValue& figure : ArrayOf(report, "zero_figures")) {
    const std::string value = ValueOf(&figure, "value");
    out.Row(
        {TextOf(&figure, "nb") + " / " + TextOf(&figure, "en"),
         value.empty() ? "måles ikke av tjenesten; attesteres / not measured by the service; to be attested" : value});
  }
  out.EndTable();
}

void WriteScope(HtmlWriter& out, const JsonValue* report) {
  const JsonValue* ledger = MemberOf(report, "ledger");
  out.BeginFacts();
  out.Fact({"Innførsler i perioden", "Entries in the period"}, ValueOf(ledger, "entries"));
  out.Fact({"Første og siste innførsel", "First and last entry"},
           ValueOf(ledger, "first_entry") + " – " + ValueOf(ledger, "last_entry"));
  out.Fact({"Første og siste tidspunkt", "First and last time"},
           ValueOf(ledger, "first_time") + " – " + ValueOf(ledger, "last_time"));
  out.Fact({"Signerte tilstander", "Signed heads"}, ValueOf(ledger, "heads"));
  out.EndFacts();
}

void WriteErasure(HtmlWriter& out, const JsonValue* report) {
  const JsonValue* heads = MemberOf(report, "heads");
  out.BeginTable({{"Beholdning", "Held"}, {"Ved start", "At the start"}, {"Ved slutt", "At the end"}});
  const std::pair<Wording, std::string_view> lines[] = {
      {{"Levende enheter", "Living units"}, "alive"},
      {{"Frist ikke startet", "Period not begun"}, "not_started"},
      {{"Regel ikke avgjort", "Rule undecided"}, "undecided"},
      {{"Sperret mot sletting", "On legal hold"}, "held"},
      {{"Tidligste slettefrist", "Earliest deadline"}, "earliest_due"},
      {{"Nøkkelgenerasjon", "Key generation"}, "key_generation"}};
  for (const auto& [words, key] : lines) {
    out.Row(
        {words.nb + " / " + words.en, ValueOf(MemberOf(heads, "start"), key), ValueOf(MemberOf(heads, "end"), key)});
  }
  out.EndTable();
  const auto categories = NamesOf(report, "categories");
  const auto rules = NamesOf(report, "rules");
  out.BeginTable({{"Kategori", "Category"},
                  {"Sletteregel", "Rule"},
                  {"Opprettet", "Created"},
                  {"Flyttet", "Moved"},
                  {"Slettet", "Erased"}});
  for (const JsonValue& row : ArrayOf(report, "operations")) {
    out.Row({NameOf(row, "category", categories), NameOf(row, "rule", rules), ValueOf(&row, "created"),
             ValueOf(&row, "moved"), ValueOf(&row, "erased")});
  }
  out.EndTable();
  out.BeginTable({{"Kjøring", "Run"},
                  {"Per dato", "As of"},
                  {"Ferdig", "Finished"},
                  {"Slettet", "Erased"},
                  {"I stedet for anonymisert", "Instead of anonymised"},
                  {"Holdt tilbake", "Held"}});
  for (const JsonValue& run : ArrayOf(report, "runs")) {
    out.Row({ValueOf(&run, "run"), ValueOf(&run, "as_of"), ValueOf(&run, "finished"), ValueOf(&run, "erased"),
             ValueOf(&run, "erased_instead_of_anonymised"), ValueOf(&run, "held")});
  }
  out.EndTable();
}

void WriteUse(HtmlWriter& out, const JsonValue* report) {
  const JsonValue* events = MemberOf(report, "events");
  out.BeginTable({{"Handling", "Action"}, {"Formål", "Purpose"}, {"Resultat", "Result"}, {"Antall", "Count"}});
  for (const JsonValue& row : ArrayOf(events, "by_action")) {
    out.Row({TextOf(&row, "action"), TextOf(&row, "purpose"), ValueOf(&row, "result"), ValueOf(&row, "count")});
  }
  out.EndTable();
}

void WriteAccess(HtmlWriter& out, const JsonValue* report) {
  const JsonValue* events = MemberOf(report, "events");
  out.BeginFacts();
  out.Fact({"Innlogginger", "Logins"}, ValueOf(events, "logins"));
  out.Fact({"Avslåtte innlogginger", "Refused logins"}, ValueOf(events, "logins_refused"));
  out.Fact({"Tilganger", "Accesses"}, ValueOf(events, "accesses"));
  out.Fact({"Av disse med tofaktorautentisering", "Of these with two-factor authentication"},
           ValueOf(events, "accesses_with_second_factor"));
  out.EndFacts();
  out.BeginTable({{"Grunn til avslag", "Reason for refusal"}, {"Antall", "Count"}});
  for (const JsonValue& row : ArrayOf(events, "refusals")) out.Row({TextOf(&row, "reason"), ValueOf(&row, "count")});
  out.EndTable();
}

void WriteLog(HtmlWriter& out, const JsonValue* report) {
  const JsonValue* events = MemberOf(report, "events");
  out.BeginFacts();
  out.Fact({"Hendelser", "Events"}, ValueOf(events, "total"));
  out.Fact({"Åpnet for tallene her", "Opened for these figures"}, ValueOf(events, "opened"));
  out.Fact({"Nøkkelen slettet etter fristen", "Key erased when due"}, ValueOf(events, "opening_destroyed"));
  out.EndFacts();
}

void WriteRecipients(HtmlWriter& out, const JsonValue* report) {
  out.BeginTable({{"Mottaker", "Recipient"}, {"Rolle", "Role"}});
  for (const JsonValue& row : ArrayOf(report, "recipients")) {
    out.Row({TextOf(&row, "nb") + " / " + TextOf(&row, "en"), ValueOf(&row, "role")});
  }
  out.EndTable();
}

void WriteTransfers(HtmlWriter& out, const JsonValue* report) {
  out.BeginTable({{"Mottaker", "Recipient"}, {"Land", "Country"}, {"Felt", "Fields"}, {"Grunnlag", "Mechanism"}});
  for (const JsonValue& row : ArrayOf(report, "transfers")) {
    std::string fields;
    for (const JsonValue& field : ArrayOf(&row, "fields")) {
      if (field.is_string()) fields += (fields.empty() ? "" : ", ") + field.string();
    }
    const std::string mechanism = TextOf(&row, "mechanism");
    out.Row({TextOf(&row, "recipient"), TextOf(&row, "country"), fields,
             mechanism.empty() ? "ikke avgjort / undecided" : mechanism});
  }
  out.EndTable();
}

void WritePromises(HtmlWriter& out, const JsonValue* report) {
  out.BeginTable({{"Nr.", "No."}, {"Løfte", "Promise"}, {"Resultat", "Result"}, {"Hvordan", "How"}});
  for (const JsonValue& row : ArrayOf(report, "promises")) {
    out.Row({TextOf(&row, "id"), TextOf(&row, "nb") + "\n" + TextOf(&row, "en"), ValueOf(&row, "result"),
             TextOf(&row, "words_nb") + "\n" + TextOf(&row, "words_en")});
  }
  out.EndTable();
}

void WriteDecisions(HtmlWriter& out, const JsonValue* report) {
  out.BeginTable({{"Nr.", "No."}, {"Spørsmål", "Question"}, {"Avgjort", "Decided"}});
  for (const JsonValue& row : ArrayOf(report, "decisions")) {
    const std::string taken = TextOf(&row, "taken_nb");
    out.Row({TextOf(&row, "id"), TextOf(&row, "nb") + "\n" + TextOf(&row, "en"),
             taken.empty() ? "åpent / open" : taken + "\n" + TextOf(&row, "taken_en")});
  }
  out.EndTable();
}

// The figures that belong to a chapter; a chapter without any is for people alone.
void WriteChapterFigures(HtmlWriter& out, std::string_view number, const JsonValue* report) {
  if (number == "1") WriteScope(out, report);
  if (number == "3") WriteDecisions(out, report);
  if (number == "5") WriteErasure(out, report);
  if (number == "6") WriteUse(out, report);
  if (number == "7") WriteAccess(out, report);
  if (number == "8") WriteLog(out, report);
  if (number == "15") WriteRecipients(out, report);
  if (number == "16") WriteTransfers(out, report);
  if (number == "20") WritePromises(out, report);
}

}  // namespace

std::string ReviewPage(const JsonValue& document) {
  const JsonValue* report = document.Find("report");
  HtmlWriter out({"Årlig gjennomgang av rutiner", "Annual review of routines"}, TextOf(report, "controller"));
  out.BeginFacts();
  out.Fact({"Periode", "Period"}, ValueOf(report, "from") + " – " + ValueOf(report, "to"));
  WriteOrigin(out, document);
  out.EndFacts();
  WriteZeroFigures(out, report);
  for (const JsonValue& chapter : ArrayOf(report, "chapters")) {
    const std::string number = TextOf(&chapter, "number");
    out.Heading({number + ". " + TextOf(&chapter, "nb"), TextOf(&chapter, "en")});
    WriteChapterFigures(out, number, report);
    const std::string judge = TextOf(&chapter, "judge_nb");
    if (!judge.empty()) out.Blank({judge, TextOf(&chapter, "judge_en")});
  }
  WriteLimits(out, report);
  WriteHowToVerify(out);
  return out.Take();
}

}  // namespace spor::report
