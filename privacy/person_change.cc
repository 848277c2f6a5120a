// SPDX-License-Identifier: Apache-2.0
#include "privacy/person_change.h"

#include "crypto/utf8.h"

namespace spor::privacy {

Status PersonChange::Refuse(const RefusedChange& refused) const {
  RETURN_IF_ERROR(parts_.auth->RecordRefusal(actor_, {action_, refused.code, {}, RandomArray<16>(), std::nullopt}));
  return refused.status;
}

Result<SubjectId> PersonChange::Resolve(std::string_view subject) const {
  if (subject.empty() || subject.size() > kMaxSubjectBytes) {
    return Refuse({"malformed_or_ambiguous_subject",
                   Status(Code::kInvalidArgument,
                          "SUBJECT has 1 to 400 bytes: an e-mail address, external_id:VALUE or a subject id")});
  }
  Result<SubjectId> found = parts_.subjects->Resolve(subject);
  if (found.ok()) return found;
  switch (found.error().code()) {
    case Code::kNotFound: return Refuse({"unknown_person", found.error()});
    case Code::kInvalidArgument: return Refuse({"malformed_or_ambiguous_subject", found.error()});
    default: return found;
  }
}

Status PersonChange::CheckReason(std::string_view reason) const {
  if (!reason.empty() && reason.size() <= kMaxReasonBytes && spor::IsUtf8(reason)) return OkStatus();
  return Refuse(
      {"no_reason", Status(Code::kInvalidArgument, "a reason of 1 to 2,000 bytes of UTF-8 is needed: --reason TEXT")});
}

Result<uint64_t> PersonChange::Submit(const SubjectId& subject, ledger::RedueReason reason,
                                      const Decide& decide) const {
  RefusedChange refused;
  const auto attempt = [&]() -> Result<uint64_t> {
    const std::shared_lock lock(*parts_.people_lock);
    PeopleEdit edit(parts_);
    ASSIGN_OR_RETURN(Person * person, edit.Load(subject));
    ASSIGN_OR_RETURN(refused, decide(edit, *person));
    if (!refused.status.ok()) return refused.status;
    ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(reason));
    const auto valid = parts_.auth->StillValid(actor_);
    proposal.precondition = valid.get();
    ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
    return receipt.first_entry;
  };
  Result<uint64_t> entry = Status(Code::kInternal, "");
  for (int i = 0; i < kDecideAgain; ++i) {
    entry = attempt();
    if (entry.ok() || !refused.status.ok() || entry.error().code() != Code::kConflict) break;
  }
  // Outside the people lock: recording needs no one's data.
  if (!refused.status.ok()) return Refuse(refused);
  if (!entry.ok() && entry.error().code() == Code::kNotFound) return Refuse({"unknown_person", entry.error()});
  return entry;
}

}  // namespace spor::privacy
