// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/secret.h"
#include "tools/cli/console.h"
#include "tools/cli/options.h"

namespace spor::cli {

// The first line behind `fd`, without its end, at most 1,024 bytes. Nothing behind that line is read.
Result<SecretBytes> ReadSecretLine(int fd);

// Asks at the terminal, without echo. Wrong usage where there is no terminal; `instead` says what to give then.
Outcome<SecretBytes> AskSecret(Console& console, std::string_view prompt, std::string_view instead);

// From the descriptor of option `fd_option`, or asked for at the terminal.
Outcome<SecretBytes> SecretFromFdOrTerminal(const Arguments& arguments, std::string_view fd_option,
                                            std::string_view prompt, Console& console);

// A new password, asked for twice at the terminal.
Outcome<SecretBytes> NewPassword(const Arguments& arguments, Console& console);

}  // namespace spor::cli
