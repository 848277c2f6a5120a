// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>

#include "tests/cli/cli_fixture.h"

namespace spor::cli {
namespace {

constexpr const char* kBegun =
    R"({"totp_secret":"JBSWY3DP","otpauth":"otpauth://totp/spor:ida?secret=JBSWY3DP&issuer=spor"})";
constexpr const char* kLogin =
    R"({"token":"s3ss10n","user":"ida","roles":["bootstrap"],"expires":"2026-11-24T05:29:21Z"})";

class Account : public CliTest {
 protected:
  std::vector<std::string> Activate() {
    return {"activate", "ida",           "--home",
            Home(),     "--json",        "--code",
            "C-1",      "--password-fd", std::to_string(Descriptor("correct horse\nnext line\n"))};
  }
  std::vector<std::string> Login() {
    return {"login",
            "ida",
            "--home",
            Home(),
            "--session-file",
            Path("run/s"),
            "--json",
            "--totp",
            "123456",
            "--password-fd",
            std::to_string(Descriptor("correct horse\r\n"))};
  }
};

TEST_F(Account, ActivatePrintsTheSecretFirstAndSendsTwoCodes) {
  Answer("/v1/activate/begin", kBegun);
  Answer("/v1/activate/finish", R"({"activated":true,"user":"ida"})");
  const Ran ran = Run(Activate(), "111111\n222222\n");
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_EQ(ran.out, std::string(kBegun) + "\n{\"activated\":true,\"user\":\"ida\"}\n");
  EXPECT_NE(ran.err.find("\u2580"), std::string::npos);  // the QR code
  EXPECT_EQ(BodiesOf("/v1/activate/begin")[0], R"({"user":"ida","code":"C-1"})");
  EXPECT_EQ(BodiesOf("/v1/activate/finish")[0],
            R"({"user":"ida","code":"C-1","password":"correct horse","totp":["111111","222222"]})");
}

TEST_F(Account, ActivateShowsTheRecoveryCodesOneALine) {
  Answer("/v1/activate/begin", kBegun);
  Answer("/v1/activate/finish", R"({"activated":true,"user":"ida","recovery_codes":["AAAA-BBBB","CCCC-DDDD"]})");
  std::vector<std::string> words = Activate();
  std::erase(words, "--json");
  const Ran ran = Run(words, "111111\n222222\n");
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_NE(ran.out.find("    AAAA-BBBB\n    CCCC-DDDD\n"), std::string::npos) << ran.out;
}

TEST_F(Account, LoginWithARecoveryCodeSendsNoOneTimeCode) {
  Answer("/v1/login", kLogin);
  std::vector<std::string> words = Login();
  words.push_back("--recovery-fd");
  words.push_back(std::to_string(Descriptor("AAAA-BBBB\n")));
  EXPECT_EQ(Run(words).exit, ExitCode::kUsage);
  words.erase(std::find(words.begin(), words.end(), "--totp"), std::find(words.begin(), words.end(), "--password-fd"));
  words[words.size() - 3] = std::to_string(Descriptor("correct horse\n"));
  words.back() = std::to_string(Descriptor("AAAA-BBBB\n"));
  EXPECT_EQ(Run(words).exit, ExitCode::kDone);
  EXPECT_EQ(BodiesOf("/v1/login")[0], R"({"user":"ida","password":"correct horse","recovery_code":"AAAA-BBBB"})");
}

TEST_F(Account, NewRecoveryCodesWantACodeOfTheApp) {
  Answer("/v1/recovery-codes", R"({"recovery_codes":["AAAA-BBBB"]})");
  const Ran ran = RunIn({"account", "recovery-codes", "--totp", "123456"});
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_EQ(ran.out, "{\"recovery_codes\":[\"AAAA-BBBB\"]}\n");
  EXPECT_EQ(BodiesOf("/v1/recovery-codes")[0], R"({"totp":"123456"})");
}

TEST_F(Account, ActivatePrintsTheSecretBeforeItReads) {
  Answer("/v1/activate/begin", kBegun);
  const Ran ran = Run(Activate(), "111111\n");
  EXPECT_EQ(ran.exit, ExitCode::kUsage);  // the second code is missing
  EXPECT_TRUE(ran.out.starts_with(std::string(kBegun) + "\n"));
  EXPECT_TRUE(BodiesOf("/v1/activate/finish").empty());
}

TEST_F(Account, AWrongActivationCodeShowsNothing) {
  AnswerError("/v1/activate/begin", 401, "unauthenticated");
  const Ran ran = Run(Activate(), "111111\n222222\n");
  EXPECT_EQ(ran.exit, ExitCode::kNotLoggedIn);
  EXPECT_EQ(ran.out.find("totp_secret"), std::string::npos);
}

TEST_F(Account, LoginKeepsTheTokenInItsFileAndNowhereElse) {
  Answer("/v1/login", kLogin);
  const Ran ran = Run(Login());
  EXPECT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  EXPECT_EQ(ran.out, "{\"user\":\"ida\",\"roles\":[\"bootstrap\"],\"expires\":\"2026-11-24T05:29:21Z\"}\n");
  EXPECT_EQ(BodiesOf("/v1/login")[0], R"({"user":"ida","password":"correct horse","totp":"123456"})");
  EXPECT_EQ(Content(Path("run/s")), "s3ss10n");
  struct stat found {};
  ASSERT_EQ(stat(Path("run/s").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600u);
  ASSERT_EQ(stat(Path("run").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0700u);
}

TEST_F(Account, ARefusedLoginWritesNothing) {
  AnswerError("/v1/login", 401, "unauthenticated");
  EXPECT_EQ(Run(Login()).exit, ExitCode::kNotLoggedIn);
  EXPECT_FALSE(std::filesystem::exists(Path("run")));
}

TEST_F(Account, PasswordAndCodeMayShareOneDescriptor) {
  Answer("/v1/login", kLogin);
  const std::string fd = std::to_string(Descriptor("pass\n654321\n"));
  EXPECT_EQ(
      Run({"login", "ida", "--home", Home(), "--session-file", Path("s"), "--password-fd", fd, "--totp-fd", fd}).exit,
      ExitCode::kDone);
  EXPECT_EQ(BodiesOf("/v1/login")[0], R"({"user":"ida","password":"pass","totp":"654321"})");
}

TEST_F(Account, AnEmptyPasswordNeverLeaves) {
  Answer("/v1/login", kLogin);
  EXPECT_EQ(Run({"login", "ida", "--home", Home(), "--session-file", Path("s"), "--password-fd",
                 std::to_string(Descriptor("\n")), "--totp", "1"})
                .exit,
            ExitCode::kRefused);
  EXPECT_TRUE(seen().empty());
}

TEST_F(Account, CodeAndItsDescriptorExcludeEachOther) {
  const std::string fd = std::to_string(Descriptor("pass\n654321\n"));
  EXPECT_EQ(Run({"login", "ida", "--home", Home(), "--password-fd", fd, "--totp", "1", "--totp-fd", fd}).exit,
            ExitCode::kUsage);
}

TEST_F(Account, LogoutRemovesTheFile) {
  Answer("/v1/logout", "{}");
  EXPECT_EQ(RunIn({"logout"}).exit, ExitCode::kDone);
  EXPECT_EQ(seen()[0].token, "t0k3n");
  EXPECT_FALSE(std::filesystem::exists(Path("session")));
}

// With a wrong --home another service is asked, to which the session means nothing.
TEST_F(Account, LogoutKeepsTheFileWhenTheServiceDoesNotKnowTheSession) {
  AnswerError("/v1/logout", 401, "unauthenticated");
  const Ran ran = RunIn({"logout"});
  EXPECT_EQ(ran.exit, ExitCode::kNotLoggedIn);
  EXPECT_NE(ran.err.find(Path("session")), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(Path("session")));
}

TEST_F(Account, LogoutKeepsTheFileWhenTheServiceIsAway) {
  EXPECT_EQ(RunIn({"logout"}).exit, ExitCode::kUnreachable);
  EXPECT_TRUE(std::filesystem::exists(Path("session")));
}

TEST_F(Account, ASessionFileThatOthersMayOpenIsNotUsed) {
  Answer("/v1/whoami", "{}");
  const std::string path = Session();
  for (const mode_t mode : {0644u, 0640u, 0602u}) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    EXPECT_EQ(Run({"whoami", "--home", Home(), "--session-file", path}).exit, ExitCode::kRefused) << mode;
  }
  EXPECT_TRUE(seen().empty());
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  EXPECT_EQ(Run({"whoami", "--home", Home(), "--session-file", path}).exit, ExitCode::kDone);
}

TEST_F(Account, ASessionFileIsNoLinkNoFolderAndNotEmpty) {
  Answer("/v1/whoami", "{}");
  std::filesystem::create_symlink(Session(), Path("link"));
  EXPECT_EQ(Run({"whoami", "--home", Home(), "--session-file", Path("link")}).exit, ExitCode::kRefused);
  EXPECT_EQ(Run({"whoami", "--home", Home(), "--session-file", Home()}).exit, ExitCode::kRefused);
  std::ofstream(Path("session"), std::ios::trunc).close();
  EXPECT_EQ(Run({"whoami", "--home", Home(), "--session-file", Path("session")}).exit, ExitCode::kNotLoggedIn);
  EXPECT_TRUE(seen().empty());
}

TEST_F(Account, WhoamiIsReadableWithoutJson) {
  Answer("/v1/whoami", R"({"user":"ida","roles":["bootstrap","dpo"],"expires":"2026-11-24T05:29:21Z"})");
  EXPECT_EQ(Run({"whoami", "--home", Home(), "--session-file", Session()}).out,
            "user:    ida\nroles:   bootstrap, dpo\nexpires: 2026-11-24T05:29:21Z\n");
}

}  // namespace
}  // namespace spor::cli
