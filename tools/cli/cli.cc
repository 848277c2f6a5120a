// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/version.h"

namespace spor::cli {
namespace {

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (std::vector<Command> (*group)() :
       {LocalCommands, AccountCommands, ImportCommands, IngestCommands, ReadCommands, RetentionCommands, ReportCommands,
        LogCommands, LogKeyCommands, WitnessCommands, KeyCommands, BackupCommands, HoldCommands, StaffCommands}) {
    for (Command& command : group()) all.push_back(std::move(command));
  }
  for (Command& command : all) AddCommonOptions(command);
  return all;
}

bool AsksForHelp(const std::string& word) { return word == "--help" || word == "-h" || word == "help"; }

ExitCode Fail(Console& console, const Failure& failure, const std::string& help_for) {
  console.ShowFailure(failure);
  if (failure.exit == ExitCode::kUsage) console.Note("see: spor" + help_for + " --help");
  return failure.exit;
}

// "clock" alone, or "clock stop": the commands that begin with that word.
ExitCode RunGroup(const std::vector<Command>& group, const std::vector<std::string>& words, Console& console) {
  if (words.size() > 1 && AsksForHelp(words[1])) {
    console.Print(CommandList(group));
    return ExitCode::kDone;
  }
  const std::string what = words.size() > 1 ? " doesn't know '" + Shown(words[1]) + "'" : " wants to know what";
  const ExitCode code = Fail(console, WrongUsage("spor " + words[0] + what), " " + words[0]);
  console.Note(CommandList(group));
  return code;
}

// "key slot add" from the words of which it is the beginning.
std::string FirstWords(const std::vector<std::string>& words, size_t count) {
  std::string joined;
  for (size_t i = 0; i < std::min(count, words.size()); ++i) joined += (i == 0 ? "" : " ") + words[i];
  return joined;
}

ExitCode RunCommand(const Command& command, std::span<const std::string> words, Console& console) {
  Outcome<Arguments> arguments = ParseArguments(command.options, command.positionals, words);
  if (!arguments.has_value()) return Fail(console, arguments.error(), " " + command.name);
  if (arguments->Has("help")) {
    console.Print(HelpText(command));
    return ExitCode::kDone;
  }
  Outcome<ExitCode> done = command.run(*arguments, console);
  return done.has_value() ? *done : Fail(console, done.error(), " " + command.name);
}

void ShowVersion(Console& console) {
  if (!console.json()) return console.Print("spor " + std::string(Version()));
  console.Print(privacy::JsonWriter().BeginObject().Key("version").String(Version()).EndObject().Take());
}

}  // namespace

ExitCode RunCli(const std::vector<std::string>& given, Console& console) {
  std::vector<std::string> words = given;
  console.set_json(std::find(words.begin(), words.end(), "--json") != words.end());
  const std::vector<Command> all = AllCommands();
  if (words.size() > 1 && words[0] == "help") {  // "help clock start" is "clock start --help"
    words.erase(words.begin());
    words.push_back("--help");
  }
  if (words.empty() || words[0] == "--json") {
    console.Note(ProgramHelp(all));
    return ExitCode::kUsage;
  }
  if (AsksForHelp(words[0])) {
    console.Print(ProgramHelp(all));
    return ExitCode::kDone;
  }
  if (words[0] == "--version") {
    ShowVersion(console);
    return ExitCode::kDone;
  }
  std::vector<Command> group;
  for (const Command& command : all) {
    const size_t own_words = static_cast<size_t>(std::count(command.name.begin(), command.name.end(), ' ')) + 1;
    if (command.name.substr(0, command.name.find(' ')) != words[0]) continue;
    if (FirstWords(words, own_words) == command.name) {
      return RunCommand(command, std::span(words).subspan(own_words), console);
    }
    group.push_back(command);
  }
  if (!group.empty()) return RunGroup(group, words, console);
  if (words[0].starts_with("-")) return Fail(console, WrongUsage("the command comes first, then its options"), "");
  return Fail(console, WrongUsage("no command '" + Shown(words[0]) + "'"), "");
}

}  // namespace spor::cli
