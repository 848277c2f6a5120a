// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/people_edit.h"

namespace spor::privacy {

inline constexpr size_t kMaxReasonBytes = 2000;

// Why a request is not done: a short code for the record, and the answer. Without an error it is done.
struct RefusedChange {
  std::string code;
  Status status;
};

// One request of an actor that changes, or shows, what is known of one person: decided, recorded and carried out in one
// proposal, decided again when something moved, and recorded when it is refused.
//
// Threads: one. Ownership: borrows everything.
class PersonChange {
 public:
  PersonChange(const Parts& parts, const auth::Actor& actor, std::string_view action)
      : parts_(parts), actor_(actor), action_(action) {}

  // Records the refusal, then returns its answer; the failure to record if there was one.
  Status Refuse(const RefusedChange& refused) const;
  // Whose SUBJECT it is. A refusal is recorded.
  Result<SubjectId> Resolve(std::string_view subject) const;
  // 1 to 2,000 bytes of UTF-8. A refusal is recorded.
  Status CheckReason(std::string_view reason) const;

  // Calls `decide` for her, as often as the sequencer says "decide again"; it changes the profile and adds the event,
  // or refuses. Returns the entry of the proposal's first event.
  using Decide = std::function<Result<RefusedChange>(PeopleEdit&, Person&)>;
  Result<uint64_t> Submit(const SubjectId& subject, ledger::RedueReason reason, const Decide& decide) const;

 private:
  const Parts& parts_;
  const auth::Actor& actor_;
  const std::string action_;
};

}  // namespace spor::privacy
