// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/tree_export.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "crypto/hash.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/temp_dir.h"
#include "tests/doubles/test_log.h"

namespace spor::cli {
namespace {

namespace fs = std::filesystem;
using doubles::MemoryStore;
using doubles::TempDir;
using doubles::TestLog;
using ledger::TilePath;
using FilesOf = std::map<std::string, std::string>;

std::string Content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

FilesOf ReadDirectory(const std::string& directory) {
  FilesOf files;
  for (const auto& item : fs::recursive_directory_iterator(directory)) {
    if (item.is_regular_file()) files[fs::relative(item.path(), directory)] = Content(item.path());
  }
  return files;
}

// A reader of its own, from C2SP tlog-tiles and RFC 6962 alone: the root that the bundles of a directory give.
class PlainReader {
 public:
  explicit PlainReader(std::string directory) : directory_(std::move(directory)) {}

  std::pair<uint64_t, std::string> SizeAndRoot() const {
    std::istringstream note(Content(directory_ + "/checkpoint"));
    std::string origin, size, root;
    std::getline(note, origin);
    std::getline(note, size);
    std::getline(note, root);
    return {std::stoull(size), root};
  }
  std::string RootOfBundles(uint64_t size) const {
    std::vector<Hash32> level;
    for (uint64_t n = 0; n * 256 < size; ++n) {
      const uint64_t width = std::min<uint64_t>(256, size - n * 256);
      const std::string bundle = Content(directory_ + "/tile/entries/" + Name(n, width));
      for (size_t at = 0; at + 2 <= bundle.size();) {
        const size_t length = static_cast<uint8_t>(bundle[at]) * 256u + static_cast<uint8_t>(bundle[at + 1]);
        level.push_back(Sha256(AsBytes(std::string(1, '\0') + bundle.substr(at + 2, length))));
        at += 2 + length;
      }
      const std::string tile = Content(directory_ + "/tile/0/" + Name(n, width));
      std::string hashes;
      for (size_t i = n * 256; i < level.size(); ++i) hashes += AsText(level[i]);
      if (hashes != tile) return "a tile differs from its bundle";
    }
    if (level.size() != size) return "another number of entries";
    while (level.size() > 1) {  // an odd one out moves up as it is
      std::vector<Hash32> above;
      for (size_t i = 0; i + 1 < level.size(); i += 2) {
        above.push_back(Sha256(AsBytes("\x01" + std::string(AsText(level[i])) + std::string(AsText(level[i + 1])))));
      }
      if (level.size() % 2 == 1) above.push_back(level.back());
      level = above;
    }
    return Base64Encode(level[0]);
  }

 private:
  static std::string Name(uint64_t n, uint64_t width) {
    char digits[8];
    std::snprintf(digits, sizeof(digits), "%03u", static_cast<unsigned>(n));
    return width == 256 ? digits : std::string(digits) + ".p/" + std::to_string(width);
  }
  const std::string directory_;
};

class TreeExportTest : public testing::Test {
 protected:
  TreeExportTest() {
    EXPECT_TRUE(log_.Create(store_, {log_.CreateOp(1, {0, ledger::kNotStarted})}).ok());
    auto opened = log_.Open(store_);
    EXPECT_TRUE(opened.ok());
    ledger_ = std::move(*opened);
  }

  // At least this long, with a checkpoint at its end.
  std::string GrowTo(uint64_t size) {
    while (ledger_->size() + 1 < size) {
      ledger::Proposal proposal;
      for (uint64_t i = 0; i < std::min<uint64_t>(50, size - 1 - ledger_->size()); ++i) {
        proposal.entries.push_back(log_.Event("e", 1, 1));
      }
      EXPECT_TRUE(ledger_->Submit(std::move(proposal)).ok());
    }
    const auto note = ledger_->Publish();
    EXPECT_TRUE(note.ok());
    return *note;
  }
  static uint64_t SizeOf(const std::string& note) {
    return ledger::ParseCheckpoint(ledger::ParseNote(note)->text)->size;
  }

