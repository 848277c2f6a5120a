// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "crypto/secret.h"
#include "tools/cli/options.h"

namespace spor::cli {

// --session-file, or $XDG_RUNTIME_DIR/spor/session, or ~/.cache/spor/session.
std::string SessionFilePath(const Arguments& arguments);

// The session token, which is all the file holds. kUnauthenticated when there is no file; kDenied when it belongs to
// somebody else, is open to others or is no plain file.
Result<SecretBytes> ReadSessionFile(const std::string& path);

// Written whole or not at all, mode 0600; missing folders are made with mode 0700.
Status WriteSessionFile(const std::string& path, std::string_view token);

// Wipes and removes it; no error when there is none.
void RemoveSessionFile(const std::string& path);

}  // namespace spor::cli
