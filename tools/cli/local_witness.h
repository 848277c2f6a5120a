// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/cli/local_commands.h"

namespace spor::cli {

// A witness on this machine, without any service: what `spor witness` does with --state.

// {name, vkey, state}
Outcome<LocalAnswer> InitWitness(const std::string& directory, const std::string& name);
// {origin, vkey}
Outcome<LocalAnswer> TrustLog(const std::string& directory, const std::string& vkey);
// {name, vkey, logs: [{origin, entries, last_cosigned, keys}]}
Outcome<LocalAnswer> WitnessStatus(const std::string& directory);

// The answer to an add-checkpoint request: signature lines, to be written to a file.
struct Cosigned {
  std::string lines;
  std::string origin;
  uint64_t size = 0;
};
Outcome<Cosigned> CosignRequest(const std::string& directory, const std::string& request_file);

// Runs until SIGTERM or SIGINT; calls `ready` once with URL and verifier key. One line for each request goes to `log`.
Outcome<ExitCode> ServeWitness(const std::string& directory, const std::string& listen,
                               const std::function<void(const std::string& url, const std::string& vkey)>& ready,
                               const std::function<void(const std::string& line)>& log);

// A witness policy file's text, looked at; wrong files are refused before anything starts.
Outcome<std::string> ReadWitnessPolicy(const std::string& file);
// A signed answer or request file, of bounded size.
Outcome<std::string> ReadWitnessFile(const std::string& file);

}  // namespace spor::cli
