// SPDX-License-Identifier: Apache-2.0
#include "tools/service/log_key.h"

#include "ledger/anchor_check.h"
#include "tests/service/world_fixture.h"
#include "vault/key_rows.h"

namespace spor::service {
namespace {

using ledger::Family;
using vault::ServiceKey;

class LogKeyTest : public WorldTest {
 protected:
  HttpResponse Rotate() { return world.Call("POST", "/v1/log/rotate-key", "", world.token); }
  static privacy::JsonValue Parsed(const std::string& json) {
    Result<privacy::JsonValue> value = privacy::ParseJson(json);
    CHECK(value.ok());
    return std::move(*value);
  }
  // Rows of the vault that hold a log key, the next one included.
  static std::vector<Bytes> LogKeyRows(doubles::MemoryStore& store) {
    std::vector<Bytes> rows;
    for (const auto& [key, value] : store.Table(Family::kKey)) {
      for (const ServiceKey service : {ServiceKey::kLogSigning, ServiceKey::kNextLogSigning}) {
        const Bytes prefix = vault::ServicePrefix(service);
        if (key.size() == prefix.size() + 4 && std::equal(prefix.begin(), prefix.end(), key.begin()))
          rows.push_back(value);
      }
    }
    return rows;
  }
};

TEST_F(LogKeyTest, TheOldKeyEndorsesTheNewOneAndIsGone) {
  const ledger::LogKeys before = world.ledger().keys();
  const std::vector<Bytes> old_rows = LogKeyRows(*world.memory);
  const HttpResponse answer = Rotate();
  ASSERT_EQ(answer.status, 200) << answer.body;
  const ledger::LogKeys after = world.ledger().keys();
  ASSERT_EQ(after.keys().size(), 2u);
  EXPECT_EQ(after.keys()[0].vkey.key, before.keys()[0].vkey.key);
  EXPECT_EQ(*Parsed(answer.body).GetString("log_vkey"), FormatVerifierKey(after.keys()[1].vkey));
  const std::vector<Bytes> new_rows = LogKeyRows(*world.memory);
  ASSERT_EQ(new_rows.size(), 1u);
  EXPECT_NE(new_rows, old_rows);
  EXPECT_EQ((*world.parts().vault->LogSigner())->public_key(), after.keys()[1].vkey.key);
  // Everything goes on, also after a start.
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  ASSERT_WORKS(world.ledger().Publish());
  EXPECT_TRUE(ledger::OpenCheckpoint(world.ledger().Checkpoint(), after.keys()[1].vkey).ok());
  ASSERT_WORKS(world.Open());
  ASSERT_EQ(Rotate().status, 200);
  EXPECT_EQ(world.ledger().keys().keys().size(), 3u);
}

TEST_F(LogKeyTest, ItIsAnEventOfItsOwnBatch) {
  ASSERT_EQ(Rotate().status, 200);
  const std::vector<SeenSection> seen = world.AuditSections("rotate_log_key", "done");
  ASSERT_EQ(seen.size(), 1u);
  const ledger::LogKeys keys = world.ledger().keys();
  EXPECT_EQ(seen[0].entry + 1, keys.origins()[0].endorsements[0]);
  EXPECT_EQ(seen[0]["old_vkey"], FormatVerifierKey(keys.keys()[0].vkey));
}

TEST_F(LogKeyTest, NeedsASessionThatMay) {
  EXPECT_EQ(world.Call("POST", "/v1/log/rotate-key", "", "nobody").status, 401);
  auth::Actor auditor = world.actor;
  auditor.roles = {auth::Role::kAuditor};
  EXPECT_CODE(kDenied, RotateLogKey(world.parts(), auditor));
  EXPECT_EQ(Refusals("rotate_log_key", "role"), 1u);
  EXPECT_EQ(world.ledger().keys().keys().size(), 1u);
}

TEST_F(LogKeyTest, AnybodyMaySeeThePublicKeys) {
  ASSERT_EQ(Rotate().status, 200);
  const HttpResponse answer = world.Call("GET", "/v1/log/keys", "", "");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const privacy::JsonValue keys = Parsed(answer.body);
  EXPECT_EQ(*keys.GetString("origin"), World::kOrigin);
  EXPECT_EQ(*keys.GetString("ledger_id"), HexEncode(world.parts().vault->ledger_id()));
  EXPECT_EQ(keys.GetArray("keys")->size(), 2u);
  EXPECT_EQ(*(*keys.GetArray("keys"))[0].GetInt("first_size"), 1);
  ASSERT_EQ(keys.GetArray("origins")->size(), 1u);
  EXPECT_TRUE((*keys.GetArray("origins"))[0].Find("closed")->is_null());
}

TEST_F(LogKeyTest, AnErasureKeepsTheNewKey) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  ASSERT_WORKS(world.StartClock("customer_relationship_ended", {{"1", "2026-01-31"}}));
  ASSERT_EQ(Rotate().status, 200);
  ASSERT_EQ(world.Run()->erased, 2u);
  ASSERT_WORKS(world.Open());
  EXPECT_EQ((*world.parts().vault->LogSigner())->public_key(), world.ledger().keys().keys()[1].vkey.key);
  EXPECT_EQ(LogKeyRows(*world.memory).size(), 1u);
}

// Killed between the endorsement and the deletion of the old secret, the vault holds both; an erasure waits.
TEST_F(LogKeyTest, NoErasureWhileTwoKeysAreThere) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  ASSERT_WORKS(world.StartClock("customer_relationship_ended", {{"1", "2026-01-31"}}));
  ledger::Proposal rows;
  world.parts().vault->keys().AddNextLogKey(SigningKey::Random(), rows.writes);
  ASSERT_WORKS(world.ledger().Submit(std::move(rows)));
  EXPECT_CODE(kLater, world.Run());
  ledger::Proposal drop;
  drop.writes.Delete(Family::kKey, vault::ServiceRow(ServiceKey::kNextLogSigning, 1));
  ASSERT_WORKS(world.ledger().Submit(std::move(drop)));
  EXPECT_EQ(world.Run()->erased, 2u);
}

