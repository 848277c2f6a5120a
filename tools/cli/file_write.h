// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "crypto/result.h"

namespace spor::cli {

enum class Overwrite { kNo, kYes };

// Whether `path` may be written, for asking before any work is done: kConflict when a file stands there and is not to
// be overwritten, kInvalidArgument when something else than a plain file does, or its folder is missing.
Status CheckWritable(const std::string& path, Overwrite overwrite);

// Puts `bytes` at `path` as a whole: written beside it, synced, renamed to it. After an error, or when the program is
// interrupted, what stood there before still does, and nothing is left beside it. CheckWritable() holds to the end: a
// file that appears meanwhile is not overwritten.
Status WriteFileAtomically(const std::string& path, std::string_view bytes, mode_t mode, Overwrite overwrite);

}  // namespace spor::cli
