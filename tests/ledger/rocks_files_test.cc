// SPDX-License-Identifier: Apache-2.0
// What a store on RocksDB refuses to open, although RocksDB would.
#include "ledger/rocks_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "crypto/codec.h"
#include "crypto/files.h"
#include "ledger/record_file.h"
#include "ledger/store.h"
#include "tests/doubles/ram_dir.h"

namespace spor::ledger {
namespace {

namespace fs = std::filesystem;
using Mode = StoreOptions::Mode;

class RocksFiles : public ::testing::Test {
 protected:
  // Rows 0 to 29 in table files, 30 to 59 in the write-ahead log, as a killed process leaves them.
  void SetUp() override {
    {
      const auto store = OpenRocksStore(dir_ / "live", {Mode::kCreate});
      ASSERT_TRUE(store.ok()) << store.error().message();
      for (int i = 0; i < 30; ++i) Put(**store, i);
    }
    const auto store = OpenRocksStore(dir_ / "live", {Mode::kOpen});
    ASSERT_TRUE(store.ok()) << store.error().message();
    for (int i = 30; i < 60; ++i) Put(**store, i);
    Copy("live", "killed");
  }
  static void Put(Store& store, int row) {
    Batch batch;
    batch.Put(row % 2 == 0 ? Family::kEntry : Family::kKey, {static_cast<uint8_t>(row)}, Bytes(50));
    ASSERT_TRUE(store.Write(batch, Durability::kSynced).ok());
  }
  void Copy(const std::string& from, const std::string& to) const {
    fs::remove_all(dir_ / to);
    fs::copy(dir_ / from, dir_ / to, fs::copy_options::recursive);
  }
  // A fresh copy of the killed directory to be damaged.
  void Begin() const { Copy("killed", "copy"); }
  std::string Path(const std::string& file) const { return dir_ / ("copy/" + file); }
  std::string Find(const std::string& end) const {
    for (const auto& file : fs::directory_iterator(dir_ / "copy")) {
      if (file.path().filename().string().find(end) != std::string::npos) return file.path().filename().string();
    }
    return "";
  }
  std::string Read(const std::string& file) const { return *ReadSmallFile(Path(file), size_t{1} << 26); }
  void Write(const std::string& file, const std::string& content) const {
    ASSERT_TRUE(OverwriteFileInPlace(Path(file), AsBytes(content)).ok());
  }
  // How many rows a store of the copy shows; less than none if it is refused.
  int Rows(Mode mode = Mode::kOpen) const {
    const auto store = OpenRocksStore(dir_ / "copy", {mode});
    if (!store.ok()) return -static_cast<int>(store.error().code());
    int rows = 0;
    for (const Family family : {Family::kEntry, Family::kKey}) {
      EXPECT_TRUE((*store)->Scan(family, {}, {}, [&](ByteView, ByteView) { return ++rows, true; }).ok());
    }
    return rows;
  }
  // The write-ahead log in three files of ten batches. A record does not know in which file it lies.
  std::array<std::string, 3> SplitLog() const {
    const std::string name = Find(".log");
    const std::string log = Read(name);
    std::vector<size_t> ends = {0};
    for (size_t size = 1; size <= log.size(); ++size) {
      const auto end = ReadRecordFile(AsBytes(log.substr(0, size)), [](ByteView) { return OkStatus(); });
      if (end.ok() && !end->unfinished) ends.push_back(size);
    }
    EXPECT_EQ(ends.size(), 32u) << "one for the start, thirty for rows";
    fs::remove(Path(name));
    const std::array<std::string, 3> names = {"100001.log", "100002.log", "100003.log"};
    const std::array<size_t, 4> at = {0, ends[11], ends[21], log.size()};
    for (size_t i = 0; i < 3; ++i) Write(names[i], log.substr(at[i], at[i + 1] - at[i]));
    return names;
  }
  static constexpr int kRefused = -static_cast<int>(Code::kCorrupt);

