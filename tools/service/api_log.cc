// SPDX-License-Identifier: Apache-2.0
#include "tools/report/log_proof.h"
#include "tools/service/api.h"

namespace spor::service {

using privacy::JsonWriter;

namespace {

constexpr std::string_view kLogPrefix = "/v1/log/";

Result<uint64_t> Number(const privacy::JsonValue& body, std::string_view key) {
  ASSIGN_OR_RETURN(const int64_t number, body.GetInt(key));
  if (number < 0) return Status(Code::kInvalidArgument, std::string(key) + " is a number from 0");
  return static_cast<uint64_t>(number);
}

Result<std::optional<uint64_t>> OptionalNumber(const privacy::JsonValue& body, std::string_view key) {
  const privacy::JsonValue* value = body.Find(key);
  if (value == nullptr || value->is_null()) return std::optional<uint64_t>();
  ASSIGN_OR_RETURN(const uint64_t number, Number(body, key));
  return std::optional<uint64_t>(number);
}

}  // namespace

Api::Answer Api::LogCheckpoint(const Call&) { return home_.CosignedCheckpoint(); }

Api::Answer Api::LogTile(const Call& call) {
  const std::string_view name = std::string_view(call.request.target).substr(kLogPrefix.size());
  ASSIGN_OR_RETURN(const Bytes bytes, report::ReadTile(report_parts_, *call.actor, name));
  return std::string(AsText(bytes));
}

Api::Answer Api::LogEntry(const Call& call) {
  ASSIGN_OR_RETURN(const uint64_t index, Number(call.body, "index"));
  return report::TellEntry(report_parts_, *call.actor, index);
}

Api::Answer Api::LogInclusion(const Call& call) {
  ASSIGN_OR_RETURN(const uint64_t index, Number(call.body, "index"));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> size, OptionalNumber(call.body, "size"));
  return report::MakeInclusionProof(report_parts_, *call.actor, index, size);
}

Api::Answer Api::LogConsistency(const Call& call) {
  ASSIGN_OR_RETURN(const uint64_t from, Number(call.body, "from"));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> to, OptionalNumber(call.body, "to"));
  return report::MakeConsistencyProof(report_parts_, *call.actor, from, to);
}

Api::Answer Api::LogMaps(const Call& call) {
  report::MapProofRequest request;
  ASSIGN_OR_RETURN(const std::string shows, call.body.GetString("shows"));
  if (shows == "unit") {
    request.shows = report::MapProofRequest::Shows::kUnit;
    ASSIGN_OR_RETURN(const std::string unit, call.body.GetString("unit"));
    const Result<Bytes> bytes = HexDecode(unit);
    const Result<Id16> id = bytes.ok() ? ToId16(*bytes) : Result<Id16>(bytes.error());
    if (!id.ok()) return Status(Code::kInvalidArgument, "a unit is written as 32 hexadecimal digits");
    request.unit = *id;
  } else if (shows == "smallest") {
    request.shows = report::MapProofRequest::Shows::kSmallest;
  } else if (shows == "due") {
    request.shows = report::MapProofRequest::Shows::kDue;
    ASSIGN_OR_RETURN(const std::string by, call.body.GetString("by"));
    ASSIGN_OR_RETURN(request.by, privacy::ParseDate(by));
  } else {
    return Status(Code::kInvalidArgument, "shows is unit, smallest or due");
  }
  return report::MakeMapProof(report_parts_, *call.actor, request);
}

Api::Answer Api::LogReceipt(const Call& call) {
  report::ReceiptRequest request;
  ASSIGN_OR_RETURN(request.index, Number(call.body, "index"));
  ASSIGN_OR_RETURN(const std::optional<std::string> subject, call.body.FindString("subject"));
  ASSIGN_OR_RETURN(const std::optional<std::string> reason, call.body.FindString("reason"));
  ASSIGN_OR_RETURN(const bool open, call.body.GetBool("open"));
  if (!open && (subject || reason)) {
    return Status(Code::kInvalidArgument, "a receipt that opens nothing takes no reason and no subject: add --open");
  }
  request.open = open ? report::ReceiptRequest::Open::kYes : report::ReceiptRequest::Open::kNo;
  request.subject = subject.value_or("");
  request.reason = reason.value_or("");
  return report::MakeReceipt(report_parts_, *call.actor, request);
}

}  // namespace spor::service