class LogKeyFaults : public LogKeyTest, public ::testing::WithParamInterface<doubles::FaultStore::How> {};

// Every call of the store fails in turn: after the next start there is the old key or the finished rotation, one
// secret, and a log that goes on.
TEST_P(LogKeyFaults, EveryCallOfARotation) {
  doubles::TempDir dir;
  world.Close();
  bool untouched = false;
  size_t finished_late = 0;
  for (uint64_t n = 1; !untouched; ++n) {
    ASSERT_LT(n, 100u);
    SCOPED_TRACE("call " + std::to_string(n));
    const std::unique_ptr<World> run = world.CrashCopy(dir / ("run" + std::to_string(n)));
    run->token = world.token;
    ASSERT_WORKS(run->Open());
    run->fault->FailAt(n, GetParam());
    const HttpResponse answer = run->Call("POST", "/v1/log/rotate-key", "", run->token);
    untouched = !run->fault->has_failed();
    ASSERT_EQ(answer.status == 200, untouched) << answer.body;
    run->Close();
    run->fault->FailAt(0, GetParam());
    EXPECT_EQ(run->Damage(), "");
    ASSERT_WORKS(run->Open());
    const ledger::LogKeys keys = run->ledger().keys();
    EXPECT_TRUE(keys.keys().size() == 2 || !untouched);
    finished_late += !untouched && keys.keys().size() == 2;
    EXPECT_EQ(LogKeyRows(*run->memory).size(), 1u);
    EXPECT_EQ((*run->parts().vault->LogSigner())->public_key(), keys.keys().back().vkey.key);
    ASSERT_WORKS(run->Login());
    ASSERT_WORKS(run->ledger().Publish());
    EXPECT_TRUE(keys.Open(run->ledger().Checkpoint()).ok());
    run->Close();
    EXPECT_EQ(run->Damage(), "");
    if (HasFailure()) break;
  }
  EXPECT_GT(finished_late, 0u) << "some failures come after the endorsement is durable";
  ASSERT_WORKS(world.Open());
}

INSTANTIATE_TEST_SUITE_P(Both, LogKeyFaults,
                         ::testing::Values(doubles::FaultStore::How::kNotPersisted,
                                           doubles::FaultStore::How::kPersisted),
                         [](const auto& how) {
                           return how.param == doubles::FaultStore::How::kPersisted ? "Persisted" : "NotPersisted";
                         });

}  // namespace
}  // namespace spor::service