  doubles::RamDir dir_;
};

TEST_F(RocksFiles, NothingIsLostByAKill) {
  Begin();
  EXPECT_EQ(Rows(Mode::kReadOnly), 60);
  EXPECT_EQ(Rows(), 60);
  EXPECT_EQ(Rows(), 60) << "once more";
}

TEST_F(RocksFiles, TheLogMayLieInSeveralFiles) {
  Begin();
  SplitLog();
  EXPECT_EQ(Rows(), 60);
}

TEST_F(RocksFiles, ALogFileMissingBeforeAnotherIsRefused) {
  for (const size_t which : {0, 1}) {
    Begin();
    fs::remove(Path(SplitLog()[which]));
    EXPECT_EQ(Rows(Mode::kReadOnly), kRefused) << which;
    EXPECT_EQ(Rows(), kRefused) << which;
    EXPECT_TRUE(fs::exists(Path("100003.log"))) << "nothing was touched";
  }
}

TEST_F(RocksFiles, ALogFileCutShortBeforeAnotherIsRefused) {
  for (const size_t which : {0, 1}) {
    Begin();
    const std::string name = SplitLog()[which];
    const std::string content = Read(name);
    for (const size_t size : {size_t{0}, content.size() / 2, content.size() - 1}) {
      Write(name, content.substr(0, size));
      EXPECT_EQ(Rows(Mode::kReadOnly), kRefused) << which << " " << size;
    }
  }
}

// RocksDB leaves out a log whose number is below the one that the manifest names, without a word.
TEST_F(RocksFiles, ALiveLogUnderAnOlderNumberIsRefused) {
  Begin();
  fs::rename(Path(Find(".log")), Path("000001.log"));
  EXPECT_EQ(Rows(Mode::kReadOnly), kRefused);
  EXPECT_EQ(Rows(), kRefused);
  EXPECT_TRUE(fs::exists(Path("000001.log"))) << "nothing was touched";
}

// Many rows of one table fill its memory, so that it is flushed; what the others have must go with it.
TEST_F(RocksFiles, AllTablesLoseTheSameBatches) {
  constexpr size_t kBatches = 60, kEach = 10000;
  const auto store = OpenRocksStore(dir_ / "full", {Mode::kCreate});
  ASSERT_TRUE(store.ok()) << store.error().message();
  for (size_t n = 0; n < kBatches; ++n) {
    Batch batch;
    for (size_t i = 0; i < kEach; ++i) batch.Put(Family::kEntry, Writer().U64(n * kEach + i).Take(), {1});
    batch.Put(Family::kKey, Writer().U64(n).Take(), {1});
    ASSERT_TRUE((*store)->Write(batch, Durability::kSynced).ok());
  }
  // The manifest names the new tables once they are whole; a log that is not needed any more can go meanwhile.
  for (size_t size = 0, same = 0, tries = 0; same < 10; ++tries) {
    ASSERT_LT(tries, 1000u) << "nothing was flushed";
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    fs::remove_all(dir_ / "copy");
    std::error_code error;
    fs::copy(dir_ / "full", dir_ / "copy", fs::copy_options::recursive, error);
    const size_t now = error ? 0 : Read(Find("MANIFEST")).size();
    same = now == size && !Find(".sst").empty() ? same + 1 : 0;
    size = now;
  }
  for (std::string log; !(log = Find(".log")).empty();) fs::remove(Path(log));
  const auto left = OpenRocksStore(dir_ / "copy", {Mode::kOpen});
  ASSERT_TRUE(left.ok()) << left.error().message();
  size_t entries = 0, keys = 0;
  ASSERT_TRUE((*left)->Scan(Family::kEntry, {}, {}, [&](ByteView, ByteView) { return ++entries, true; }).ok());
  ASSERT_TRUE((*left)->Scan(Family::kKey, {}, {}, [&](ByteView, ByteView) { return ++keys, true; }).ok());
  EXPECT_GT(keys, 0u);
  EXPECT_LT(keys, kBatches);
  EXPECT_EQ(entries, keys * kEach);
}

// Nobody can tell such a loss from writes that never happened; the anchor can.
TEST_F(RocksFiles, WhatIsMissingAtTheEndLeavesAllThatWasWrittenBefore) {
  Begin();
  fs::remove(Path(SplitLog()[2]));
  EXPECT_EQ(Rows(), 50);
  Begin();
  const std::string name = Find(".log");
  Write(name, Read(name).substr(0, Read(name).size() - 1));
  EXPECT_EQ(Rows(), 59);
  Begin();
  fs::remove(Path(name));
  EXPECT_EQ(Rows(), 30);
}

TEST_F(RocksFiles, AWriteThatNeverEndedIsDroppedOnceAndForAll) {
  Begin();
  const std::string name = Find(".log");
  Write(name, Read(name) + std::string(9000, '\0'));
  EXPECT_EQ(Rows(Mode::kReadOnly), 60);
  const std::string cut = Read(name).substr(0, Read(name).size() - 9000 - 5);
  Write(name, cut);
  EXPECT_EQ(Rows(), 59);
  EXPECT_EQ(Rows(), 59);
  auto store = OpenRocksStore(dir_ / "copy", {Mode::kOpen});
  ASSERT_TRUE(store.ok());
  Put(**store, 99);
  store->reset();
  EXPECT_EQ(Rows(), 60);
  // The file that ended badly is put back beside what came after.
  Write(name, cut);
  EXPECT_EQ(Rows(), 60);
}

TEST_F(RocksFiles, AManifestCutShortIsRefused) {
  Begin();
  const std::string name = Find("MANIFEST");
  const std::string content = Read(name);
  for (size_t size = content.size(); size > 0; size -= std::min(size, size_t{37})) {
    Begin();
    Write(name, content.substr(0, size - 1));
    ASSERT_EQ(Rows(Mode::kReadOnly), kRefused) << size;
  }
}

// RocksDB refuses such a manifest, though nothing was done that it would have to say.
TEST_F(RocksFiles, AWriteOfTheManifestThatNeverEndedIsDropped) {
  Begin();
  const std::string name = Find("MANIFEST");
  // Checksum, length 1,500, type 1; then some of the payload, and sectors that were never written.
  const std::string torn =
      std::string("\x12\x34\x56\x78\xdc\x05\x01", 7) + std::string(200, 'x') + std::string(1300, '\0');
  Write(name, Read(name) + torn);
  EXPECT_EQ(Rows(Mode::kReadOnly), 60);
  EXPECT_EQ(Rows(), 60);
  EXPECT_EQ(Rows(), 60) << "once more";
}

TEST_F(RocksFiles, AnOlderManifestIsRefused) {
  Begin();
  const std::string older = Read(Find("MANIFEST"));
  ASSERT_EQ(Rows(), 60);
  // Its tables and its log are gone, but that is not what shows it.
  Write("MANIFEST-000001", older);
  Write("CURRENT", "MANIFEST-000001\n");
  EXPECT_EQ(Rows(Mode::kReadOnly), kRefused);
  EXPECT_EQ(CheckManifest({"MANIFEST-000001", 1000}, {"MANIFEST-000002", 10}).code(), Code::kCorrupt);
  EXPECT_EQ(CheckManifest({"MANIFEST-000002", 9}, {"MANIFEST-000002", 10}).code(), Code::kCorrupt);
  EXPECT_TRUE(CheckManifest({"MANIFEST-000002", 11}, {"MANIFEST-000002", 10}).ok());
  EXPECT_TRUE(CheckManifest({"MANIFEST-000003", 9}, {"MANIFEST-000002", 10}).ok()) << "a start that did not get far";
}

TEST_F(RocksFiles, ADirectoryWithoutDatabaseIsRefused) {
  fs::create_directory(dir_ / "copy");
  EXPECT_EQ(Rows(), kRefused);
  Write("CURRENT", "MANIFEST-12x\n");
  EXPECT_EQ(Rows(), kRefused);
  Write("CURRENT", "MANIFEST-000012\n");
  EXPECT_EQ(Rows(), kRefused);
}

TEST_F(RocksFiles, WhoLooksBeforeWritingCanRefuse) {
  Begin();
  const std::string log = Find(".log"), manifest = Find("MANIFEST");
  StoreOptions options;
  int seen = 0;
  options.before_writing = [&](const Store& store) {
    EXPECT_TRUE(store.Get(Family::kKey, Bytes{59}).ok());
    ++seen;
    return Status(Code::kFailed, "not this one");
  };
  EXPECT_EQ(OpenRocksStore(dir_ / "copy", options).status().code(), Code::kFailed);
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(Find(".log"), log) << "nothing was written";
  EXPECT_EQ(Find("MANIFEST"), manifest);
}

// RocksDB only warns in its own log when it can't read the range deletions of a table; what was deleted would be back.
TEST_F(RocksFiles, DamageNeverBringsBackWhatWasDeleted) {
  {
    auto store = OpenRocksStore(dir_ / "live2", {Mode::kCreate});
    ASSERT_TRUE(store.ok());
    for (int i = 0; i < 20; ++i) Put(**store, i);
    ASSERT_TRUE((*store)->Rewrite({}).ok());
    Batch batch;
    batch.DeleteRange(Family::kKey, {0}, {200});
    batch.Put(Family::kKey, {250}, {1});
    ASSERT_TRUE((*store)->Write(batch, Durability::kSynced).ok());
    ASSERT_TRUE((*store)->Rewrite({}).ok()) << "flushes, and rewrites nothing";
  }
  Copy("live2", "killed");
  Begin();
  ASSERT_EQ(Rows(Mode::kReadOnly), 11);
  size_t refused = 0, flips = 0;
  std::vector<std::string> tables;
  for (const auto& file : fs::directory_iterator(dir_ / "killed")) {
    if (file.path().extension() == ".sst") tables.push_back(file.path().filename().string());
  }
  for (const std::string& table : tables) {
    const std::string content = Read(table);
    for (size_t at = 0; at < content.size(); at += 29, ++flips) {
      std::string damaged = content;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
      Write(table, damaged);
      const auto store = OpenRocksStore(dir_ / "copy", {Mode::kReadOnly});
      refused += !store.ok();
      if (!store.ok()) continue;
      int keys = 0;
      const Status scanned = (*store)->Scan(Family::kKey, {}, {}, [&](ByteView, ByteView) { return ++keys, true; });
      ASSERT_TRUE(!scanned.ok() || keys == 1) << table << " byte " << at << ": " << keys;
      ASSERT_EQ((*store)->CheckFiles().code(), Code::kCorrupt) << table << " byte " << at;
    }
    Write(table, content);
  }
  EXPECT_GT(refused, flips / 4);
}

}  // namespace
}  // namespace spor::ledger
