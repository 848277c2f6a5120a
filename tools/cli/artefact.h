// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tools/cli/console.h"
#include "tools/cli/file_write.h"

namespace spor::cli {

// report.json -> report.html; otherwise .html is appended.
std::string HtmlPath(const std::string& path);

// Whether SaveArtefact() may write there; asked before the service makes, and records, anything.
Status CheckArtefactPath(const std::string& path, Overwrite overwrite);

// Writes an artefact that the service made to `path`, byte for byte, and beside it the same to read, as HTML. Both are
// for their owner only (mode 0600), because they may hold personal data. Shows where they are.
Outcome<ExitCode> SaveArtefact(const std::string& path, const std::string& bytes, Overwrite overwrite,
                               Console& console);

}  // namespace spor::cli
