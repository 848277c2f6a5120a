// SPDX-License-Identifier: Apache-2.0
#include "tools/service/recorded_act.h"

#include <iterator>

namespace spor::service {

Status RecordAct(const privacy::Parts& parts, const auth::Actor* actor, std::string_view action,
                 std::vector<ledger::Field> more, ledger::Batch rows) {
  RETURN_IF_ERROR(parts.audit->EnsureUnits(*parts.ledger));
  ledger::EntryDraft event{ledger::EntryKind::kEvent, RandomArray<16>(), {}, {}};
  std::vector<ledger::Field> fields = auth::AuditFields(actor, action, "done");
  std::move(more.begin(), more.end(), std::back_inserter(fields));
  ASSIGN_OR_RETURN(ledger::SealedSection section,
                   parts.audit->Seal(auth::AuditClass::kEvidence, event.seal_id, 0, std::move(fields)));
  event.sections.push_back(std::move(section));
  ledger::Proposal proposal;
  proposal.entries.push_back(std::move(event));
  proposal.writes = std::move(rows);
  const std::unique_ptr<ledger::Precondition> valid = actor == nullptr ? nullptr : parts.auth->StillValid(*actor);
  proposal.precondition = valid.get();
  return parts.ledger->Submit(std::move(proposal)).status();
}

}  // namespace spor::service
