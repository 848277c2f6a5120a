// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/cli/local_commands.h"
#include "tools/cli/options.h"

namespace spor::cli {

// The options that name the places of a log, behind `own`'s; those that commands without a service take.
std::vector<Option> WithPlaces(std::vector<Option> own);
// What they say; what is not given lies beside the data directory. Wrong usage where there is no --home.
Outcome<HomePlaces> PlacesOf(const Arguments& arguments);

}  // namespace spor::cli
