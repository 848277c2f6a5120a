// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/result.h"

namespace spor::cli {

// A QR code's dots, row by row; true is dark.
using QrDots = std::vector<std::vector<bool>>;

// Error correction level M. kInvalidArgument when the text is too long for one code.
Result<QrDots> MakeQr(std::string_view text);

// Two rows of dots a line, in half-block characters, black on white whatever the terminal's colours are, with the
// white margin of four dots that ISO/IEC 18004 wants. Every line ends with a line break.
std::string DrawQr(const QrDots& dots);

}  // namespace spor::cli
