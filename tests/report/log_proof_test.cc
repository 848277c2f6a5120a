// SPDX-License-Identifier: Apache-2.0
#include "tools/report/log_proof.h"

#include <gtest/gtest.h>

#include "ledger/replay.h"
#include "tests/report/world.h"
#include "tools/report/entry_words.h"

namespace spor::report {
namespace {

using Shows = MapProofRequest::Shows;

class LogProofTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world = new World;
    trust = new std::string(world->Trust());
    const Result<privacy::SubjectId> subject = world->reports.subjects->Resolve("external_id:kunde");
    ASSERT_TRUE(subject.ok());
    unit = world->reports.subjects->Get(*subject)->identity;
    gone = unit;
    gone[0] ^= 1;
  }
  static void TearDownTestSuite() {
    delete trust;
    delete world;
  }
  static std::string Maps(const MapProofRequest& request) {
    const Result<std::string> made = MakeMapProof(world->reports, world->actor, request);
    EXPECT_TRUE(made.ok()) << made.error().message();
    return made.ok() ? *made : std::string();
  }
  static std::string Alive() { return Maps({Shows::kUnit, unit, {}}); }
  static std::string Gone() { return Maps({Shows::kUnit, gone, {}}); }
  static std::string Smallest() { return Maps({Shows::kSmallest, {}, {}}); }
  static std::string Due(int year) { return Maps({Shows::kDue, {}, MakeDate(year, 12, 31)}); }
  static std::string Grown() { return *MakeConsistencyProof(world->reports, world->actor, 5, 20); }

  static World* world;
  static std::string* trust;
  static ledger::UnitId unit;
  static ledger::UnitId gone;
};
World* LogProofTest::world = nullptr;
std::string* LogProofTest::trust = nullptr;
ledger::UnitId LogProofTest::unit;
ledger::UnitId LogProofTest::gone;

TEST_F(LogProofTest, EachVerifiesAndSaysWhatItShows) {
  for (const std::string& proof : {Alive(), Gone(), Smallest(), Due(2026), Due(2040), Grown()}) {
    ExpectVerified(proof, *trust);
    const Result<Verification> verification = Verify(proof, *trust);
    EXPECT_EQ(verification->kind, "log_proof");
    EXPECT_NE(verification->shown, "");
    EXPECT_EQ(Verify(proof, "")->result, "not_covered");
    EXPECT_NE(Verify(proof, World().Trust())->result, "verified");
  }
  EXPECT_NE(TextOfCheck(*Verify(Alive(), *trust), "maps").find("is alive"), std::string::npos);
  EXPECT_NE(TextOfCheck(*Verify(Gone(), *trust), "maps").find("is not alive"), std::string::npos);
  EXPECT_NE(TextOfCheck(*Verify(Smallest(), *trust), "maps").find("overdue"), std::string::npos);
}

TEST_F(LogProofTest, EveryByteCounts) {
  for (const std::string& proof : {Alive(), Smallest(), Due(2040), Grown()}) ExpectEveryByteCounts(proof, *trust);
  // What shows that one unit is gone shows it of its neighbours, too.
  ExpectEveryByteCounts(Gone(), *trust, HexEncode(gone));
}

TEST_F(LogProofTest, AReportThatTheMapsDoNotGiveFails) {
  ExpectFailed(Replaced(Alive(), "\"held\":false", "\"held\":true"), *trust, "maps");
  ExpectFailed(Replaced(Gone(), "\"alive\":false", "\"alive\":true"), *trust, "maps");
  ExpectFailed(Replaced(Gone(), HexEncode(gone), HexEncode(unit)), *trust, "maps");
  const std::string smallest = Smallest();
  const bool nothing = smallest.find("\"nothing_overdue\":true") != std::string::npos;
  ExpectFailed(Replaced(smallest, nothing ? "\"nothing_overdue\":true" : "\"nothing_overdue\":false",
                        nothing ? "\"nothing_overdue\":false" : "\"nothing_overdue\":true"),
               *trust, "maps");
  // A longer period than the map shows.
  ExpectFailed(Replaced(Due(2026), "\"by\":\"2026-12-31\"", "\"by\":\"2040-12-31\""), *trust, "maps");
  ExpectFailed(Replaced(Grown(), "\"from\":5", "\"from\":6"), *trust, "consistency");
  ExpectFailed(Replaced(Grown(), "\"to\":20", "\"to\":21"), *trust, "consistency");
  ExpectFailed(Replaced(Grown(), "\"shows\":\"consistency\"", "\"shows\":\"smallest\""), *trust, "form");
}

