// SPDX-License-Identifier: Apache-2.0
// The contract of Store, for the real one and for the double that most tests use.
#include "ledger/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "crypto/files.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/temp_dir.h"

namespace spor::ledger {
namespace {

using doubles::MemoryStore;
namespace fs = std::filesystem;

Result<std::unique_ptr<Store>> OpenAt(const std::string& directory, StoreOptions::Mode mode) {
  StoreOptions options;
  options.mode = mode;
  return OpenRocksStore(directory, options);
}

using Rows = std::vector<std::pair<Bytes, Bytes>>;

Rows RowsOf(const Store& store, Family family, ByteView begin, ByteView end) {
  Rows rows;
  EXPECT_TRUE(store
                  .Scan(family, begin, end,
                        [&](ByteView key, ByteView value) {
                          rows.emplace_back(ToBytes(key), ToBytes(value));
                          return true;
                        })
                  .ok());
  return rows;
}
size_t CountOf(const Store& store, Family family) { return RowsOf(store, family, {}, {}).size(); }

class StoreContract : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string_view(GetParam()) == "Memory") {
      store_ = std::make_unique<MemoryStore>();
      return;
    }
    auto opened = OpenAt(dir_ / "data", StoreOptions::Mode::kCreate);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    store_ = std::move(*opened);
  }
  void Put(Family family, Bytes key, Bytes value) {
    Batch batch;
    batch.Put(family, std::move(key), std::move(value));
    ASSERT_TRUE(store_->Write(batch, Durability::kSynced).ok());
  }
  doubles::TempDir dir_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreContract, TablesAreApart) {
  for (size_t i = 0; i < kFamilies; ++i) Put(static_cast<Family>(i), {1}, {static_cast<uint8_t>(i)});
  for (size_t i = 0; i < kFamilies; ++i) {
    EXPECT_EQ(**store_->Get(static_cast<Family>(i), Bytes{1}), Bytes{static_cast<uint8_t>(i)});
    EXPECT_EQ(CountOf(*store_, static_cast<Family>(i)), 1u);
  }
  EXPECT_FALSE(store_->Get(Family::kMeta, Bytes{2})->has_value());
}

TEST_P(StoreContract, RowsComeInOrderOfUnsignedBytesAndTheEndIsExclusive) {
  for (const Bytes& key : {Bytes{0x80}, Bytes{0x7f}, Bytes{}, Bytes{0xff, 0xff}, Bytes{0x7f, 0x00}}) {
    Put(Family::kState, key, {1});
  }
  const Rows all = RowsOf(*store_, Family::kState, {}, {});
  ASSERT_EQ(all.size(), 5u);
  for (size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].first, all[i].first);
  const Rows some = RowsOf(*store_, Family::kState, Bytes{0x7f}, Bytes{0x80});
  ASSERT_EQ(some.size(), 2u);
  EXPECT_EQ(some[0].first, Bytes{0x7f});
  EXPECT_EQ(some[1].first, (Bytes{0x7f, 0x00}));
}

TEST_P(StoreContract, AVisitorStopsAScan) {
  for (uint8_t i = 0; i < 10; ++i) Put(Family::kState, {i}, {i});
  int seen = 0;
  ASSERT_TRUE(store_->Scan(Family::kState, {}, {}, [&](ByteView, ByteView) { return ++seen < 3; }).ok());
  EXPECT_EQ(seen, 3);
}

TEST_P(StoreContract, BeforeIsTheLastRowAtOrBelow) {
  EXPECT_FALSE(store_->Before(Family::kState, Bytes{5})->has_value());
  Put(Family::kState, {3}, {1});
  Put(Family::kState, {5}, {2});
  EXPECT_FALSE(store_->Before(Family::kState, Bytes{2})->has_value());
  EXPECT_EQ((*store_->Before(Family::kState, Bytes{4}))->first, Bytes{3});
  EXPECT_EQ((*store_->Before(Family::kState, Bytes{5}))->second, Bytes{2});
  EXPECT_EQ((*store_->Before(Family::kState, Bytes{9, 9}))->first, Bytes{5});
}

TEST_P(StoreContract, ChangesOfABatchApplyInOrder) {
  Put(Family::kState, {1}, {1});
  Batch batch;
  batch.Delete(Family::kState, {1});
  batch.Put(Family::kState, {1}, {2});
  batch.Put(Family::kState, {2}, {2});
  batch.Put(Family::kState, {3}, {3});
  batch.DeleteRange(Family::kState, {2}, {4});
  batch.Put(Family::kState, {3}, {4});
  ASSERT_TRUE(store_->Write(batch, Durability::kSynced).ok());
  EXPECT_EQ(RowsOf(*store_, Family::kState, {}, {}), (Rows{{Bytes{1}, Bytes{2}}, {Bytes{3}, Bytes{4}}}));
  Batch tail;
  tail.DeleteRange(Family::kState, {1}, {3});
  ASSERT_TRUE(store_->Write(tail, Durability::kBuffered).ok());
  EXPECT_EQ(CountOf(*store_, Family::kState), 1u);
  ASSERT_TRUE(store_->Rewrite({Family::kState}).ok());
  EXPECT_EQ(CountOf(*store_, Family::kState), 1u);
}

