// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>

#include "tests/service/world_fixture.h"

namespace spor::service {

// A clock that does something when this thread asks it for the time once more, or several times: what comes in between
// two steps of a request. Not while the ledger writes: what is done then would wait for itself.
class HookClock final : public Clock {
 public:
  explicit HookClock(const Clock& inner) : inner_(inner) {}
  UnixSeconds Now() const override {
    if (std::this_thread::get_id() == thread_ && calls_ > 0 && --calls_ == 0) std::exchange(hook_, nullptr)();
    return inner_.Now();
  }
  void At(int calls, std::function<void()> hook) {
    calls_ = calls;
    hook_ = std::move(hook);
  }

 private:
  const Clock& inner_;
  const std::thread::id thread_ = std::this_thread::get_id();
  mutable int calls_ = 0;
  mutable std::function<void()> hook_;
};

// People with holds and restrictions.
class HoldWorldTest : public WorldTest {
 protected:
  static constexpr const char* kEnded = "customer_relationship_ended";

  void SetUp() override {
    world.options.clock = &clock;
    WorldTest::SetUp();
    ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1"), ContactRow("2")}));
  }

  static Result<privacy::HoldAnswer> Hold(World& in, const std::string& subject, const std::string& until,
                                          const std::string& category = "", const std::string& reason = "case 26/17") {
    return in.home().holds().Set(in.actor, {subject, category, "legal_claim", reason, until});
  }
  Result<privacy::HoldAnswer> Hold(const std::string& subject, const std::string& until,
                                   const std::string& category = "", const std::string& reason = "case 26/17") {
    return Hold(world, subject, until, category, reason);
  }
  Result<privacy::HoldAnswer> Lift(const std::string& subject, uint32_t hold) {
    return world.home().holds().Lift(world.actor, {subject, privacy::HoldIdText(hold), "settled"});
  }
  Result<privacy::RestrictionAnswer> Restrict(const std::string& subject,
                                              const std::string& ground = "accuracy_contested") {
    return world.home().restrictions().Set(world.actor, {subject, ground, "case 26/18"});
  }
  // The relationship with each of them ended long ago: all but accounts is due.
  void EndedLongAgo(const std::vector<std::string>& people) {
    Rows rows;
    for (const std::string& id : people) rows.push_back({id, "2026-01-31"});
    ASSERT_WORKS(world.StartClock(kEnded, rows));
  }

  // That every unit of the person stands in the due map as her profile says.
  static void ExpectMapsAgree(const World& in, const std::string& subject) {
    const auto profile = in.ProfileOf(subject);
    ASSERT_WORKS(profile);
    const auto check = [&](const ledger::UnitId& unit, const ledger::DueKey& due, bool held) {
      const auto row = in.parts().store->Get(ledger::Family::kDue, ledger::EncodeDueMapKey(due, unit));
      ASSERT_TRUE(row.ok() && row->has_value()) << "due on another day in the map";
      EXPECT_EQ(ledger::ParseDueValue(**row)->held != 0, held);
    };
    check(profile->identity, profile->identity_due, profile->identity_held);
    for (const privacy::SubjectUnit& unit : profile->units) check(unit.unit, unit.due, unit.held);
  }
  // Every redue operation of the log, in order.
  std::vector<ledger::UnitOp> Redues() const {
    std::vector<ledger::UnitOp> redues;
    CHECK(ledger::LogReader(*world.parts().store)
              .Scan(0, world.parts().ledger->size(),
                    [&](uint64_t, ByteView bytes) {
                      const auto entry = ledger::ParseEntry(bytes);
                      CHECK(entry.ok());
                      for (const ledger::UnitOp& op : entry->ops) {
                        if (op.type == ledger::OpType::kRedue) redues.push_back(op);
                      }
                      return true;
                    })
              .ok());
    return redues;
  }
  // Rows of Family::kState that begin with `prefix`.
  static size_t StateRows(World& in, const std::string& prefix) {
    size_t rows = 0;
    for (const auto& [key, value] : in.memory->Table(ledger::Family::kState)) rows += AsText(key).starts_with(prefix);
    return rows;
  }
  const privacy::SubjectUnit* UnitOf(const privacy::Profile& profile, const std::string& category) const {
    for (const privacy::SubjectUnit& unit : profile.units) {
      if (unit.category == world.parts().policy->FindCategory(category)->number) return &unit;
    }
    return nullptr;
  }
  auth::Actor As(auth::Role role) const {
    auth::Actor actor = world.actor;
    actor.roles = {role};
    return actor;
  }

  HookClock clock{world.clock};
};

}  // namespace spor::service
