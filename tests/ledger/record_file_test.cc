// SPDX-License-Identifier: Apache-2.0
#include "ledger/record_file.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <filesystem>
#include <random>

#include "crypto/files.h"
#include "tests/doubles/temp_dir.h"

namespace spor::ledger {
namespace {

namespace fs = std::filesystem;

// A write-ahead log that RocksDB itself wrote, one record for each value put.
class RecordFileTest : public ::testing::Test {
 protected:
  void Put(const std::vector<size_t>& sizes) {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* raw = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, dir_ / "db", &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    std::mt19937 random(3);
    for (const size_t size : sizes) {
      std::string value(size, '\0');
      for (char& c : value) c = static_cast<char>(random() % 255 + 1);
      ASSERT_TRUE(db->Put({}, "key", value).ok());
      ends_.push_back(FileSize());
    }
    file_ = *ReadSmallFile(Path(), size_t{1} << 24);
    ASSERT_EQ(ends_.back(), file_.size());
  }
  std::string Path() const {
    for (const auto& file : fs::directory_iterator(dir_ / "db")) {
      if (file.path().extension() == ".log") return file.path().string();
    }
    return "";
  }
  size_t FileSize() const { return fs::file_size(Path()); }

  // How many records can be read, and how the file ends: 'w'hole, 'u'nfinished or 'd'amaged.
  std::pair<size_t, char> Read(const std::string& file) const {
    size_t records = 0;
    const auto end = ReadRecordFile(AsBytes(file), [&](ByteView) { return ++records, OkStatus(); });
    if (!end.ok()) return {records, 'd'};
    EXPECT_EQ(end->size, records == 0 ? 0 : ends_[records - 1]);
    return {records, end->unfinished ? 'u' : 'w'};
  }
  using Seen = std::pair<size_t, char>;
  // How many of the records end at or before `size`.
  size_t WholeAt(size_t size) const {
    return static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), size) - ends_.begin());
  }
  std::string Flipped(size_t at, int bit) const {
    std::string damaged = file_;
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
    return damaged;
  }
  std::string Zeroed(size_t from, size_t to) const {
    std::string damaged = file_;
    std::fill(damaged.begin() + static_cast<std::ptrdiff_t>(from), damaged.begin() + static_cast<std::ptrdiff_t>(to),
              0);
    return damaged;
  }

  static constexpr size_t kBlock = 32768;
  // Header, head of the batch, type, key, length of a value above 16,383 bytes.
  static constexpr size_t kOverhead = 7 + 12 + 1 + 4 + 3;

  // Every place, but few of those within the long record.
  size_t Step(size_t at) const {
    const bool in_header = at % 32768 < 8 || at % 32768 > 32760;
    return in_header || at < 60 || at + 250 > file_.size() ? 1 : 251;
  }

  doubles::TempDir dir_;
  std::string file_;
  std::vector<size_t> ends_;  // of the file after each record
};

TEST_F(RecordFileTest, ReadsWhatRocksWrote) {
  Put({10, 300, 40000, 0, 100000, 32768 - 7 - 30, 5, 1});
  EXPECT_EQ(Read(file_), Seen(8, 'w'));
  EXPECT_EQ(Read(""), Seen(0, 'w'));
}

TEST_F(RecordFileTest, ShowsTheHeadOfARecordThatIsInPieces) {
  // The second record begins so near the end of a block that only a few of its bytes fit there.
  for (size_t left : {0, 1, 6, 7, 8, 11, 12, 20, 30, 31, 45}) {
    fs::remove_all(dir_ / "db");
    ends_.clear();
    Put({kBlock - kOverhead - left, 100, 40000});
    std::vector<std::string> heads;
    ASSERT_TRUE(ReadRecordFile(AsBytes(file_), [&](ByteView head) {
                  heads.emplace_back(AsText(head));
                  return OkStatus();
                }).ok());
    ASSERT_EQ(heads.size(), 3u);
    for (const std::string& head : heads) {
      EXPECT_EQ(head.size(), kRecordHead);
      EXPECT_EQ(head.substr(13, 4), "\x03key") << left;
    }
  }
}

