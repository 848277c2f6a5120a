// SPDX-License-Identifier: Apache-2.0
#include "tools/report/artefact.h"
#include "tools/report/figures.h"

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
  RETURN_IF_ERROR(ExpectMembers(artefact.document, {"format", "ledger", "checkpoint", "report", "event", "policy_entry",
                                                    "head_start", "head_end"}));
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
  ASSIGN_OR_RETURN(out.from, ReadDate(*artefact.report, "from"));
  ASSIGN_OR_RETURN(out.to, ReadDate(*artefact.report, "to"));
  return out;
}

Status CheckInclusion(const Artefact& artefact, const Review& review) {
  RETURN_IF_ERROR(VerifyEntry(review.policy, artefact.checkpoint));
  RETURN_IF_ERROR(VerifyEntry(review.start.entry, artefact.checkpoint));
  return VerifyEntry(review.end.entry, artefact.checkpoint);
}

// The heads are where the period begins and ends, and the figures about what is held are theirs.
Status CheckHeads(const Artefact& artefact, const Review& review) {
  const DisclosedEntry& start = review.start.entry;
  const DisclosedEntry& end = review.end.entry;
  const bool first = review.start.body.previous_head == ledger::kNoEntry;
  if (privacy::OsloDay(start.entry.time_s) >= review.from && !first) return Failed("the first head is not before");
  if (privacy::OsloDay(end.entry.time_s) > review.to) return Failed("the last head is after the period");
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
    RETURN_IF_ERROR(CheckEventField(artefact, key, *artefact.report->GetString(key)));
  }
  return OkStatus();
}

}  // namespace

Status VerifyReview(const Artefact& artefact, Checks& checks) {
  ASSIGN_OR_RETURN(const Review review, ReadReview(artefact));
  checks.Add("inclusion", CheckInclusion(artefact, review));
  checks.Add("figures_recorded", CheckPeriodRecorded(artefact));
  const bool same = review.policy_body.digest == review.end.body.policy_digest;
  checks.Add("policy", same ? CheckPolicy(*artefact.report, review.policy_body)
                            : Failed("the policy entry is not the one in force at the last head"));
  checks.Add("figures_from_heads", CheckHeads(artefact, review));
  checks.NotCovered("figures_from_events", Checks::Need::kStated,
                    "De er bundet i revisjonssporet, men ikke bevist én for én; et uttrekk viser hendelsene.",
                    "They are bound in the audit ledger, but not proven one by one; an extract shows the events.");
  return OkStatus();
}

}  // namespace spor::report
