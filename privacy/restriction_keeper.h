// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/person_change.h"

namespace spor::privacy {

struct RestrictionRequest {
  std::string subject;  // as SubjectBook::Resolve takes it
  std::string ground;   // a key of RestrictionGrounds()
  std::string reason;
};
struct RestrictionLiftRequest {
  std::string subject;
  std::string ground;
  std::string reason;
  std::string informed_on;  // 2027-06-30: when she was told that it will be lifted (GDPR art. 18(3))
};
struct RestrictionAnswer {
  SubjectId subject{};
  Restriction restriction;
  uint64_t entry = 0;
};
struct RestrictionList {
  std::vector<RestrictionAnswer> restrictions;  // reasons only if one person was asked for
  bool more = false;                            // there are more people than were looked at
  uint64_t entry = 0;
};
inline constexpr size_t kMaxListedRestricted = 1000;  // people

// Restriction of processing (GDPR art. 18): a restricted person's data is stored and not used. PersonReader refuses
// reads, unless an exception is named; events of applications are recorded and marked. Retention goes on: it is no
// hold.
//
// Threads: any. Durability: an answer means that event and profile are in the ledger; a read that was decided before is
// decided again. Every refusal is recorded.
// Errors: kInvalidArgument and kConflict with what to do instead, kNotFound for an unknown person or restriction.
class RestrictionKeeper {
 public:
  explicit RestrictionKeeper(const Parts& parts) : parts_(parts) {}
  Result<RestrictionAnswer> Set(const auth::Actor& actor, const RestrictionRequest& request);
  Result<RestrictionAnswer> Lift(const auth::Actor& actor, const RestrictionLiftRequest& request);
  // Of one person, or of everybody. The look is recorded; of one person in her access log, too.
  Result<RestrictionList> List(const auth::Actor& actor, const std::string& subject);

 private:
  Result<RestrictionList> ListOf(const auth::Actor& actor, const std::string& subject);

  const Parts& parts_;
};

}  // namespace spor::privacy