TEST_F(RecordFileTest, StopsWhereTheVisitorSaysSo) {
  Put({1, 2, 3});
  size_t seen = 0;
  const auto end =
      ReadRecordFile(AsBytes(file_), [&](ByteView) { return Status(++seen == 2 ? Code::kLater : Code::kOk, ""); });
  EXPECT_EQ(end.status().code(), Code::kLater);
  EXPECT_EQ(seen, 2u);
}

TEST_F(RecordFileTest, AFileThatIsCutAnywhereIsUnfinished) {
  Put({10, 300, 40000, 70, 9});
  for (size_t size = 0; size <= file_.size(); size += Step(size)) {
    const Seen seen = Read(file_.substr(0, size));
    const size_t whole = WholeAt(size);
    ASSERT_EQ(seen.first, whole) << size;
    // Between two records, or behind the end of a block that has no room for a header, nothing is missing.
    const bool between = size == 0 || (whole > 0 && ends_[whole - 1] == size);
    ASSERT_EQ(seen.second, between ? 'w' : 'u') << size;
  }
}

TEST_F(RecordFileTest, EveryFlippedBitIsDamage) {
  // The third record ends so near the end of a block that no header fits there: what is left is zero.
  Put({10, 300, kBlock - 5 - (35 + 326) - kOverhead, 40000, 0, 70, 9});
  ASSERT_EQ(ends_[2], kBlock - 5);
  for (size_t at = 0; at < file_.size(); at += Step(at)) {
    for (int bit = 0; bit < 8; ++bit) ASSERT_EQ(Read(Flipped(at, bit)).second, 'd') << at << " bit " << bit;
  }
}

TEST_F(RecordFileTest, BytesOfAnotherRecordAreDamage) {
  Put({200, 200, 200});
  const size_t size = ends_[1] - ends_[0];
  const std::string first = file_.substr(0, size), second = file_.substr(ends_[0], size);
  ASSERT_EQ(Read(first + second + second), Seen(3, 'w')) << "the numbers of batches show that, not the records";
  EXPECT_EQ(Read(first + second.substr(0, 100) + second).second, 'd');
}

TEST_F(RecordFileTest, SectorsOfTheLastRecordThatWereNeverWrittenAreUnfinished) {
  Put({10, 300, 40000});
  for (size_t from = 512; from < file_.size(); from += 512) {
    ASSERT_EQ(Read(Zeroed(from, file_.size())), Seen(2, 'u')) << from;
    const size_t to = std::min(from + 512, file_.size());
    ASSERT_EQ(Read(Zeroed(from, to)), Seen(2, 'u')) << from;
  }
  // The file was made longer before anything was written.
  EXPECT_EQ(Read(file_ + std::string(5000, '\0')), Seen(3, 'u'));
  EXPECT_EQ(Read(Zeroed(ends_[1], file_.size())), Seen(2, 'u'));
}

TEST_F(RecordFileTest, SectorsMissingBeforeAnotherRecordAreDamage) {
  Put({10, 3000, 40000, 20});
  for (size_t from = 512; from + 512 < ends_[2]; from += 512) {
    ASSERT_EQ(Read(Zeroed(from, from + 512)).second, 'd') << from;
  }
}

// The reason for all this.
TEST_F(RecordFileTest, RocksTakesADamagedTypeForTheEndOfTheFile) {
  Put({10, 300, 20});
  ASSERT_TRUE(OverwriteFileInPlace(Path(), AsBytes(Flipped(ends_[0] + 6, 2))).ok());
  rocksdb::Options options;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::OpenForReadOnly(options, dir_ / "db", &raw).ok()) << "then ours need not be stricter";
  const std::unique_ptr<rocksdb::DB> db(raw);
  std::string value;
  ASSERT_TRUE(db->Get({}, "key", &value).ok());
  EXPECT_EQ(value.size(), 10u) << "two records were dropped";
}

}  // namespace
}  // namespace spor::ledger
