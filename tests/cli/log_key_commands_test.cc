// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/wait.h>

#include "crypto/files.h"
#include "tests/cli/cli_fixture.h"
#include "tests/doubles/world.h"

namespace spor::cli {
namespace {

using LogKeyCommandsTest = CliTest;

TEST_F(LogKeyCommandsTest, KeysNeedNoLoginAndRotationDoes) {
  Answer("/v1/log/keys", R"({"origin":"a.example/log"})");
  Answer("/v1/log/rotate-key", R"({"origin":"a.example/log"})");
  const Ran keys = Run({"log", "keys", "--home", Home(), "--json"});
  EXPECT_EQ(keys.exit, ExitCode::kDone);
  EXPECT_EQ(keys.out, "{\"origin\":\"a.example/log\"}\n");
  EXPECT_EQ(RunIn({"log", "rotate-key"}).exit, ExitCode::kDone);
  EXPECT_EQ(seen().back().token, "t0k3n");
  EXPECT_NE(Run({"log", "rotate-key", "--home", Home(), "--session-file", Path("none")}).exit, ExitCode::kDone);
}

TEST_F(LogKeyCommandsTest, AWitnessPolicyThatIsNoneWritesNoTrustFile) {
  Answer("/v1/trust", "{}");
  const std::string policy = File("policy", "quorum none\n");
  EXPECT_EQ(Run({"trust", "--home", Home(), "--out", Path("t.json"), "--witness-policy", policy}).exit,
            ExitCode::kRefused);
  EXPECT_FALSE(std::filesystem::exists(Path("t.json")));
}

// ---- the program itself, on a home that lost its newest entries ----

class AcceptLossProgram : public ::testing::Test {
 protected:
  AcceptLossProgram() : world_(dir_.path(), doubles::World::Disk::kRocks) {}
  void SetUp() override {
    Must(world_.Begin());
    Must(world_.ledger().Publish().status());
    trust_ = world_.Call("GET", "/v1/trust", "", "").body;
    world_.Close();
    std::filesystem::copy(Home() + "/db", dir_ / "older", std::filesystem::copy_options::recursive);
    Must(world_.Open());
    Must(world_.Login());
    Must(world_.ledger().Publish().status());
    world_.Close();
  }
  static void Must(const Status& status) { ASSERT_TRUE(status.ok()) << status.message(); }
  std::string Home() const { return world_.places().home; }
  void Truncate() {
    std::filesystem::remove_all(Home() + "/db");
    std::filesystem::copy(dir_ / "older", Home() + "/db", std::filesystem::copy_options::recursive);
  }

  struct Ended {
    int exit = -1;
    std::string out;
    std::string err;
  };
  // Runs the program; `input` is what somebody types at its terminal, or nothing for no terminal.
  Ended Spor(std::vector<std::string> words, const std::optional<std::string>& typed = {}) {
    const std::string out = dir_ / "out";
    const std::string err = dir_ / "err";
    int terminal = -1;
    if (typed) {
      terminal = posix_openpt(O_RDWR | O_NOCTTY);
      EXPECT_TRUE(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
      EXPECT_EQ(write(terminal, typed->data(), typed->size()), static_cast<ssize_t>(typed->size()));
    }
    const std::string tty = typed ? ptsname(terminal) : "/dev/null";
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> argv;
      std::string program = doubles::ProgramPath();
      argv.push_back(program.data());
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      dup2(open(tty.c_str(), O_RDWR | O_NOCTTY), 0);
      dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
      dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
      execv(program.c_str(), argv.data());
      _exit(127);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    if (terminal >= 0) close(terminal);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, *ReadSmallFile(out, 1 << 20), *ReadSmallFile(err, 1 << 20)};
  }
  Ended Accept(std::vector<std::string> more, const std::optional<std::string>& typed = {}) {
    std::vector<std::string> words = {"log",          "accept-loss", "--home",   Home(),
                                      "--new-origin", "b.example/x", "--reason", "disk failure"};
    words.insert(words.end(), more.begin(), more.end());
    return Spor(words, typed);
  }
  size_t CopiesAside() const {
    size_t copies = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      copies += entry.path().filename().string().find(".lost-") != std::string::npos;
    }
    return copies;
  }

