// SPDX-License-Identifier: Apache-2.0
#include "tools/service/api.h"
#include "tools/service/backup.h"
#include "tools/service/key_copies.h"

namespace spor::service {

using privacy::JsonWriter;

namespace {

void WriteCopy(JsonWriter& out, const vault::RootCopy& copy) {
  const privacy::LegalDate until{static_cast<int32_t>(copy.keep_until)};
  out.BeginObject().Key("id").String(HexEncode(copy.id)).Key("generation").Uint(copy.generation);
  out.Key("made").String(privacy::FormatUtc(copy.made)).Key("keep_until").String(privacy::FormatDate(until));
  out.Key("place").String(copy.place).EndObject();
}

}  // namespace

Api::Answer Api::BackupMake(const Call& call) {
  ASSIGN_OR_RETURN(const std::string directory, call.body.GetString("directory"));
  ASSIGN_OR_RETURN(const MadeBackup made, MakeBackup(home_.parts(), *call.actor, directory));
  return JsonWriter()
      .BeginObject()
      .Key("directory")
      .String(directory)
      .Key("backup")
      .Raw(DescribeBackup(made))
      .EndObject()
      .Take();
}

Api::Answer Api::KeyCopyMake(const Call& call) {
  KeyCopyRequest request;
  ASSIGN_OR_RETURN(request.file, call.body.GetString("file"));
  ASSIGN_OR_RETURN(const std::string until, call.body.GetString("keep_until"));
  ASSIGN_OR_RETURN(request.keep_until, privacy::ParseDate(until));
  ASSIGN_OR_RETURN(request.place, call.body.GetString("place"));
  ASSIGN_OR_RETURN(const vault::RootCopy copy, MakeKeyCopy(home_.parts(), *call.actor, request));
  JsonWriter out;
  out.BeginObject().Key("file").String(request.file).Key("copy");
  WriteCopy(out, copy);
  return out.EndObject().Take();
}

Api::Answer Api::KeyCopyList(const Call& call) {
  ASSIGN_OR_RETURN(const std::vector<vault::RootCopy> copies, ListKeyCopies(home_.parts(), *call.actor));
  JsonWriter out;
  out.BeginObject().Key("generation").Uint(home_.parts().vault->keys().generation()).Key("copies").BeginArray();
  for (const vault::RootCopy& copy : copies) WriteCopy(out, copy);
  return out.EndArray().EndObject().Take();
}

Api::Answer Api::KeyCopyEnd(const Call& call) {
  ASSIGN_OR_RETURN(const std::string text, call.body.GetString("id"));
  ASSIGN_OR_RETURN(const std::string reason, call.body.GetString("reason"));
  const Result<Bytes> raw = HexDecode(text);
  Id16 id{};
  if (!raw.ok() || raw->size() != id.size()) return Status(Code::kInvalidArgument, "id is 32 hexadecimal digits");
  std::copy(raw->begin(), raw->end(), id.begin());
  RETURN_IF_ERROR(EndKeyCopy(home_.parts(), *call.actor, id, reason));
  return JsonWriter().BeginObject().Key("ended").String(text).EndObject().Take();
}

}  // namespace spor::service
