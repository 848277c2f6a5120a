// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "crypto/result.h"

// The program's own verdict on what lies on a disk, to be compared with that of the second reader.
namespace spor::reader {

// Verifies the exported tree in `directory`: the checkpoint's signature by `vkey`, every file, every entry, and what
// the entries give. With the text of a witness policy also that the quorum cosigned. The error names what is
// damaged first.
Status CheckLog(const std::string& directory, const std::string& vkey, const std::optional<std::string>& policy);

// kFailed unless the receipt is verified with this trust file.
Status CheckReceipt(const std::string& receipt, const std::string& trust);

}  // namespace spor::reader
