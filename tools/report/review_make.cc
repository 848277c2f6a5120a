// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ledger/replay.h"
#include "tools/report/evidence.h"
#include "tools/report/review_figures.h"
#include "tools/report/review_words.h"

namespace spor::report {
namespace {

using privacy::Policy;

// Null for what this version does not measure.
std::optional<uint64_t> ZeroValue(std::string_view key, const ReviewFigures& figures) {
  if (key == "overdue") return figures.overdue;
  if (key == "without_second_factor") return figures.accesses - figures.accesses_with_second_factor;
  if (key == "without_purpose") return figures.reads_without_purpose;
  if (key == "break_glass_unreviewed") return (figures.end.body.flags & ledger::kFlagBreakGlass) != 0 ? 1 : 0;
  if (key == "broken_checks") return figures.sections_broken;
  if (key == "log_gaps") return 0;  // reading a period with a gap fails
  return std::nullopt;
}

void WriteZeroFigures(JsonWriter& json, const ReviewFigures& figures) {
  json.Key("zero_figures").BeginArray();
  for (const ZeroFigure& figure : ZeroFigures()) {
    json.BeginObject().Key("key").String(figure.key).Key("nb").String(figure.nb).Key("en").String(figure.en);
    json.Key("value");
    if (const std::optional<uint64_t> value = ZeroValue(figure.key, figures)) {
      json.Uint(*value);
    } else {
      json.Null();
    }
    json.EndObject();
  }
  json.EndArray();
}

void WriteLedger(JsonWriter& json, const ReviewFigures& figures) {
  json.Key("heads").BeginObject();
  json.Key("start").Raw(HeadJson(figures.start.index, figures.start.time_s, figures.start.body));
  json.Key("end").Raw(HeadJson(figures.end.index, figures.end.time_s, figures.end.body)).EndObject();
  json.Key("ledger").BeginObject().Key("entries").Uint(figures.range.end - figures.range.begin);
  json.Key("first_entry").Uint(figures.range.begin).Key("last_entry").Uint(figures.range.end - 1);
  json.Key("first_time").String(privacy::FormatUtc(figures.first_time));
  json.Key("last_time").String(privacy::FormatUtc(figures.last_time));
  json.Key("heads").Uint(figures.heads).EndObject();
}

void WriteOperations(JsonWriter& json, const ReviewFigures& figures) {
  json.Key("operations").BeginArray();
  for (const auto& [key, counts] : figures.operations) {
    json.BeginObject().Key("category").Uint(key.first).Key("rule").Uint(key.second);
    json.Key("created").Uint(counts.created).Key("moved").Uint(counts.moved);
    json.Key("erased").Uint(counts.erased).EndObject();
  }
  json.EndArray().Key("erase_reasons").BeginArray();
  for (const auto& [reason, count] : figures.erase_reasons) {
    json.BeginObject().Key("reason").String(reason).Key("units").Uint(count).EndObject();
  }
  json.EndArray();
}

void WriteEvents(JsonWriter& json, const ReviewFigures& figures) {
  json.Key("events").BeginObject().Key("total").Uint(figures.events_total);
  json.Key("opened").Uint(figures.events_opened).Key("opening_destroyed").Uint(figures.events_destroyed);
  json.Key("logins").Uint(figures.logins).Key("logins_refused").Uint(figures.logins_refused);
  json.Key("accesses").Uint(figures.accesses);
  json.Key("accesses_with_second_factor").Uint(figures.accesses_with_second_factor);
  json.Key("by_action").BeginArray();
  for (const auto& [key, count] : figures.events) {
    json.BeginObject().Key("action").String(key.action).Key("purpose").String(key.purpose);
    json.Key("result").String(key.result).Key("count").Uint(count).EndObject();
  }
  json.EndArray().Key("refusals").BeginArray();
  for (const auto& [reason, count] : figures.refusals) {
    json.BeginObject().Key("reason").String(reason).Key("count").Uint(count).EndObject();
  }
  json.EndArray().EndObject();
}

void WriteRuns(JsonWriter& json, const ReviewFigures& figures) {
  json.Key("runs").BeginArray();
  for (const privacy::RunRecord& run : figures.runs) {
    json.BeginObject().Key("run").String(std::to_string(run.number));
    json.Key("as_of").String(privacy::FormatDate(run.as_of));
    json.Key("finished");
    if (run.finished == 0) {
      json.Null();
    } else {
      json.String(privacy::FormatUtc(run.finished));
    }
    json.Key("erased").Uint(run.erased).Key("erased_instead_of_anonymised").Uint(run.erased_instead_of_anonymised);
    json.Key("held").Uint(run.held).Key("people_forgotten").Uint(run.people_forgotten).EndObject();
  }
  json.EndArray();
}

bool TransfersAreEmailOnly(const Policy& policy) {
  return std::all_of(policy.transfers.begin(), policy.transfers.end(), [](const privacy::Transfer& transfer) {
    return std::all_of(transfer.fields.begin(), transfer.fields.end(),
                       [](const std::string& field) { return field == "email" || field.ends_with(".email"); });
  });
}

// "kept", "not_kept", or "attested" where only a person can say.
std::string_view PromiseResult(const Policy& policy, std::string_view measure, const ReviewFigures& figures) {
  const auto kept = [](bool holds) { return holds ? "kept" : "not_kept"; };
  if (measure == "second_factor") return kept(figures.accesses == figures.accesses_with_second_factor);
  if (measure == "encryption" || measure == "annual_review") return "kept";
  if (measure == "overdue") return kept(figures.overdue == 0);
  if (measure == "purpose_bound") return kept(figures.reads_without_purpose == 0);
  if (measure == "transfers") return kept(TransfersAreEmailOnly(policy));
  return "attested";
}

void WritePromises(JsonWriter& json, const Policy& policy, const ReviewFigures& figures) {
  json.Key("promises").BeginArray();
  for (const privacy::Promise& promise : policy.promises) {
    const privacy::Wording words = MeasureWords(promise.measure);
    json.BeginObject().Key("id").String(promise.id).Key("nb").String(promise.text_nb).Key("en").String(promise.text_en);
    json.Key("measure").String(promise.measure);
    json.Key("result").String(PromiseResult(policy, promise.measure, figures));
    json.Key("words_nb").String(words.nb).Key("words_en").String(words.en).EndObject();
  }
  json.EndArray();
}

void WriteDecisions(JsonWriter& json, const Policy& policy) {
  json.Key("decisions").BeginArray();
  for (const privacy::Decision& decision : policy.decisions) {
    json.BeginObject().Key("id").String(decision.id).Key("open").Bool(decision.taken.empty());
    json.Key("nb").String(decision.question_nb).Key("en").String(decision.question);
    json.Key("taken_nb").String(decision.taken_nb).Key("taken_en").String(decision.taken).EndObject();
  }
  json.EndArray();
}

void WriteRecipients(JsonWriter& json, const Policy& policy) {
  json.Key("recipients").BeginArray();
  for (const privacy::Recipient& recipient : policy.recipients) {
    json.BeginObject().Key("key").String(recipient.key).Key("nb").String(recipient.name_nb);
    json.Key("en").String(recipient.name_en).Key("role").String(recipient.role).EndObject();
  }
  json.EndArray().Key("transfers").BeginArray();
  for (const privacy::Transfer& transfer : policy.transfers) {
    json.BeginObject().Key("recipient").String(transfer.recipient).Key("country").String(transfer.country);
    json.Key("fields").BeginArray();
    for (const std::string& field : transfer.fields) json.String(field);
    json.EndArray().Key("mechanism").String(transfer.mechanism).EndObject();
  }
  json.EndArray();
}

void WriteChapters(JsonWriter& json) {
  json.Key("chapters").BeginArray();
  for (const ReviewChapter& chapter : ReviewChapters()) {
    json.BeginObject().Key("number").String(chapter.number).Key("nb").String(chapter.nb).Key("en").String(chapter.en);
    json.Key("judge_nb").String(chapter.judgement_nb).Key("judge_en").String(chapter.judgement_en);
    json.Key("judgement").String("").EndObject();
  }
  json.EndArray();
}

Result<std::string> MakeReport(const ReportParts& parts, const ReviewRequest& request, const ReviewFigures& figures,
                               const ledger::PolicyBody& body) {
  const Policy& policy = *parts.policy;
  ASSIGN_OR_RETURN(const UnixSeconds made_at, parts.ledger->reader().NextTime(*parts.clock));
  JsonWriter json;
  json.BeginObject().Key("made_at").String(privacy::FormatUtc(made_at));
  json.Key("from").String(privacy::FormatDate(request.from)).Key("to").String(privacy::FormatDate(request.to));
  json.Key("controller").String(policy.controller).Key("policy").Raw(PolicyJson(policy, body));
  json.Key("categories").Raw(CategoriesJson(policy, body)).Key("rules").Raw(RulesJson(policy, body));
  WriteZeroFigures(json, figures);
  WriteLedger(json, figures);
  WriteOperations(json, figures);
  WriteEvents(json, figures);
  WriteRuns(json, figures);
  WritePromises(json, policy, figures);
  WriteDecisions(json, policy);
  WriteRecipients(json, policy);
  WriteChapters(json);
  json.Key("limits").Raw(WordingsJson(ReviewLimits()));
  return json.EndObject().Take();
}

// The head that names head `index` as the one before it: at the latest the one that covers the review's event.
Result<uint64_t> NextHead(const ReportParts& parts, uint64_t index) {
  std::optional<uint64_t> found;
  RETURN_IF_ERROR(parts.ledger->reader().Scan(index + 1, parts.ledger->size(), [&](uint64_t at, ByteView bytes) {
    if (ledger::PeekKind(bytes) == static_cast<uint8_t>(ledger::EntryKind::kHead)) found = at;
    return !found;
  }));
  if (!found) return Status(Code::kInternal, "no head covers the review's event");
  return *found;
}

}  // namespace

Result<std::string> MakeReview(const ReportParts& parts, const auth::Actor& actor, const ReviewRequest& request) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kReview));
  ASSIGN_OR_RETURN(const ReviewFigures figures, CollectFigures(parts, request.from, request.to));
  ASSIGN_OR_RETURN(const uint64_t policy_entry, NewestPolicy(parts, figures.end.index));
  ASSIGN_OR_RETURN(const ledger::Entry policy, parts.ledger->reader().EntryAt(policy_entry));
  ASSIGN_OR_RETURN(const ledger::PolicyBody body, ledger::ParsePolicyBody(policy.body));
  ArtefactMaker::Start start;
  start.kind = "review";
  ASSIGN_OR_RETURN(start.report, MakeReport(parts, request, figures, body));
  start.fields = {ledger::DateField("from", static_cast<uint32_t>(request.from.days)),
                  ledger::DateField("to", static_cast<uint32_t>(request.to.days))};
  ASSIGN_OR_RETURN(ArtefactMaker maker, ArtefactMaker::Begin(parts, actor, start));
  ASSIGN_OR_RETURN(const std::string policy_json, maker.Proven(policy_entry));
  ASSIGN_OR_RETURN(const std::string first, maker.Proven(figures.start.index));
  ASSIGN_OR_RETURN(const std::string last, maker.Proven(figures.end.index));
  maker.document().Member("policy_entry", policy_json);
  maker.document().Member("head_start", first);
  maker.document().Member("head_end", last);
  ASSIGN_OR_RETURN(const uint64_t next, NextHead(parts, figures.end.index));
  ASSIGN_OR_RETURN(const std::string next_json, maker.Proven(next));
  maker.document().Member("head_next", next_json);
  return maker.document().Take();
}

}  // namespace spor::report
