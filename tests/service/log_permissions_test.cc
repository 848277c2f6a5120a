// SPDX-License-Identifier: Apache-2.0
#include "auth/account.h"
#include "ledger/checkpoint.h"
#include "tests/service/world_fixture.h"

// Who may use the routes of the log, by the roles of a stored account; and which routes ask nobody.
namespace spor::service {
namespace {

using auth::Role;
using ledger::Family;

struct LogRoute {
  const char* method;
  std::string target;
  const char* body;
  const char* action;  // that a refusal is recorded under
  std::vector<Role> may;
};

class LogPermissionsTest : public WorldTest {
 protected:
  // The only account gets other roles, as a stored row says them: nothing in the service gives them yet.
  void GiveRoles(const std::vector<Role>& roles) {
    Bytes row_key;
    Bytes row;
    for (const auto& [key, value] : world.memory->Table(Family::kAccount)) {
      if (key.at(0) == 'a') row_key = key, row = value;
    }
    ASSERT_EQ(row_key.size(), 1 + 2 * sizeof(Id16));
    const Hash32 ledger_id = world.parts().vault->ledger_id();
    const ledger::UnitId unit = *ToId16(ByteView(row_key).last(sizeof(Id16)));
    const Result<ledger::UnitKey> key = world.parts().vault->keys().OpenUnit(unit);
    ASSERT_WORKS(key);
    Result<auth::Account> account = auth::OpenAccountRow(ledger_id, row_key, *key, row);
    ASSERT_WORKS(account);
    account->roles = roles;
    ledger::Batch batch;
    auth::PutAccountRow(ledger_id, *account, batch);
    world.Close();
    ASSERT_WORKS(world.memory->Write(batch, ledger::Durability::kSynced));
    ASSERT_WORKS(world.Open());
  }
  std::vector<LogRoute> Routes() {
    const std::vector<Role> readers = {Role::kBootstrap, Role::kOperator, Role::kSecurityAdmin, Role::kDpo,
                                       Role::kAuditor};
    const std::vector<Role> extractors = {Role::kBootstrap, Role::kDpo, Role::kAuditor};
    const std::string size = std::to_string(world.ledger().size());
    return {
        {"GET", "/v1/log/tile/entries/000.p/" + size, "", "log", readers},
        {"POST", "/v1/log/entry", R"({"index":0})", "log", readers},
        {"POST", "/v1/log/inclusion", R"({"index":0})", "log", readers},
        {"POST", "/v1/log/consistency", R"({"from":1})", "log", readers},
        {"POST", "/v1/log/maps", R"({"shows":"smallest"})", "log", readers},
        {"POST", "/v1/log/receipt", R"({"index":0,"open":false})", "log", readers},
        {"POST", "/v1/log/receipt", R"({"index":6,"open":true,"reason":"r"})", "extract", extractors},
        {"POST", "/v1/log/rotate-key", "", "rotate_log_key", {Role::kBootstrap, Role::kSecurityAdmin}},
    };
  }
};

TEST_F(LogPermissionsTest, EachRoleGetsWhatTheTableSaysAndARefusalIsAnEvent) {
  ASSERT_WORKS(world.Import("contact", kContactColumns, {ContactRow("1")}));
  for (uint8_t number = 0; number <= static_cast<uint8_t>(Role::kAppReader); ++number) {
    const Role role = static_cast<Role>(number);
    SCOPED_TRACE(number == 0 ? "no role" : auth::RoleName(role));
    world.clock.Advance(60);  // refusals are limited by the minute
    GiveRoles(number == 0 ? std::vector<Role>{} : std::vector<Role>{role});
    if (HasFatalFailure()) return;
    ASSERT_WORKS(world.ledger().Publish());
    for (const LogRoute& route : Routes()) {
      SCOPED_TRACE(route.target + " " + route.body);
      const bool may = std::find(route.may.begin(), route.may.end(), role) != route.may.end();
      const size_t refused = Refusals(route.action, "role");
      const size_t keys = world.ledger().keys().keys().size();
      const HttpResponse answer = world.Call(route.method, route.target, route.body, world.token);
      EXPECT_EQ(answer.status, may ? 200 : 403) << answer.body.substr(0, 300);
      EXPECT_EQ(Refusals(route.action, "role"), refused + (may ? 0 : 1));
      EXPECT_TRUE(may || world.ledger().keys().keys().size() == keys);
    }
  }
}

// What these give is for everybody: public keys, a signed checkpoint, and what witnesses need and answer.
TEST_F(LogPermissionsTest, RoutesThatAskNobody) {
  GiveRoles({});
  for (const auto& [method, target, body] :
       std::vector<std::array<std::string, 3>>{{"GET", "/v1/trust", ""},
                                               {"GET", "/v1/log/keys", ""},
                                               {"GET", "/v1/log/checkpoint", ""},
                                               {"POST", "/v1/witness/request", R"({"witness":"nobody"})"},
                                               {"POST", "/v1/witness/accept", "\xe2\x80\x94 nobody AAAA\n"},
                                               {"GET", "/v1/witness/status", ""}}) {
    const int wanted = target.starts_with("/v1/witness/") ? 404 : 200;  // no witnesses are set up here
    for (const std::string& token : {std::string(), std::string("wrong"), world.token}) {
      EXPECT_EQ(world.Call(method, target, body, token).status, wanted) << target;
    }
  }
}

}  // namespace
}  // namespace spor::service
