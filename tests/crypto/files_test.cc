// SPDX-License-Identifier: Apache-2.0
#include "crypto/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/doubles/temp_dir.h"

namespace spor {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  std::string Read(const std::string& name) const {
    const Result<std::string> content = ReadSmallFile(dir_ / name, 1000000);
    return content.ok() ? *content : "failed: " + content.error().message();
  }
  size_t FilesThere() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator()));
  }
  unsigned ModeOf(const std::string& name) const {
    struct stat info {};
    EXPECT_EQ(stat((dir_ / name).c_str(), &info), 0);
    return info.st_mode & 07777u;
  }
  doubles::TempDir dir_;
};

TEST_F(Files, ReadsUpToTheLimit) {
  ASSERT_TRUE(WriteFileAtomically(dir_ / "a", Bytes(200000, 'x'), 0600).ok());
  EXPECT_EQ(ReadSmallFile(dir_ / "a", 200000)->size(), 200000u);
  EXPECT_EQ(ReadSmallFile(dir_ / "a", 199999).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ReadSmallFile(dir_ / "none", 10).status().code(), Code::kNotFound);
  EXPECT_EQ(ReadSmallFile(dir_.path(), 10).status().code(), Code::kIo) << "a directory";
}

TEST_F(Files, AtomicWriteReplacesAndLeavesNoTemporary) {
  ASSERT_TRUE(WriteFileAtomically(dir_ / "a", AsBytes("one"), 0640).ok());
  EXPECT_EQ(ModeOf("a"), 0640u);
  ASSERT_TRUE(WriteFileAtomically(dir_ / "a", AsBytes("two, longer"), 0600).ok());
  EXPECT_EQ(Read("a"), "two, longer");
  EXPECT_EQ(ModeOf("a"), 0600u);
  EXPECT_EQ(FilesThere(), 1u);
}

TEST_F(Files, FailedAtomicWriteLeavesTheOld) {
  fs::create_directory(dir_ / "taken");
  EXPECT_FALSE(WriteFileAtomically(dir_ / "taken", AsBytes("x"), 0600).ok()) << "a directory is in the way";
  EXPECT_EQ(FilesThere(), 1u);
  EXPECT_EQ(WriteFileAtomically(dir_ / "none/a", AsBytes("x"), 0600).code(), Code::kNotFound);
}

TEST_F(Files, OverwriteKeepsTheInode) {
  ASSERT_TRUE(OverwriteFileInPlace(dir_ / "a", AsBytes("a long content")).ok());
  struct stat before {
  }, after{};
  ASSERT_EQ(stat((dir_ / "a").c_str(), &before), 0);
  ASSERT_TRUE(OverwriteFileInPlace(dir_ / "a", AsBytes("short")).ok());
  ASSERT_EQ(stat((dir_ / "a").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(Read("a"), "short");
  EXPECT_EQ(ModeOf("a"), 0600u);
  EXPECT_FALSE(OverwriteFileInPlace(dir_ / "none/a", AsBytes("x")).ok());
}

TEST_F(Files, PrivateDirectories) {
  ASSERT_TRUE(MakePrivateDirectory(dir_ / "private").ok());
  EXPECT_EQ(ModeOf("private"), 0700u);
  EXPECT_TRUE(MakePrivateDirectory(dir_ / "private").ok());
  EXPECT_EQ(MakePrivateDirectory(dir_ / "none/private").code(), Code::kNotFound);
  ASSERT_TRUE(WriteFileAtomically(dir_ / "file", AsBytes("x"), 0600).ok());
  EXPECT_FALSE(MakePrivateDirectory(dir_ / "file").ok()) << "a file is in the way";
  EXPECT_TRUE(SyncDirectory(dir_.path()).ok());
  EXPECT_FALSE(SyncDirectory(dir_ / "none").ok());
}

TEST_F(Files, SyncFileSaysHowLongItIs) {
  ASSERT_TRUE(WriteFileAtomically(dir_ / "a", AsBytes("twelve bytes"), 0600).ok());
  EXPECT_EQ(*SyncFile(dir_ / "a"), 12u);
  EXPECT_EQ(SyncFile(dir_ / "none").status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace spor
