// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "tests/service/world_fixture.h"

namespace spor::service {
namespace {

class ImportTest : public WorldTest {
 protected:
  // created, updated, unchanged, refused
  using Counts = std::array<uint64_t, 4>;
  static Counts Of(const Result<privacy::ImportCounts>& counts) {
    EXPECT_CODE(kOk, counts);
    return counts.ok() ? Counts{counts->created, counts->updated, counts->unchanged, counts->refused} : Counts{};
  }
  std::map<std::string, std::string> Newsletter(const std::string& subject) {
    const auto read = world.Read(subject, "newsletter", "case 1", "contact");
    EXPECT_CODE(kOk, read);
    return read.ok() ? ValuesOf(*read) : std::map<std::string, std::string>();
  }
  size_t UnitsOf(const std::string& id, const std::string& category) {
    const auto profile = world.ProfileOf("external_id:" + id);
    EXPECT_CODE(kOk, profile);
    const uint16_t number = world.parts().policy->FindCategory(category)->number;
    return static_cast<size_t>(std::count_if(profile->units.begin(), profile->units.end(),
                                             [&](const auto& unit) { return unit.category == number; }));
  }
  // What the import said of the fields it changed, from the sections under the person's units.
  std::vector<std::string> ChangedFields(const std::string& id) {
    std::vector<std::string> changed;
    const auto profile = world.ProfileOf("external_id:" + id);
    for (const auto& unit : profile->units) {
      for (const SeenSection& section : world.SubjectSections(unit.unit)) {
        if (section["action"] == "import") changed.push_back(section["fields"]);
      }
    }
    return changed;
  }
};

TEST_F(ImportTest, CreatesThenUpdatesThenChangesNothing) {
  EXPECT_EQ(Of(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")})), (Counts{2, 0, 0, 0}));
  EXPECT_EQ(Of(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")})), (Counts{0, 0, 2, 0}));
  std::vector<std::string> moved = ContactRow("1");
  moved[2] = "Nytt";
  EXPECT_EQ(Of(world.Import("contact", kContactColumns, {moved, ContactRow("2")})), (Counts{0, 1, 1, 0}));
  EXPECT_EQ(Newsletter("external_id:1")["contact.last_name"], "Nytt");
  EXPECT_EQ(Newsletter("external_id:2")["contact.last_name"], "Etternavn2");
  const std::vector<std::string> changed = ChangedFields("1");
  EXPECT_EQ(changed, (std::vector<std::string>{"email\nfirst_name\nlast_name\nphone", "last_name"}));
  EXPECT_EQ(world.AuditSections("import_begin", "done").size(), 3u);
  EXPECT_EQ(world.AuditSections("import_end", "done").size(), 3u);
  EXPECT_EQ(world.AuditSections("import_end", "done")[2]["updated"], "1");
}

TEST_F(ImportTest, AnotherFieldOfAKnownRecordIsAnUpdateAndEmptySaysNothing) {
  EXPECT_EQ(Of(world.Import("contact", {"external_id", "first_name"}, {{"1", "Kari"}})), (Counts{1, 0, 0, 0}));
  EXPECT_EQ(Of(world.Import("contact", {"external_id", "last_name"}, {{"1", "Berg"}})), (Counts{0, 1, 0, 0}));
  EXPECT_EQ(Of(world.Import("contact", {"external_id", "first_name", "last_name"}, {{"1", "", "Berg"}})),
            (Counts{0, 0, 1, 0}));
  EXPECT_EQ(Newsletter("external_id:1").size(), 2u);
}

TEST_F(ImportTest, RowsOfOneRecordInOneChunkSeeEachOther) {
  const Rows rows = {{"1", "Kari", "a"}, {"1", "Kari", "a"}, {"1", "Kari", "b"}, {" 1 ", "Kari", "b"}};
  const std::vector<std::string> columns = {"external_id", "first_name", "last_name"};
  EXPECT_EQ(Of(world.Import("contact", columns, rows)), (Counts{1, 1, 2, 0}));
  EXPECT_EQ(Newsletter("external_id:1")["contact.last_name"], "b");
  EXPECT_EQ(Of(world.Import("contact", columns, {{"1", "Kari", "b"}})), (Counts{0, 0, 1, 0}));
}

TEST_F(ImportTest, TheRecordKeyTellsRecordsOfOnePersonApart) {
  const Rows rows = {{"1", "A", "100", "2026-01-01"}, {"1", "B", "100", "2026-01-01"}, {"1", "A", "100", "2026-02-01"}};
  EXPECT_EQ(Of(world.Import("purchase_history", kPurchaseColumns, rows)), (Counts{3, 0, 0, 0}));
  EXPECT_EQ(UnitsOf("1", "purchase_history"), 1u);
  const auto read = world.Read("external_id:1", "invoicing", "case", "purchase_history");
  ASSERT_WORKS(read);
  EXPECT_EQ(read->records.size(), 3u);
  Rows dearer = rows;
  dearer[1][2] = "120";
  EXPECT_EQ(Of(world.Import("purchase_history", kPurchaseColumns, dearer)), (Counts{0, 1, 2, 0}));
}

TEST_F(ImportTest, UnitsAreCutByRecordAndByAccountingYear) {
  ASSERT_WORKS(world.Import("evaluations", {"external_id", "course", "course_date", "city"},
                            {{"1", "C1", "2026-05-01", "Oslo"}, {"1", "C2", "2026-05-01", "Oslo"}}));
  EXPECT_EQ(UnitsOf("1", "evaluations"), 2u);
  ASSERT_WORKS(
      world.Import("payment_history", kPaymentColumns,
                   {{"1", "N", "2024-12-31", "a"}, {"1", "N", "2025-01-01", "b"}, {"1", "N", "2025-12-31", "c"}}));
  EXPECT_EQ(UnitsOf("1", "payment_history"), 2u);
  const auto profile = world.ProfileOf("external_id:1");
  const auto* unit = profile->FindUnit(world.parts().policy->FindCategory("payment_history")->number, "2025");
  ASSERT_NE(unit, nullptr);
  EXPECT_EQ(privacy::FormatDate(unit->clock_dates.at("fiscal_year_end")), "2025-12-31");
}

TEST_F(ImportTest, RefusedRowsAreCountedWithTheirReasonAndTheOthersAreStored) {
  const Rows rows = {{"1", "Kari", "kari@example.no"},
                     {"", "Ola", "ola@example.no"},
                     {"3", "", ""},
                     {"4", "Per", "no address"},
                     {std::string(257, 'x'), "Long", "long@example.no"},
                     {"6", "\xff\xfe", "six@example.no"},
                     {"7", std::string((64 << 10) + 1, 'x'), "seven@example.no"},
                     {"8", "Short"}};
  const auto counts = world.Import("contact", {"external_id", "first_name", "email"}, rows);
  EXPECT_EQ(Of(counts), (Counts{1, 0, 0, 7}));
  ASSERT_EQ(counts->reasons.size(), 7u);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(counts->reasons[i].row, i + 2) << counts->reasons[i].reason;
  EXPECT_EQ(counts->reasons[2].reason, "email is not an e-mail address");
  EXPECT_CODE(kNotFound, world.Read("external_id:4", "newsletter"));
  EXPECT_EQ(world.AuditSections("import_end", "done")[0]["refused"], "7");
}

TEST_F(ImportTest, RecordsWithoutTheirKeyOrDateAreRefused) {
  const auto purchases = world.Import("purchase_history", kPurchaseColumns,
                                      {{"1", "", "1", "2026-01-01"},
                                       {"1", "A", "1", ""},
                                       {"1", "A\x1f", "1", "2026"},
                                       {"1", std::string(2000, 'x'), "1", "2026-01-01"}});
  EXPECT_EQ(Of(purchases), (Counts{0, 0, 0, 4}));
  const auto payments =
      world.Import("payment_history", kPaymentColumns, {{"1", "N", "31.12.2024", "a"}, {"1", "N", "2025-02-30", "b"}});
  EXPECT_EQ(Of(payments), (Counts{0, 0, 0, 2}));
  EXPECT_CODE(kNotFound, world.ProfileOf("external_id:1"));
}

TEST_F(ImportTest, AnUnknownColumnRefusesTheFileWithNothingStored) {
  const auto before = world.memory->Table(ledger::Family::kRecord).size();
  const auto refused = world.Import("contact", {"external_id", "first_name", "disability"}, {{"1", "Kari", "none"}});
  EXPECT_CODE(kInvalidArgument, refused);
  EXPECT_NE(refused.error().message().find("disability"), std::string::npos);
  EXPECT_NE(refused.error().message().find("job_title"), std::string::npos) << "it should list the fields there are";
  EXPECT_EQ(Refusals("import", "unknown_column"), 1u);
  EXPECT_EQ(world.memory->Table(ledger::Family::kRecord).size(), before);
  EXPECT_CODE(kNotFound, world.ProfileOf("external_id:1"));
  EXPECT_EQ(world.AuditSections("import_begin", "done").size(), 0u);
}

TEST_F(ImportTest, AnUnknownCategoryAndAFileWithoutExternalIdAreRefused) {
  EXPECT_CODE(kInvalidArgument, world.Import("contacts", kContactColumns, {ContactRow("1")}));
  EXPECT_CODE(kInvalidArgument, world.Import("contact", {"first_name"}, {{"Kari"}}));
  EXPECT_CODE(kInvalidArgument, world.Import("contact", {"external_id", "email", "email"}, {{"1", "a@b", "a@b"}}));
  EXPECT_EQ(Refusals("import", "unknown_category"), 1u);
  EXPECT_EQ(Refusals("import", "unknown_column"), 2u);
}

TEST_F(ImportTest, AMapNamesTheColumnOfAField) {
  const std::vector<std::string> columns = {"id", "Fornavn", "E-post"};
  const std::map<std::string, std::string> map = {
      {"external_id", "id"}, {"first_name", "Fornavn"}, {"email", "E-post"}};
  EXPECT_EQ(Of(world.Import("contact", columns, {{"1", "Kari", "kari@example.no"}}, map)), (Counts{1, 0, 0, 0}));
  EXPECT_EQ(Newsletter("kari@example.no")["contact.first_name"], "Kari");
  EXPECT_CODE(kInvalidArgument, world.Import("contact", columns, {}, {{"external_id", "nummer"}}));
  EXPECT_CODE(kInvalidArgument, world.Import("contact", columns, {}, {{"shoe_size", "id"}}));
  EXPECT_CODE(kInvalidArgument, world.Import("contact", columns, {}, {{"external_id", "id"}, {"phone", "id"}}));
}

TEST_F(ImportTest, AChangedAddressFindsThePersonAndTheOldOneDoesNot) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {{"1", "Kari", "Berg", "Old@Example.no", "1"}}));
  EXPECT_EQ(Newsletter("old@example.no")["contact.email"], "Old@Example.no");
  ASSERT_WORKS(world.Import("contact", kContactColumns, {{"1", "Kari", "Berg", "new@example.no", "1"}}));
  EXPECT_EQ(Newsletter("NEW@example.no")["contact.email"], "new@example.no");
  EXPECT_CODE(kNotFound, world.Read("old@example.no", "newsletter"));
  // An address that another category holds, too, still finds her.
  ASSERT_WORKS(world.Import("exam_results", {"external_id", "product", "date", "email"},
                            {{"1", "P", "2026-01-01", "new@example.no"}}));
  ASSERT_WORKS(world.Import("contact", kContactColumns, {{"1", "Kari", "Berg", "third@example.no", "1"}}));
  EXPECT_CODE(kOk, world.Read("new@example.no", "newsletter"));
  EXPECT_CODE(kOk, world.Read("third@example.no", "newsletter"));
}

TEST_F(ImportTest, AnAddressThatTwoShareAsksForTheExternalId) {
  ASSERT_WORKS(world.Import("contact", kContactColumns,
                            {{"1", "A", "A", "both@example.no", "1"}, {"2", "B", "B", "both@example.no", "2"}}));
  const auto read = world.Read("both@example.no", "newsletter");
  EXPECT_CODE(kInvalidArgument, read);
  EXPECT_NE(read.error().message().find("external_id"), std::string::npos);
  EXPECT_EQ(Newsletter("external_id:2")["contact.first_name"], "B");
}

TEST_F(ImportTest, ACorrectedDateOfASingleRecordMovesItsClockBack) {
  const std::vector<std::string> columns = {"external_id", "product", "renewal_date"};
  std::string policy = World::ExamplePolicy();
  const std::string place = "key = \"subscription\"";
  policy.insert(policy.find(place),
                "clock_fields = { customer_relationship_ended = \"renewal_date\" }\nunit_scope = \"record\"\n");
  doubles::TempDir dir;
  World other(dir.path());
  ASSERT_WORKS(other.Found(policy));
  ASSERT_WORKS(other.Activate());
  ASSERT_WORKS(other.Login());
  ASSERT_WORKS(other.Import("subscription", columns, {{"1", "P", "2036-01-01"}}));
  ASSERT_WORKS(other.Import("subscription", columns, {{"1", "P", "2026-01-01"}}));
  EXPECT_EQ(privacy::FormatDate(other.ProfileOf("external_id:1")->units[0].clock_dates.begin()->second), "2026-01-01");
}

TEST_F(ImportTest, TwoAtOnceFromTwoThreadsStoreEveryPersonOnce) {
  constexpr int kPeople = 60;
  std::array<Counts, 2> totals{};
  const auto import = [&](size_t which) {
    for (int from = 0; from < kPeople; from += 10) {
      Rows rows;
      for (int i = from; i < from + 10; ++i) rows.push_back(ContactRow(std::to_string(i)));
      const Counts counts = Of(world.Import("contact", kContactColumns, rows));
      for (size_t i = 0; i < counts.size(); ++i) totals[which][i] += counts[i];
    }
  };
  std::thread first(import, 0), second(import, 1);
  first.join();
  second.join();
  EXPECT_EQ(totals[0][0] + totals[1][0], static_cast<uint64_t>(kPeople));
  EXPECT_EQ(totals[0][2] + totals[1][2], static_cast<uint64_t>(kPeople));
  EXPECT_EQ(world.parts().subjects->people(), kPeople);
  for (int i = 0; i < kPeople; ++i) {
    const auto found = world.parts().subjects->Find(privacy::IdentifierKind::kExternalId, std::to_string(i));
    ASSERT_WORKS(found);
    EXPECT_EQ(found->size(), 1u) << i;
  }
}

TEST_F(ImportTest, TheIndexWidensAndEverybodyIsStillFound) {
  const auto bits = [&] {
    std::set<int> seen;
    for (const auto& [key, value] : world.memory->Table(ledger::Family::kIndex)) seen.insert(key[0]);
    return seen;
  };
  constexpr int kPeople = 600;
  for (int from = 0; from < kPeople; from += 100) {
    Rows rows;
    for (int i = from; i < from + 100; ++i) rows.push_back(ContactRow(std::to_string(i)));
    ASSERT_WORKS(world.Import("contact", kContactColumns, rows));
    EXPECT_EQ(bits().size(), 1u) << "every row has the width in force";
    for (int i = 0; i < from + 100; i += 37) {
      EXPECT_CODE(kOk, world.ProfileOf("external_id:" + std::to_string(i)));
      EXPECT_CODE(kOk, world.ProfileOf("person" + std::to_string(i) + "@example.no"));
    }
  }
  EXPECT_EQ(*bits().begin(), 7);  // 500 people and more, of whom two to four share a bucket
  ASSERT_WORKS(world.Open());
  EXPECT_EQ(world.parts().subjects->people(), kPeople);
  for (int i = 0; i < kPeople; ++i) EXPECT_CODE(kOk, world.ProfileOf("person" + std::to_string(i) + "@example.no"));
}

TEST_F(ImportTest, IsItsOwnersAndIsOverAfterItsEnd) {
  const auto id = world.home().importer().Begin(world.actor, {"contact", kContactColumns, {}});
  ASSERT_WORKS(id);
  auth::Actor other = world.actor;
  other.account = RandomArray<16>();
  const Rows rows = {ContactRow("1")};
  EXPECT_CODE(kNotFound, world.home().importer().Chunk(other, *id, 1, rows));
  EXPECT_CODE(kOk, world.home().importer().Chunk(world.actor, *id, 1, rows));
  EXPECT_CODE(kInvalidArgument, world.home().importer().Chunk(world.actor, *id, 1, Rows(1025, ContactRow("1"))));
  EXPECT_CODE(kOk, world.home().importer().End(world.actor, *id));
  EXPECT_CODE(kNotFound, world.home().importer().Chunk(world.actor, *id, 1, rows));
  EXPECT_CODE(kNotFound, world.home().importer().End(world.actor, *id));
}

}  // namespace
}  // namespace spor::service