TEST_P(StoreContract, AVisitorMayReadTheStore) {
  for (uint8_t i = 0; i < 5; ++i) Put(Family::kState, {i}, {i});
  ASSERT_TRUE(
      store_
          ->Scan(Family::kState, {}, {},
                 [&](ByteView key, ByteView value) { return PublicEquals(**store_->Get(Family::kState, key), value); })
          .ok());
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, ::testing::Values("Memory", "Rocks"),
                         [](const auto& which) { return std::string(which.param); });

TEST(Store, PrefixEndIsTheNextPrefix) {
  EXPECT_EQ(PrefixEnd(Bytes{1, 2}), (Bytes{1, 3}));
  EXPECT_EQ(PrefixEnd(Bytes{1, 0xff, 0xff}), Bytes{2});
  EXPECT_DEATH(PrefixEnd(Bytes{0xff}), "CHECK");
}

class RocksStoreFiles : public ::testing::Test {
 protected:
  static constexpr int kRows = 60;
  // A directory as a killed process leaves it: everything still in the write-ahead log.
  void SetUp() override {
    auto store = OpenAt(dir_ / "live", StoreOptions::Mode::kCreate);
    ASSERT_TRUE(store.ok());
    for (int i = 0; i < kRows; ++i) {
      Batch batch;
      batch.Put(Family::kEntry, {static_cast<uint8_t>(i)}, Bytes(200, static_cast<uint8_t>(i)));
      ASSERT_TRUE((*store)->Write(batch, Durability::kSynced).ok());
    }
    fs::copy(dir_ / "live", dir_ / "killed", fs::copy_options::recursive);
    for (const auto& file : fs::directory_iterator(dir_ / "killed")) {
      if (file.path().extension() == ".log" && file.file_size() > 0) wal_name_ = file.path().filename().string();
    }
    wal_ = *ReadSmallFile(dir_ / "killed/" + wal_name_, size_t{1} << 20);
    ASSERT_GT(wal_.size(), size_t{kRows * 200});
  }
  // The killed directory with another write-ahead log.
  Result<std::unique_ptr<Store>> OpenWith(const std::string& wal) {
    fs::remove_all(dir_ / "copy");
    fs::copy(dir_ / "killed", dir_ / "copy", fs::copy_options::recursive);
    EXPECT_TRUE(WriteFileAtomically(dir_ / "copy/" + wal_name_, AsBytes(wal), 0600).ok());
    return OpenAt(dir_ / "copy", StoreOptions::Mode::kOpen);
  }
  doubles::TempDir dir_;
  std::string wal_name_;
  std::string wal_;
};

TEST_F(RocksStoreFiles, AKilledProcessLosesNothing) {
  const auto store = OpenWith(wal_);
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(CountOf(**store, Family::kEntry), size_t{kRows});
}

TEST_F(RocksStoreFiles, ARecordThatEndsWithTheFileWasNeverAnswered) {
  for (size_t missing : {1, 100, 200}) {
    const auto store = OpenWith(wal_.substr(0, wal_.size() - missing));
    ASSERT_TRUE(store.ok()) << missing << ": " << store.error().message();
    EXPECT_EQ(CountOf(**store, Family::kEntry), size_t{kRows - 1}) << missing;
  }
}

TEST_F(RocksStoreFiles, AFlippedBitOfTheWriteAheadLogIsRefused) {
  std::mt19937 random(4);
  const auto refused = [&](size_t at, int bit) {
    std::string damaged = wal_;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
    return OpenWith(damaged).status().code() == Code::kCorrupt;
  };
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(refused(random() % wal_.size(), static_cast<int>(random() % 8)));
  // Header of the first record: checksum, length (low byte first), type.
  for (size_t at = 0; at < 7; ++at) EXPECT_TRUE(refused(at, 0)) << at;
}

TEST_F(RocksStoreFiles, OneWriterAtATime) {
  const auto first = OpenAt(dir_ / "killed", StoreOptions::Mode::kOpen);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(OpenAt(dir_ / "killed", StoreOptions::Mode::kOpen).status().code(), Code::kIo);
  EXPECT_TRUE(OpenAt(dir_ / "killed", StoreOptions::Mode::kReadOnly).ok()) << "reading is allowed beside it";
}

TEST_F(RocksStoreFiles, CreateOpenAndReadOnly) {
  EXPECT_FALSE(OpenAt(dir_ / "killed", StoreOptions::Mode::kCreate).ok()) << "there is one already";
  EXPECT_FALSE(OpenAt(dir_ / "nothing", StoreOptions::Mode::kOpen).ok());
  EXPECT_FALSE(fs::exists(dir_ / "nothing/CURRENT")) << "opening makes nothing";
  const auto store = OpenAt(dir_ / "killed", StoreOptions::Mode::kReadOnly);
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(CountOf(**store, Family::kEntry), size_t{kRows});
  Batch batch;
  batch.Put(Family::kState, {1}, {1});
  EXPECT_FALSE((*store)->Write(batch, Durability::kSynced).ok());
}

}  // namespace
}  // namespace spor::ledger
