// SPDX-License-Identifier: Apache-2.0
#include "ledger/store.h"

namespace spor::ledger {

std::string_view FamilyName(Family family) {
  static constexpr std::array<std::string_view, kFamilies> kNames = {
      "meta", "entry",  "tile",  "live",     "due",     "subject_blob", "audit_blob",
      "key",  "record", "index", "event_id", "account", "state"};
  return kNames[static_cast<size_t>(family)];
}

Result<BackupInfo> Store::BackUp(const std::string& /*directory*/, const std::string& /*note*/) {
  return Status(Code::kInternal, "this kind of store makes no backups");
}

Bytes PrefixEnd(ByteView prefix) {
  Bytes end = ToBytes(prefix);
  while (!end.empty() && end.back() == 0xff) end.pop_back();
  CHECK(!end.empty());
  ++end.back();
  return end;
}

}  // namespace spor::ledger
