// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/importer.h"
#include "privacy/json.h"

namespace spor::privacy {

inline constexpr size_t kMaxEventBytes = 16 << 10;
inline constexpr size_t kMaxDetailsBytes = 4096;
inline constexpr size_t kMaxEventIdBytes = 128;
inline constexpr size_t kMaxEventFields = 48;
inline constexpr size_t kMaxEventsPerBatch = 1024;

// An event of an application, as docs/formats/events.md describes its JSON line.
struct AppEvent {
  std::string event_id;
  UnixSeconds time = 0;
  std::string kind;  // "processing" or "access"
  std::string action;
  const Category* category = nullptr;
  const Purpose* purpose = nullptr;
  std::string subject;  // external_id:VALUE, an e-mail address or a subject id
  std::vector<std::pair<std::string, std::string>> fields;
  std::string details;  // JSON as it came
};
// kInvalidArgument with what to write instead. Unknown members are refused: nothing is dropped in silence.
Result<AppEvent> ParseAppEvent(std::string_view line, const Policy& policy);

struct IngestCounts {
  uint64_t lines = 0;  // answered durably: accepted, repeated or refused
  uint64_t accepted = 0;
  uint64_t repeated = 0;
  uint64_t refused = 0;
  uint64_t restricted = 0;          // of those accepted: about somebody whose processing is restricted
  std::vector<RowRefusal> reasons;  // row: line of this batch, from 1
  uint64_t entry = 0;
};

// Events of applications into the ledger, idempotent by event_id: the same id and body again is "repeated", another
// body under a known id is refused as a conflict. A client id is stored only as a keyed hash. What was done with the
// data of somebody whose processing is restricted was done: it is recorded, marked, and counted in the answer.
//
// Threads: any. Durability: what was answered is in the ledger once, also after kill -9 and a repeated batch.
class EventIngest {
 public:
  explicit EventIngest(const Parts& parts) : parts_(parts) {}
  // `body` is NDJSON of at most kMaxEventsPerBatch lines; empty lines are skipped.
  Result<IngestCounts> Batch(const auth::Actor& actor, std::string_view body);

 private:
  struct Lines;
  class Claim;
  struct Seen;
  Result<IngestCounts> TryBatch(const auth::Actor& actor, const Lines& lines);
  // Adds the event, or says why it is refused.
  struct Added {
    std::string refusal;
    bool restricted = false;
  };
  Result<Added> AddEvent(const auth::Actor& actor, PeopleEdit& edit, const AppEvent& event);
  Result<Person*> PersonOf(PeopleEdit& edit, const std::string& subject);

  const Parts& parts_;
  Mutex mutex_;
  CondVar freed_;
  std::set<Hash32> claimed_ GUARDED_BY(mutex_);  // event ids of the batches under way
};

}  // namespace spor::privacy
