// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/file_write.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/doubles/temp_dir.h"

namespace spor::cli {
namespace {

namespace fs = std::filesystem;

std::string Content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class FileWrite : public testing::Test {
 protected:
  size_t FilesThere() const {
    const fs::directory_iterator files(dir_.path());
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }
  doubles::TempDir dir_;
};

TEST_F(FileWrite, WritesTheWholeFileAndNothingElse) {
  const std::string path = dir_ / "a";
  ASSERT_TRUE(WriteFileAtomically(path, "one", 0600, Overwrite::kNo).ok());
  EXPECT_EQ(Content(path), "one");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(WriteFileAtomically(path, "two", 0600, Overwrite::kNo).code(), Code::kConflict);
  EXPECT_EQ(Content(path), "one");
  ASSERT_TRUE(WriteFileAtomically(path, "two", 0600, Overwrite::kYes).ok());
  EXPECT_EQ(Content(path), "two");
  EXPECT_EQ(FilesThere(), 1u);
}

TEST_F(FileWrite, OnlyPlainFilesAreReplaced) {
  fs::create_directory(dir_ / "folder");
  ASSERT_EQ(mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  std::ofstream(dir_ / "file") << "mine";
  fs::create_symlink(dir_ / "file", dir_ / "link");
  for (const char* name : {"folder", "pipe", "link"}) {
    for (const Overwrite overwrite : {Overwrite::kNo, Overwrite::kYes}) {
      EXPECT_EQ(WriteFileAtomically(dir_ / name, "x", 0600, overwrite).code(), Code::kInvalidArgument) << name;
    }
  }
  EXPECT_EQ(CheckWritable(dir_ / "none/file", Overwrite::kNo).code(), Code::kInvalidArgument);
  EXPECT_TRUE(CheckWritable(dir_ / "new", Overwrite::kNo).ok());
  EXPECT_EQ(Content(dir_ / "file"), "mine");
  EXPECT_EQ(FilesThere(), 4u);
}

// A process that writes and writes is interrupted at some moment: one whole file, or none, and nothing beside it.
TEST_F(FileWrite, AnInterruptedWriteLeavesNothingBehind) {
  const std::string path = dir_ / "big";
  const std::string bytes(size_t{8} << 20, 'x');
  for (int round = 0; round < 12; ++round) {
    for (const int signal : {SIGINT, SIGTERM}) {
      const pid_t child = fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        std::signal(signal, SIG_DFL);
        for (;;) (void)WriteFileAtomically(path, bytes, 0600, Overwrite::kYes);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5 + 7 * round));
      kill(child, signal);
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal);
      EXPECT_LE(FilesThere(), 1u);
      EXPECT_TRUE(FilesThere() == 0 || fs::file_size(path) == bytes.size());
      fs::remove(path);
    }
  }
}

}  // namespace
}  // namespace spor::cli
