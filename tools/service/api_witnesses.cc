// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"
#include "privacy/calendar.h"
#include "tools/service/api.h"

namespace spor::service {

using privacy::JsonWriter;

namespace {

Result<Cosigner*> CosignerOf(Home& home) {
  if (home.cosigner() != nullptr) return home.cosigner();
  return Status(Code::kNotFound, "no witnesses are set up: start the service with --witness-policy FILE");
}

void TimeOrNull(JsonWriter& out, uint64_t time_s) {
  if (time_s == 0) {
    out.Null();
  } else {
    out.String(privacy::FormatUtc(static_cast<UnixSeconds>(time_s)));
  }
}

// What the best known cosignatures cover.
void WriteCover(JsonWriter& out, const Cosigner& cosigner) {
  const std::optional<uint64_t> covered = cosigner.CoveredTime();
  out.Key("quorum_met").Bool(covered.has_value()).Key("covered_time");
  TimeOrNull(out, covered.value_or(0));
}

}  // namespace

Api::Answer Api::WitnessRequest(const Call& call) {
  ASSIGN_OR_RETURN(Cosigner * cosigner, CosignerOf(home_));
  ASSIGN_OR_RETURN(const std::string name, call.body.GetString("witness"));
  std::optional<uint64_t> old_size;
  if (call.body.Find("old") != nullptr) {
    ASSIGN_OR_RETURN(const int64_t given, call.body.GetInt("old"));
    if (given < 0) return Status(Code::kInvalidArgument, "old is a number of entries, 0 or more");
    old_size = static_cast<uint64_t>(given);
  }
  ASSIGN_OR_RETURN(const Cosigner::FileRequest request, cosigner->MakeRequest(name, old_size));
  JsonWriter out;
  out.BeginObject().Key("witness").String(name).Key("old_size").Uint(request.old_size);
  out.Key("size").Uint(request.size).Key("request").String(request.body).EndObject();
  return out.Take();
}

Api::Answer Api::WitnessAccept(const Call& call) {
  ASSIGN_OR_RETURN(Cosigner * cosigner, CosignerOf(home_));
  ASSIGN_OR_RETURN(const std::vector<std::string> stored, cosigner->Accept(call.request.body));
  JsonWriter out;
  out.BeginObject().Key("stored").BeginArray();
  for (const std::string& name : stored) out.String(name);
  out.EndArray();
  WriteCover(out, *cosigner);
  out.EndObject();
  return out.Take();
}

Api::Answer Api::WitnessStatus(const Call&) {
  ASSIGN_OR_RETURN(const Cosigner* cosigner, CosignerOf(home_));
  JsonWriter out;
  out.BeginObject().Key("needed").Uint(cosigner->policy().needed());
  WriteCover(out, *cosigner);
  out.Key("witnesses").BeginArray();
  for (const WitnessView& view : cosigner->Witnesses()) {
    out.BeginObject().Key("witness").String(view.name).Key("url");
    if (view.url.empty()) {
      out.Null();
    } else {
      out.String(view.url);
    }
    out.Key("entries").Uint(view.seen.size).Key("last_cosigned");
    TimeOrNull(out, view.seen.time_s);
    out.Key("last_answer").String(view.last_answer).Key("trouble").Bool(view.trouble);
    out.Key("asked_by_file").Bool(view.asked_by_file).EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

}  // namespace spor::service
