// SPDX-License-Identifier: Apache-2.0
#include "tests/service/world_fixture.h"

namespace spor::service {
namespace {

class ReadTest : public WorldTest {
 protected:
  void SetUp() override {
    WorldTest::SetUp();
    ASSERT_WORKS(world.Import(
        "contact", {"external_id", "first_name", "last_name", "email", "gender", "phone"},
        {{"1", "Kari", "Berg", "kari@example.no", "F", "900"}, {"2", "Ola", "Dahl", "ola@example.no", "M", "901"}}));
    ASSERT_WORKS(world.Import("purchase_history", kPurchaseColumns, {{"1", "A", "100", "2026-01-01"}}));
    ASSERT_WORKS(world.Import(
        "evaluations", {"external_id", "course", "course_date", "comment", "participant_name", "ad_use_approval"},
        {{"1", "C1", "2026-10-01", "good", "Kari", "ja"},
         {"1", "C2", "2026-10-02", "bad", "Kari", "nei"},
         {"2", "C1", "2026-10-01", "hm", "Ola", "nei"}}));
  }
  // The request is refused with this code, this reason is recorded once, with no data given and nothing else done.
  void ExpectRefused(Code code, const std::string& reason, const Result<privacy::ReadAnswer>& answer) {
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(CodeName(answer.error().code()), CodeName(code)) << answer.error().message();
    EXPECT_EQ(Refusals("read", reason), 1u);
    EXPECT_EQ(world.AuditSections("read", "refused").size(), 1u);
    EXPECT_EQ(world.AuditSections("read", "done").size(), 0u);
    message = answer.error().message();
  }
  std::vector<SeenSection> AccessLogOf(const std::string& id) {
    const auto profile = world.ProfileOf("external_id:" + id);
    const auto* log = profile->FindUnit(privacy::kAccessLogCategory, "2026-11");
    return log == nullptr ? std::vector<SeenSection>() : world.SubjectSections(log->unit);
  }

