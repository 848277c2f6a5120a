// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/clock.h"
#include "tools/service/home.h"

namespace spor::service {

// Copies the data directory to HOME.lost-YYYYMMDDTHHMMSSZ and the anchor's beside it, with `.anchor` behind the name:
// the places where `spor fsck --home` looks for them. Slot files are not copied: each copy would be one of the root
// key.
//
// Durability: after OK both copies survive power loss. kConflict if something of that name is there; on any error
// nothing of that name is.
Result<std::string> CopyAside(const HomePlaces& places, UnixSeconds now);

}  // namespace spor::service
