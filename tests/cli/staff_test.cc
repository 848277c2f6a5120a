// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

namespace spor::cli {
namespace {

using Staff = CliTest;

TEST_F(Staff, InviteSendsEachRoleAndShowsTheCode) {
  Answer("/v1/accounts/invite", R"({"activation_code":"AAAA-BBBB","account":{"user":"kari"}})");
  const Ran ran = RunIn({"account", "invite", "kari", "--role", "dpo", "--role", "operator"});
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_EQ(BodiesOf("/v1/accounts/invite")[0], R"({"user":"kari","roles":["dpo","operator"]})");
  EXPECT_EQ(ran.out, "{\"activation_code\":\"AAAA-BBBB\",\"account\":{\"user\":\"kari\"}}\n");
}

TEST_F(Staff, InviteSaysHowLongTheCodeWorksAndWhatToDoWithIt) {
  Answer("/v1/accounts/invite", R"({"activation_code":"AAAA-BBBB","account":{"user":"kari"}})");
  const Ran ran = Run({"account", "invite", "kari", "--role", "dpo", "--home", Home(), "--session-file", Session()});
  EXPECT_NE(ran.out.find("AAAA-BBBB"), std::string::npos);
  EXPECT_NE(ran.err.find("7 days"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("spor activate kari"), std::string::npos) << ran.err;
}

TEST_F(Staff, ChangesSendTheirReason) {
  for (const std::string what : {"suspend", "resume", "remove"}) {
    Answer("/v1/accounts/" + what, R"({"user":"kari"})");
    EXPECT_EQ(RunIn({"account", what, "kari", "--reason", "on leave"}).exit, ExitCode::kDone);
    EXPECT_EQ(BodiesOf("/v1/accounts/" + what)[0], R"({"user":"kari","reason":"on leave"})");
    EXPECT_EQ(RunIn({"account", what, "kari"}).exit, ExitCode::kUsage);
  }
  Answer("/v1/accounts/roles", R"({"user":"kari"})");
  EXPECT_EQ(RunIn({"account", "roles", "kari", "--add", "dpo", "--remove", "operator", "--add", "case-worker",
                   "--reason", "r"})
                .exit,
            ExitCode::kDone);
  EXPECT_EQ(BodiesOf("/v1/accounts/roles")[0],
            R"({"user":"kari","reason":"r","add":["dpo","case-worker"],"remove":["operator"]})");
  EXPECT_EQ(RunIn({"account", "roles", "kari", "--reason", "r"}).exit, ExitCode::kUsage);
}

TEST_F(Staff, ListsAndShows) {
  Answer("/v1/accounts", R"({"accounts":[{"user":"ida","roles":["dpo"]},{"user":"ola","roles":[]}]})");
  Answer("/v1/accounts/show", R"({"user":"ida"})");
  Answer("/v1/sessions", R"({"sessions":[]})");
  EXPECT_EQ(RunIn({"account", "list"}).exit, ExitCode::kDone);
  EXPECT_EQ(RunIn({"account", "show", "ida"}).out, "{\"user\":\"ida\"}\n");
  EXPECT_EQ(RunIn({"session", "list"}).exit, ExitCode::kDone);
}

TEST_F(Staff, EndsOneSessionOrAllOfSomebodys) {
  Answer("/v1/sessions/end", R"({"ended":1})");
  EXPECT_EQ(RunIn({"session", "end", "3f2a90c11d08b7e4"}).exit, ExitCode::kDone);
  EXPECT_EQ(RunIn({"session", "end", "--user", "kari"}).exit, ExitCode::kDone);
  EXPECT_EQ(BodiesOf("/v1/sessions/end"),
            (std::vector<std::string>{R"({"session":"3f2a90c11d08b7e4"})", R"({"user":"kari"})"}));
  EXPECT_EQ(RunIn({"session", "end"}).exit, ExitCode::kUsage);
  EXPECT_EQ(RunIn({"session", "end", "3f2a90c11d08b7e4", "--user", "kari"}).exit, ExitCode::kUsage);
}

TEST_F(Staff, TheMatrixHasEveryRoleAndActionAndWhatExcludesWhat) {
  const Ran text = Run({"role", "matrix"});
  EXPECT_EQ(text.exit, ExitCode::kDone);
  EXPECT_NE(text.out.find("3 security-admin"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("\nretention_run    x . . x . . . . .\n"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("dpo and any of bootstrap, security-admin, approver"), std::string::npos) << text.out;
  const Ran json = Run({"role", "matrix", "--json"});
  const auto parsed = privacy::ParseJson(json.out, {});
  ASSERT_TRUE(parsed.ok()) << json.out;
  EXPECT_EQ(parsed->Find("roles")->array().size(), 9u);
  EXPECT_NE(json.out.find(R"({"role":"app-writer","may":["ingest"],"excludes":[{"role":"bootstrap","why":)"),
            std::string::npos)
      << json.out;
}

TEST_F(Staff, HelpSaysWhatMatters) {
  for (const std::string command :
       {"account invite", "account list", "account show", "account suspend", "account resume", "account remove",
        "account roles", "session list", "session end", "role matrix"}) {
    const size_t space = command.find(' ');
    const Ran ran = Run({command.substr(0, space), command.substr(space + 1), "--help"});
    EXPECT_EQ(ran.exit, ExitCode::kDone) << command;
    EXPECT_NE(ran.out.find("Example:\n  spor " + command), std::string::npos) << ran.out;
  }
  EXPECT_NE(Run({"account", "invite", "--help"}).out.find("7 days"), std::string::npos);
}

}  // namespace
}  // namespace spor::cli
