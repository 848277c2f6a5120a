// SPDX-License-Identifier: Apache-2.0
#include "tools/report/proven_times.h"

#include <algorithm>

#include "privacy/calendar.h"

namespace spor::report {
namespace {

constexpr uint32_t kLastDay = 2'900'000;  // of the calendar

Status Failed(std::string what) { return Status(Code::kFailed, std::move(what)); }

}  // namespace

Result<UnixSeconds> ReadTime(const JsonValue& report, std::string_view key) {
  const Result<std::string> text = report.GetString(key);
  Result<UnixSeconds> time = text.ok() ? privacy::ParseUtc(*text) : Result<UnixSeconds>(text.error());
  if (!time.ok()) return Failed("'" + std::string(key) + "' is no time");
  return time;
}

Status CheckOrder(const Artefact& artefact, std::vector<ProvenTime> times) {
  if (artefact.genesis_time_s) times.push_back({artefact.genesis_index, *artefact.genesis_time_s});
  std::sort(times.begin(), times.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  for (size_t i = 1; i < times.size(); ++i) {
    const bool same = times[i].index == times[i - 1].index;
    if (times[i].time_s < times[i - 1].time_s || (same && times[i].time_s != times[i - 1].time_s)) {
      return Failed("entry " + std::to_string(times[i].index) + " is earlier than one before it");
    }
  }
  return OkStatus();
}

Status CheckTimes(const Artefact& artefact, std::vector<ProvenTime> times) {
  times.push_back(TimeOf(artefact.event));
  RETURN_IF_ERROR(CheckOrder(artefact, std::move(times)));
  ASSIGN_OR_RETURN(const UnixSeconds made_at, ReadTime(*artefact.report, "made_at"));
  const UnixSeconds recorded = artefact.event.entry.time_s;
  if (made_at > recorded || made_at + kMaxMakingSeconds < recorded) return Failed("'made_at' is not the event's time");
  return OkStatus();
}

privacy::Wording DayWords(const Artefact& artefact, uint32_t legal_day, ledger::DueDay earliest) {
  const std::string own = privacy::FormatDate({static_cast<int32_t>(std::min<uint32_t>(legal_day, kLastDay))});
  if (!artefact.cosigned_at) {
    return {"Dagen er " + own + ", etter tjenestens egen klokke.",
            "The day is " + own + ", by the service's own clock."};
  }
  const privacy::LegalDate seen = privacy::OsloDay(*artefact.cosigned_at);
  const std::string day = privacy::FormatDate(seen);
  if (int64_t{earliest} > seen.days) {
    return {"Dagen er " + day + ", bekreftet av vitnene.", "The day is " + day + ", confirmed by the witnesses."};
  }
  // Made again much later: what fell due in between was erased by later runs, which this map does not show.
  return {"Dagen er " + own + ", etter tjenestens egen klokke; vitnene så sporet " + day + ".",
          "The day is " + own + ", by the service's own clock; the witnesses saw the ledger on " + day + "."};
}

Status CheckLegalDay(const DisclosedEntry& entry, const ledger::HeadBody& body) {
  const int64_t day = privacy::OsloDay(entry.entry.time_s).days;
  if (day == static_cast<int64_t>(body.legal_day)) return OkStatus();
  return Failed("head " + std::to_string(entry.index) + " says another day than its time");
}

}  // namespace spor::report
