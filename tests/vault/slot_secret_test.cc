// SPDX-License-Identifier: Apache-2.0
#include "vault/slot_secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crypto/files.h"
#include "tests/doubles/temp_dir.h"

namespace spor::vault {
namespace {

constexpr PasswordCost kCheap{1, uint64_t{1} << 20};

class SlotSecretTest : public ::testing::Test {
 protected:
  Code ReadCode(std::string_view content) {
    EXPECT_TRUE(WriteFileAtomically(path_, AsBytes(content), 0600).ok());
    return ReadSlotSecret(path_).status().code();
  }
  const std::array<BoxSecretKey, 1> secrets_ = {BoxSecretKey::Random()};
  doubles::TempDir dir_;
  const std::string path_ = dir_ / "slot-secret";
};

TEST_F(SlotSecretTest, WrittenForTheOwnerAloneAndReadBack) {
  ASSERT_TRUE(WriteSlotSecret(path_, secrets_[0]).ok());
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const Result<BoxSecretKey> read = ReadSlotSecret(path_);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(SecretEquals(read->Reveal(), secrets_[0].Reveal()));
}

TEST_F(SlotSecretTest, OneThatOthersCanReadIsRefused) {
  ASSERT_TRUE(WriteSlotSecret(path_, secrets_[0]).ok());
  for (mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(ReadSlotSecret(path_).status().code(), Code::kDenied) << std::oct << mode;
  }
  ASSERT_EQ(chmod(path_.c_str(), 0400), 0);
  EXPECT_TRUE(ReadSlotSecret(path_).ok());
}

TEST_F(SlotSecretTest, AnythingElseIsNotASecretFile) {
  const std::string good = "spor-slot-secret-v1:" + std::string(64, 'a');
  EXPECT_EQ(ReadCode(good + "\n"), Code::kOk);
  EXPECT_EQ(ReadCode(good), Code::kOk);
  EXPECT_EQ(ReadCode(""), Code::kInvalidArgument);
  EXPECT_EQ(ReadCode(good + "a\n"), Code::kInvalidArgument);
  EXPECT_EQ(ReadCode(good + "aa\n"), Code::kInvalidArgument);
  EXPECT_EQ(ReadCode(good + " \n"), Code::kInvalidArgument);
  EXPECT_EQ(ReadCode("spor-slot-secret-v2:" + std::string(64, 'a')), Code::kInvalidArgument);
  EXPECT_EQ(ReadCode("spor-slot-secret-v1:" + std::string(64, 'g')), Code::kInvalidArgument);
  EXPECT_EQ(ReadSlotSecret(dir_ / "nowhere").status().code(), Code::kNotFound);
}

TEST(RecoveryKeyTest, WrittenInGroupsAndReadBack) {
  for (int i = 0; i < 100; ++i) {
    const BoxSecretKey secret = BoxSecretKey::Random();
    const std::string text = FormatRecoveryKey(secret);
    ASSERT_EQ(text.size(), 14u * 4 + 13);
    const Result<BoxSecretKey> read = ParseRecoveryKey(text);
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_TRUE(SecretEquals(read->Reveal(), secret.Reveal()));
  }
}

TEST(RecoveryKeyTest, PeopleMayTypeItAsTheyLike) {
  const BoxSecretKey secret = BoxSecretKey::CopyOf(Bytes(32, 0x21));
  const std::string text = FormatRecoveryKey(secret);
  std::string typed = "  ";
  for (char c : text) {
    if (c == '-') {
      typed += " \n";
    } else if (c == '0') {
      typed += 'o';
    } else if (c == '1') {
      typed += typed.size() % 2 == 0 ? 'l' : 'I';
    } else {
      typed += static_cast<char>(tolower(c));
    }
  }
  ASSERT_NE(typed.find_first_of("olI"), std::string::npos) << "the sample has letters that look like digits: " << text;
  EXPECT_TRUE(ParseRecoveryKey(typed).ok());
}

TEST(RecoveryKeyTest, AMistypedOneIsToldFromAForeignOne) {
  const std::string text = FormatRecoveryKey(BoxSecretKey::Random());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '-') continue;
    std::string wrong = text;
    wrong[at] = wrong[at] == '7' ? '8' : '7';
    EXPECT_EQ(ParseRecoveryKey(wrong).status().code(), Code::kInvalidArgument) << at;
  }
  EXPECT_EQ(ParseRecoveryKey(text.substr(1)).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ParseRecoveryKey(text + "0").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ParseRecoveryKey("").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ParseRecoveryKey(text.substr(0, text.size() - 1) + "U").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ParseRecoveryKey(text.substr(0, text.size() - 1) + "\xc3").status().code(), Code::kInvalidArgument);
}

