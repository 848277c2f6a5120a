// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "crypto/result.h"

namespace spor::cli {

// Puts `bytes` at `path` as a whole: written beside it, synced, renamed over it. After an error what stood there
// before still does.
Status WriteFileAtomically(const std::string& path, std::string_view bytes, mode_t mode);

}  // namespace spor::cli