  doubles::TempDir dir_;
  doubles::World world_;
  std::string trust_;
};

TEST_F(AcceptLossProgram, FromTheRefusedStartToTheSuccessor) {
  Truncate();
  const Ended refused = Spor({"serve", "--home", Home()});
  EXPECT_EQ(refused.exit, 5);
  EXPECT_NE(refused.err.find("accept-loss"), std::string::npos) << "it says what can be done: " << refused.err;
  EXPECT_EQ(Accept({}).exit, 2) << "no terminal and no --yes";
  EXPECT_EQ(CopiesAside(), 0u);
  const Ended done = Accept({"--yes", "--json"});
  ASSERT_EQ(done.exit, 0) << done.err;
  EXPECT_EQ(CopiesAside(), 2u);
  const Result<privacy::JsonValue> answer = privacy::ParseJson(done.out);
  ASSERT_TRUE(answer.ok()) << done.out;
  EXPECT_EQ(*answer->GetString("closed_origin"), doubles::World::kOrigin);
  EXPECT_EQ(*answer->GetString("origin"), "b.example/x");
  EXPECT_EQ(*answer->GetString("reason"), "shorter");
  EXPECT_GT(*answer->Find("lost")->GetInt("size"), *answer->Find("surviving")->GetInt("size"));
  const std::string copy = *answer->GetString("copy");
  EXPECT_EQ(Spor({"fsck", "--home", Home()}).exit, 0);
  EXPECT_EQ(Spor({"fsck", "--home", copy}).exit, 5) << "the copy is as the home was";
  EXPECT_EQ(Accept({"--yes"}).exit, 1) << "nothing is lost any more";
  // The service goes on, and what it issues is told apart. The program that accepted the loss had the real clock, and a
  // ledger's time never goes back.
  world_.clock.Set(std::max(world_.clock.Now(), SystemClock().Now() + 60));
  ASSERT_TRUE(world_.Open().ok());
  ASSERT_TRUE(world_.Login().ok());
  const std::string extract =
      world_.Call("POST", "/v1/extract", R"({"from":"2026-11-24","to":"2099-12-31","reason":"r"})", world_.token).body;
  const std::string new_trust = world_.Call("GET", "/v1/trust", "", "").body;
  world_.Close();
  for (const auto& [name, bytes] : {std::pair("extract", &extract), {"old", &trust_}, {"new", &new_trust}}) {
    std::ofstream(dir_ / name, std::ios::binary) << *bytes;
  }
  const Ended verified = Spor({"verify", dir_ / "extract", "--trust", dir_ / "new"});
  EXPECT_EQ(verified.exit, 0) << verified.out << extract.substr(0, 200);
  const Ended closed = Spor({"verify", dir_ / "extract", "--trust", dir_ / "old"});
  EXPECT_EQ(closed.exit, 1);
  EXPECT_NE(closed.out.find("was closed after a loss"), std::string::npos) << closed.out;
}

TEST_F(AcceptLossProgram, ASoundLogIsRefused) {
  const Ended refused = Accept({"--yes"});
  EXPECT_EQ(refused.exit, 1);
  EXPECT_NE(refused.err.find("nothing is lost"), std::string::npos) << refused.err;
  EXPECT_EQ(CopiesAside(), 0u);
  EXPECT_EQ(Spor({"fsck", "--home", Home()}).exit, 0);
}

TEST_F(AcceptLossProgram, AtTheTerminalTheWordsMustBeTyped) {
  Truncate();
  for (const std::string typed : {"yes\n", "\n", "accept losses\n"}) {
    const Ended refused = Accept({}, typed);
    EXPECT_EQ(refused.exit, 1) << typed;
    EXPECT_NE(refused.err.find("will be closed for ever"), std::string::npos) << refused.err;
  }
  EXPECT_EQ(CopiesAside(), 0u);
  EXPECT_EQ(Accept({}, "accept loss\n").exit, 0);
  EXPECT_EQ(Spor({"fsck", "--home", Home()}).exit, 0);
}

TEST_F(AcceptLossProgram, ALostAnchorTakesTheWordForIt) {
  std::filesystem::remove_all(Home() + ".anchor");
  EXPECT_EQ(Spor({"serve", "--home", Home()}).exit, 5);
  EXPECT_EQ(Accept({"--yes"}).exit, 1);
  const Ended done = Accept({"--yes", "--json", "--anchor-lost"});
  ASSERT_EQ(done.exit, 0) << done.err;
  EXPECT_NE(done.out.find("\"lost\":null"), std::string::npos) << done.out;
  EXPECT_EQ(Spor({"fsck", "--home", Home()}).exit, 0);
}

}  // namespace
}  // namespace spor::cli