class PassphraseSlotTest : public ::testing::Test {
 protected:
  static SecretBytes Phrase(std::string_view text) { return SecretBytes::CopyOf(AsBytes(text)); }
  const SecretBytes phrase_ = Phrase("seks ord som ingen andre gjetter");
  const Result<Slot> slot_ = MakePassphraseSlot("office", phrase_, kCheap);
};

TEST_F(PassphraseSlotTest, ThePassphraseOpensIt) {
  ASSERT_TRUE(slot_.ok());
  EXPECT_EQ(slot_->wrapped_secret.size(), kMaxWrappedSecret);
  const Result<BoxSecretKey> secret = OpenPassphraseSlot(*slot_, phrase_);
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(BoxPublicKey(*secret), slot_->public_key);
}

TEST_F(PassphraseSlotTest, AWrongOneIsNamedAsSuch) {
  EXPECT_EQ(OpenPassphraseSlot(*slot_, Phrase("seks ord som ingen andre gjettes")).status().code(),
            Code::kUnauthenticated);
}

TEST_F(PassphraseSlotTest, NoFlippedBitOpens) {
  constexpr size_t kSalt = 16;
  for (size_t at = 0; at < slot_->wrapped_secret.size(); ++at) {
    if (at >= kSalt && at < kSalt + 8) continue;  // how much work it takes: below
    Slot flipped = *slot_;
    flipped.wrapped_secret[at] ^= 1;
    ASSERT_FALSE(OpenPassphraseSlot(flipped, phrase_).ok()) << at;
  }
  Slot other = *slot_;
  other.public_key[0] ^= 1;
  EXPECT_FALSE(OpenPassphraseSlot(other, phrase_).ok()) << "a secret wrapped for another slot";
}

TEST_F(PassphraseSlotTest, AFileMayNotAskForAnyAmountOfWork) {
  constexpr size_t kPasses = 16;
  constexpr size_t kMebibytes = 20;
  for (const auto& [at, value] : {std::pair<size_t, uint8_t>{kPasses, 1}, {kMebibytes, 1}}) {
    Slot dear = *slot_;
    dear.wrapped_secret[at] = value;
    EXPECT_EQ(OpenPassphraseSlot(dear, phrase_).status().code(), Code::kCorrupt);
  }
  Slot nothing = *slot_;
  nothing.wrapped_secret[kPasses + 3] = 0;
  EXPECT_EQ(OpenPassphraseSlot(nothing, phrase_).status().code(), Code::kCorrupt);
  Slot cut = *slot_;
  cut.wrapped_secret.resize(20);
  EXPECT_EQ(OpenPassphraseSlot(cut, phrase_).status().code(), Code::kCorrupt);
}

TEST_F(PassphraseSlotTest, TheRightOneOfSeveralIsFound) {
  const Result<Slot> second = MakePassphraseSlot("home", Phrase("en helt annen passfrase"), kCheap);
  ASSERT_TRUE(second.ok());
  const Slot file{SlotType::kCredentialFile, BoxPublicKey(BoxSecretKey::Random()), "service", {}};
  const std::vector<Slot> slots = {file, *second, *slot_};
  const Result<BoxSecretKey> secret = UnlockWithPassphrase(slots, phrase_);
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(BoxPublicKey(*secret), slot_->public_key);
  EXPECT_EQ(UnlockWithPassphrase(slots, Phrase("noe helt annet igjen")).status().code(), Code::kUnauthenticated);
  EXPECT_EQ(UnlockWithPassphrase({file}, phrase_).status().code(), Code::kNotFound);
}

TEST_F(PassphraseSlotTest, ShortOnesAndBadLabelsAreRefused) {
  EXPECT_EQ(MakePassphraseSlot("office", Phrase("elleve tegn"), kCheap).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(MakePassphraseSlot("office", Phrase(std::string(1025, 'x')), kCheap).status().code(),
            Code::kInvalidArgument);
  for (const char* label : {"", "Office", "my office", "kontor\xc3\xb8", "0123456789012345678901234567890123"}) {
    EXPECT_EQ(MakePassphraseSlot(label, phrase_, kCheap).status().code(), Code::kInvalidArgument) << label;
  }
}

}  // namespace
}  // namespace spor::vault
