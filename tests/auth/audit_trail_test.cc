// SPDX-License-Identifier: Apache-2.0
#include "auth/audit_trail.h"

#include <set>
#include <thread>

#include "tests/auth/home.h"

namespace spor::auth {
namespace {

class AuditTrailTest : public ::testing::Test {
 protected:
  AuditTrailTest() : home(store) {}
  void SetUp() override {
    home.Found();
    home.Open();
  }
  std::set<std::pair<int, int>> MonthsOf(AuditClass audit_class) {
    std::set<std::pair<int, int>> months;
    for (const AuditTrail::Month& month : home.audit().Months()) {
      if (month.audit_class != audit_class) continue;
      EXPECT_TRUE(months.insert({month.year, month.month}).second);
    }
    return months;
  }
  Result<ledger::SealedSection> Seal(AuditClass audit_class) {
    return home.audit().Seal(audit_class, RandomArray<16>(), 0, AuditFields(nullptr, "read", "done"));
  }

  doubles::MemoryStore store;
  Home home;
};

using Months = std::set<std::pair<int, int>>;

TEST_F(AuditTrailTest, ANewLedgerHasUnitsOfThisMonthAndTheNext) {
  EXPECT_EQ(MonthsOf(AuditClass::kAccess), (Months{{2026, 3}, {2026, 4}}));
  EXPECT_EQ(MonthsOf(AuditClass::kEvidence), (Months{{2026, 3}, {2026, 4}}));
}

TEST_F(AuditTrailTest, UnitsAreAllDifferentAndAlive) {
  std::set<ledger::UnitId> units;
  for (const AuditTrail::Month& month : home.audit().Months()) {
    units.insert(month.unit);
    EXPECT_TRUE(home.vault().keys().OpenUnit(month.unit).ok());
    EXPECT_TRUE(store.Table(ledger::Family::kLive).contains(ToBytes(month.unit)));
  }
  EXPECT_EQ(units.size(), 4U);
}

TEST_F(AuditTrailTest, EachMonthIsMadeOnceAheadOfTime) {
  const uint64_t before = home.ledger().size();
  ASSERT_TRUE(home.audit().EnsureUnits(home.ledger()).ok());
  EXPECT_EQ(MonthsOf(AuditClass::kAccess).size(), 2U);
  home.clock.Set(kNoon + 30 * 86400);  // April
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(home.audit().EnsureUnits(home.ledger()).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(MonthsOf(AuditClass::kAccess), (Months{{2026, 3}, {2026, 4}, {2026, 5}}));
  EXPECT_EQ(store.Table(ledger::Family::kLive).size(), 7U);  // six of the trail, one of the account
  EXPECT_GT(home.ledger().size(), before);
  home.Open();
  EXPECT_EQ(MonthsOf(AuditClass::kEvidence), (Months{{2026, 3}, {2026, 4}, {2026, 5}}));
}

TEST_F(AuditTrailTest, TheYearTurns) {
  home.clock.Set(1797000000);  // 2026-12-11
  ASSERT_TRUE(home.audit().EnsureUnits(home.ledger()).ok());
  const Months months = MonthsOf(AuditClass::kAccess);
  EXPECT_TRUE(months.contains({2026, 12}));
  EXPECT_TRUE(months.contains({2027, 1}));
}

TEST_F(AuditTrailTest, SealsUnderTheUnitOfClassAndMonth) {
  const Result<ledger::SealedSection> access = Seal(AuditClass::kAccess);
  const Result<ledger::SealedSection> evidence = Seal(AuditClass::kEvidence);
  home.clock.Set(kNoon + 30 * 86400);
  const Result<ledger::SealedSection> april = Seal(AuditClass::kAccess);
  ASSERT_TRUE(access.ok() && evidence.ok() && april.ok());
  std::map<std::pair<AuditClass, int>, ledger::UnitId> units;
  for (const AuditTrail::Month& month : home.audit().Months()) units[{month.audit_class, month.month}] = month.unit;
  EXPECT_EQ(access->unit, units.at({AuditClass::kAccess, 3}));
  EXPECT_EQ(evidence->unit, units.at({AuditClass::kEvidence, 3}));
  EXPECT_EQ(april->unit, units.at({AuditClass::kAccess, 4}));
  EXPECT_EQ(access->place, ledger::BlobPlace::kAudit);
}

TEST_F(AuditTrailTest, AMonthWithoutUnitSealsNothing) {
  home.clock.Set(kNoon + 70 * 86400);
  EXPECT_CODE(kNotFound, Seal(AuditClass::kAccess));
  ASSERT_TRUE(home.audit().EnsureUnits(home.ledger()).ok());
  EXPECT_TRUE(Seal(AuditClass::kAccess).ok());
}

TEST_F(AuditTrailTest, TheServiceMakesAMissingMonthItself) {
  home.Activate();
  home.clock.Set(kNoon + 70 * 86400);
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
  EXPECT_EQ(home.Events("login", "done").size(), 1U);
}

TEST_F(AuditTrailTest, AMalformedRowStopsTheStart) {
  doubles::MemoryStore::Rows& rows = store.Table(ledger::Family::kState);
  const auto row = rows.lower_bound(ToBytes(AsBytes("audit")));
  ASSERT_NE(row, rows.end());
  for (const size_t cut : {1, 2, 4}) {
    home.Close();
    Bytes shorter = row->first;
    shorter.resize(shorter.size() - cut);
    rows[shorter] = row->second;
    EXPECT_CODE(kCorrupt, home.TryOpen());
    rows.erase(shorter);
  }
  home.Close();
  row->second.pop_back();
  EXPECT_CODE(kCorrupt, home.TryOpen());
}

TEST(AuditFields, NameTheActorOnlyIfThereIsOne) {
  EXPECT_EQ(AuditFields(nullptr, "read", "done").size(), 2U);
  Actor actor;
  actor.account = RandomArray<16>();
  actor.name = "kari";
  actor.roles = {Role::kDpo, Role::kAuditor};
  const std::vector<ledger::Field> fields = AuditFields(&actor, "read", "refused");
  ASSERT_EQ(fields.size(), 5U);
  std::string roles;
  for (const ledger::Field& field : fields) {
    EXPECT_EQ(AsText(field.value).find("kari"), std::string_view::npos);
    roles += field.name == "role" ? AsText(field.value) : "";
  }
  EXPECT_EQ(roles, "dpo\nauditor");
}

}  // namespace
}  // namespace spor::auth
