// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/json.h"
#include "privacy/people_edit.h"

namespace spor::service {

// Replaces the key that signs the log, recorded as an event in the same batch as the entry that endorses the new one.
// Answers with the keys as they are now. kDenied, recorded, unless the actor may.
Result<ledger::LogKeys> RotateLogKey(const privacy::Parts& parts, const auth::Actor& actor);

// {origin, ledger_id, log_vkey, keys [{vkey, first_size}], origins [{origin, begins, keys [..], closed}]}: `begins` is
// the index of an origin's first entry, `closed` null or {at, reason, surviving {size, root}, lost {size, root} or
// null}.
std::string DescribeLogKeys(const ledger::LogKeys& keys);

// What DescribeLogKeys() says of a head.
void WriteLogPoint(privacy::JsonWriter& out, const ledger::LogPoint& point);

}  // namespace spor::service
