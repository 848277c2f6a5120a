// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/report/world.h"
#include "tools/report/document.h"

namespace spor::report {
namespace {

class CertificateTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world = new World;
    run = new privacy::RunRecord(world->Run());
    trust = new std::string(world->Trust());
    whole = new std::string(Make("last", ""));
  }
  static void TearDownTestSuite() {
    delete whole;
    delete trust;
    delete run;
    delete world;
  }
  static std::string Make(const std::string& which, const std::string& subject) {
    Result<std::string> made = MakeCertificate(world->reports, world->actor, {which, subject});
    EXPECT_TRUE(made.ok()) << made.error().message();
    return made.ok() ? *made : std::string();
  }
  static std::vector<std::string> UnitsOf(const std::string& artefact) {
    std::vector<std::string> units;
    const Result<JsonValue> document = ParseDocument(artefact);
    if (!document.ok()) return units;
    for (const JsonValue& unit : ListOf(document->Find("report"), "units")) units.push_back(*unit.GetString("unit"));
    return units;
  }
  static int64_t CountOf(const std::string& artefact, std::string_view key) {
    const Result<JsonValue> document = ParseDocument(artefact);
    return document.ok() ? *document->Find("report")->Find("counts")->GetInt(key) : -1;
  }

  static World* world;
  static privacy::RunRecord* run;
  static std::string* trust;
  static std::string* whole;
};
World* CertificateTest::world = nullptr;
privacy::RunRecord* CertificateTest::run = nullptr;
std::string* CertificateTest::trust = nullptr;
std::string* CertificateTest::whole = nullptr;

TEST_F(CertificateTest, OfAWholeRunVerifies) {
  ExpectVerified(*whole, *trust);
  EXPECT_EQ(static_cast<uint64_t>(CountOf(*whole, "erased")), run->erased);
  EXPECT_EQ(UnitsOf(*whole).size(), run->erased);
}

TEST_F(CertificateTest, SaysWhatItChecked) {
  const Result<Verification> verification = Verify(*whole, *trust);
  ASSERT_TRUE(verification.ok());
  EXPECT_EQ(verification->kind, "certificate");
  for (const char* name : {"form", "trust", "checkpoint_signature", "inclusion", "recorded", "policy",
                           "intent_matches_erasures", "units_erased", "units_were_live", "units_due", "units_gone",
                           "old_root_destroyed", "nothing_overdue", "counts"}) {
    EXPECT_EQ(ResultOf(*verification, name), "verified") << name;
  }
  EXPECT_EQ(ResultOf(*verification, "cosigned_time"), "not_covered");
  EXPECT_NE(TextOfCheck(*verification, "trust").find(TrustFingerprint(*trust)), std::string::npos);
  EXPECT_EQ(ResultOf(*verification, "erased_everywhere"), "not_covered");
}

TEST_F(CertificateTest, WithoutTrustIsNotCovered) {
  const Result<Verification> verification = Verify(*whole, "");
  ASSERT_TRUE(verification.ok());
  EXPECT_EQ(verification->result, "not_covered");
  for (const Check& check : verification->checks) {
    const bool of_file = check.name == "form" || check.name == "words";
    EXPECT_EQ(check.result, of_file ? "verified" : "not_covered") << check.name;
  }
  const std::string text = TextOfCheck(*verification, "inclusion");
  EXPECT_NE(text.find("the log that the checkpoint names, which is not trusted"), std::string::npos) << text;
}

TEST_F(CertificateTest, WithAnothersTrustFails) {
  World other;
  ExpectFailed(*whole, other.Trust(), "trust");
  ExpectFailed(*whole, other.Trust(), "checkpoint_signature");
  EXPECT_EQ(ResultOf(*Verify(*whole, other.Trust()), "inclusion"), "not_covered");
}

TEST_F(CertificateTest, OfAPersonHasHerUnitsOnly) {
  const std::string hers = Make("1", "external_id:kunde");
  ExpectVerified(hers, *trust);
  EXPECT_EQ(UnitsOf(hers).size(), 1u);
  for (const char* name : {"kunde@", "Hansen", "external_id"}) {
    EXPECT_EQ(hers.find(name), std::string::npos) << "the certificate names the person";
  }
}

TEST_F(CertificateTest, OfAUnitOfAReceipt) {
  const std::string unit = UnitsOf(*whole).front();
  const std::string one = Make("1", "unit:" + unit);
  ExpectVerified(one, *trust);
  EXPECT_EQ(UnitsOf(one), std::vector<std::string>{unit});
}

