// SPDX-License-Identifier: Apache-2.0
// What crypto/files.h promises about loss of power, at every call that it makes.
#include <gtest/gtest.h>

#include "crypto/files.h"
#include "tests/doubles/ram_dir.h"
#include "tests/doubles/recorded_disk.h"

namespace spor {
namespace {

using doubles::DiskEvent;
using doubles::DiskModel;
using doubles::PowerLoss;
using doubles::RecordedDisk;

class FilesPower : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RecordedDisk::Works()) GTEST_SKIP() << "not with sanitizers";
    std::filesystem::create_directory(dir_ / "live");
  }
  std::string Live(const std::string& name) const { return dir_ / ("live/" + name); }

  // What each disk shows of a file after `act`, cut before each of its events and behind them; "none" if it is not
  // there.
  struct Shown {
    bool answered = false;
    PowerLoss loss{};
    std::string content;
  };
  template <typename Act>
  std::vector<Shown> CutDuring(const std::string& name, const Act& act) {
    RecordedDisk disk(dir_ / "live");
    const Status done = act();
    EXPECT_TRUE(done.ok()) << done.message();
    disk.Mark("answered");
    std::vector<Shown> shown;
    DiskModel model = disk.model();
    const std::vector<DiskEvent> events = disk.events();
    EXPECT_GT(events.size(), 2u);
    for (size_t i = 0; i <= events.size(); ++i) {
      for (const PowerLoss loss : doubles::kPowerLosses) {
        for (uint32_t seed = 0; seed < 10; ++seed) {
          std::mt19937 random(seed);
          const auto files = model.After(loss, random);
          shown.push_back({i == events.size(), loss, files.contains(name) ? files.at(name) : "none"});
        }
      }
      if (i < events.size()) model.Play(events[i]);
    }
    return shown;
  }
  doubles::RamDir dir_;
};

TEST_F(FilesPower, AnAtomicWriteShowsTheOldOrTheNewAndAfterTheAnswerTheNew) {
  const std::string old_content(10000, 'o'), new_content(20000, 'n');
  ASSERT_TRUE(WriteFileAtomically(Live("file"), AsBytes(old_content), 0600).ok());
  for (const Shown& shown :
       CutDuring("file", [&] { return WriteFileAtomically(Live("file"), AsBytes(new_content), 0600); })) {
    ASSERT_TRUE(shown.content == new_content || (!shown.answered && shown.content == old_content))
        << static_cast<int>(shown.loss) << ": " << shown.content.substr(0, 10);
  }
}

TEST_F(FilesPower, AFreshAtomicWriteIsThereAfterTheAnswer) {
  for (const Shown& shown :
       CutDuring("file", [&] { return WriteFileAtomically(Live("file"), AsBytes("new"), 0600); })) {
    ASSERT_TRUE(shown.content == "new" || (!shown.answered && shown.content == "none")) << static_cast<int>(shown.loss);
  }
}

TEST_F(FilesPower, AnOverwrittenFileIsThereAfterTheAnswerFreshOrNot) {
  for (const std::string content : {"the first content", "shorter", "the longest of all the contents"}) {
    for (const Shown& shown : CutDuring("file", [&] { return OverwriteFileInPlace(Live("file"), AsBytes(content)); })) {
      if (shown.answered) {
        ASSERT_EQ(shown.content, content) << static_cast<int>(shown.loss);
      }
    }
  }
}

TEST_F(FilesPower, APrivateDirectoryIsThereAfterTheAnswer) {
  RecordedDisk disk(dir_ / "live");
  ASSERT_TRUE(MakePrivateDirectory(Live("a")).ok());
  ASSERT_TRUE(MakePrivateDirectory(Live("a/b")).ok());
  DiskModel model = disk.model();
  for (const DiskEvent& event : disk.events()) model.Play(event);
  EXPECT_EQ(model.DirectoriesAfter(PowerLoss::kNothingUnsynced, std::mt19937(1)),
            (std::vector<std::string>{"a", "a/b"}));
}

}  // namespace
}  // namespace spor
