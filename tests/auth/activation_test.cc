// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "auth/account.h"
#include "tests/auth/home.h"

namespace spor::auth {
namespace {

class ActivationTest : public ::testing::Test {
 protected:
  ActivationTest() : home(store) {}
  void SetUp() override {
    home.Found();
    home.Open();
  }
  void Begin(std::string_view user = kUser) {
    const Result<AuthService::Enrolment> enrolment = home.auth().BeginActivation(user, home.code);
    ASSERT_TRUE(enrolment.ok()) << enrolment.error().message();
    home.totp_base32 = enrolment->totp_secret;
    home.totp = SecretFromBase32(enrolment->totp_secret);
  }
  Status Finish(int first_step, int second_step, std::string_view password = kPassword, std::string_view user = kUser) {
    return home.auth()
        .FinishActivation(user, home.code, Secret(password), CodeAfter(first_step), CodeAfter(second_step), kUid)
        .status();
  }
  std::string CodeAfter(int steps) const { return CodeAt(home.totp, home.clock.Now() + 30 * steps); }

  doubles::MemoryStore store;
  Home home;
};

TEST_F(ActivationTest, MakesTheFirstAccount) {
  EXPECT_EQ(home.auth().AccountCount(), 1U);
  Begin();
  EXPECT_EQ(home.totp.size(), 20U);
  ASSERT_TRUE(Finish(0, 1).ok());
  EXPECT_EQ(home.auth().AccountCount(), 1U);
  const std::vector<SeenEvent> begun = home.Events("activation_begin", "done");
  const std::vector<SeenEvent> done = home.Events("activation", "done");
  ASSERT_EQ(begun.size(), 1U);
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0]["role"], "bootstrap");
  EXPECT_EQ(done[0]["peer_uid"], "1000");
  // The later code counts as used.
  EXPECT_CODE(kUnauthenticated, home.Login(CodeAfter(0)));
  EXPECT_CODE(kUnauthenticated, home.Login(CodeAfter(1)));
  home.clock.Advance(60);
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
}

TEST_F(ActivationTest, SurvivesARestartBetweenItsSteps) {
  Begin();
  home.Open();
  ASSERT_TRUE(Finish(0, 1).ok());
  home.Open();
  home.clock.Advance(60);
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());
}

TEST_F(ActivationTest, TheCodeMayBeTypedAnyWay) {
  std::string typed;
  for (const char c : home.code) typed += c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  EXPECT_TRUE(home.auth().BeginActivation(kUser, typed).ok());
}

TEST_F(ActivationTest, WrongCodesAreRefusedAndRecorded) {
  std::string other = home.code;
  other[0] = other[0] == 'A' ? 'B' : 'A';
  for (const std::string& wrong :
       {std::string(), other, home.code + "A", home.code.substr(1), std::string(9999, 'A')}) {
    EXPECT_CODE(kUnauthenticated, home.auth().BeginActivation(kUser, wrong));
  }
  EXPECT_EQ(home.Refusals("wrong_activation_code"), 1U);
  ASSERT_TRUE(home.auth().WriteCounted().ok());
  EXPECT_EQ(home.Events("activation_begin", "refused").back()["count"], "4");
}

TEST_F(ActivationTest, TheCodeWorksOnce) {
  ASSERT_NO_FATAL_FAILURE(home.Activate());
  EXPECT_CODE(kUnauthenticated, home.auth().BeginActivation(kUser, home.code));
  EXPECT_CODE(kUnauthenticated, home.auth().BeginActivation("ola", home.code));
  home.clock.Advance(90);
  EXPECT_CODE(kUnauthenticated, Finish(0, 1, "et helt annet passord"));
  EXPECT_EQ(home.Refusals("wrong_activation_code"), 2U);  // one of each action
  home.clock.Advance(30);
  EXPECT_TRUE(home.Login(home.CodeNow()).ok());  // with the first password
  AccountBook stored;
  ASSERT_TRUE(stored.Load(store, home.vault().keys()).ok());
  ASSERT_NE(stored.FindByName(kUser), nullptr);
  EXPECT_EQ(stored.FindByName(kUser)->activation_hash, Hash32{});  // nothing is left to guess at
}

TEST_F(ActivationTest, TheCodeExpires) {
  Begin();
  home.clock.Advance(72 * 3600 - 1);
  Begin();
  home.clock.Advance(1);
  EXPECT_CODE(kUnauthenticated, Finish(0, 1));
  EXPECT_CODE(kUnauthenticated, home.auth().BeginActivation(kUser, home.code));
  EXPECT_EQ(home.Refusals("activation_code_expired"), 2U);
}

TEST_F(ActivationTest, TwoAdjacentCodesOfNowAreNeeded) {
  Begin();
  for (const auto& [first, second] :
       std::vector<std::pair<int, int>>{{0, 0}, {1, 0}, {-1, 1}, {-2, -1}, {1, 2}, {0, 2}, {-3, -2}}) {
    EXPECT_CODE(kUnauthenticated, Finish(first, second));
  }
  EXPECT_CODE(kUnauthenticated, home.auth().FinishActivation(kUser, home.code, Secret(kPassword), "", "", kUid));
  EXPECT_CODE(kUnauthenticated, home.auth().FinishActivation(kUser, home.code, Secret(kPassword), CodeAfter(0) + " ",
                                                             CodeAfter(1), kUid));
  EXPECT_EQ(home.Refusals("wrong_code"), 1U);
  ASSERT_TRUE(home.auth().WriteCounted().ok());
  EXPECT_EQ(home.Events("activation", "refused").back()["count"], "8");
  EXPECT_TRUE(Finish(-1, 0).ok());
}

