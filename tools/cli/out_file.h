// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/cli/file_write.h"
#include "tools/cli/options.h"

namespace spor::cli {

// --force, which every command with --out has.
Option ForceOption();
Overwrite OverwriteOf(const Arguments& arguments);

}  // namespace spor::cli
