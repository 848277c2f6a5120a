// SPDX-License-Identifier: Apache-2.0
#include "vault/slot_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "tests/doubles/temp_dir.h"

namespace spor::vault {
namespace {

constexpr size_t kSlotAt = 8 + 2 + 4 + 32 + 1;  // the first slot
// type, public key, label of two characters, no wrapped secret, length, sealed root
constexpr size_t kSlotBytes = 1 + 32 + 3 + 1 + 2 + 32 + kBoxOverhead;
constexpr size_t kBoxAt = 1 + 32 + 3 + 1 + 2;

class SlotFileTest : public ::testing::Test {
 protected:
  SlotFileTest() {
    for (const BoxSecretKey& secret : secrets_) {
      slots_.push_back({SlotType::kCredentialFile, BoxPublicKey(secret), "s" + std::to_string(slots_.size()), {}});
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
    EXPECT_EQ(opened->slots[1].label, "s1");
    EXPECT_EQ(opened->opened_with, BoxPublicKey(secret));
    EXPECT_EQ(opened->digest, SlotsDigest(file_));
  }
}

TEST_F(SlotFileTest, TwelveOfTheLongestSlotsFit) {
  std::vector<Slot> many(kMaxSlots, {SlotType::kPassphrase, BoxPublicKey(BoxSecretKey::Random()),
                                     std::string(kMaxSlotLabel, 'x'), Bytes(kMaxWrappedSecret, 7)});
  many[0] = slots_[0];
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
  file_[9] = 3;
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
  Append(covered, Writer().U8(1).Raw(key).Str8("s2").Str8("").Str16(BoxSeal(key, RootKey::Random().Reveal())).bytes());
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
  std::copy(box.begin(), box.end(), covered.begin() + kSlotAt + kBoxAt);
  const Bytes swapped = SealedBy(theirs, covered);
  const Result<OpenedSlots> first = OpenSlotFile(swapped, ledger_id_, secrets_[0]);
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(SecretEquals(first->root.Reveal(), root_.Reveal()));
  EXPECT_EQ(OpenSlotFile(swapped, ledger_id_, secrets_[1]).status().code(), Code::kCorrupt);
  EXPECT_NE(first->digest, SlotsDigest(file_)) << "and every head names the digest";
}

TEST_F(SlotFileTest, WhatIsWrittenInItCanBeSeenWithoutASecret) {
  const Result<std::vector<Slot>> seen = PeekSlots(file_, ledger_id_);
  ASSERT_TRUE(seen.ok());
  ASSERT_EQ(seen->size(), 2u);
  EXPECT_EQ((*seen)[0].public_key, slots_[0].public_key);
  EXPECT_EQ(PeekSlots(Bytes(kSlotFileBytes), ledger_id_).status().code(), Code::kNotFound);
}

TEST_F(SlotFileTest, ASlotOfAnUnknownTypeOrWithABadLabelIsRefused) {
  const auto file_with = [&](uint8_t type, std::string_view label, std::string_view wrapped) {
    Writer out;
    out.Raw("SPORSLOT").U16(2).U32(3).Raw(ledger_id_).U8(1).U8(type).Raw(slots_[0].public_key);
    out.Str8(label).Str8(wrapped).Str16(BoxSeal(slots_[0].public_key, root_.Reveal()));
    return SealedBy(root_, out.Take());
  };
  EXPECT_EQ(OpenCode(file_with(1, "a", "")), Code::kOk) << "the others differ from this one only in one thing";
  EXPECT_EQ(OpenCode(file_with(3, "a", "")), Code::kOk);
  EXPECT_EQ(OpenCode(file_with(0, "a", "")), Code::kCorrupt);
  EXPECT_EQ(OpenCode(file_with(4, "a", "")), Code::kCorrupt);
  EXPECT_EQ(OpenCode(file_with(1, "", "")), Code::kCorrupt);
  EXPECT_EQ(OpenCode(file_with(1, "A", "")), Code::kCorrupt);
  EXPECT_EQ(OpenCode(file_with(1, std::string(33, 'a'), "")), Code::kCorrupt);
  EXPECT_EQ(OpenCode(file_with(1, "a", "w")), Code::kCorrupt) << "a file's slot holds no secret";
  EXPECT_EQ(OpenCode(file_with(2, "a", "")), Code::kCorrupt) << "a passphrase's slot does";
}

TEST_F(SlotFileTest, ACountOfNoneOrTooManyIsRefused) {
  for (uint8_t count : {0, 13, 255}) {
    Bytes covered = Writer().Raw("SPORSLOT").U16(2).U32(3).Raw(ledger_id_).U8(count).Take();
    for (int i = 0; i < count && covered.size() + kSlotBytes < 4000; ++i) {
      Append(covered, Writer()
                          .U8(1)
                          .Raw(slots_[0].public_key)
                          .Str8("s0")
                          .Str8("")
                          .Str16(BoxSeal(slots_[0].public_key, root_.Reveal()))
                          .bytes());
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

}  // namespace
}  // namespace spor::vault
