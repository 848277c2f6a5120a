// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/calendar.h"
#include "tools/service/home.h"
#include "vault/custody.h"

// Copies of the wrapped keys and the slot file, kept apart from the data: without the newest one an old backup of the
// data opens nothing. Each is a copy of a root key, and so is registered before it is made. docs/operations.md,
// "Backup".
namespace spor::service {

struct KeyCopyRequest {
  std::string file;  // absolute; must not exist; written by the service with mode 0600
  privacy::LegalDate keep_until;
  std::string place;  // where it will be kept, in words
};
// kInvalidArgument for a relative path, a past date, one more than five years away, or an empty place; kConflict if
// the file exists. Where it can't be written the registration is ended again.
Result<vault::RootCopy> MakeKeyCopy(const privacy::Parts& parts, const auth::Actor& actor,
                                    const KeyCopyRequest& request);
// Those registered and not ended, by id.
Result<std::vector<vault::RootCopy>> ListKeyCopies(const privacy::Parts& parts, const auth::Actor& actor);
// The copy was destroyed, says whoever had it. kNotFound for an id that is not registered; `reason` as text of an
// event.
Status EndKeyCopy(const privacy::Parts& parts, const auth::Actor& actor, const Id16& id, const std::string& reason);

}  // namespace spor::service
