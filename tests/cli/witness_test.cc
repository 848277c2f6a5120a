// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>

#include "ledger/cosignature.h"
#include "privacy/json.h"
#include "tests/cli/cli_fixture.h"
#include "tests/doubles/leaf_log.h"
#include "tests/doubles/places.h"

namespace spor::cli {
namespace {

using doubles::LeafLog;
using privacy::JsonValue;

class WitnessCli : public CliTest {
 protected:
  JsonValue Json(const Ran& ran) {
    Result<JsonValue> json = privacy::ParseJson(ran.out);
    EXPECT_TRUE(json.ok()) << ran.out << ran.err;
    return json.ok() ? std::move(*json) : JsonValue();
  }
  // Makes a witness that trusts the log, and returns its key.
  ledger::VerifierKey Init() {
    const Ran ran = Run({"witness", "init", "--state", State(), "--name", "example.no/witness/ida", "--json"});
    EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
    EXPECT_EQ(Run({"witness", "add-log", FormatVerifierKey(log_.key()), "--state", State()}).exit, ExitCode::kDone);
    return *ledger::ParseVerifierKey(*Json(ran).GetString("vkey"));
  }
  std::string State() const { return Path("witness"); }
  Ran Cosign(const std::string& request, const std::string& out) {
    return Run({"witness", "cosign", File("request", request), "--state", State(), "--out", Path(out), "--json"});
  }
  int64_t Entries() {
    const JsonValue status = Json(Run({"witness", "status", "--state", State(), "--json"}));
    return *(*status.GetArray("logs"))[0].GetInt("entries");
  }

