// SPDX-License-Identifier: Apache-2.0
#include "tools/service/api.h"

namespace spor::service {

using privacy::JsonWriter;

namespace {

Result<privacy::LegalDate> DateMember(const privacy::JsonValue& body, std::string_view key) {
  ASSIGN_OR_RETURN(const std::string text, body.GetString(key));
  return privacy::ParseDate(text);
}

}  // namespace

Api::Answer Api::RetentionPlan(const Call& call) {
  std::optional<privacy::LegalDate> as_of;
  ASSIGN_OR_RETURN(const std::optional<std::string> text, call.body.FindString("as_of"));
  if (text) {
    ASSIGN_OR_RETURN(as_of, privacy::ParseDate(*text));
  }
  ASSIGN_OR_RETURN(const privacy::RetentionPlan plan, home_.retention().Plan(*call.actor, as_of));
  JsonWriter out;
  out.BeginObject().Key("as_of").String(privacy::FormatDate(plan.as_of)).Key("due").Uint(plan.due);
  out.Key("held").Uint(plan.held).Key("rules");
  WriteRules(out, plan.rules, "due");
  out.EndObject();
  return out.Take();
}

Api::Answer Api::RetentionRun(const Call& call) {
  ASSIGN_OR_RETURN(const privacy::RunRecord run, home_.retention().Run(*call.actor));
  JsonWriter out;
  out.BeginObject().Key("run").String(std::to_string(run.number)).Key("as_of").String(privacy::FormatDate(run.as_of));
  out.Key("erased").Uint(run.erased).Key("anonymised").Uint(0).Key("held").Uint(run.held);
  out.Key("erased_instead_of_anonymised").Uint(run.erased_instead_of_anonymised);
  out.Key("restricted_people").Uint(run.restricted_people);
  out.Key("people_forgotten").Uint(run.people_forgotten).Key("generations").Uint(run.generations.size());
  out.Key("entry").Uint(run.end_entry).EndObject();
  return out.Take();
}

Api::Answer Api::RetentionStatus(const Call& call) {
  ASSIGN_OR_RETURN(const privacy::RetentionStatus status, home_.retention().State(*call.actor));
  JsonWriter out;
  out.BeginObject().Key("today").String(privacy::FormatDate(status.today)).Key("overdue").Uint(status.overdue);
  out.Key("held").Uint(status.held).Key("undecided").Uint(status.undecided).Key("not_started").Uint(status.not_started);
  out.Key("alive").Uint(status.alive).Key("review_due").Uint(status.review_due).Key("earliest_due");
  if (status.earliest == ledger::kNotStarted || status.earliest == ledger::kUndecided) {
    out.Null();
  } else {
    out.String(privacy::FormatDate({static_cast<int32_t>(status.earliest)}));
  }
  out.Key("holds_ending_in_30_days").Uint(status.holds_ending).Key("next_holds_to_end").BeginArray();
  for (const privacy::SubjectBook::HoldRow& row : status.next_to_end) {
    out.BeginObject().Key("until").String(privacy::FormatDate(row.until)).Key("hold");
    out.String(privacy::HoldIdText(row.hold)).Key("subject").String(HexEncode(row.subject)).EndObject();
  }
  out.EndArray().Key("overdue_rules");
  WriteRules(out, status.overdue_rules, "units");
  out.Key("undecided_rules");
  WriteRules(out, status.undecided_rules, "units");
  out.Key("open_decisions").BeginArray();
  for (const privacy::Decision& decision : home_.parts().policy->decisions) {
    if (decision.taken.empty()) out.String(decision.id + ": " + decision.question);
  }
  out.EndArray().EndObject();
  return out.Take();
}

Api::Answer Api::Certificate(const Call& call) {
  report::CertificateRequest request;
  ASSIGN_OR_RETURN(request.run, call.body.GetString("run"));
  ASSIGN_OR_RETURN(const std::optional<std::string> subject, call.body.FindString("subject"));
  request.subject = subject.value_or("");
  return report::MakeCertificate(report_parts_, *call.actor, request);
}

Api::Answer Api::Review(const Call& call) {
  report::ReviewRequest request;
  ASSIGN_OR_RETURN(request.from, DateMember(call.body, "from"));
  ASSIGN_OR_RETURN(request.to, DateMember(call.body, "to"));
  return report::MakeReview(report_parts_, *call.actor, request);
}

Api::Answer Api::Extract(const Call& call) {
  report::ExtractRequest request;
  ASSIGN_OR_RETURN(request.from, DateMember(call.body, "from"));
  ASSIGN_OR_RETURN(request.to, DateMember(call.body, "to"));
  ASSIGN_OR_RETURN(const std::optional<std::string> subject, call.body.FindString("subject"));
  ASSIGN_OR_RETURN(const std::optional<std::string> reason, call.body.FindString("reason"));
  request.subject = subject.value_or("");
  request.reason = reason.value_or("");
  return report::MakeExtract(report_parts_, *call.actor, request);
}

Api::Answer Api::Trust(const Call&) { return report::MakeTrustFile(report_parts_); }

}  // namespace spor::service
