// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/bodies.h"
#include "tools/report/artefact.h"

// What an artefact's times must obey. They are the service's own: this makes them agree with each other, not true.
namespace spor::report {

// How long before its event a report may say that it was made.
inline constexpr int64_t kMaxMakingSeconds = 900;

struct ProvenTime {
  uint64_t index = 0;
  uint32_t time_s = 0;
};
inline ProvenTime TimeOf(const DisclosedEntry& entry) { return {entry.index, entry.entry.time_s}; }

// Ascending with the index, genesis (if the trust file is given) included.
Status CheckOrder(const Artefact& artefact, std::vector<ProvenTime> times);
// The same with the event, and `made_at` belongs to the event.
Status CheckTimes(const Artefact& artefact, std::vector<ProvenTime> times);
// The head's legal day is the Oslo day of its time.
Status CheckLegalDay(const DisclosedEntry& entry, const ledger::HeadBody& body);
// On which day nothing was overdue, and who says so: the day on which the quorum of witnesses had seen the checkpoint,
// if there is one and the earliest deadline is later than it too; otherwise the head's, by the service's own clock.
privacy::Wording DayWords(const Artefact& artefact, uint32_t legal_day, ledger::DueDay earliest);
// kFailed unless the report's member is a time as artefacts write it.
Result<UnixSeconds> ReadTime(const JsonValue& report, std::string_view key);

}  // namespace spor::report
