// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/report/figures.h"

namespace spor::report {

// What an extract can't say.
const std::vector<privacy::Wording>& ExtractLimits();

}  // namespace spor::report
