// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tools/cli/console.h"
#include "tools/cli/options.h"

namespace spor::cli {

// What a command needs around it; decides which common options it has.
enum class Needs {
  kNothing,  // runs in this process
  kService,  // --home or --socket
  kSession,  // besides, a login: --session-file
};

struct Command {
  std::string name;  // "clock start"
  std::vector<Positional> positionals;
  std::vector<Option> options;  // its own; the common ones are added
  Needs needs = Needs::kNothing;
  std::string summary;      // one line, for the list of commands
  std::string description;  // paragraphs for --help
  std::string example;      // lines that can be typed
  Outcome<ExitCode> (*run)(const Arguments& arguments, Console& console) = nullptr;
};

// The groups, one file each.
std::vector<Command> LocalCommands();      // init, serve, verify, fsck
std::vector<Command> AccountCommands();    // activate, login, logout, whoami
std::vector<Command> ImportCommands();     // import, clock start, clock clear
std::vector<Command> IngestCommands();     // ingest
std::vector<Command> ReadCommands();       // read
std::vector<Command> RetentionCommands();  // retention plan, run, status
std::vector<Command> ReportCommands();     // certificate, review, extract, trust
std::vector<Command> LogKeyCommands();     // log keys, log rotate-key, log accept-loss
std::vector<Command> LogCommands();        // log checkpoint, entry, receipt, export, prove
std::vector<Command> ProveCommands();      // of them, log prove
std::vector<Command> WitnessCommands();    // witness init, add-log, status, serve, cosign, request, accept
std::vector<Command> BackupCommands();     // backup create, list, verify, keys create, list, end; restore
std::vector<Command> KeyCommands();        // key status, slot add, slot remove, rotate, recover
std::vector<Command> HoldCommands();       // hold set, lift, list; restrict set, lift, list
std::vector<Command> StaffCommands();      // account ..., session list, session end, role matrix

// The whole program but for main(): finds the command in `words` (without the program's name) and runs it.
ExitCode RunCli(const std::vector<std::string>& words, Console& console);

}  // namespace spor::cli
