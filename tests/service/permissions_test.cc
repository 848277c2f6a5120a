// SPDX-License-Identifier: Apache-2.0
#include "tests/service/world_fixture.h"

// Every route that needs a session, asked by a real account of each role. The table is written down by itself.
namespace spor::service {
namespace {

using auth::Role;

struct Row {
  const char* method;
  const char* target;
  const char* body;
  // operator security-admin dpo approver auditor case-worker app-writer app-reader
  std::string_view may;
};

const std::string kKey(64, 'a');
constexpr const char* kRead = R"({"subject":"external_id:none","purpose":"newsletter","reason":"case 1"})";
constexpr const char* kSubject = R"({"subject":"external_id:none"})";
constexpr const char* kSome = R"({"user":"nobody","reason":"r"})";

const std::vector<Row>& Table() {
  static const std::string slot =
      R"({"type":"recovery","label":"x","public_key":")" + kKey + R"(","wrapped_secret":"00"})";
  static const std::vector<Row> table = {
      {"GET", "/v1/whoami", "", "xxxxxxxx"},
      {"GET", "/v1/sessions", "", "xxxxxxxx"},
      {"POST", "/v1/sessions/end", R"({"session":"0000000000000000"})", "xxxxxxxx"},
      {"POST", "/v1/sessions/end", R"({"user":"nobody"})", ".x......"},
      {"POST", "/v1/read", kRead, "x.x..x.x"},
      {"POST", "/v1/import/begin", R"({"category":"contact","columns":["external_id"]})", "x......."},
      {"POST", "/v1/import/chunk", R"({"import":"0","first_row":1,"rows":[["1"]]})", "x......."},
      {"POST", "/v1/import/end", R"({"import":"0"})", "x......."},
      {"POST", "/v1/clock/begin", R"({"action":"start","clock":"customer_relationship_ended"})", "x.x....."},
      {"POST", "/v1/clock/chunk", R"({"run":"0","first_row":1,"rows":[["1","2026-01-01"]]})", "x.x....."},
      {"POST", "/v1/clock/end", R"({"run":"0"})", "x.x....."},
      {"POST", "/v1/ingest", "{}\n", "......x."},
      {"POST", "/v1/retention/plan", "{}", "x.x.x..."},
      {"POST", "/v1/retention/run", "", "..x....."},
      {"GET", "/v1/retention/status", "", "xxxxxx.."},
      {"POST", "/v1/certificate", R"({"run":"1"})", "..x.x..."},
      {"POST", "/v1/review", R"({"from":"2026-11-24","to":"2026-11-24"})", "..x.x..."},
      {"POST", "/v1/extract", R"({"from":"2026-11-24","to":"2026-11-24","reason":"r"})", "..x.x..."},
      {"GET", "/v1/keys", "", "xxxxxx.."},
      {"POST", "/v1/keys/slots/add", slot.c_str(), ".x......"},
      {"POST", "/v1/keys/slots/remove", R"({"label":"nothing"})", ".x......"},
      {"POST", "/v1/keys/rotate", "", ".x......"},
      {"POST", "/v1/log/rotate-key", "", ".x......"},
      {"GET", "/v1/log/tile/0/000", "", "xxx.x..."},
      {"POST", "/v1/log/entry", R"({"index":1})", "xxx.x..."},
      {"POST", "/v1/log/inclusion", R"({"index":1})", "xxx.x..."},
      {"POST", "/v1/log/consistency", R"({"from":1})", "xxx.x..."},
      {"POST", "/v1/log/maps", R"({"shows":"smallest"})", "xxx.x..."},
      {"GET", "/v1/accounts", "", ".xx.x..."},
      {"POST", "/v1/accounts/show", kSome, ".xx.x..."},
      {"POST", "/v1/accounts/invite", R"({"user":"o l a","roles":["dpo"]})", ".x......"},
      {"POST", "/v1/accounts/suspend", kSome, ".x......"},
      {"POST", "/v1/accounts/resume", kSome, ".x......"},
      {"POST", "/v1/accounts/remove", kSome, ".x......"},
      {"POST", "/v1/accounts/roles", R"({"user":"nobody","add":["dpo"],"reason":"r"})", ".x......"},
      {"POST", "/v1/backups", R"({"directory":"/dev/null/x"})", "xx......"},
      {"GET", "/v1/backups/keys", "", "xxxxxx.."},
      {"POST", "/v1/backups/keys", R"({"file":"/dev/null/x","keep_until":"2020-01-01","place":"x"})", ".x......"},
      {"POST", "/v1/backups/keys/end", R"({"id":"00000000000000000000000000000000","reason":"r"})", ".x......"},
      {"POST", "/v1/holds", kSubject, "..x....."},
      {"POST", "/v1/holds/lift", kSubject, "..x....."},
      {"POST", "/v1/holds/list", kSubject, "..x....."},
      {"POST", "/v1/restrictions", kSubject, "..x....."},
      {"POST", "/v1/restrictions/lift", kSubject, "..x....."},
      {"POST", "/v1/restrictions/list", kSubject, "..x....."},
  };
  return table;
}

class PermissionsTest : public WorldTest {
 protected:
  bool IsDenied(const Row& row, const std::string& token) {
    const HttpResponse answer = world.Call(row.method, row.target, row.body, token);
    EXPECT_NE(answer.status, 401) << row.target << answer.body;
    EXPECT_EQ(answer.body.find("there is no such address"), std::string::npos) << row.target;
    return answer.status == 403 && answer.body.find("none of your roles may do") != std::string::npos;
  }
};

TEST_F(PermissionsTest, BootstrapMayDoEverything) {
  for (const Row& row : Table()) EXPECT_FALSE(IsDenied(row, world.token)) << row.target;
}

TEST_F(PermissionsTest, AnAccountOfEachRoleGetsExactlyWhatTheTableSays) {
  Result<doubles::Colleague> admin = world.Join(world.actor, "admin", {Role::kSecurityAdmin});
  ASSERT_WORKS(admin);
  for (uint8_t r = 2; r <= auth::kRoleCount; ++r) {
    const auto role = static_cast<Role>(r);
    ASSERT_WORKS(world.Login(*admin));
    const auto colleague = world.Join(admin->actor, "c" + std::to_string(r), {role});
    ASSERT_WORKS(colleague);
    for (const Row& row : Table()) {
      EXPECT_EQ(IsDenied(row, colleague->token), row.may[r - 2] != 'x') << row.target << " " << auth::RoleName(role);
    }
  }
}

TEST_F(PermissionsTest, WithoutARoleOnlyOnesOwnSessionsAreLeft) {
  ASSERT_WORKS(world.Join(world.actor, "admin", {Role::kSecurityAdmin}));
  for (const Row& row : Table()) EXPECT_EQ(IsDenied(row, world.token), row.may != "xxxxxxxx") << row.target;
}

}  // namespace
}  // namespace spor::service
