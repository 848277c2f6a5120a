// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/options.h"

#include <gtest/gtest.h>

namespace spor::cli {
namespace {

const std::vector<Option> kOptions = {
    {"reason", "TEXT", "", true}, {"fd", "N", ""}, {"json", "", ""}, {"help", "", ""}};
const std::vector<Positional> kPositionals = {{"FILE", ""}};

Outcome<Arguments> Parse(std::vector<std::string> words) { return ParseArguments(kOptions, kPositionals, words); }

void ExpectUsage(std::vector<std::string> words, std::string_view part) {
  Outcome<Arguments> arguments = Parse(std::move(words));
  ASSERT_FALSE(arguments.has_value());
  EXPECT_EQ(arguments.error().exit, ExitCode::kUsage);
  EXPECT_NE(arguments.error().message.find(part), std::string::npos) << arguments.error().message;
}

TEST(Options, TakesWordsApart) {
  Outcome<Arguments> arguments = Parse({"a b.csv", "--reason", "why not", "--json"});
  ASSERT_TRUE(arguments.has_value());
  EXPECT_EQ(arguments->Get("FILE"), "a b.csv");
  EXPECT_EQ(arguments->Get("reason"), "why not");
  EXPECT_TRUE(arguments->json());
  EXPECT_FALSE(arguments->Has("fd"));
  EXPECT_EQ(arguments->Find("fd"), std::nullopt);
}

TEST(Options, TakesTheOtherSpellings) {
  Outcome<Arguments> arguments = Parse({"--reason=x=y", "-"});
  ASSERT_TRUE(arguments.has_value());
  EXPECT_EQ(arguments->Get("reason"), "x=y");
  EXPECT_EQ(arguments->Get("FILE"), "-");
}

TEST(Options, RefusesWhatItDoesNotKnow) {
  ExpectUsage({"f", "--reason", "x", "--color"}, "unknown option --color");
  ExpectUsage({"f", "--reas", "x"}, "unknown option --reas");
  ExpectUsage({"f", "g", "--reason", "x"}, "one word too many: g");
  ExpectUsage({"--reason", "x"}, "FILE is missing");
  ExpectUsage({"f"}, "option --reason TEXT is missing");
  ExpectUsage({"f", "--reason"}, "lacks its value");
  ExpectUsage({"f", "--reason", "x", "--reason", "y"}, "twice");
  ExpectUsage({"f", "--reason", "x", "--json=1"}, "json");
}

TEST(Options, NeverRepeatsAPassword) {
  Outcome<Arguments> arguments = Parse({"f", "--reason", "x", "--password=hunter2"});
  ASSERT_FALSE(arguments.has_value());
  EXPECT_EQ(arguments.error().message.find("hunter2"), std::string::npos);
  ExpectUsage({"f", "--reason", "x", "--password", "hunter2"}, "never an argument");
}

TEST(Options, HelpNeedsNothingElse) {
  Outcome<Arguments> arguments = Parse({"--help"});
  ASSERT_TRUE(arguments.has_value());
  EXPECT_TRUE(arguments->Has("help"));
}

TEST(Options, ADescriptorIsOpenAndANumber) {
  EXPECT_EQ(**Parse({"f", "--reason", "x", "--fd", "0"})->FindFd("fd"), 0);
  EXPECT_FALSE(Parse({"f", "--reason", "x"})->FindFd("fd")->has_value());
  for (const char* wrong : {"-1", "x", "0x", "99999999999", "987"}) {
    Outcome<Arguments> arguments = Parse({"f", "--reason", "x", std::string("--fd=") + wrong});
    ASSERT_TRUE(arguments.has_value()) << wrong;
    EXPECT_EQ(arguments->FindFd("fd").error().exit, ExitCode::kUsage) << wrong;
  }
}

}  // namespace
}  // namespace spor::cli
