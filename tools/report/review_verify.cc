// SPDX-License-Identifier: Apache-2.0
#include "tools/report/artefact.h"
#include "tools/report/figures.h"
#include "tools/report/proven_times.h"
#include "tools/report/review_words.h"

namespace spor::report {
namespace {

Status Failed(std::string what) { return Status(Code::kFailed, std::move(what)); }

struct Head {
  DisclosedEntry entry;
  ledger::HeadBody body;
};

Result<Head> ReadHead(const JsonValue& document, std::string_view key) {
  Head head;
  ASSIGN_OR_RETURN(head.entry, ReadProvenEntry(*document.Find(key)));
  if (head.entry.entry.kind != ledger::EntryKind::kHead) return Failed("a head is none");
  const Result<ledger::HeadBody> body = ledger::ParseHead(head.entry.entry.body);
  if (!body.ok()) return Failed(body.error().message());
  head.body = *body;
  if (head.body.own_index != head.entry.index) return Failed("a head stands in another place than it says");
  return head;
}

struct Review {
  DisclosedEntry policy;
  ledger::PolicyBody policy_body;
  Head start;
  Head end;
  Head next;  // names `end` as the one before it
  privacy::LegalDate from;
  privacy::LegalDate to;
};

Result<privacy::LegalDate> ReadDate(const JsonValue& report, std::string_view key) {
  const Result<std::string> text = report.GetString(key);
  Result<privacy::LegalDate> date = text.ok() ? privacy::ParseDate(*text) : text.error();
  if (!date.ok()) return Failed("'" + std::string(key) + "' is no date");
  return date;
}

Result<Review> ReadReview(const Artefact& artefact) {
  RETURN_IF_ERROR(ExpectOwnMembers(artefact, {"policy_entry", "head_start", "head_end", "head_next"}));
  RETURN_IF_ERROR(
      ExpectMembers(*artefact.report,
                    {"made_at",      "from",      "to",         "controller", "policy",        "categories", "rules",
                     "zero_figures", "heads",     "ledger",     "operations", "erase_reasons", "events",     "runs",
                     "promises",     "decisions", "recipients", "transfers",  "chapters",      "limits"}));
  Review out;
  ASSIGN_OR_RETURN(out.policy, ReadProvenEntry(*artefact.document.Find("policy_entry")));
  if (out.policy.entry.kind != ledger::EntryKind::kPolicy) return Failed("the policy entry is none");
  Result<ledger::PolicyBody> body = ledger::ParsePolicyBody(out.policy.entry.body);
  if (!body.ok()) return Failed(body.error().message());
  out.policy_body = std::move(*body);
  ASSIGN_OR_RETURN(out.start, ReadHead(artefact.document, "head_start"));
  ASSIGN_OR_RETURN(out.end, ReadHead(artefact.document, "head_end"));
  ASSIGN_OR_RETURN(out.next, ReadHead(artefact.document, "head_next"));
  ASSIGN_OR_RETURN(out.from, ReadDate(*artefact.report, "from"));
  ASSIGN_OR_RETURN(out.to, ReadDate(*artefact.report, "to"));
  return out;
}

Status CheckInclusion(const Artefact& artefact, const Review& review) {
  RETURN_IF_ERROR(VerifyEntry(review.policy, artefact.checkpoint));
  RETURN_IF_ERROR(VerifyEntry(review.start.entry, artefact.checkpoint));
  RETURN_IF_ERROR(VerifyEntry(review.next.entry, artefact.checkpoint));
  return VerifyEntry(review.end.entry, artefact.checkpoint);
}

// No later head of the period was passed over: the next one is of a later day or covers the review's event. Where the
// service went on writing heads while the review was made, the last one may be that much older.
Status CheckLastHead(const Artefact& artefact, const Review& review) {
  const DisclosedEntry& end = review.end.entry;
  const DisclosedEntry& next = review.next.entry;
  if (review.next.body.previous_head != end.index) return Failed("the next head does not follow the last one");
  const bool of_later_day = privacy::OsloDay(next.entry.time_s) > review.to;
  const bool recent = int64_t{end.entry.time_s} + kMaxMakingSeconds >= artefact.event.entry.time_s;
  if (of_later_day || next.index > artefact.event.index || recent) return OkStatus();
  return Failed("the period has a later head than its last one");
}

// Entries and places of the period, as far as the heads say.
Status CheckRange(const Artefact& artefact, const Review& review) {
  const JsonValue& said = *artefact.report->Find("ledger");
  RETURN_IF_ERROR(ExpectMembers(said, {"entries", "first_entry", "last_entry", "first_time", "last_time", "heads"}));
  ASSIGN_OR_RETURN(const uint64_t entries, GetIndex(said, "entries"));
  ASSIGN_OR_RETURN(const uint64_t first, GetIndex(said, "first_entry"));
  ASSIGN_OR_RETURN(const uint64_t last, GetIndex(said, "last_entry"));
  ASSIGN_OR_RETURN(const UnixSeconds first_time, ReadTime(said, "first_time"));
  ASSIGN_OR_RETURN(const UnixSeconds last_time, ReadTime(said, "last_time"));
  const bool of_period = privacy::OsloDay(first_time) >= review.from && privacy::OsloDay(last_time) <= review.to;
  const bool of_later_day = privacy::OsloDay(review.next.entry.entry.time_s) > review.to;
  if (last < first || entries != last - first + 1 || last_time < first_time || !of_period ||
      last >= artefact.event.index || last_time > artefact.event.entry.time_s ||
      (of_later_day && last >= review.next.entry.index)) {
    return Failed("the entries of the period do not fit the heads");
  }
  return OkStatus();
}

Status CheckReviewTimes(const Artefact& artefact, const Review& review) {
  std::vector<ProvenTime> times = {TimeOf(review.policy)};
  for (const Head* head : {&review.start, &review.end, &review.next}) {
    RETURN_IF_ERROR(CheckLegalDay(head->entry, head->body));
    times.push_back(TimeOf(head->entry));
  }
  return CheckTimes(artefact, std::move(times));
}

bool HasText(const JsonValue& object, std::string_view key, std::string_view text) {
  const Result<std::string> value = object.GetString(key);
  return value.ok() && *value == text;
}

// Limits, chapters, names of figures, and what is said of each measure are the program's own words.
Status CheckReviewWords(const JsonValue& report) {
  const Status other = Failed("a fixed text is not what this version writes");
  RETURN_IF_ERROR(CheckWords(report, "limits", WordingsJson(ReviewLimits())));
  const auto figures = report.GetArray("zero_figures");
  const auto chapters = report.GetArray("chapters");
  const auto promises = report.GetArray("promises");
  if (!figures.ok() || !chapters.ok() || !promises.ok() || figures->size() != ZeroFigures().size() ||
      chapters->size() != ReviewChapters().size()) {
    return other;
  }
  for (size_t i = 0; i < figures->size(); ++i) {
    const ZeroFigure& own = ZeroFigures()[i];
    const JsonValue& said = (*figures)[i];
    if (!HasText(said, "key", own.key) || !HasText(said, "nb", own.nb) || !HasText(said, "en", own.en)) return other;
  }
  for (size_t i = 0; i < chapters->size(); ++i) {
    const ReviewChapter& own = ReviewChapters()[i];
    const JsonValue& said = (*chapters)[i];
    if (!HasText(said, "number", own.number) || !HasText(said, "nb", own.nb) || !HasText(said, "en", own.en) ||
        !HasText(said, "judge_nb", own.judgement_nb) || !HasText(said, "judge_en", own.judgement_en) ||
        !HasText(said, "judgement", "")) {
      return other;
    }
  }
  for (const JsonValue& promise : *promises) {
    const Result<std::string> measure = promise.GetString("measure");
    if (!measure.ok()) return other;
    const privacy::Wording own = MeasureWords(*measure);
    if (!HasText(promise, "words_nb", own.nb) || !HasText(promise, "words_en", own.en)) return other;
  }
  return OkStatus();
}

// A promise that is measured by what is overdue can't be kept when the head says otherwise, nor the other way round.
Status CheckPromises(const JsonValue& report, bool nothing_overdue) {
  const auto promises = report.GetArray("promises");
  for (size_t i = 0; promises.ok() && i < promises->size(); ++i) {
    const JsonValue& promise = (*promises)[i];
    if (!HasText(promise, "measure", "overdue")) continue;
    if (!HasText(promise, "result", nothing_overdue ? "kept" : "not_kept")) {
      return Failed("a promise about what is overdue does not follow from the last head");
    }
  }
  return OkStatus();
}

void CheckOverdue(const Artefact& artefact, const Review& review, Checks& checks) {
  if (NothingOverdue(review.end.body)) {
    const privacy::Wording day = DayWords(artefact, review.end.body.legal_day, review.end.body.min_due);
    return checks.Add("overdue", OkStatus(), day.nb, day.en);
  }
  checks.NotCovered("overdue", Checks::Need::kStated,
                    "Noe var over fristen; det følger av tilstanden. Hvor mye, er tjenestens eget tall.",
                    "Something was overdue; that follows from the head. How much is the service's own figure.");
}

// The heads are where the period begins and ends, and the figures about what is held are theirs.
Status CheckHeads(const Artefact& artefact, const Review& review) {
  const DisclosedEntry& start = review.start.entry;
  const DisclosedEntry& end = review.end.entry;
  const bool first = review.start.body.previous_head == ledger::kNoEntry;
  if (privacy::OsloDay(start.entry.time_s) >= review.from && !first) return Failed("the first head is not before");
  if (privacy::OsloDay(end.entry.time_s) > review.to) return Failed("the last head is after the period");
  RETURN_IF_ERROR(CheckLastHead(artefact, review));
  RETURN_IF_ERROR(CheckRange(artefact, review));
  RETURN_IF_ERROR(CheckPromises(*artefact.report, NothingOverdue(review.end.body)));
  if (end.index < start.index || artefact.event.index <= end.index) return Failed("the heads are not in order");
  JsonWriter expected;
  expected.BeginObject().Key("start").Raw(HeadJson(start.index, start.entry.time_s, review.start.body));
  expected.Key("end").Raw(HeadJson(end.index, end.entry.time_s, review.end.body)).EndObject();
  if (CompactJson(*artefact.report->Find("heads")) != expected.Take()) return Failed("they differ from the heads");
  const auto zero_figures = artefact.report->GetArray("zero_figures");
  if (!zero_figures.ok()) return Failed("the figures that must be zero are no list");
  for (const JsonValue& figure : *zero_figures) {
    const Result<std::string> key = figure.GetString("key");
    if (!key.ok() || *key != "overdue") continue;
    const Result<int64_t> value = figure.GetInt("value");
    if (value.ok() && (*value == 0) == NothingOverdue(review.end.body)) return OkStatus();
  }
  return Failed("what is overdue does not follow from the last head");
}

Status CheckPeriodRecorded(const Artefact& artefact) {
  RETURN_IF_ERROR(CheckRecorded(artefact, "review"));
  for (const std::string_view key : {"from", "to"}) {
    RETURN_IF_ERROR(CheckEventField(artefact, key, ledger::FieldType::kDate, *artefact.report->GetString(key)));
  }
  return OkStatus();
}

}  // namespace

Status VerifyReview(const Artefact& artefact, Checks& checks) {
  ASSIGN_OR_RETURN(const Review review, ReadReview(artefact));
  checks.Add("inclusion", CheckInclusion(artefact, review));
  checks.Add("figures_recorded", CheckPeriodRecorded(artefact));
  const bool same = review.policy_body.digest == review.end.body.policy_digest;
  checks.Add("policy",
             same ? CheckPolicy(*artefact.report, review.policy_body)
                  : Failed("the policy entry is not the one in force at the last head"),
             kPolicyProvenNb, kPolicyProvenEn);
  const std::string end = std::to_string(review.end.entry.index);
  const std::string time = privacy::FormatUtc(review.end.entry.entry.time_s);
  checks.Add("figures_from_heads", CheckHeads(artefact, review),
             "Den siste tilstanden er innførsel " + end + ", " + time + ".",
             "The last head is entry " + end + ", " + time + ".");
  CheckOverdue(artefact, review, checks);
  checks.Add("times", CheckReviewTimes(artefact, review));
  checks.Add("words", CheckReviewWords(*artefact.report));
  checks.NotCovered("figures_from_events", Checks::Need::kStated,
                    "De er bundet i revisjonssporet, men ikke bevist én for én; et uttrekk viser hendelsene.",
                    "They are bound in the audit ledger, but not proven one by one; an extract shows the events.");
  return OkStatus();
}

}  // namespace spor::report
