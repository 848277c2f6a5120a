// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

// Where the sources lie and the program was built: asked at run time, so that only one small file knows the paths and
// the rest compiles to the same bytes in every checkout.
namespace spor::doubles {

std::string SourceDir();
std::string ProgramPath();

}  // namespace spor::doubles
