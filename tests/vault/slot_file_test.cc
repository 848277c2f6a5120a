// SPDX-License-Identifier: Apache-2.0
#include "vault/slot_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crypto/codec.h"
#include "crypto/files.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "tests/doubles/temp_dir.h"

namespace spor::vault {
namespace {

constexpr size_t kSlotAt = 8 + 2 + 4 + 32 + 1;                 // the first slot
constexpr size_t kSlotBytes = 1 + 32 + 2 + 32 + kBoxOverhead;  // type, public key, length, sealed root

class SlotFileTest : public ::testing::Test {
 protected:
  SlotFileTest() {
    for (const BoxSecretKey& secret : secrets_) {
      slots_.push_back({SlotType::kCredentialFile, BoxPublicKey(secret)});
    }
    file_ = EncodeSlotFile(3, ledger_id_, slots_, root_);
  }
  size_t Used() const { return kSlotAt + slots_.size() * kSlotBytes + 32; }
  Code OpenCode(const Bytes& file) const { return OpenSlotFile(file, ledger_id_, secrets_[0]).status().code(); }
  // A file as whoever holds `root` would write it.
  Bytes SealedBy(const RootKey& root, Bytes covered) const {
    const SecretBytes key = Derive(root.Reveal(), label::kSlotsMac, {});
    Append(covered, HmacSha256(key.Reveal(), {covered}));
    covered.resize(kSlotFileBytes);
    return covered;
  }