TEST_F(LogProofTest, TheListOfWhatIsDueIsTheWholeList) {
  Result<ledger::UnitMaps> replayed =
      ledger::ReplayMaps(world->reports.ledger->reader(), world->reports.ledger->size());
  ASSERT_TRUE(replayed.ok());
  ledger::UnitMaps& maps = *replayed;
  for (const int year : {2025, 2026, 2027, 2030, 2090}) {
    const auto by = static_cast<uint32_t>(MakeDate(year, 12, 31).days);
    uint64_t expected = 0;
    for (auto row = maps.due().AtOrAfter(ledger::EncodeDueMapKey({0, 0}, {})); row.has_value(); ++expected) {
      const ledger::DueMapKey key = *ledger::ParseDueMapKey(row->first);
      if (key.due.retention_class != 0 || key.due.due > by) break;
      ledger::UnitId next = key.unit;
      for (size_t i = next.size(); i-- > 0 && ++next[i] == 0;) {  // the id behind it; all ones do not come up
      }
      row = maps.due().AtOrAfter(ledger::EncodeDueMapKey(key.due, next));
    }
    EXPECT_NE(Due(year).find("\"count\":" + std::to_string(expected) + ","), std::string::npos) << year;
  }
}

TEST_F(LogProofTest, NoneIsRecorded) {
  Alive();
  const uint64_t size = world->reports.ledger->size();
  Alive(), Gone(), Smallest(), Due(2040), Grown();
  EXPECT_EQ(world->reports.ledger->size(), size);
}

// Every role against everything that shows the log.
TEST_F(LogProofTest, OnlyRolesThatSeeTheLogGetThem) {
  for (int r = 1; r <= 9; ++r) {
    auth::Actor actor = world->actor;
    actor.roles = {static_cast<auth::Role>(r)};
    const Code expected = auth::RolesAllow(actor.roles, auth::Action::kLog) ? Code::kOk : Code::kDenied;
    EXPECT_EQ(ReadTile(world->reports, actor, "tile/1/000.p/1").status().code() == Code::kDenied,
              expected == Code::kDenied);
    EXPECT_EQ(TellEntry(world->reports, actor, 0).status().code(), expected) << r;
    EXPECT_EQ(MakeInclusionProof(world->reports, actor, 0, std::nullopt).status().code(), expected) << r;
    EXPECT_EQ(MakeConsistencyProof(world->reports, actor, 1, std::nullopt).status().code(), expected) << r;
    EXPECT_EQ(MakeMapProof(world->reports, actor, {}).status().code(), expected) << r;
  }
}

TEST(EntryWords, ABodyThatIsNoneIsShownAsBytes) {
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::kHead;
  entry.time_s = 1795512600;
  entry.body = {1, 2, 3};
  const privacy::Policy policy;
  const Result<std::string> json = EntryJson(7, ledger::EncodeEntry(entry), NamesOf(policy));
  ASSERT_TRUE(json.ok());
  EXPECT_NE(json->find("\"body\":\"010203\""), std::string::npos);
  EXPECT_NE(json->find("\"time\":\"2026-11-24T09:30:00Z\",\"time_oslo\":\"2026-11-24 10:30:00 (+01:00)\""),
            std::string::npos);
  EXPECT_EQ(EntryJson(7, Bytes{1, 99}, NamesOf(policy)).status().code(), Code::kCorrupt);
}

TEST(EntryWords, SummerIsSummerInOslo) {
  EXPECT_EQ(privacy::FormatOslo(1774745999), "2026-03-29 01:59:59 (+01:00)");
  EXPECT_EQ(privacy::FormatOslo(1774746000), "2026-03-29 03:00:00 (+02:00)");
}

}  // namespace
}  // namespace spor::report