TEST_F(ActivationTest, MustBeBegunFirst) {
  home.totp = Bytes(20, 1);
  EXPECT_CODE(kUnauthenticated, Finish(0, 1));
  Begin();
  EXPECT_CODE(kUnauthenticated, Finish(0, 1, kPassword, "ola"));
  EXPECT_EQ(home.Refusals("not_begun"), 1U);
}

TEST_F(ActivationTest, BeginningAgainMakesAnotherSecret) {
  Begin("ola");
  const Bytes first = home.totp;
  Begin();
  EXPECT_NE(home.totp, first);
  const Bytes second = std::exchange(home.totp, first);
  EXPECT_CODE(kUnauthenticated, Finish(0, 1));
  home.totp = second;
  EXPECT_TRUE(Finish(0, 1).ok());
}

TEST_F(ActivationTest, PasswordsHave12To1024Bytes) {
  Begin();
  for (const size_t size : {0, 11, 1025}) {
    const Status refused = Finish(0, 1, std::string(size, 'p'));
    EXPECT_CODE(kInvalidArgument, refused);
    EXPECT_NE(refused.message().find("12 to 1024 bytes"), std::string::npos);
  }
  EXPECT_TRUE(Finish(0, 1, std::string(1024, 'p')).ok());
}

TEST_F(ActivationTest, TwelveBytesAreEnough) {
  Begin();
  EXPECT_TRUE(Finish(0, 1, std::string(12, 'p')).ok());
}

TEST_F(ActivationTest, UserNamesAreShortAndPlain) {
  for (const std::string& name : {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a\nb"),
                                  std::string("a:b"), std::string("k\xc3\xa5re")}) {
    EXPECT_CODE(kInvalidArgument, home.auth().BeginActivation(name, home.code));
  }
  EXPECT_TRUE(home.auth().BeginActivation(std::string(64, 'a'), home.code).ok());
}

TEST_F(ActivationTest, AnInvitedAccountCannotLogIn) {
  EXPECT_CODE(kUnauthenticated, home.auth().Login(kUser, Secret(kPassword), "123456", kUid));
  EXPECT_EQ(home.Refusals("unknown_user"), 1U);
  Begin();
  EXPECT_CODE(kUnauthenticated, home.auth().Login(kUser, Secret(kPassword), home.CodeNow(), kUid));
  EXPECT_EQ(home.Refusals("not_activated"), 1U);
}

TEST_F(ActivationTest, OfParallelOnesExactlyOneCounts) {
  Begin();
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&, i] {
      if (Finish(0, 1, std::string(20, static_cast<char>('a' + i))).ok()) ++done;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(home.Events("activation", "done").size(), 1U);
}

TEST(ActivationCode, Has128BitsInGroups) {
  const std::string code = NewActivationCode();
  EXPECT_EQ(code.size(), 26U + 6U);
  EXPECT_NE(code, NewActivationCode());
  for (size_t i = 0; i < code.size(); ++i) EXPECT_EQ(code[i] == '-', i % 5 == 4) << code;
}

TEST(AccountRows, OpenOnlyInTheirPlace) {
  const ledger::UnitKey key = ledger::UnitKey::Random();
  const Hash32 ledger_id = RandomArray<32>();
  Account account;
  account.id = RandomArray<16>();
  account.unit = RandomArray<16>();
  account.seal_key = AccountSealKey(key);
  account.name = "kari";
  account.roles = {Role::kDpo, Role::kAuditor};
  account.state = AccountState::kActive;
  account.password_hash = "$argon2id$...";
  account.totp_secret = SecretBytes::Random(20);
  account.last_step = 59104800;
  account.wrong_codes = 3;
  account.paused_until = 1773144000;
  account.since = 1773100000;
  account.due = {0, 21000};
  account.recovery_hashes = {RandomArray<32>(), RandomArray<32>()};
  ledger::Batch batch;
  PutAccountRow(ledger_id, account, batch);
  const ledger::Batch::Change& row = batch.changes().at(0);
  const Result<Account> opened = OpenAccountRow(ledger_id, row.key, key, row.value);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(opened->id, account.id);
  EXPECT_EQ(opened->unit, account.unit);
  EXPECT_EQ(opened->name, account.name);
  EXPECT_EQ(opened->roles, account.roles);
  EXPECT_EQ(opened->password_hash, account.password_hash);
  EXPECT_TRUE(SecretEquals(opened->totp_secret.Reveal(), account.totp_secret.Reveal()));
  EXPECT_EQ(opened->last_step, account.last_step);
  EXPECT_EQ(opened->wrong_codes, account.wrong_codes);
  EXPECT_EQ(opened->paused_until, account.paused_until);
  EXPECT_EQ(opened->since, account.since);
  EXPECT_EQ(opened->due, account.due);
  EXPECT_EQ(opened->recovery_hashes, account.recovery_hashes);

  EXPECT_CODE(kCorrupt, OpenAccountRow(RandomArray<32>(), row.key, key, row.value));
  EXPECT_CODE(kCorrupt, OpenAccountRow(ledger_id, row.key, ledger::UnitKey::Random(), row.value));
  Bytes other_account = row.key;
  other_account[1] ^= 1;
  EXPECT_CODE(kCorrupt, OpenAccountRow(ledger_id, other_account, key, row.value));
  for (size_t i = 0; i < row.value.size(); ++i) {
    Bytes damaged = row.value;
    damaged[i] ^= 0x10;
    EXPECT_CODE(kCorrupt, OpenAccountRow(ledger_id, row.key, key, damaged));
    EXPECT_CODE(kCorrupt, OpenAccountRow(ledger_id, row.key, key, ByteView(row.value).first(i)));
  }
}

}  // namespace
}  // namespace spor::auth
