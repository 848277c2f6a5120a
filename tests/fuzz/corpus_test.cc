// SPDX-License-Identifier: Apache-2.0
// Every file of the corpora through the target of its folder: a property that does not hold ends the program.
#include <filesystem>
#include <set>

#include "tests/doubles/vectors.h"
#include "tests/fuzz/targets.h"

namespace spor::fuzz {
namespace {

std::filesystem::path CorpusOf(const std::string& target) {
  return std::filesystem::path(doubles::SourceDir()) / "tests/fuzz/corpus" / target;
}

class Corpus : public ::testing::TestWithParam<Target> {};

TEST_P(Corpus, HoldsWhatTheTargetPromises) {
  ASSERT_TRUE(std::filesystem::is_directory(CorpusOf(GetParam().name)));
  size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(CorpusOf(GetParam().name))) {
    SCOPED_TRACE(file.path());
    EXPECT_EQ(GetParam().run(AsBytes(doubles::ReadText(file.path()))), 0);
    ++files;
  }
  EXPECT_GE(files, 1u);
  EXPECT_LE(files, 40u) << "a corpus stays small; keep what shows something";
}

INSTANTIATE_TEST_SUITE_P(Targets, Corpus, ::testing::ValuesIn(Targets().begin(), Targets().end()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Corpora, AllHaveATarget) {
  for (const auto& folder : std::filesystem::directory_iterator(CorpusOf(""))) {
    EXPECT_NE(FindTarget(folder.path().filename().string()), nullptr) << folder.path();
  }
}

}  // namespace
}  // namespace spor::fuzz
