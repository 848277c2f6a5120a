// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/version.h"

namespace spor::cli {

// A file of its own, because the build defines SPOR_VERSION for it alone.
std::string_view Version() { return SPOR_VERSION; }

}  // namespace spor::cli
