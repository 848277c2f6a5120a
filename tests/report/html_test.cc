// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/report/world.h"
#include "tools/report/document.h"
#include "tools/report/html_writer.h"

namespace spor::report {
namespace {

std::string Page(const std::string& artefact) {
  const Result<JsonValue> document = ParseDocument(artefact);
  EXPECT_TRUE(document.ok());
  return document.ok() ? RenderHtml(*document) : std::string();
}

void ExpectSafe(const std::string& page) {
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
  EXPECT_EQ(page.find("compliant"), std::string::npos);
  EXPECT_EQ(page.find("immutable"), std::string::npos);
}

TEST(HtmlTest, ShowsEachArtefactInBothLanguages) {
  World world;
  const Result<std::string> extract = MakeExtract(
      world.reports, world.actor, {MakeDate(2026, 3, 1), MakeDate(2026, 3, 31), "", "<script>alert('x')</script>"});
  ASSERT_TRUE(extract.ok());
  const std::string page = Page(*extract);
  ExpectSafe(page);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  for (const char* text : {"Uttrekk for tilsyn", "Audit extract", "Begrunnelse", "action: read", "lukket / closed"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
  const Result<std::string> person = MakeExtract(
      world.reports, world.actor, {MakeDate(2026, 3, 1), MakeDate(2026, 3, 31), "external_id:kunde", "<b>hvorfor</b>"});
  ASSERT_TRUE(person.ok());
  EXPECT_NE(Page(*person).find("&lt;b&gt;hvorfor&lt;/b&gt;"), std::string::npos);
  world.Run();
  const Result<std::string> certificate = MakeCertificate(world.reports, world.actor, {"last", ""});
  ASSERT_TRUE(certificate.ok());
  const std::string proof = Page(*certificate);
  ExpectSafe(proof);
  for (const char* text : {"Slettebevis", "Deletion certificate", "nøkkeldestruksjon", "Kontaktinformasjon"}) {
    EXPECT_NE(proof.find(text), std::string::npos) << text;
  }
  const Result<std::string> review =
      MakeReview(world.reports, world.actor, {MakeDate(2026, 1, 1), MakeDate(2026, 12, 31)});
  ASSERT_TRUE(review.ok());
  const std::string yearly = Page(*review);
  ExpectSafe(yearly);
  for (const char* text : {"Tall som skal være null", "Figures that must be zero", "20. Løftekontroll", "P-18"}) {
    EXPECT_NE(yearly.find(text), std::string::npos) << text;
  }
  EXPECT_NE(Page(world.Trust()).find("Tillitsfil"), std::string::npos);
}

TEST(HtmlTest, NeverFailsOnAnyDocument) {
  for (const char* text :
       {"{}", "[]", "1", R"({"format":"spor-certificate/1"})", R"({"format":"spor-review/1","report":7})",
        R"({"format":"spor-extract/1","entries":[1,{"entry":"AA=="}],"event":{}})", R"({"format":"<img src=x>"})"}) {
    const Result<JsonValue> document = privacy::ParseJson(text);
    ASSERT_TRUE(document.ok());
    const std::string page = RenderHtml(*document);
    EXPECT_TRUE(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n")) << text;
    EXPECT_EQ(page.find("<img"), std::string::npos);
  }
}

TEST(HtmlTest, CutsLongTablesAndSaysSo) {
  HtmlWriter out({"T", "T"}, "");
  out.BeginTable({{"A", "A"}});
  for (size_t i = 0; i <= HtmlWriter::kMaxRows; ++i) out.Row({"rad " + std::to_string(i)});
  out.EndTable();
  const std::string page = out.Take();
  EXPECT_NE(page.find("rad 1999<"), std::string::npos);
  EXPECT_EQ(page.find("rad 2000<"), std::string::npos);
  EXPECT_NE(page.find("2000 av 2001 rader"), std::string::npos);
}

}  // namespace
}  // namespace spor::report