  std::string message;
};

using Values = std::map<std::string, std::string>;

TEST_F(ReadTest, GivesExactlyTheFieldsOfThePurpose) {
  for (const auto& category : world.parts().policy->categories) {
    for (const auto& purpose : category.purposes) {
      const auto read = world.Read("external_id:1", purpose.key, "case", category.key);
      if (!read.ok()) {
        EXPECT_CODE(kDenied, read);
        continue;
      }
      for (const auto& record : read->records) {
        EXPECT_EQ(record.category, category.key);
        for (const auto& [name, value] : record.fields) {
          EXPECT_EQ(std::count(purpose.fields.begin(), purpose.fields.end(), name), 1) << purpose.key << " " << name;
        }
      }
    }
  }
  const auto read = world.Read("kari@example.no", "practical_information");
  ASSERT_WORKS(read);
  EXPECT_EQ(ValuesOf(*read), (Values{{"contact.first_name", "Kari"},
                                     {"contact.last_name", "Berg"},
                                     {"contact.email", "kari@example.no"},
                                     {"contact.phone", "900"}}));
}

TEST_F(ReadTest, WithoutACategoryGivesEveryOneThatHasThePurpose) {
  const auto read = world.Read("external_id:1", "product_access");
  ASSERT_WORKS(read);
  const Values values = ValuesOf(*read);
  EXPECT_EQ(values.size(), 5u);
  EXPECT_EQ(values.at("purchase_history.product"), "A");
  EXPECT_EQ(values.at("contact.email"), "kari@example.no");
}

TEST_F(ReadTest, FieldsNarrowTheAnswer) {
  const auto read = world.Read("external_id:1", "newsletter", "case", "contact", {"email"});
  ASSERT_WORKS(read);
  EXPECT_EQ(ValuesOf(*read), (Values{{"contact.email", "kari@example.no"}}));
}

TEST_F(ReadTest, IsRecordedForThePersonAndForTheAudit) {
  const auto read = world.Read("kari@example.no", "newsletter", "case 17");
  ASSERT_WORKS(read);
  const std::vector<SeenSection> log = AccessLogOf("1"), audit = world.AuditSections("read", "done");
  ASSERT_EQ(log.size(), 1u);
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(log[0].entry, read->entry);
  EXPECT_EQ(audit[0].entry, read->entry);
  EXPECT_EQ(log[0]["reason"], "case 17");
  EXPECT_EQ(log[0]["asked_for"], "kari@example.no");
  EXPECT_EQ(audit[0]["purpose"], "newsletter");
  EXPECT_EQ(audit[0]["basis"], "legitimate_interest");
  EXPECT_EQ(audit[0]["categories"], "contact");
  EXPECT_EQ(audit[0]["values"], "3");
  EXPECT_EQ(audit[0]["actor"], std::string(AsText(world.actor.account)));
  EXPECT_EQ(audit[0].fields.count("reason"), 0u) << "free text can name a person";
}

TEST_F(ReadTest, CommitsToEachValueItGave) {
  ASSERT_WORKS(world.Read("external_id:1", "newsletter"));
  const std::vector<SeenSection> log = AccessLogOf("1");
  std::set<std::string> names;
  for (const auto& [name, value] : log[0].fields) {
    if (name.size() > 6 && name[0] == 'v' && name[5] == '.') names.insert(name.substr(6));
  }
  EXPECT_EQ(names, (std::set<std::string>{"contact.first_name", "contact.last_name", "contact.email"}));
}

TEST_F(ReadTest, ManyValuesTakeSeveralEventsAndAreAllCounted) {
  Rows rows;
  for (int i = 0; i < 70; ++i) rows.push_back({"2", "P" + std::to_string(i), "1", "2026-01-01"});
  ASSERT_WORKS(world.Import("purchase_history", kPurchaseColumns, rows));
  const auto read = world.Read("external_id:2", "product_access", "case", "purchase_history");
  ASSERT_WORKS(read);
  EXPECT_EQ(read->records.size(), 70u);
  uint64_t values = 0;
  for (const SeenSection& section : world.AuditSections("read", "done")) values += std::stoull(section["values"]);
  EXPECT_EQ(values, 140u);
  EXPECT_EQ(AccessLogOf("2").size(), 3u);
}

TEST_F(ReadTest, IsDurableBeforeItIsAnswered) {
  ASSERT_WORKS(world.Read("external_id:1", "newsletter"));
  doubles::TempDir dir;
  const auto after_crash = world.CrashCopy(dir / "copy");
  ASSERT_WORKS(after_crash->Open());
  EXPECT_EQ(after_crash->AuditSections("read", "done").size(), 1u);
}

TEST_F(ReadTest, AnUnknownPurposeIsRefusedWithThoseThereAre) {
  ExpectRefused(Code::kDenied, "unknown_purpose", world.Read("external_id:1", "recruitment"));
  EXPECT_NE(message.find("newsletter"), std::string::npos);
  EXPECT_NE(message.find("solution_access"), std::string::npos);
}

TEST_F(ReadTest, APurposeOfAnotherCategoryIsRefusedWithThoseOfThisOne) {
  ExpectRefused(Code::kDenied, "unknown_purpose", world.Read("external_id:1", "accounting", "case", "contact"));
  EXPECT_NE(message.find("newsletter"), std::string::npos);
  EXPECT_EQ(message.find("solution_access"), std::string::npos);
}

TEST_F(ReadTest, NoPurposeIsRefused) {
  ExpectRefused(Code::kInvalidArgument, "no_purpose", world.Read("external_id:1", ""));
  EXPECT_NE(message.find("newsletter"), std::string::npos);
}

TEST_F(ReadTest, NoReasonIsRefused) {
  ExpectRefused(Code::kInvalidArgument, "no_reason", world.Read("external_id:1", "newsletter", ""));
  EXPECT_NE(message.find("--reason"), std::string::npos);
}

TEST_F(ReadTest, AFieldOutsideThePurposeIsRefusedWholeWithThoseInside) {
  ExpectRefused(Code::kDenied, "field_outside_purpose",
                world.Read("external_id:1", "newsletter", "case", "contact", {"email", "gender"}));
  EXPECT_NE(message.find("gender"), std::string::npos);
  EXPECT_NE(message.find("first_name"), std::string::npos);
}

TEST_F(ReadTest, AnUnknownPersonIsRefused) {
  ExpectRefused(Code::kNotFound, "unknown_person", world.Read("nobody@example.no", "newsletter"));
}

TEST_F(ReadTest, AnUnknownCategoryIsRefused) {
  ExpectRefused(Code::kInvalidArgument, "unknown_category",
                world.Read("external_id:1", "newsletter", "case", "contcat"));
  EXPECT_NE(message.find("contact"), std::string::npos);
}

TEST_F(ReadTest, ASubjectThatIsNoneOrOverlongIsRefused) {
  ExpectRefused(Code::kInvalidArgument, "malformed_or_ambiguous_subject",
                world.Read("external_id:" + std::string(20000, ' ') + "1", "newsletter"));
  EXPECT_CODE(kInvalidArgument, world.Read("", "newsletter"));
  EXPECT_CODE(kInvalidArgument, world.Read("Kari Berg", "newsletter"));
  EXPECT_CODE(kInvalidArgument, world.Read("external_id:1", "newsletter", std::string(2001, 'x')));
}

TEST_F(ReadTest, AnOptOutStopsTheUseAtOnceAndOnlyThat) {
  ASSERT_WORKS(world.StartClock("marketing_opt_out", {{"1", "2026-11-24"}}));
  ExpectRefused(Code::kDenied, "use_ended", world.Read("external_id:1", "newsletter", "case", "contact"));
  EXPECT_NE(message.find("marketing_opt_out"), std::string::npos);
  EXPECT_CODE(kOk, world.Read("external_id:1", "practical_information"));
  EXPECT_CODE(kOk, world.Read("external_id:2", "newsletter"));
  ASSERT_WORKS(world.ClearClock("marketing_opt_out", {{"1"}}));
  EXPECT_CODE(kOk, world.Read("external_id:1", "newsletter", "case", "contact"));
  ASSERT_WORKS(world.StartClock("marketing_opt_out", {{"1", "2026-11-25"}}));
  EXPECT_CODE(kOk, world.Read("external_id:1", "newsletter", "case", "contact"));  // it begins tomorrow
}

TEST_F(ReadTest, APurposeWhoseConditionIsNotMetOpensNothing) {
  const auto approved = world.Read("external_id:1", "testimonials");
  ASSERT_WORKS(approved);
  ASSERT_EQ(approved->records.size(), 1u) << "of two comments one is approved";
  EXPECT_EQ(ValuesOf(*approved).at("evaluations.comment"), "good");
  EXPECT_CODE(kDenied, world.Read("external_id:2", "testimonials"));
  EXPECT_CODE(kDenied, world.Read("external_id:2", "practical_information"));  // never a customer
  EXPECT_EQ(Refusals("read", "use_ended"), 2u);
}

}  // namespace
}  // namespace spor::service
