// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "crypto/bytes.h"

namespace spor {

// Reads a whole file of at most `max` bytes. kNotFound if it is not there, kInvalidArgument if it is larger.
Result<std::string> ReadSmallFile(const std::string& path, size_t max);
// Writes a temporary file beside `path`, fsyncs it, renames it into place and fsyncs the directory: after OK the new
// content survives power loss, after an error the old one is untouched. `mode` as for chmod.
Status WriteFileAtomically(const std::string& path, ByteView bytes, unsigned mode);
// Overwrites the file's bytes in place from offset 0, cuts it to their length and fsyncs: no second copy is made.
Status OverwriteFileInPlace(const std::string& path, ByteView bytes);
// Makes a directory with mode 0700; an existing one is kept as it is.
Status MakePrivateDirectory(const std::string& path);
Status SyncDirectory(const std::string& path);
// What others wrote into the file survives power loss afterwards: as many bytes of it as are returned.
Result<uint64_t> SyncFile(const std::string& path);

}  // namespace spor
