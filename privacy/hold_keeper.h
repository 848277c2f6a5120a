// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/person_change.h"

namespace spor::privacy {

struct HoldRequest {
  std::string subject;   // as SubjectBook::Resolve takes it
  std::string category;  // empty: everything about her
  std::string ground;    // a key of HoldGrounds()
  std::string reason;
  std::string until;  // 2027-06-30: the last day on which it stands
};
struct LiftRequest {
  std::string subject;
  std::string hold;  // its id
  std::string reason;
};
struct HoldAnswer {
  SubjectId subject{};
  Hold hold;
  uint64_t units = 0;  // that it covers, or covered; her identity among them
  uint64_t entry = 0;
};
struct HoldListRequest {
  std::string subject;    // empty: of everybody
  std::string ending_by;  // a day, or empty: those that stand on later days are left out
};
struct HoldList {
  std::vector<HoldAnswer> holds;  // by the day they end; reasons only if one person was asked for
  bool more = false;              // kMaxListedHolds are shown, and there are others
  uint64_t entry = 0;
};
inline constexpr size_t kMaxListedHolds = 1000;

// Legal holds: what keeps a person's units from being erased when they are due, each with a ground, a reason and an
// end. Units that are made under a hold fall under it, too. docs/holds.md.
//
// Threads: any. Durability: an answer means that event, profile and operations are in the ledger. Every refusal is
// there. Errors: kInvalidArgument and kConflict with what to do instead, kNotFound for an unknown person or hold.
class HoldKeeper {
 public:
  explicit HoldKeeper(const Parts& parts) : parts_(parts) {}
  Result<HoldAnswer> Set(const auth::Actor& actor, const HoldRequest& request);
  Result<HoldAnswer> Lift(const auth::Actor& actor, const LiftRequest& request);
  // The look is recorded; of one person in her access log, too.
  Result<HoldList> List(const auth::Actor& actor, const HoldListRequest& request);

 private:
  Result<HoldList> ListOf(const auth::Actor& actor, const std::string& subject);

  const Parts& parts_;
};

// Ends the holds whose last day is before `today`, with an event each, and marks units that were made under a hold.
// Looks at no one else. Called at the start of a retention run and every few seconds.
Status SettleHolds(const Parts& parts, LegalDate today);

}  // namespace spor::privacy