TEST_F(CertificateTest, RefusesWhatItCannotFind) {
  const auto code = [&](const CertificateRequest& request) {
    return MakeCertificate(world->reports, world->actor, request).status().code();
  };
  EXPECT_EQ(code({"7", ""}), Code::kNotFound);
  EXPECT_EQ(code({"1", "external_id:anna"}), Code::kNotFound) << "wholly erased";
  EXPECT_EQ(code({"1", "external_id:eva"}), Code::kNotFound) << "nothing of hers was erased";
  EXPECT_EQ(code({"1", "unit:00112233445566778899aabbccddeeff"}), Code::kNotFound);
  EXPECT_EQ(code({"1", "unit:xyz"}), Code::kInvalidArgument);
}

TEST_F(CertificateTest, IsAnEventFirst) {
  const uint64_t before = world->reports.ledger->size();
  Make("last", "");
  EXPECT_GE(world->reports.ledger->size(), before + 2) << "an event and a head";
  auth::Actor gone = world->actor;
  gone.session = {};
  const uint64_t size = world->reports.ledger->size();
  EXPECT_FALSE(MakeCertificate(world->reports, gone, {"last", ""}).ok()) << "handed out without a session";
  EXPECT_EQ(world->reports.ledger->size(), size);
}

TEST_F(CertificateTest, EveryByteCounts) { ExpectEveryByteCounts(*whole, *trust); }

TEST_F(CertificateTest, AMissingUnitFails) {
  // The first object of the list goes.
  const size_t begin = whole->find("\"units\":[{") + 9;
  const size_t end = whole->find("},", begin) + 2;
  const std::string without = whole->substr(0, begin) + whole->substr(end);
  ExpectFailed(without, *trust, "units_erased");
  ExpectFailed(without, *trust, "counts");
  ExpectFailed(without, *trust, "recorded");
}

TEST_F(CertificateTest, AnotherUnitFails) {
  const std::string unit = UnitsOf(*whole).back();
  const std::string swapped = Replaced(*whole, unit, "ff" + unit.substr(2, 28) + "ff");
  ExpectFailed(swapped, *trust, "units_erased");
}

TEST_F(CertificateTest, AnotherClaimFails) {
  ExpectFailed(Replaced(*whole, "\"reason\":\"due\"", "\"reason\":\"request\""), *trust, "counts");
  ExpectFailed(Replaced(*whole, "\"erased_instead_of_anonymised\":0", "\"erased_instead_of_anonymised\":1"), *trust,
               "counts");
  ExpectFailed(Replaced(*whole, "\"key\":\"contact\"", "\"key\":\"c0ntact\""), *trust, "policy");
  ExpectFailed(Replaced(*whole, "\"nothing_overdue\":true", "\"nothing_overdue\":false"), *trust, "counts");
  ExpectFailed(Replaced(*whole, "Kontaktinformasjon", "Kontaktinformation"), *trust, "recorded");
}

TEST_F(CertificateTest, AMapOfAnotherHeadFails) {
  const Result<JsonValue> document = ParseDocument(*whole);
  ASSERT_TRUE(document.ok());
  const std::string before = *document->GetString("live_before");
  const std::string after = *document->GetString("live_after");
  ExpectFailed(Replaced(*whole, after, before), *trust, "units_gone");
  ExpectFailed(Replaced(*whole, before, after), *trust, "units_were_live");
}

TEST_F(CertificateTest, UnknownMembersAndOtherLayoutsAreRefused) {
  EXPECT_FALSE(Verify(*whole + " ", *trust).ok());
  EXPECT_FALSE(Verify(Replaced(*whole, ",\n\"report\"", ", \n\"report\""), *trust).ok());
  ExpectFailed(Replaced(*whole, "\"due_after\":", "\"more\":1,\n\"due_after\":"), *trust, "form");
  EXPECT_FALSE(Verify("", *trust).ok());
  EXPECT_FALSE(Verify("[]", *trust).ok());
  EXPECT_FALSE(Verify(std::string(100, '['), *trust).ok());
  EXPECT_FALSE(Verify("{\n\"format\":\"spor-secret/1\"\n}\n", *trust).ok() &&
               Verify("{\n\"format\":\"spor-secret/1\"\n}\n", *trust)->result == "verified");
}

TEST_F(CertificateTest, ALaterRunThatErasesTheAuditTrailVerifies) {
  World later;
  later.Run();
  later.Wait(UnixSeconds{420} * 86400);
  const privacy::RunRecord second = later.Run();
  EXPECT_GT(second.erased, 0u);
  const Result<std::string> made = MakeCertificate(later.reports, later.actor, {"2", ""});
  ASSERT_TRUE(made.ok()) << made.error().message();
  ExpectVerified(*made, later.Trust());
  const Result<std::string> first = MakeCertificate(later.reports, later.actor, {"1", ""});
  ASSERT_TRUE(first.ok()) << first.error().message();
  ExpectVerified(*first, later.Trust());
}

}  // namespace
}  // namespace spor::report
