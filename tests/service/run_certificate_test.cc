// SPDX-License-Identifier: Apache-2.0
#include "tests/service/world_fixture.h"
#include "tools/report/verify.h"

namespace spor::service {
namespace {

// What leaves the house after a retention run, checked as an inspector does: with the trust file alone.
class RunCertificateTest : public WorldTest {
 protected:
  void SetUp() override {
    WorldTest::SetUp();
    Rows rows;
    for (int i = 0; i < 20; ++i) rows.push_back(ContactRow(std::to_string(i)));
    ASSERT_WORKS(world.Import("contact", kContactColumns, rows));
    ASSERT_WORKS(world.Ingest(EventLine("e1", "1") + EventLine("e2", "15")));
    Rows ended;
    for (int i = 0; i < 10; ++i) ended.push_back({std::to_string(i), "2026-01-31"});
    ASSERT_WORKS(world.StartClock("customer_relationship_ended", ended));
    ASSERT_WORKS(world.Run());
  }
  std::string Get(const std::string& method, const std::string& target, const std::string& body) {
    const HttpResponse response = world.Call(method, target, body, world.token);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.body;
  }
  static std::string Verdict(const std::string& artefact, const std::string& trust) {
    const auto verification = report::Verify(artefact, trust);
    if (!verification.ok()) return verification.error().message();
    for (const report::Check& check : verification->checks) {
      if (check.result == "failed") return "failed: " + check.name;
    }
    return verification->result;
  }
};

TEST_F(RunCertificateTest, CertificateReviewAndExtractVerifyOffline) {
  const std::string trust = Get("GET", "/v1/trust", "");
  const std::string certificate = Get("POST", "/v1/certificate", R"({"run":"last"})");
  const std::string period = R"("from":"2026-11-24","to":"2026-11-24")";
  const std::string review = Get("POST", "/v1/review", "{" + period + "}");
  const std::string extract = Get("POST", "/v1/extract", "{" + period + R"(,"reason":"asked by the authority"})");
  world.Close();
  EXPECT_EQ(Verdict(certificate, trust), "verified");
  EXPECT_EQ(Verdict(review, trust), "verified");
  EXPECT_EQ(Verdict(extract, trust), "verified");
  std::string damaged = certificate;
  const size_t digit = damaged.find_first_of("0123456789", damaged.size() / 2);
  damaged[digit] = damaged[digit] == '9' ? '8' : '9';
  EXPECT_NE(Verdict(damaged, trust), "verified");
  EXPECT_EQ(certificate.find("Etternavn"), std::string::npos);
  EXPECT_EQ(review.find("Etternavn"), std::string::npos);
}

TEST_F(RunCertificateTest, AnExtractOfOnePersonHasHerEventsAlone) {
  const std::string trust = Get("GET", "/v1/trust", "");
  const auto entries_of = [&](const std::string& person) {
    const std::string extract =
        Get("POST", "/v1/extract",
            R"({"from":"2026-11-24","to":"2026-11-24","reason":"she asked","subject":"external_id:)" + person + "\"}");
    EXPECT_EQ(Verdict(extract, trust), "verified");
    const Result<privacy::JsonValue> document = privacy::ParseJson(extract);
    EXPECT_TRUE(document.ok());
    const auto entries = document->GetArray("entries");
    EXPECT_TRUE(entries.ok());
    return entries->size();
  };
  // Person 15 was imported and has one event of an application, person 16 was imported only.
  EXPECT_EQ(entries_of("16") + 1, entries_of("15"));
}

}  // namespace
}  // namespace spor::service
