// SPDX-License-Identifier: Apache-2.0
// The commands on the log, against the service itself below a socket.
#include "tests/cli/cli_fixture.h"
#include "tests/doubles/world.h"
#include "tools/cli/version.h"

namespace spor::cli {
namespace {

using doubles::World;

class LogCommandsTest : public CliTest {
 protected:
  LogCommandsTest() : world_(Path("world")) { std::filesystem::create_directory(Path("world")); }
  void SetUp() override {
    ASSERT_TRUE(world_.Begin().ok());
    ASSERT_TRUE(world_
                    .Import("contact", {"external_id", "first_name", "last_name", "email", "phone"},
                            {{"1", "Kari", "Hansen", "kari@example.no", "900"}})
                    .ok());
    const auto read = world_.Read("external_id:1", "product_access");
    ASSERT_TRUE(read.ok()) << read.error().message();
    read_ = std::to_string(read->entry);
    ASSERT_TRUE(world_.ledger().Publish().ok());
    api_ = std::make_unique<service::Api>(world_.home());
    service::HttpServerOptions options;
    options.socket_path = Path("spor.sock");
    auto started = service::HttpServer::Start(options, [this](service::HttpRequest& request) {
      request.peer_uid = World::kUid;
      return api_->Handle(request);
    });
    ASSERT_TRUE(started.ok());
    server_ = std::move(*started);
    std::filesystem::remove(Path("session"));
    File("session", world_.token);
    std::filesystem::permissions(Path("session"), std::filesystem::perms::owner_read);
    trust_ = Path("trust.json");
    ASSERT_EQ(Run({"trust", "--out", trust_, "--home", Home()}).exit, ExitCode::kDone);
  }
  void TearDown() override { server_.reset(); }

  Ran Log(std::vector<std::string> words) {
    words.insert(words.begin(), "log");
    words.insert(words.end(), {"--home", Home(), "--session-file", Path("session")});
    return Run(words);
  }
  Ran LogJson(std::vector<std::string> words) {
    words.push_back("--json");
    return Log(std::move(words));
  }
  Ran VerifyFile(const std::string& path) { return Run({"verify", path, "--trust", trust_}); }
  static privacy::JsonValue Json(const Ran& ran) {
    Result<privacy::JsonValue> json = privacy::ParseJson(ran.out);
    EXPECT_TRUE(json.ok()) << ran.out << ran.err;
    return json.ok() ? std::move(*json) : privacy::JsonValue();
  }

