// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace spor::cli {

// As CMakeLists.txt has it, such as "0.1.0".
std::string_view Version();

}  // namespace spor::cli
