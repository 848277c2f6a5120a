// SPDX-License-Identifier: Apache-2.0
#include "ledger/anchor.h"

#include <gtest/gtest.h>

#include <fstream>

#include "crypto/files.h"
#include "crypto/hash.h"
#include "tests/doubles/temp_dir.h"

namespace spor::ledger {
namespace {

class AnchorFiles : public ::testing::Test {
 protected:
  AnchorFiles()
      : signer_(SigningKey::CopyOf(Sha256(AsBytes("log")))),
        key_(MakeVerifierKey("spor.example/log", signer_.public_key())) {
    EXPECT_TRUE(Anchor(Directory(), key_).Create().ok());
  }
  std::string Directory() const { return dir_ / "anchor"; }
  std::string File(int which) const { return Directory() + "/anchor." + std::to_string(which); }
  std::string NoteOf(uint64_t size) const {
    return SignCheckpoint({key_.name, size, Sha256(AsBytes(std::to_string(size)))}, signer_);
  }
  void WriteSizes(std::initializer_list<uint64_t> sizes) {
    Anchor anchor(Directory(), key_);
    for (uint64_t size : sizes) ASSERT_TRUE(anchor.Write(NoteOf(size)).ok());
  }
  // Size of the newest anchor; 0 for none, and failures as their code below zero.
  int64_t Newest() const {
    const auto newest = Anchor(Directory(), key_).Newest();
    if (!newest.ok()) return -static_cast<int64_t>(newest.error().code());
    return *newest ? static_cast<int64_t>((*newest)->size) : 0;
  }
  void Put(int which, const std::string& content) const { std::ofstream(File(which), std::ios::trunc) << content; }
  void Damage(int which) const {
    std::string content = *ReadSmallFile(File(which), kMaxNoteBytes);
    content[content.size() / 2] ^= 1;
    ASSERT_TRUE(OverwriteFileInPlace(File(which), AsBytes(content)).ok());
  }

  doubles::TempDir dir_;
  Signer signer_;
  VerifierKey key_;
};

constexpr int64_t kCorruptAnchor = -static_cast<int64_t>(Code::kCorrupt);

TEST_F(AnchorFiles, NoneYet) { EXPECT_EQ(Newest(), 0); }

TEST_F(AnchorFiles, TheNewestOfTwo) {
  WriteSizes({5});
  EXPECT_EQ(Newest(), 5);
  WriteSizes({6, 7, 8});
  EXPECT_EQ(Newest(), 8);
  EXPECT_EQ(*ReadSmallFile(File(0), kMaxNoteBytes) == NoteOf(8), *ReadSmallFile(File(1), kMaxNoteBytes) == NoteOf(7));
}

TEST_F(AnchorFiles, AfterARestartTheOlderFileIsOverwritten) {
  WriteSizes({5});
  for (uint64_t size : {6, 7, 8, 9, 10}) {
    WriteSizes({size});
    EXPECT_EQ(Newest(), static_cast<int64_t>(size));
    Damage(0);
    const int64_t without_first = Newest();
    Damage(0);
    Damage(1);
    const int64_t without_second = Newest();
    Damage(1);
    // Whichever file is lost, the other is at most one checkpoint older.
    EXPECT_EQ(std::max(without_first, without_second), static_cast<int64_t>(size));
    EXPECT_EQ(std::min(without_first, without_second), static_cast<int64_t>(size) - 1);
  }
}

TEST_F(AnchorFiles, TornWriteLeavesTheOther) {
  WriteSizes({5, 6});
  const std::string content = *ReadSmallFile(File(1), kMaxNoteBytes);
  for (size_t n = 0; n < content.size(); ++n) {
    Put(1, content.substr(0, n));
    ASSERT_EQ(Newest(), 5) << n;
    // The new bytes are there, but the old ones behind them too.
    const std::string longer = NoteOf(123456789);
    Put(1, content.substr(0, n) + longer.substr(n));
    ASSERT_TRUE(Newest() == 5 || Newest() == 123456789) << n;
  }
}

TEST_F(AnchorFiles, ADamagedFileIsOverwrittenBeforeAGoodOne) {
  for (int which : {0, 1}) {
    WriteSizes({100, 101, 102});
    Damage(which);
    WriteSizes({103});
    const int64_t newest = Newest();
    Damage(1 - which);
    EXPECT_EQ(newest, 103);
    EXPECT_EQ(Newest(), 103) << "the damaged file " << which << " held the new anchor";
    Damage(1 - which);
  }
}

TEST_F(AnchorFiles, BothDamaged) {
  WriteSizes({5, 6});
  Damage(0);
  Damage(1);
  EXPECT_EQ(Newest(), kCorruptAnchor);
}

TEST_F(AnchorFiles, OfAnotherLog) {
  WriteSizes({5, 6});
  const Signer other(SigningKey::CopyOf(Sha256(AsBytes("other"))));
  const auto newest = Anchor(Directory(), MakeVerifierKey(key_.name, other.public_key())).Newest();
  EXPECT_EQ(newest.status().code(), Code::kCorrupt);
}

TEST_F(AnchorFiles, DirectoryThatIsNotThere) {
  Anchor anchor(dir_ / "nowhere", key_);
  EXPECT_FALSE(anchor.Write(NoteOf(5)).ok());
}

TEST_F(AnchorFiles, AFileThatIsTooLarge) {
  WriteSizes({5});
  ASSERT_TRUE(OverwriteFileInPlace(File(1), Bytes(kMaxNoteBytes + 1)).ok());
  EXPECT_EQ(Newest(), 5);
}

}  // namespace
}  // namespace spor::ledger
