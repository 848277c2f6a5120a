// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "tools/cli/command.h"

namespace spor::cli {

// --help and --json, and what goes with command.needs.
void AddCommonOptions(Command& command);

// Texts without a line end behind them.
std::string ProgramHelp(std::span<const Command> commands);
std::string CommandList(std::span<const Command> commands);
std::string HelpText(const Command& command);

}  // namespace spor::cli
