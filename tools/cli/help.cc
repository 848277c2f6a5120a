// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/help.h"

#include <algorithm>

namespace spor::cli {
namespace {

constexpr size_t kLineWidth = 100;

std::string Spelled(const Option& option) {
  return "--" + option.name + (option.value.empty() ? "" : " " + option.value);
}

// Two columns; the right one is broken into lines.
void AppendRow(std::string& out, const std::string& left, size_t width, std::string_view right) {
  std::string line = "  " + left + std::string(width > left.size() ? width - left.size() : 0, ' ') + "  ";
  const size_t indent = line.size();
  bool fresh = true;
  while (!right.empty()) {
    const size_t end = std::min(right.find(' '), right.size());
    const std::string_view word = right.substr(0, end);
    if (!fresh && line.size() + 1 + word.size() > kLineWidth) {
      out += line + "\n";
      line.assign(indent, ' ');
      fresh = true;
    }
    if (!fresh) line += ' ';
    line.append(word);
    fresh = false;
    right.remove_prefix(std::min(end + 1, right.size()));
  }
  out += line + "\n";
}

std::string Indented(std::string_view text) {
  std::string out = "  ";
  for (char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

std::string Usage(const Command& command) {
  std::string usage = "spor " + command.name;
  for (const Positional& positional : command.positionals) {
    usage += positional.required ? " " + positional.name : " [" + positional.name + "]";
  }
  for (const Option& option : command.options) {
    if (option.required) usage += " " + Spelled(option);
  }
  return usage + " [options]";
}

}  // namespace

void AddCommonOptions(Command& command) {
  std::vector<Option>& options = command.options;
  if (command.needs != Needs::kNothing) {
    options.push_back(
        {"home", "DIR", "The service's data directory; its socket is DIR/spor.sock. Default: $SPOR_HOME."});
    options.push_back({"socket", "PATH", "The service's socket, if it is elsewhere."});
  }
  const bool has_session_file =
      std::any_of(options.begin(), options.end(), [](const Option& option) { return option.name == "session-file"; });
  if (command.needs == Needs::kSession && !has_session_file) {
    options.push_back({"session-file", "FILE",
                       "Where the login is kept. Default: $XDG_RUNTIME_DIR/spor/session or ~/.cache/spor/session."});
  }
  options.push_back({"json", "", "Print JSON, one object a line, instead of text."});
  options.push_back({"help", "", "Print this text."});
}

std::string CommandList(std::span<const Command> commands) {
  size_t width = 0;
  for (const Command& command : commands) width = std::max(width, command.name.size());
  std::string out;
  for (const Command& command : commands) AppendRow(out, command.name, width, command.summary);
  out.pop_back();
  return out;
}

std::string ProgramHelp(std::span<const Command> commands) {
  return "spor - an encrypted audit ledger for personal data, and the proof that promises were kept\n\n"
         "Usage: spor COMMAND [options]\n\nCommands:\n" +
         CommandList(commands) +
         "\n\nWhat a command does, with an example: spor COMMAND --help   Which version this is: spor --version\n"
         "A first tour: spor init, spor serve, spor activate, spor login, spor import, spor read.\n\n"
         "Exit codes: 0 done, 1 refused or not verified, 2 wrong usage, 3 not logged in, 4 not found,\n"
         "            5 evidence damaged, 6 service unreachable, 70 internal error";
}

std::string HelpText(const Command& command) {
  std::string out = "spor " + command.name + " - " + command.summary + "\n\nUsage: " + Usage(command) + "\n\n" +
                    command.description + "\n";
  size_t width = 0;
  for (const Positional& positional : command.positionals) width = std::max(width, positional.name.size());
  for (const Option& option : command.options) width = std::max(width, Spelled(option).size());
  if (!command.positionals.empty()) out += "\nWords:\n";
  for (const Positional& positional : command.positionals) AppendRow(out, positional.name, width, positional.help);
  out += "\nOptions:\n";
  for (const Option& option : command.options) AppendRow(out, Spelled(option), width, option.help);
  return out + "\nExample:\n" + Indented(command.example);
}

}  // namespace spor::cli