  ledger::TileReader::Fetch Source(const std::string& note) {
    return [this, size = SizeOf(note)](const TilePath& path) -> Result<Bytes> {
      asked_.push_back(ledger::FormatTilePath(path));
      if (fail_at_ != 0 && asked_.size() == fail_at_) return Status(Code::kLater, "the service went away");
      ASSIGN_OR_RETURN(Bytes bytes, ledger::TileFiles(store_, ledger_->nodes()).Read(path, size));
      if (asked_.back() == damage_) bytes[bytes.size() / 2] ^= 1;
      return bytes;
    };
  }
  Result<ExportCounts> Export(const std::string& note, const std::string& directory,
                              ExportOptions::Present present = ExportOptions::Present::kTrust) {
    asked_.clear();
    ExportOptions options;
    options.directory = directory;
    options.present = present;
    return ExportTree(note, Source(note), options);
  }
  static void ExpectSound(const std::string& directory) {
    const PlainReader reader(directory);
    const auto [size, root] = reader.SizeAndRoot();
    EXPECT_EQ(reader.RootOfBundles(size), root) << directory << " " << size;
  }

  TempDir dir_;
  MemoryStore store_;
  TestLog log_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::vector<std::string> asked_;
  size_t fail_at_ = 0;
  std::string damage_;
};

TEST_F(TreeExportTest, AStrangerReadsWhatWasWritten) {
  for (const uint64_t size : {10u, 255u, 256u, 257u, 511u, 512u, 513u, 700u}) {
    const std::string note = GrowTo(size);
    const std::string directory = dir_ / std::to_string(size);
    const auto counts = Export(note, directory);
    ASSERT_TRUE(counts.ok()) << counts.error().message();
    EXPECT_EQ(counts->written, ledger::CountTiles(SizeOf(note)));
    EXPECT_EQ(Content(directory + "/checkpoint"), note);
    ExpectSound(directory);
  }
}

TEST_F(TreeExportTest, GoingOnGivesWhatAFreshExportGives) {
  const std::string grown = dir_ / "grown";
  for (const uint64_t size : {10u, 100u, 256u, 300u, 520u, 521u, 800u}) {
    const std::string note = GrowTo(size);
    const auto counts = Export(note, grown);
    ASSERT_TRUE(counts.ok()) << counts.error().message();
    ExpectSound(grown);
    const std::string fresh = dir_ / ("fresh" + std::to_string(size));
    ASSERT_TRUE(Export(note, fresh).ok());
    FilesOf all = ReadDirectory(grown);
    for (const auto& [name, bytes] : ReadDirectory(fresh)) {
      EXPECT_EQ(all[name], bytes) << size << " " << name;
      all.erase(name);
    }
    // What is left are partial files of earlier sizes whose full ones are not there yet.
    for (const auto& [name, bytes] : all) {
      ASSERT_NE(name.find(".p/"), std::string::npos) << name;
      EXPECT_FALSE(fs::exists(grown + "/" + name.substr(0, name.find(".p/")))) << name;
    }
  }
}

TEST_F(TreeExportTest, WhatIsThereIsNotAskedForAgain) {
  const std::string first = GrowTo(600);
  ASSERT_TRUE(Export(first, dir_ / "log").ok());
  const auto again = Export(first, dir_ / "log");
  ASSERT_TRUE(again.ok());
  for (const std::string& name : asked_) EXPECT_NE(name.find(".p/"), std::string::npos) << name;
  EXPECT_EQ(again->written, 0u);
  const std::string second = GrowTo(900);
  const auto more = Export(second, dir_ / "log");
  ASSERT_TRUE(more.ok());
  EXPECT_EQ(more->size_before, SizeOf(first));
  for (const std::string& name : asked_) {
    EXPECT_TRUE(name.find("/000") == std::string::npos || name.starts_with("tile/1/")) << name;
  }
}

TEST_F(TreeExportTest, AnInterruptedOneGoesOn) {
  const std::string note = GrowTo(600);
  const std::string log = dir_ / "log";
  size_t rounds = 0;
  for (; rounds < 50 && !fs::exists(log + "/checkpoint"); ++rounds) {
    fail_at_ = 4;
    const auto counts = Export(note, log);
    EXPECT_TRUE(counts.ok() || counts.error().code() == Code::kLater);
  }
  EXPECT_GT(rounds, 2u);
  ExpectSound(log);
}

TEST_F(TreeExportTest, ADamagedDownloadIsNeverWritten) {
  const std::string note = GrowTo(600);
  ASSERT_TRUE(Export(note, dir_ / "good").ok());
  const FilesOf good = ReadDirectory(dir_ / "good");
  for (const auto& [name, bytes] : good) {
    if (name == "checkpoint") continue;
    damage_ = name;
    const std::string log = dir_ / "bad";
    EXPECT_EQ(Export(note, log).status().code(), Code::kFailed) << name;
    const FilesOf written = ReadDirectory(log);
    EXPECT_FALSE(written.contains("checkpoint"));
    for (const auto& [path, content] : written) EXPECT_EQ(good.at(path), content) << path;
    fs::remove_all(log);
  }
}

TEST_F(TreeExportTest, AnotherLogsDirectoryIsLeftAlone) {
  const std::string note = GrowTo(300);
  const std::string log = dir_ / "log";
  ASSERT_TRUE(Export(note, log).ok());
  std::string other = note;
  while (other.find(TestLog::kOrigin) != std::string::npos) other.replace(other.find(TestLog::kOrigin), 4, "else");
  EXPECT_EQ(Export(other, log).status().code(), Code::kConflict);
  const FilesOf before = ReadDirectory(log);

  // The same name, another history: of another ledger with the same keys.
  MemoryStore store;
  TestLog log_of_others;
  ASSERT_TRUE(log_of_others.Create(store).ok());
  auto opened = log_of_others.Open(store);
  ASSERT_TRUE(opened.ok());
  while ((*opened)->size() < 400) ASSERT_TRUE((*opened)->Submit(log_of_others.Say("x", 1, 1)).ok());
  const std::string fork = *(*opened)->Publish();
  ExportOptions options;
  options.directory = log;
  const auto forked = ExportTree(
      fork, [&](const TilePath& path) { return ledger::TileFiles(store, (*opened)->nodes()).Read(path, SizeOf(fork)); },
      options);
  EXPECT_EQ(forked.status().code(), Code::kCorrupt);
  EXPECT_EQ(ReadDirectory(log), before);
}

TEST_F(TreeExportTest, AShorterLogIsNotTakenForProgress) {
  const std::string first = GrowTo(300);
  const std::string second = GrowTo(400);
  ASSERT_TRUE(Export(second, dir_ / "log").ok());
  EXPECT_EQ(Export(first, dir_ / "log").status().code(), Code::kCorrupt);
}

TEST_F(TreeExportTest, ForeignFilesAreNotTouched) {
  const std::string note = GrowTo(300);
  fs::create_directory(dir_ / "mine");
  std::ofstream(dir_ / "mine/letter.txt") << "dear all";
  EXPECT_EQ(Export(note, dir_ / "mine").status().code(), Code::kConflict);
  EXPECT_EQ(ReadDirectory(dir_ / "mine").size(), 1u);

  // A file of ours with other bytes, where no checkpoint says that we wrote it.
  fs::create_directories(dir_ / "half/tile/entries");
  std::ofstream(dir_ / "half/tile/entries/000") << "something else";
  EXPECT_EQ(Export(note, dir_ / "half").status().code(), Code::kConflict);
  EXPECT_EQ(Content(dir_ / "half/tile/entries/000"), "something else");
  EXPECT_FALSE(fs::exists(dir_ / "half/checkpoint"));

  std::ofstream(dir_ / "file") << "no directory";
  EXPECT_FALSE(Export(note, dir_ / "file").ok());
  EXPECT_EQ(Content(dir_ / "file"), "no directory");
}

TEST_F(TreeExportTest, CheckingReadsAgainWhatIsThere) {
  const std::string note = GrowTo(600);
  const std::string log = dir_ / "log";
  ASSERT_TRUE(Export(note, log).ok());
  EXPECT_TRUE(Export(note, log, ExportOptions::Present::kCheck).ok());
  std::string bytes = Content(log + "/tile/entries/001");
  bytes[100] ^= 1;
  std::ofstream(log + "/tile/entries/001", std::ios::binary) << bytes;
  EXPECT_TRUE(Export(note, log).ok());
  EXPECT_EQ(Export(note, log, ExportOptions::Present::kCheck).status().code(), Code::kConflict);
  fs::remove(log + "/tile/entries/001");
  const auto mended = Export(note, log);
  ASSERT_TRUE(mended.ok());
  EXPECT_EQ(mended->written, 1u);
  ExpectSound(log);
}

TEST_F(TreeExportTest, AnUnfinishedCheckpointOfAKilledExportIsNoForeignFile) {
  const std::string note = GrowTo(300);
  fs::create_directory(dir_ / "log");
  std::ofstream(dir_ / "log/checkpoint.part-4711") << "half";
  ASSERT_TRUE(Export(note, dir_ / "log").ok());
  EXPECT_FALSE(fs::exists(dir_ / "log/checkpoint.part-4711"));
}

}  // namespace
}  // namespace spor::cli
