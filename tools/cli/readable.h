// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "privacy/json.h"

namespace spor::cli {

// Text from outside for a terminal: control characters, which could move the cursor or rename the window, and
// characters that reverse the direction of text become U+FFFD. Tabs and line breaks become spaces.
std::string Printable(std::string_view text);

// A JSON value for people: "key: value" lines, lists of objects as tables, deeper levels indented. Every line ends
// with a line break. Keys that we don't know are shown like all others.
std::string Readable(const privacy::JsonValue& value);

}  // namespace spor::cli
