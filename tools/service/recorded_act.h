// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/people_edit.h"

namespace spor::service {

// One event, "done", in the evidence class, with the rows that it is about in the same batch. `actor` is null for what
// is done while no service runs; otherwise the session must still be valid when it is written.
Status RecordAct(const privacy::Parts& parts, const auth::Actor* actor, std::string_view action,
                 std::vector<ledger::Field> more, ledger::Batch rows = {});

}  // namespace spor::service
