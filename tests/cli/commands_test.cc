// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

namespace spor::cli {
namespace {

using Commands = CliTest;

const std::vector<std::vector<std::string>> kAll = {{"init"},
                                                    {"serve"},
                                                    {"activate"},
                                                    {"login"},
                                                    {"logout"},
                                                    {"whoami"},
                                                    {"import"},
                                                    {"clock", "start"},
                                                    {"clock", "clear"},
                                                    {"ingest"},
                                                    {"read"},
                                                    {"retention", "plan"},
                                                    {"retention", "run"},
                                                    {"retention", "status"},
                                                    {"certificate"},
                                                    {"review"},
                                                    {"extract"},
                                                    {"trust"},
                                                    {"witness", "init"},
                                                    {"witness", "add-log"},
                                                    {"witness", "status"},
                                                    {"witness", "serve"},
                                                    {"witness", "cosign"},
                                                    {"witness", "request"},
                                                    {"witness", "accept"},
                                                    {"key", "status"},
                                                    {"key", "slot", "add"},
                                                    {"key", "slot", "remove"},
                                                    {"key", "rotate"},
                                                    {"key", "recover"},
                                                    {"backup", "create"},
                                                    {"backup", "list"},
                                                    {"backup", "verify"},
                                                    {"restore"},
                                                    {"backup", "keys", "create"},
                                                    {"backup", "keys", "list"},
                                                    {"backup", "keys", "end"},
                                                    {"verify"},
                                                    {"log", "keys"},
                                                    {"log", "rotate-key"},
                                                    {"log", "accept-loss"},
                                                    {"doctor"},
                                                    {"fsck"},
                                                    {"hold", "set"},
                                                    {"hold", "lift"},
                                                    {"hold", "list"},
                                                    {"restrict", "set"},
                                                    {"restrict", "lift"},
                                                    {"restrict", "list"},
                                                    {"account", "invite"},
                                                    {"account", "list"},
                                                    {"account", "show"},
                                                    {"account", "suspend"},
                                                    {"account", "resume"},
                                                    {"account", "remove"},
                                                    {"account", "roles"},
                                                    {"account", "recovery-codes"},
                                                    {"session", "list"},
                                                    {"session", "end"},
                                                    {"role", "matrix"}};

TEST_F(Commands, EveryOneHasHelpWithAnExampleAndJson) {
  const Ran program = Run({"--help"});
  EXPECT_EQ(program.exit, ExitCode::kDone);
  for (const std::vector<std::string>& words : kAll) {
    std::vector<std::string> with_help = words;
    with_help.push_back("--help");
    const Ran ran = Run(with_help);
    EXPECT_EQ(ran.exit, ExitCode::kDone) << words[0];
    EXPECT_NE(ran.out.find("\nExample:\n  spor " + words[0]), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("--json"), std::string::npos) << words[0];
    EXPECT_NE(program.out.find("  " + words[0]), std::string::npos) << words[0];
  }
}

TEST_F(Commands, UnknownOnesAreWrongUsage) {
  EXPECT_EQ(Run({}).exit, ExitCode::kUsage);
  EXPECT_EQ(Run({"frobnicate"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Run({"--home", "x", "whoami"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Run({"clock"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Run({"retention", "stop"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Run({"retention", "--help"}).exit, ExitCode::kDone);
  EXPECT_EQ(Run({"help", "clock", "start"}).out, Run({"clock", "start", "--help"}).out);
}

TEST_F(Commands, WantToKnowWhichService) {
  EXPECT_EQ(Run({"whoami"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Run({"init", "--policy", "p", "--origin", "o"}).exit, ExitCode::kUsage);
}

TEST_F(Commands, HomeComesFromTheEnvironmentToo) {
  Answer("/v1/whoami", R"({"user":"ida"})");
  setenv("SPOR_HOME", Home().c_str(), 1);
  EXPECT_EQ(Run({"whoami", "--session-file", Session()}).exit, ExitCode::kDone);
  unsetenv("SPOR_HOME");
  EXPECT_EQ(Run({"whoami", "--session-file", Session(), "--socket", Path("spor.sock")}).exit, ExitCode::kDone);
  EXPECT_EQ(Run({"whoami", "--session-file", Session(), "--socket", "unix:" + Path("spor.sock")}).exit,
            ExitCode::kDone);
}

TEST_F(Commands, ExitCodesFollowTheAnswer) {
  const std::vector<std::tuple<int, std::string, ExitCode>> table = {{400, "invalid_argument", ExitCode::kRefused},
                                                                     {401, "unauthenticated", ExitCode::kNotLoggedIn},
                                                                     {403, "denied", ExitCode::kRefused},
                                                                     {404, "not_found", ExitCode::kNotFound},
                                                                     {409, "conflict", ExitCode::kRefused},
                                                                     {413, "invalid_argument", ExitCode::kRefused},
                                                                     {422, "failed", ExitCode::kRefused},
                                                                     {503, "later", ExitCode::kRefused},
                                                                     {503, "io", ExitCode::kInternal},
                                                                     {500, "internal", ExitCode::kInternal},
                                                                     {500, "corrupt", ExitCode::kInternal}};
  for (const auto& [status, code, exit] : table) {
    AnswerError("/v1/whoami", status, code);
    const Ran ran = RunIn({"whoami"});
    EXPECT_EQ(ran.exit, exit) << status << " " << code;
    EXPECT_EQ(ran.out, R"({"error":{"code":")" + code + "\",\"message\":\"because\"}}\n");
    EXPECT_EQ(ran.err, "spor: because\n");
  }
}

TEST_F(Commands, AnAnswerThatIsNoJsonIsInternal) {
  Answer("/v1/whoami", "hello");
  EXPECT_EQ(RunIn({"whoami"}).exit, ExitCode::kInternal);
  Forget("/v1/whoami");
  Answer("/v1/whoami", "hello", 502);
  EXPECT_EQ(RunIn({"whoami"}).exit, ExitCode::kInternal);
}

TEST_F(Commands, NobodyThereIsUnreachable) {
  const Ran ran = RunIn({"whoami"});
  EXPECT_EQ(ran.exit, ExitCode::kUnreachable);
  EXPECT_NE(ran.out.find("\"unreachable\""), std::string::npos);
}

TEST_F(Commands, WithoutALoginTheyExitWith3) {
  for (std::vector<std::string> words :
       std::vector<std::vector<std::string>>{{"whoami"}, {"logout"}, {"retention", "run"}, {"read", "a@b.c"}}) {
    words.insert(words.end(), {"--home", Home(), "--session-file", Path("none")});
    EXPECT_EQ(Run(words).exit, ExitCode::kNotLoggedIn) << words[0];
  }
}

TEST_F(Commands, ReadSendsWhatItWasGivenAndPrintsTheAnswer) {
  Answer("/v1/read", R"({"subject":"s1","fields":{"contact":[{"email":"a@b.c"}]},"entry":7})");
  const Ran ran = RunIn({"read", "a@b.c", "--purpose", "billing", "--reason", "case 1", "--fields", "email,phone",
                         "--category", "contact"});
  EXPECT_EQ(ran.exit, ExitCode::kDone);
  EXPECT_EQ(ran.out, "{\"subject\":\"s1\",\"fields\":{\"contact\":[{\"email\":\"a@b.c\"}]},\"entry\":7}\n");
  ASSERT_EQ(seen().size(), 1u);
  EXPECT_EQ(seen()[0].token, "t0k3n");
  EXPECT_EQ(
      seen()[0].body,
      R"({"subject":"a@b.c","purpose":"billing","reason":"case 1","category":"contact","fields":["email","phone"]})");
}

TEST_F(Commands, ReadWithoutAPurposeIsForTheServiceToRefuse) {
  AnswerError("/v1/read", 403, "denied");
  EXPECT_EQ(RunIn({"read", "a@b.c", "--reason", "x"}).exit, ExitCode::kRefused);
  EXPECT_EQ(seen()[0].body, R"({"subject":"a@b.c","purpose":"","reason":"x"})");
}

TEST_F(Commands, RetentionSpeaksAsTheContractSays) {
  Answer("/v1/retention/plan", R"({"as_of":"2027-01-01","due":3,"rules":[{"rule":"r","category":"c","due":3}]})");
  Answer("/v1/retention/run", R"({"run":"17","erased":3,"anonymised":0,"held":0,"entry":9})");
  Answer("/v1/retention/status", R"({"overdue":0,"held":0,"undecided":2})");
  EXPECT_EQ(RunIn({"retention", "plan", "--as-of", "2027-01-01"}).exit, ExitCode::kDone);
  EXPECT_EQ(BodiesOf("/v1/retention/plan"), std::vector<std::string>{R"({"as_of":"2027-01-01"})"});
  EXPECT_EQ(RunIn({"retention", "plan", "--as-of", "tomorrow"}).exit, ExitCode::kUsage);
  EXPECT_EQ(RunIn({"retention", "run"}).out, "{\"run\":\"17\",\"erased\":3,\"anonymised\":0,\"held\":0,\"entry\":9}\n");
  EXPECT_EQ(RunIn({"retention", "status"}).out, "{\"overdue\":0,\"held\":0,\"undecided\":2}\n");
}

TEST_F(Commands, HoldsAndRestrictionsSendWhatTheyWereGiven) {
  for (const char* target : {"/v1/holds", "/v1/holds/lift", "/v1/holds/list", "/v1/restrictions",
                             "/v1/restrictions/lift", "/v1/restrictions/list"}) {
    Answer(target, R"({"holds":[],"entry":7})");
  }
  EXPECT_EQ(RunIn({"hold", "set", "a@b.c", "--category", "contact", "--ground", "dispute", "--reason", "case 1",
                   "--until", "2027-06-30"})
                .exit,
            ExitCode::kDone);
  EXPECT_EQ(RunIn({"hold", "lift", "a@b.c", "5f0c1a9e", "--reason", "settled"}).exit, ExitCode::kDone);
  EXPECT_EQ(RunIn({"hold", "list"}).exit, ExitCode::kDone);
  EXPECT_EQ(RunIn({"hold", "list", "a@b.c", "--ending-by", "2027-01-31"}).exit, ExitCode::kDone);
  EXPECT_EQ(RunIn({"restrict", "set", "a@b.c"}).exit, ExitCode::kDone);
  EXPECT_EQ(RunIn({"restrict", "lift", "a@b.c", "--ground", "erasure_opposed", "--reason", "r", "--informed-on",
                   "2026-11-20"})
                .exit,
            ExitCode::kDone);
  EXPECT_EQ(RunIn({"restrict", "list", "a@b.c"}).exit, ExitCode::kDone);
  const std::vector<std::string> bodies = {
      R"({"subject":"a@b.c","category":"contact","ground":"dispute","reason":"case 1","until":"2027-06-30"})",
      R"({"subject":"a@b.c","hold":"5f0c1a9e","reason":"settled"})",
      "{}",
      R"({"subject":"a@b.c","ending_by":"2027-01-31"})",
      R"({"subject":"a@b.c"})",
      R"({"subject":"a@b.c","ground":"erasure_opposed","reason":"r","informed_on":"2026-11-20"})",
      R"({"subject":"a@b.c"})"};
  ASSERT_EQ(seen().size(), bodies.size());
  for (size_t i = 0; i < bodies.size(); ++i) EXPECT_EQ(seen()[i].body, bodies[i]) << i;
  EXPECT_EQ(RunIn({"hold", "lift", "a@b.c"}).exit, ExitCode::kUsage);
}

TEST_F(Commands, AReadNamesTheGroundThatARestrictionLeaves) {
  Answer("/v1/read", R"({"subject":"s1","fields":{},"entry":7})");
  EXPECT_EQ(RunIn({"read", "a@b.c", "--purpose", "p", "--reason", "r", "--despite-restriction", "consent"}).exit,
            ExitCode::kDone);
  EXPECT_EQ(seen()[0].body, R"({"subject":"a@b.c","purpose":"p","reason":"r","despite_restriction":"consent"})");
}

TEST_F(Commands, ArtefactsAreSavedByteForByteWithHtmlBesideThem) {
  const std::string document = "{ \"report\": {\"run\": \"17\", \"units\": []},\n \"event\": {\"index\": 9} }\n";
  Answer("/v1/certificate", document);
  const Ran ran = RunIn({"certificate", "17", "--subject", "s1", "--out", Path("c.json")});
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_EQ(BodiesOf("/v1/certificate"), std::vector<std::string>{R"({"run":"17","subject":"s1"})"});
  EXPECT_EQ(Content(Path("c.json")), document);
  EXPECT_FALSE(Content(Path("c.html")).empty());
  EXPECT_EQ(ran.out,
            "{\"out\":\"" + Path("c.json") + "\",\"html\":\"" + Path("c.html") + "\",\"run\":\"17\",\"entry\":9}\n");
  const auto mode = std::filesystem::status(Path("c.json")).permissions();
  EXPECT_EQ(mode & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Commands, AFailedArtefactLeavesTheOldFileAlone) {
  File("r.json", "old");
  AnswerError("/v1/review", 404, "not_found");
  const std::vector<std::string> words = {"review",     "--from", "2026-01-01",   "--to",
                                          "2026-12-31", "--out",  Path("r.json"), "--force"};
  EXPECT_EQ(RunIn(words).exit, ExitCode::kNotFound);
  EXPECT_EQ(Content(Path("r.json")), "old");
  EXPECT_FALSE(std::filesystem::exists(Path("r.html")));
  EXPECT_EQ(RunIn({"review", "--from", "2026-02-30", "--to", "2026-12-31", "--out", Path("r.json")}).exit,
            ExitCode::kUsage);
}

// Before anything is made, because making it is an event.
TEST_F(Commands, AFileThatExistsIsOverwrittenByForceAlone) {
  Answer("/v1/trust", "{}");
  Answer("/v1/review", "{}");
  const std::vector<std::string> trust = {"trust", "--home", Home(), "--out", File("t.json", "old")};
  EXPECT_EQ(Run(trust).exit, ExitCode::kRefused);
  EXPECT_EQ(Content(Path("t.json")), "old");
  const std::vector<std::string> review = {"review", "--from", "2026-01-01", "--to", "2026-12-31"};
  const auto review_to = [&](const std::string& path) {
    std::vector<std::string> words = review;
    words.insert(words.end(), {"--out", path});
    return RunIn(words).exit;
  };
  File("r.html", "old page");
  EXPECT_EQ(review_to(Path("r.json")), ExitCode::kRefused);
  std::filesystem::create_symlink(Path("t.json"), Path("link.json"));
  EXPECT_EQ(review_to(Path("link.json")), ExitCode::kRefused);
  EXPECT_EQ(review_to("/dev/null"), ExitCode::kRefused);
  EXPECT_TRUE(seen().empty());
  std::vector<std::string> forced = trust;
  forced.push_back("--force");
  EXPECT_EQ(Run(forced).exit, ExitCode::kDone);
  EXPECT_EQ(Content(Path("t.json")), "{}");
  EXPECT_EQ(review_to(Path("new.json")), ExitCode::kDone);
}

TEST_F(Commands, AFolderThatIsMissingRefusesTheArtefact) {
  Answer("/v1/extract", "{}");
  EXPECT_EQ(
      RunIn({"extract", "--from", "2026-01-01", "--to", "2026-12-31", "--reason", "r", "--out", Path("none/e.json")})
          .exit,
      ExitCode::kRefused);
}

TEST_F(Commands, AFailedWriteLeavesNothingBehind) {
  Answer("/v1/trust", "{}");
  std::filesystem::create_directories(Path("folder/t.json"));
  EXPECT_EQ(Run({"trust", "--out", Path("folder/t.json"), "--home", Home()}).exit, ExitCode::kRefused);
  const std::filesystem::directory_iterator files(Path("folder"));
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(Commands, TrustNeedsNoLogin) {
  Answer("/v1/trust", R"({"origin":"x"})");
  const Ran ran = Run({"trust", "--out", Path("t.json"), "--home", Home(), "--json"});
  EXPECT_EQ(ran.exit, ExitCode::kDone);
  EXPECT_NE(ran.out.find("\"fingerprint\":\""), std::string::npos);
  EXPECT_EQ(Content(Path("t.json")), R"({"origin":"x"})");
  EXPECT_EQ(seen()[0].token, "");
}

TEST_F(Commands, ListenTakesUnixSocketsOnly) {
  EXPECT_EQ(Run({"serve", "--home", Home(), "--listen", "tcp:1"}).exit, ExitCode::kUsage);
}

}  // namespace
}  // namespace spor::cli
