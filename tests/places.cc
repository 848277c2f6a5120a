// SPDX-License-Identifier: Apache-2.0
#include "tests/doubles/places.h"

namespace spor::doubles {

std::string SourceDir() { return SPOR_SOURCE_DIR; }
std::string ProgramPath() { return SPOR_BINARY; }

}  // namespace spor::doubles
