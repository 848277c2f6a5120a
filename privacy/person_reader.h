// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/people_edit.h"

namespace spor::privacy {

// A purpose-bound look-up of one person's data.
struct ReadRequest {
  std::string subject;  // as SubjectBook::Resolve takes it
  std::string purpose;
  std::string reason;
  std::string category;                  // empty: every category that has the purpose
  std::vector<std::string> fields;       // empty: all that the purpose needs
  std::string despite_restriction = {};  // a key of RestrictionExceptions(), or empty
};

struct ReadRecord {
  std::string category;
  std::vector<std::pair<std::string, SecretBytes>> fields;
};
struct ReadAnswer {
  SubjectId subject{};
  std::vector<ReadRecord> records;
  std::vector<std::string> categories;  // that have the purpose and were looked at
  uint64_t entry = 0;
};

// Gives exactly the fields that the purpose lists, after the event that says so is durable: no evidence, no release.
// A refusal (unknown purpose, a field outside it, use that has ended: stopped by an opt-out, expired by the purpose's
// own rule, or without the condition that it asks for; a person whose processing is restricted, unless the request
// names an exception) is recorded, too.
//
// Threads: any. Errors: kDenied and kInvalidArgument with what to ask instead; kNotFound for an unknown person.
class PersonReader {
 public:
  explicit PersonReader(const Parts& parts) : parts_(parts) {}
  Result<ReadAnswer> Read(const auth::Actor& actor, const ReadRequest& request);

 private:
  struct Scope {
    const Category* category = nullptr;
    const Purpose* purpose = nullptr;
    std::vector<std::string> fields;
  };
  struct Opened;
  Status OpenScope(const Scope& scope, PeopleEdit& edit, Person& person, Opened& opened) const;
  Result<ledger::Receipt> RecordRead(const auth::Actor& actor, const ReadRequest& request, PeopleEdit& edit,
                                     Person& person, const Opened& opened);
  struct Refused {
    std::string code;
    Status status;
  };
  // What the request may see at all, by policy alone.
  std::vector<Scope> PlaceRequest(const ReadRequest& request, Refused& refused) const;
  // A refusal that rests on what is known of her, or the answer.
  using Decided = std::variant<Refused, ReadAnswer>;
  Result<Decided> TryRead(const auth::Actor& actor, const ReadRequest& request, const std::vector<Scope>& scopes);
  Refused CheckRequest(const ReadRequest& request) const;
  Status Refuse(const auth::Actor& actor, const ReadRequest& request, const Refused& refused);

  const Parts& parts_;
};

}  // namespace spor::privacy
