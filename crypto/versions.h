// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace spor {

// Of the libraries as they are loaded now, such as "1.0.18" and "3.0.11".
std::string SodiumVersion();
std::string OpenSslVersion();

}  // namespace spor
