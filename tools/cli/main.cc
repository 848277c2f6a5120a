// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <csignal>

#include "crypto/secret.h"
#include "tools/cli/command.h"

int main(int argc, char** argv) {
  if (!spor::InitCrypto().ok()) return static_cast<int>(spor::cli::ExitCode::kInternal);
  std::signal(SIGPIPE, SIG_IGN);
  spor::cli::Console console(stdout, stderr, STDIN_FILENO);
  const std::vector<std::string> words(argv + 1, argv + argc);
  return static_cast<int>(spor::cli::RunCli(words, console));
}
