// SPDX-License-Identifier: Apache-2.0
#include "tests/service/world_fixture.h"

// Changes of accounts over a store one of whose calls fails: afterwards change and event are there together, or
// neither.
namespace spor::service {
namespace {

using auth::Role;
using How = doubles::FaultStore::How;

class AccountsEvidenceTest : public WorldTest {
 protected:
  static size_t SessionRows(const World& world) {
    const auto& rows = world.memory->Table(ledger::Family::kAccount);
    return static_cast<size_t>(
        std::count_if(rows.begin(), rows.end(), [](const auto& r) { return r.first[0] == 's'; }));
  }
};

TEST_F(AccountsEvidenceTest, ASuspensionIsThereWithItsEventAndTheEndOfSessionsOrNotAtAll) {
  const auto per = world.Join(world.actor, "per", {Role::kOperator});
  ASSERT_WORKS(per);
  ASSERT_WORKS(world.ledger().Publish());
  for (const How how : {How::kNotPersisted, How::kPersisted}) {
    bool untouched = false;
    for (uint64_t n = 1; !untouched; ++n) {
      ASSERT_LT(n, 50u);
      doubles::TempDir dir;
      const std::unique_ptr<World> copy = world.CrashCopy(dir / "w");
      ASSERT_WORKS(copy->Open());
      ASSERT_WORKS(copy->Login());
      copy->fault->FailAt(n, how);
      const bool answered = copy->home().accounts().Suspend(copy->actor, "per", "leave").ok();
      untouched = !copy->fault->has_failed();
      const std::unique_ptr<World> left = copy->CrashCopy(dir / "left");
      copy->Close();
      ASSERT_WORKS(left->Open());
      const size_t events = left->AuditSections("account_suspend", "done").size();
      doubles::Colleague again = *per;
      const bool logs_in = left->Login(again).ok();
      EXPECT_EQ(events, logs_in ? 0u : 1u) << n;
      EXPECT_TRUE(events == 1 || !answered) << n;
      // The administrator's two, and of the suspended account none.
      EXPECT_EQ(SessionRows(*left), events == 1 ? 2u : 4u) << n;
      left->Close();
      EXPECT_EQ(left->Damage(), "") << n;
    }
  }
}

TEST_F(AccountsEvidenceTest, BootstrapEndsWithTheActivationAndTheFlagOrNotAtAll) {
  const auto ola = world.home().accounts().Invite(world.actor, "ola", {Role::kSecurityAdmin});
  ASSERT_WORKS(ola);
  ASSERT_WORKS(world.ledger().Publish());
  for (const How how : {How::kNotPersisted, How::kPersisted}) {
    bool untouched = false;
    for (uint64_t n = 1; !untouched; ++n) {
      ASSERT_LT(n, 50u);
      doubles::TempDir dir;
      const std::unique_ptr<World> copy = world.CrashCopy(dir / "w");
      ASSERT_WORKS(copy->Open());
      copy->fault->FailAt(n, how);
      const bool answered = copy->ActivateWith("ola", ola->code, copy->password).ok();
      untouched = !copy->fault->has_failed();
      const std::unique_ptr<World> left = copy->CrashCopy(dir / "left");
      copy->Close();
      ASSERT_WORKS(left->Open());
      const bool activated = left->AuditSections("activation", "done").size() == 2;
      EXPECT_TRUE(activated || !answered) << n;
      EXPECT_EQ(left->ledger().facts().flags & ledger::kFlagBootstrap, activated ? 0u : 1u) << n;
      ASSERT_WORKS(left->Login());
      EXPECT_EQ(left->actor.roles.empty(), activated) << n;
      left->Close();
      EXPECT_EQ(left->Damage(), "") << n;
    }
  }
}

}  // namespace
}  // namespace spor::service