  const LeafLog log_;
};

TEST_F(WitnessCli, InitPrintsTheKeyOfAWitness) {
  const ledger::VerifierKey key = Init();
  EXPECT_EQ(key.type, ledger::KeyType::kCosignature);
  EXPECT_EQ(key.name, "example.no/witness/ida");
  EXPECT_EQ(Entries(), 0);
  EXPECT_EQ(Run({"witness", "init", "--state", State(), "--name", "x"}).exit, ExitCode::kRefused);
  EXPECT_EQ(Run({"witness", "init", "--state", Path("other"), "--name", "a b"}).exit, ExitCode::kRefused);
  EXPECT_EQ(Run({"witness", "add-log", FormatVerifierKey(log_.key()), "--state", State()}).exit, ExitCode::kRefused);
  EXPECT_EQ(Run({"witness", "add-log", FormatVerifierKey(key), "--state", State()}).exit, ExitCode::kRefused);
  EXPECT_EQ(Run({"witness", "add-log", "rubbish", "--state", State()}).exit, ExitCode::kRefused);
  EXPECT_EQ(Run({"witness", "status", "--state", Path("nothing")}).exit, ExitCode::kNotFound);
}

TEST_F(WitnessCli, CosignsAFileAndSaysWhatToDoOtherwise) {
  const ledger::VerifierKey key = Init();
  ASSERT_EQ(Cosign(log_.Request(0, 5), "answer").exit, ExitCode::kDone);
  const Result<std::string> note = ledger::AddSignatureLines(log_.Note(5), Content(Path("answer")));
  EXPECT_TRUE(ledger::VerifyCosignature(*ledger::ParseNote(*note), key).ok());
  EXPECT_EQ(Entries(), 5);

  const Ran behind = Cosign(log_.Request(3, 8), "answer2");
  EXPECT_EQ(behind.exit, ExitCode::kRefused);
  EXPECT_NE(behind.err.find("--old 5"), std::string::npos) << behind.err;
  const Ran old = Cosign(log_.Request(0, 3), "answer2");
  EXPECT_EQ(old.exit, ExitCode::kRefused);
  EXPECT_NE(old.err.find("has seen 5 entries"), std::string::npos) << old.err;
  EXPECT_EQ(Cosign(LeafLog("log.example/a", 2).Request(5, 8), "answer2").exit, ExitCode::kRefused);
  EXPECT_EQ(Cosign(LeafLog("log.example/b").Request(0, 8), "answer2").exit, ExitCode::kNotFound);
  EXPECT_EQ(Cosign("rubbish", "answer2").exit, ExitCode::kRefused);
  EXPECT_FALSE(std::filesystem::exists(Path("answer2")));
}

TEST_F(WitnessCli, WhereTheAnswerCannotGoNothingIsCosigned) {
  Init();
  File("there", "already");
  EXPECT_EQ(Cosign(log_.Request(0, 5), "there").exit, ExitCode::kRefused);
  EXPECT_EQ(Entries(), 0);
}

TEST_F(WitnessCli, ADamagedStateIsEvidenceDamaged) {
  Init();
  File("witness/state", "spor-witness/1\n");
  EXPECT_EQ(Cosign(log_.Request(0, 5), "answer").exit, ExitCode::kDamaged);
}

TEST_F(WitnessCli, RequestAndAcceptGoThroughTheService) {
  Answer("/v1/witness/request", R"({"witness":"ida","old_size":3,"size":5,"request":"old 3\n\nnote\n"})");
  Answer("/v1/witness/accept", R"({"stored":["ida"],"quorum_met":true,"covered_time":"2026-11-24T09:30:00Z"})");
  Answer("/v1/witness/status", R"({"needed":1,"quorum_met":false,"covered_time":null,"witnesses":[]})");
  const std::string out = Path("request");
  EXPECT_EQ(Run({"witness", "request", "ida", "--out", out, "--old", "3", "--home", Home()}).exit, ExitCode::kDone);
  EXPECT_EQ(Content(out), "old 3\n\nnote\n");
  EXPECT_EQ(BodiesOf("/v1/witness/request"), std::vector<std::string>{R"({"witness":"ida","old":3})"});
  EXPECT_EQ(Run({"witness", "request", "ida", "--out", out, "--home", Home()}).exit, ExitCode::kRefused) << "exists";
  for (const char* old : {"-1", "x", "", "99999999999999999999"}) {
    EXPECT_EQ(Run({"witness", "request", "ida", "--out", Path("r2"), "--old", old, "--home", Home()}).exit,
              ExitCode::kUsage);
  }
  EXPECT_EQ(Run({"witness", "accept", File("answer", "lines\n"), "--home", Home()}).exit, ExitCode::kDone);
  EXPECT_EQ(BodiesOf("/v1/witness/accept"), std::vector<std::string>{"lines\n"});
  EXPECT_EQ(Run({"witness", "status", "--home", Home()}).exit, ExitCode::kDone);
  AnswerError("/v1/witness/accept", 422, "failed");
  EXPECT_EQ(Run({"witness", "accept", Path("answer"), "--home", Home()}).exit, ExitCode::kRefused);
}

TEST_F(WitnessCli, APolicyOfNoUseIsRefusedBeforeTheServiceStarts) {
  EXPECT_EQ(Run({"serve", "--home", Home(), "--witness-policy", Path("nothing")}).exit, ExitCode::kNotFound);
  EXPECT_EQ(Run({"serve", "--home", Home(), "--witness-policy", File("policy", "quorum none\n")}).exit,
            ExitCode::kRefused);
  EXPECT_EQ(Run({"serve", "--home", Home(), "--require-witness"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Run({"witness", "serve", "--state", State(), "--listen", "here"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Run({"witness", "serve", "--state", State()}).exit, ExitCode::kNotFound);
}

// The program itself, as a process.
class WitnessProcess : public WitnessCli {
 protected:
  ~WitnessProcess() override {
    if (child_ > 0) End(SIGKILL);
  }
  // Starts it and reads the port it listens at.
  void Start() {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const std::string log = Path("log");
    child_ = fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      if (freopen(log.c_str(), "a", stderr) == nullptr) _exit(3);
      const std::string state = State();
      execl(doubles::ProgramPath().c_str(), "spor", "witness", "serve", "--state", state.c_str(), "--listen",
            "127.0.0.1:0", "--json", nullptr);
      _exit(2);
    }
    close(ends[1]);
    std::string line;
    for (char c = 0; read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
    close(ends[0]);
    const Result<JsonValue> ready = privacy::ParseJson(line);
    ASSERT_TRUE(ready.ok()) << line;
    const std::string url = *ready->GetString("url");
    port_ = static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
  int End(int signal) {
    kill(child_, signal);
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = 0;
    return status;
  }
  service::HttpResponse Post(const std::string& body, const std::string& target = "/add-checkpoint") {
    service::HttpClient client({"127.0.0.1", port_}, {std::chrono::seconds(5), 1 << 16});
    const Result<service::HttpResponse> answer = client.Post(target, body);
    EXPECT_TRUE(answer.ok()) << answer.error().message();
    return answer.ok() ? *answer : service::HttpResponse();
  }

  pid_t child_ = 0;
  uint16_t port_ = 0;
};

TEST_F(WitnessProcess, AnswersAsTheSpecificationSays) {
  const ledger::VerifierKey key = Init();
  Start();
  const service::HttpResponse first = Post(log_.Request(0, 5));
  EXPECT_EQ(first.status, 200);
  const Result<std::string> note = ledger::AddSignatureLines(log_.Note(5), first.body);
  EXPECT_TRUE(ledger::VerifyCosignature(*ledger::ParseNote(*note), key).ok());
  const service::HttpResponse behind = Post(log_.Request(3, 8));
  EXPECT_EQ(behind.status, 409);
  EXPECT_EQ(behind.content_type, "text/x.tlog.size");
  EXPECT_EQ(behind.body, "5\n");
  EXPECT_EQ(Post(LeafLog("log.example/a", 2).Request(5, 8)).status, 422);
  EXPECT_EQ(Post(LeafLog("log.example/b").Request(0, 8)).status, 404);
  EXPECT_EQ(Post("rubbish").status, 400);
  EXPECT_EQ(Post(std::string(1 << 20, 'x')).status, 413);
  EXPECT_EQ(Post("", "/").status, 404);
  // Logs may be added while it runs.
  const LeafLog other("log.example/b");
  EXPECT_EQ(Run({"witness", "add-log", FormatVerifierKey(other.key()), "--state", State()}).exit, ExitCode::kDone);
  EXPECT_EQ(Post(other.Request(0, 8)).status, 200);
  const int status = End(SIGTERM);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  const std::string log = Content(Path("log"));
  EXPECT_NE(log.find(" old 0 size 5 of log.example/a: 200 cosigned\n"), std::string::npos) << log;
  EXPECT_NE(log.find(" old 3 size 8 of log.example/a: 409 5\n"), std::string::npos) << log;
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 6) << log;
}

// Killed at any moment, it never contradicts what it has said.
TEST_F(WitnessProcess, AKillIsHarmless) {
  Init();
  uint64_t said = 0;  // the largest size of which a cosignature came back
  uint64_t asked = 0;
  for (int round = 0; round < 12; ++round) {
    Start();
    std::atomic<int> cosigned{0};
    std::thread killer([&] {
      while (cosigned <= round % 3) usleep(100);
      usleep(static_cast<useconds_t>(round * 400));
      kill(child_, SIGKILL);
    });
    service::HttpClient client({"127.0.0.1", port_}, {std::chrono::seconds(5), 1 << 16});
    uint64_t old_size = said;
    for (;;) {
      asked = std::max(asked, old_size + 1);
      const Result<service::HttpResponse> answer = client.Post("/add-checkpoint", log_.Request(old_size, old_size + 1));
      if (!answer.ok()) break;
      if (answer->status == 409) {
        old_size = std::stoull(answer->body);
        EXPECT_GE(old_size, said) << "it has forgotten";
        EXPECT_LE(old_size, asked);
        continue;
      }
      EXPECT_EQ(answer->status, 200) << answer->body;
      said = ++old_size;
      ++cosigned;
    }
    killer.join();
    End(SIGKILL);
    EXPECT_GE(static_cast<uint64_t>(Entries()), said);
  }
  printf("%llu entries cosigned over 12 kills\n", static_cast<unsigned long long>(said));
  EXPECT_GE(said, 12u);
}

}  // namespace
}  // namespace spor::cli
