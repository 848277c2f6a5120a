// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tools/cli/console.h"

namespace spor::cli {

// report.json -> report.html; otherwise .html is appended.
std::string HtmlPath(const std::string& path);

// Writes an artefact that the service made to `path`, byte for byte, and beside it the same to read, as HTML. Both are
// for their owner only (mode 0600), because they may hold personal data. Shows where they are.
Outcome<ExitCode> SaveArtefact(const std::string& path, const std::string& bytes, Console& console);

}  // namespace spor::cli
