// SPDX-License-Identifier: Apache-2.0
#include "crypto/codec.h"
#include "tests/cli/cli_fixture.h"
#include "vault/slot_secret.h"

namespace spor::cli {
namespace {

constexpr const char* kState = R"({"generation":2,"slots_digest":"00","slots":[]})";

class KeysCliTest : public CliTest {
 protected:
  // The public key that the service was told, as bytes.
  PublicKey32 Told() {
    const std::vector<std::string> bodies = BodiesOf("/v1/keys/slots/add");
    EXPECT_EQ(bodies.size(), 1u);
    const Result<privacy::JsonValue> body = privacy::ParseJson(bodies.empty() ? "{}" : bodies[0]);
    EXPECT_TRUE(body.ok());
    const Result<Bytes> key = HexDecode(*body->GetString("public_key"));
    return *ToHash32(*key);
  }
};

TEST_F(KeysCliTest, ARecoveryKeyIsPrintedOnceAndOnlyItsPublicHalfIsSent) {
  Answer("/v1/keys/slots/add", kState);
  const Ran ran = Run({"key", "slot", "add", "recovery", "--home", Home(), "--session-file", Session()});
  ASSERT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  const size_t at = ran.out.find("\n\n    ") + 6;
  const std::string typed = ran.out.substr(at, 34) + " " + ran.out.substr(at + 39, 34);
  const Result<BoxSecretKey> secret = vault::ParseRecoveryKey(typed);
  ASSERT_TRUE(secret.ok()) << secret.error().message() << ran.out;
  EXPECT_EQ(BoxPublicKey(*secret), Told());
  EXPECT_EQ(BodiesOf("/v1/keys/slots/add")[0].find(HexEncode(secret->Reveal())), std::string::npos);
}

TEST_F(KeysCliTest, AFileSlotsSecretIsWrittenHere) {
  Answer("/v1/keys/slots/add", kState);
  const Ran ran = RunIn({"key", "slot", "add", "file", "--label", "standby", "--out", Path("standby")});
  ASSERT_EQ(ran.exit, ExitCode::kDone) << ran.err;
  const Result<BoxSecretKey> secret = vault::ReadSlotSecret(Path("standby"));
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(BoxPublicKey(*secret), Told());
}

TEST_F(KeysCliTest, TheSecretOfARefusedSlotIsNotLeftBehind) {
  AnswerError("/v1/keys/slots/add", 409, "conflict");
  EXPECT_EQ(RunIn({"key", "slot", "add", "file", "--out", Path("standby")}).exit, ExitCode::kRefused);
  EXPECT_FALSE(std::filesystem::exists(Path("standby")));
}

TEST_F(KeysCliTest, OneThatMayBeThereKeepsItsSecret) {
  AnswerError("/v1/keys/slots/add", 500, "internal");
  EXPECT_NE(RunIn({"key", "slot", "add", "file", "--out", Path("standby")}).exit, ExitCode::kDone);
  EXPECT_TRUE(std::filesystem::exists(Path("standby")));
}

TEST_F(KeysCliTest, AFileThatIsThereIsNeverOverwritten) {
  Answer("/v1/keys/slots/add", kState);
  File("standby", "precious");
  EXPECT_EQ(RunIn({"key", "slot", "add", "file", "--out", Path("standby")}).exit, ExitCode::kUsage);
  EXPECT_EQ(Content(Path("standby")), "precious");
}

TEST_F(KeysCliTest, WrongWordsAreWrongUsage) {
  EXPECT_EQ(RunIn({"key", "slot", "add", "magic"}).exit, ExitCode::kUsage);
  EXPECT_EQ(RunIn({"key", "slot", "add", "file"}).exit, ExitCode::kUsage) << "without --out";
  EXPECT_EQ(Run({"key", "slot"}).exit, ExitCode::kUsage);
  EXPECT_EQ(Run({"key", "recover", "--home", Home(), "--out", Path("x"), "--unlock", "magic"}).exit, ExitCode::kUsage);
}

}  // namespace
}  // namespace spor::cli