  const Hash32 ledger_id_ = RandomArray<32>();
  const std::array<BoxSecretKey, 2> secrets_ = {BoxSecretKey::Random(), BoxSecretKey::Random()};
  const RootKey root_ = RootKey::Random();
  std::vector<Slot> slots_;
  Bytes file_;
};

TEST_F(SlotFileTest, EverySlotOpensIt) {
  for (const BoxSecretKey& secret : secrets_) {
    const Result<OpenedSlots> opened = OpenSlotFile(file_, ledger_id_, secret);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    EXPECT_EQ(opened->generation, 3u);
    EXPECT_TRUE(SecretEquals(opened->root.Reveal(), root_.Reveal()));
    ASSERT_EQ(opened->slots.size(), 2u);
    EXPECT_EQ(opened->slots[1].public_key, slots_[1].public_key);
    EXPECT_EQ(opened->digest, SlotsDigest(file_));
  }
}

TEST_F(SlotFileTest, SixteenSlotsFit) {
  const std::vector<Slot> many(kMaxSlots, slots_[0]);
  EXPECT_EQ(OpenCode(EncodeSlotFile(1, ledger_id_, many, root_)), Code::kOk);
}

TEST_F(SlotFileTest, AWrongSecretIsNamedAsSuch) {
  EXPECT_EQ(OpenSlotFile(file_, ledger_id_, BoxSecretKey::Random()).status().code(), Code::kUnauthenticated);
}

TEST_F(SlotFileTest, AnotherLedgersFileIsRefused) {
  EXPECT_EQ(OpenSlotFile(file_, RandomArray<32>(), secrets_[0]).status().code(), Code::kCorrupt);
}

TEST_F(SlotFileTest, ABlankFileHoldsNothing) { EXPECT_EQ(OpenCode(Bytes(kSlotFileBytes)), Code::kNotFound); }

TEST_F(SlotFileTest, AnotherSizeIsRefused) {
  Bytes longer = file_;
  longer.push_back(0);
  EXPECT_EQ(OpenCode(longer), Code::kCorrupt);
  for (size_t size : {size_t{1}, Used(), kSlotFileBytes - 1}) {
    EXPECT_EQ(OpenCode(Bytes(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(size))), Code::kCorrupt);
  }
}

TEST_F(SlotFileTest, ANewerVersionIsNamedAsSuch) {
  file_[9] = 2;
  EXPECT_EQ(OpenCode(file_), Code::kTooNew);
}

TEST_F(SlotFileTest, EachFlippedBitIsRefused) {
  for (size_t at = 0; at < file_.size(); ++at) {
    // Behind what is used one bit of each byte is enough.
    for (uint8_t bit = 1; bit != 0; bit = at < Used() ? static_cast<uint8_t>(bit << 1) : 0) {
      Bytes flipped = file_;
      flipped[at] ^= bit;
      ASSERT_FALSE(OpenSlotFile(flipped, ledger_id_, secrets_[0]).ok()) << "byte " << at;
    }
  }
}

TEST_F(SlotFileTest, ASlotThatSomebodySlippedInIsRefused) {
  // Who can write the file but does not know the root adds a slot of his own, in the hope of the next root.
  const BoxSecretKey theirs = BoxSecretKey::Random();
  Bytes covered(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(Used() - 32));
  covered[kSlotAt - 1] = 3;
  const PublicKey32 key = BoxPublicKey(theirs);
  Append(covered, Writer().U8(1).Raw(key).Str16(BoxSeal(key, RootKey::Random().Reveal())).bytes());
  EXPECT_EQ(OpenCode(SealedBy(RootKey::Random(), covered)), Code::kCorrupt);
  EXPECT_EQ(OpenCode(SealedBy(root_, covered)), Code::kOk) << "the forgery is formed as it should be";
}

TEST_F(SlotFileTest, AnotherRootForOneSlotIsRefused) {
  // The slots stay, but ours gets a root of the attacker's, who can then make the MAC: the others still hold the old
  // one, and so does every key row, so that the swap is found when the first row is opened. Here the file alone is
  // consistent for us and not for the second slot.
  const RootKey theirs = RootKey::Random();
  Bytes covered(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(Used() - 32));
  const Bytes box = BoxSeal(slots_[0].public_key, theirs.Reveal());
  std::copy(box.begin(), box.end(), covered.begin() + kSlotAt + 35);
  const Bytes swapped = SealedBy(theirs, covered);
  const Result<OpenedSlots> first = OpenSlotFile(swapped, ledger_id_, secrets_[0]);
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(SecretEquals(first->root.Reveal(), root_.Reveal()));
  EXPECT_EQ(OpenSlotFile(swapped, ledger_id_, secrets_[1]).status().code(), Code::kCorrupt);
  EXPECT_NE(first->digest, SlotsDigest(file_)) << "and every head names the digest";
}

TEST_F(SlotFileTest, ACountOfNoneOrTooManyIsRefused) {
  for (uint8_t count : {0, 17, 255}) {
    Bytes covered = Writer().Raw("SPORSLOT").U16(1).U32(3).Raw(ledger_id_).U8(count).Take();
    for (int i = 0; i < count && covered.size() + kSlotBytes < 4000; ++i) {
      Append(covered,
             Writer().U8(1).Raw(slots_[0].public_key).Str16(BoxSeal(slots_[0].public_key, root_.Reveal())).bytes());
    }
    EXPECT_EQ(OpenCode(SealedBy(root_, covered)), Code::kCorrupt) << int{count};
  }
}

class SlotDirectoryTest : public SlotFileTest {
 protected:
  doubles::TempDir dir_;
  const SlotDirectory slots_dir_{dir_ / "keys"};
};

TEST_F(SlotDirectoryTest, NeighbouringGenerationsLieInDifferentFiles) {
  ASSERT_TRUE(slots_dir_.Create().ok());
  EXPECT_EQ(*slots_dir_.Read(0), Bytes(kSlotFileBytes));
  EXPECT_EQ(*slots_dir_.Read(1), Bytes(kSlotFileBytes));
  ASSERT_TRUE(slots_dir_.Write(3, file_).ok());
  EXPECT_EQ(*slots_dir_.Read(3), file_);
  EXPECT_EQ(*slots_dir_.Read(4), Bytes(kSlotFileBytes));
  struct stat info {};
  ASSERT_EQ(stat((dir_ / "keys").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  ASSERT_EQ(stat((dir_ / "keys/slots.1").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SlotDirectoryTest, DestroyBlanksInPlaceAndOnlyTheGenerationNamed) {
  ASSERT_TRUE(slots_dir_.Create().ok());
  ASSERT_TRUE(slots_dir_.Write(3, file_).ok());
  struct stat before {};
  ASSERT_EQ(stat((dir_ / "keys/slots.1").c_str(), &before), 0);
  EXPECT_EQ(slots_dir_.Destroy(1).code(), Code::kInternal) << "the file is that of generation 3";
  EXPECT_EQ(*slots_dir_.Read(3), file_);
  ASSERT_TRUE(slots_dir_.Destroy(3).ok());
  EXPECT_EQ(*slots_dir_.Read(3), Bytes(kSlotFileBytes));
  struct stat after {};
  ASSERT_EQ(stat((dir_ / "keys/slots.1").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino) << "a new file would leave the old bytes on the disk";
  EXPECT_TRUE(slots_dir_.Destroy(3).ok()) << "once more is no mistake";
}

TEST_F(SlotDirectoryTest, CreateKeepsAKeyThatIsThere) {
  ASSERT_TRUE(slots_dir_.Create().ok());
  EXPECT_TRUE(slots_dir_.Create().ok()) << "blank files are no keys";
  ASSERT_TRUE(slots_dir_.Write(3, file_).ok());
  EXPECT_EQ(slots_dir_.Create().code(), Code::kConflict);
  EXPECT_EQ(*slots_dir_.Read(3), file_);
}

class SlotSecretTest : public SlotDirectoryTest {
 protected:
  Code ReadCode(std::string_view content) {
    EXPECT_TRUE(WriteFileAtomically(path_, AsBytes(content), 0600).ok());
    return ReadSlotSecret(path_).status().code();
  }
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

}  // namespace
}  // namespace spor::vault
