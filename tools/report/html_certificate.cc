// SPDX-License-Identifier: Apache-2.0
#include "tools/report/html_pages.h"

namespace spor::report {
namespace {

void WriteCounts(HtmlWriter& out, const JsonValue* counts, std::string_view list, std::string_view what,
                 const std::map<int64_t, std::string>& names, const Wording& column) {
  out.BeginTable({column, {"Enheter", "Units"}});
  for (const JsonValue& row : ArrayOf(counts, list)) {
    const JsonValue* number = row.Find(what);
    const auto name = number != nullptr && number->is_int() ? names.find(number->integer()) : names.end();
    out.Row({name == names.end() ? ValueOf(&row, what) : name->second, ValueOf(&row, "units")});
  }
  out.EndTable();
}

void WriteUnits(HtmlWriter& out, const JsonValue* report, const std::map<int64_t, std::string>& categories) {
  out.Heading({"Slettede enheter", "Erased units"});
  out.BeginTable({{"Enhet", "Unit"}, {"Kategori", "Category"}, {"Slettefrist", "Due"}, {"Grunn", "Reason"}});
  for (const JsonValue& unit : ArrayOf(report, "units")) {
    const JsonValue* number = unit.Find("category");
    const auto name = number != nullptr && number->is_int() ? categories.find(number->integer()) : categories.end();
    out.Row({TextOf(&unit, "unit"), name == categories.end() ? ValueOf(&unit, "category") : name->second,
             ValueOf(&unit, "due"), ValueOf(&unit, "reason")});
  }
  out.EndTable();
}

void WriteSummary(HtmlWriter& out, const JsonValue& document, const JsonValue* report) {
  const JsonValue* counts = MemberOf(report, "counts");
  out.BeginFacts();
  out.Fact({"Sletting (kjøring)", "Retention run"}, TextOf(report, "run"));
  out.Fact({"Gjelder", "Covers"}, ValueOf(report, "scope"));
  out.Fact({"Enheter slettet ved nøkkeldestruksjon", "Units erased by key destruction"}, ValueOf(counts, "erased"));
  out.Fact({"Av disse slettet i stedet for anonymisert", "Of these erased instead of anonymised"},
           ValueOf(counts, "erased_instead_of_anonymised"));
  out.Fact({"Slettet fra det levende systemet", "Erased from the live system"}, ValueOf(report, "erased_live_at"));
  out.Fact({"Slettet overalt (oppgitt)", "Erased everywhere (stated)"}, ValueOf(report, "erased_everywhere"));
  out.Fact({"Ingenting over slettefristen etterpå", "Nothing overdue afterwards"}, ValueOf(report, "nothing_overdue"));
  WriteOrigin(out, document);
  out.EndFacts();
}

void WriteKept(HtmlWriter& out, const JsonValue* report) {
  const JsonValue* kept = MemberOf(report, "kept");
  out.Heading({"Hva som er beholdt, og hvorfor", "What is kept, and why"});
  out.Paragraph({TextOf(kept, "nb"), TextOf(kept, "en")});
  out.BeginFacts();
  out.Fact({"Levende enheter", "Living units"}, ValueOf(kept, "alive"));
  out.Fact({"Fristen har ikke begynt å løpe", "Period not begun"}, ValueOf(kept, "not_started"));
  out.Fact({"Regel ikke avgjort", "Rule undecided"}, ValueOf(kept, "undecided"));
  out.Fact({"Sperret mot sletting", "On legal hold"}, ValueOf(kept, "held"));
  out.EndFacts();
  const JsonValue* custody = MemberOf(report, "custody");
  out.Heading({"Kopier av eldre rotnøkler", "Copies of older root keys"});
  out.Paragraph({TextOf(custody, "nb"), TextOf(custody, "en")});
  out.BeginFacts();
  out.Fact({"Registrerte kopier", "Registered copies"}, ValueOf(custody, "registered_copies"));
  out.EndFacts();
}

}  // namespace

std::string CertificatePage(const JsonValue& document) {
  const JsonValue* report = document.Find("report");
  HtmlWriter out({"Slettebevis", "Deletion certificate"}, TextOf(report, "controller"));
  WriteSummary(out, document, report);
  const auto categories = NamesOf(report, "categories");
  const JsonValue* counts = MemberOf(report, "counts");
  out.Heading({"Slettet etter kategori", "Erased by category"});
  WriteCounts(out, counts, "by_category", "category", categories, {"Kategori", "Category"});
  out.Heading({"Slettet etter sletteregel", "Erased by deletion rule"});
  WriteCounts(out, counts, "by_rule", "rule", NamesOf(report, "rules"), {"Sletteregel", "Rule"});
  WriteKept(out, report);
  WriteLimits(out, report);
  WriteHowToVerify(out);
  WriteUnits(out, report, categories);
  return out.Take();
}

}  // namespace spor::report
