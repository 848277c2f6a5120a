// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/out_file.h"

namespace spor::cli {

Option ForceOption() { return {"force", "", "Overwrite the file if it exists."}; }

Overwrite OverwriteOf(const Arguments& arguments) { return arguments.Has("force") ? Overwrite::kYes : Overwrite::kNo; }

}  // namespace spor::cli