  World world_;
  std::unique_ptr<service::Api> api_;
  std::unique_ptr<service::HttpServer> server_;
  std::string read_;
  std::string trust_;
};

TEST_F(LogCommandsTest, CheckpointIsPrintedOrWritten) {
  const std::string note = world_.ledger().Checkpoint();
  EXPECT_EQ(Run({"log", "checkpoint", "--home", Home()}).out, note);
  EXPECT_EQ(*Json(Run({"log", "checkpoint", "--home", Home(), "--json"})).GetString("checkpoint"), note);
  const std::vector<std::string> write = {"log", "checkpoint", "--home", Home(), "--out", Path("c")};
  EXPECT_EQ(Run(write).exit, ExitCode::kDone);
  EXPECT_EQ(Content(Path("c")), note);
  EXPECT_EQ(Run(write).exit, ExitCode::kRefused);
}

TEST_F(LogCommandsTest, EntryIsToldInWordsAndWrittenAsItIs) {
  const Ran told = Log({"entry", "0", "--raw", Path("entry.bin")});
  EXPECT_EQ(told.exit, ExitCode::kDone) << told.err;
  EXPECT_NE(told.out.find("kind:       genesis"), std::string::npos) << told.out;
  EXPECT_EQ(told.out.find("entry:"), std::string::npos);
  EXPECT_EQ(Content(Path("entry.bin")), AsText(*world_.ledger().reader().EntryBytes(0)));
  EXPECT_EQ(*Json(LogJson({"entry", "0"})).GetString("entry"), Base64Encode(*world_.ledger().reader().EntryBytes(0)));
  EXPECT_EQ(Log({"entry", "123456"}).exit, ExitCode::kNotFound);
  for (const char* wrong : {"-1", "x", "1x", "", "99999999999999999999"}) {
    EXPECT_EQ(Log({"entry", wrong}).exit, ExitCode::kUsage) << wrong;
  }
}

TEST_F(LogCommandsTest, ReceiptsVerifyAndShowWhatTheyOpen) {
  EXPECT_EQ(Log({"receipt", read_}).out.substr(0, 23), "c2sp.org/tlog-proof@v1\n");
  ASSERT_EQ(Log({"receipt", read_, "--out", Path("closed")}).exit, ExitCode::kDone);
  const Ran closed = VerifyFile(Path("closed"));
  EXPECT_EQ(closed.exit, ExitCode::kDone) << closed.out;
  EXPECT_NE(closed.out.find("It says:"), std::string::npos);
  EXPECT_EQ(closed.out.find("product_access"), std::string::npos);
  const Ran opening =
      Log({"receipt", read_, "--open", "--reason", "case 1", "--subject", "external_id:1", "--out", Path("opened")});
  ASSERT_EQ(opening.exit, ExitCode::kDone) << opening.err;
  const Ran opened = VerifyFile(Path("opened"));
  EXPECT_EQ(opened.exit, ExitCode::kDone) << opened.out;
  EXPECT_NE(opened.out.find("product_access"), std::string::npos) << opened.out;
  const auto mode = std::filesystem::status(Path("opened")).permissions();
  EXPECT_EQ(mode & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::string damaged = Content(Path("opened"));
  damaged[damaged.size() / 2] ^= 1;
  const Ran failed = VerifyFile(File("damaged", damaged));
  EXPECT_EQ(failed.exit, ExitCode::kRefused);
  EXPECT_EQ(failed.out.find("It says:"), std::string::npos);
  EXPECT_EQ(Log({"receipt", read_, "--open"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Log({"receipt", read_, "--reason", "case 1"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Log({"receipt", "0", "--open", "--reason", "case 1"}).exit, ExitCode::kNotFound);
}

TEST_F(LogCommandsTest, EveryProofSaysWhatItShowsAndVerifiesWhenWritten) {
  const std::string unit = HexEncode(world_.ProfileOf("external_id:1")->identity);
  const std::vector<std::vector<std::string>> questions = {
      {"prove", read_},
      {"prove", "--from", "5"},
      {"prove", "--from", "3", "--to", "6"},
      {"prove", "--unit", unit},
      {"prove", "--unit", "00112233445566778899aabbccddeeff"},
      {"prove", "--smallest"},
      {"prove", "--due-by", "2040-12-31"},
  };
  int n = 0;
  for (const std::vector<std::string>& question : questions) {
    const Ran told = Log(question);
    EXPECT_EQ(told.exit, ExitCode::kDone) << told.err;
    EXPECT_EQ(told.out.substr(0, 6), "Shows ") << told.out;
    EXPECT_TRUE(Json(LogJson(question)).is_object());
    std::vector<std::string> written = question;
    const std::string file = Path("proof" + std::to_string(n++));
    written.insert(written.end(), {"--out", file});
    EXPECT_EQ(Log(written).exit, ExitCode::kDone);
    EXPECT_EQ(VerifyFile(file).exit, ExitCode::kDone) << VerifyFile(file).out;
  }
  EXPECT_NE(Log({"prove", read_, "--size", read_}).exit, ExitCode::kDone);
  EXPECT_EQ(Log({"prove", "3", "--size", "5"}).exit, ExitCode::kDone);
}

TEST_F(LogCommandsTest, ProveWantsOneQuestion) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"prove"},
                                             {"prove", "3", "--smallest"},
                                             {"prove", "--smallest", "--size", "3"},
                                             {"prove", "--to", "3"},
                                             {"prove", "--due-by", "2026-13-01"},
                                             {"prove", "3", "--size", "5", "--out", "x"},
                                             {"prove", "3", "4"}}) {
    EXPECT_EQ(Log(words).exit, ExitCode::kUsage) << words.back();
  }
}

TEST_F(LogCommandsTest, ExportWritesTheTreeAndGoesOn) {
  const std::string directory = Path("tree");
  const privacy::JsonValue first = Json(LogJson({"export", directory, "--trust", trust_}));
  EXPECT_EQ(Content(directory + "/checkpoint"), world_.ledger().Checkpoint());
  EXPECT_GT(*first.GetInt("files_written"), 0);
  EXPECT_EQ(std::filesystem::status(directory).permissions(), std::filesystem::perms::owner_all);
  ASSERT_TRUE(world_.Read("external_id:1", "product_access").ok());
  ASSERT_TRUE(world_.ledger().Publish().ok());
  const privacy::JsonValue second = Json(LogJson({"export", directory}));
  EXPECT_GT(*second.GetInt("entries"), *first.GetInt("entries"));
  EXPECT_EQ(*second.GetInt("entries_before"), *first.GetInt("entries"));
  EXPECT_EQ(Content(directory + "/checkpoint"), world_.ledger().Checkpoint());
  EXPECT_EQ(Log({"export", Home()}).exit, ExitCode::kRefused);
}

// The trust file is from before: the checkpoint's key is one that the pinned key endorsed.
TEST_F(LogCommandsTest, ExportFollowsAChangeOfTheLogsKey) {
  ASSERT_EQ(Log({"rotate-key"}).exit, ExitCode::kDone);
  const Ran ran = Log({"export", Path("tree"), "--trust", trust_});
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_EQ(Content(Path("tree/checkpoint")), world_.ledger().Checkpoint());
  EXPECT_EQ(Log({"prove", "--smallest", "--out", Path("p")}).exit, ExitCode::kDone);
  EXPECT_EQ(VerifyFile(Path("p")).exit, ExitCode::kDone) << VerifyFile(Path("p")).out;
}

TEST_F(LogCommandsTest, ExportBelievesTheTrustFileAndNotTheService) {
  World other(Path("other"));
  std::filesystem::create_directory(Path("other"));
  ASSERT_TRUE(other.Begin().ok());
  const std::string trust = File("other.json", other.Call("GET", "/v1/trust", "", "").body);
  EXPECT_EQ(Log({"export", Path("tree"), "--trust", trust}).exit, ExitCode::kRefused);
  EXPECT_FALSE(std::filesystem::exists(Path("tree")));
}

TEST_F(LogCommandsTest, WithoutALoginOnlyTheCheckpointIsGiven) {
  std::filesystem::remove(Path("session"));
  EXPECT_EQ(Log({"entry", "0"}).exit, ExitCode::kNotLoggedIn);
  EXPECT_EQ(Log({"receipt", "0"}).exit, ExitCode::kNotLoggedIn);
  EXPECT_EQ(Log({"prove", "0"}).exit, ExitCode::kNotLoggedIn);
  EXPECT_EQ(Log({"export", Path("tree")}).exit, ExitCode::kNotLoggedIn);
  EXPECT_EQ(Run({"log", "checkpoint", "--home", Home()}).exit, ExitCode::kDone);
}

TEST_F(CliTest, VersionIsThatOfTheBuild) {
  EXPECT_EQ(Run({"--version"}).out, "spor " + std::string(Version()) + "\n");
  EXPECT_EQ(Run({"--version", "--json"}).out, "{\"version\":\"" + std::string(Version()) + "\"}\n");
  EXPECT_NE(Version().find('.'), std::string_view::npos);
}

}  // namespace
}  // namespace spor::cli
