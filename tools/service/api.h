// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/json.h"
#include "tools/report/report.h"
#include "tools/service/home.h"
#include "tools/service/http.h"

namespace spor::service {

// The HTTP API over an opened home; docs/formats/api.md. Every call but activate, login, trust, witness, and the log's
// checkpoint and keys needs a session.
//
// Threads: any.
class Api {
 public:
  explicit Api(Home& home);
  HttpResponse Handle(HttpRequest& request);

 private:
  using Json = privacy::JsonValue;
  using Answer = Result<std::string>;  // a JSON text, unless the route says otherwise
  struct Call {
    const HttpRequest& request;
    const Json& body;
    const auth::Actor* actor = nullptr;  // null where no session is needed
  };
  struct Route {
    std::string_view method;
    std::string_view target;  // one that ends in '/' stands for all below it
    enum class Needs : uint8_t { kNothing, kSession } needs;
    enum class Body : uint8_t { kJson, kRaw, kSecretJson, kNone } body;
    Answer (Api::*handler)(const Call&);
    std::string_view content_type = "application/json";
  };
  static const std::vector<Route>& Routes();
  Answer Dispatch(const Route& route, HttpRequest& request);

  // api_access.cc
  Answer ActivateBegin(const Call& call);
  Answer ActivateFinish(const Call& call);
  Answer Login(const Call& call);
  Answer Logout(const Call& call);
  Answer RecoveryCodes(const Call& call);
  Answer WhoAmI(const Call& call);
  Answer Read(const Call& call);
  // api_people.cc
  Answer ImportBegin(const Call& call);
  Answer ImportChunk(const Call& call);
  Answer ImportEnd(const Call& call);
  Answer ClockBegin(const Call& call);
  Answer ClockChunk(const Call& call);
  Answer ClockEnd(const Call& call);
  Answer Ingest(const Call& call);
  // api_retention.cc
  Answer RetentionPlan(const Call& call);
  Answer RetentionRun(const Call& call);
  Answer RetentionStatus(const Call& call);
  Answer Certificate(const Call& call);
  Answer Review(const Call& call);
  Answer Extract(const Call& call);
  Answer Trust(const Call& call);
  // api_log_keys.cc
  Answer LogKeys(const Call& call);
  Answer RotateLogKey(const Call& call);

  // api_log.cc
  Answer LogCheckpoint(const Call& call);
  Answer LogTile(const Call& call);
  Answer LogEntry(const Call& call);
  Answer LogInclusion(const Call& call);
  Answer LogConsistency(const Call& call);
  Answer LogMaps(const Call& call);
  Answer LogReceipt(const Call& call);

  // api_witnesses.cc
  Answer WitnessRequest(const Call& call);
  Answer WitnessAccept(const Call& call);
  Answer WitnessStatus(const Call& call);
  // api_keys.cc
  Answer KeyStatus(const Call& call);
  Answer KeySlotAdd(const Call& call);
  Answer KeySlotRemove(const Call& call);
  Answer KeyRotate(const Call& call);
  // api_accounts.cc
  Answer AccountInvite(const Call& call);
  Answer AccountList(const Call& call);
  Answer AccountShow(const Call& call);
  Answer AccountSuspend(const Call& call);
  Answer AccountResume(const Call& call);
  Answer AccountRemove(const Call& call);
  Answer AccountRoles(const Call& call);
  Answer SessionList(const Call& call);
  Answer SessionEnd(const Call& call);

  // api_backup.cc
  Answer BackupMake(const Call& call);
  Answer KeyCopyMake(const Call& call);
  Answer KeyCopyList(const Call& call);
  Answer KeyCopyEnd(const Call& call);

  // api_holds.cc
  Answer HoldSet(const Call& call);
  Answer HoldLift(const Call& call);
  Answer HoldList(const Call& call);
  Answer RestrictionSet(const Call& call);
  Answer RestrictionLift(const Call& call);
  Answer RestrictionList(const Call& call);
  void WriteHold(privacy::JsonWriter& out, const privacy::HoldAnswer& answer) const;

  std::string CategoryName(uint16_t number) const;
  std::string RuleName(uint16_t number) const;
  void WriteRules(privacy::JsonWriter& out, const std::vector<privacy::RuleCount>& rules,
                  std::string_view count_key) const;

  Home& home_;
  report::ReportParts report_parts_;
};

}  // namespace spor::service
