// SPDX-License-Identifier: Apache-2.0
#include "privacy/importer.h"

#include <algorithm>

#include "crypto/hash.h"
#include "privacy/record_writer.h"

namespace spor::privacy {

using ledger::TextField;
using ledger::UintField;

namespace {

constexpr std::string_view kExternalIdColumn = "external_id";

std::string FieldList(const Category& category) {
  std::string list;
  for (const PolicyField& field : category.fields) list += (list.empty() ? "" : ", ") + field.key;
  return list;
}

}  // namespace

Result<std::vector<std::string>> Importer::PlaceColumns(const Category& category, const Request& request) const {
  std::map<std::string, std::string> field_of;
  for (const auto& [field, column] : request.map) {
    if (field != kExternalIdColumn && !category.HasField(field)) {
      return Status(Code::kInvalidArgument, "--map: category '" + category.key + "' has no field '" + Shown(field) +
                                                "'; it has: external_id, " + FieldList(category));
    }
    if (std::find(request.columns.begin(), request.columns.end(), column) == request.columns.end()) {
      return Status(Code::kInvalidArgument, "--map: the file has no column '" + Shown(column) + "'");
    }
    if (!field_of.emplace(column, field).second) {
      return Status(Code::kInvalidArgument, "--map: column '" + Shown(column) + "' is named twice");
    }
  }
  std::vector<std::string> fields;
  for (const std::string& column : request.columns) {
    const auto mapped = field_of.find(column);
    const std::string field = mapped != field_of.end() ? mapped->second : column;
    if (field != kExternalIdColumn && !category.HasField(field)) {
      return Status(Code::kInvalidArgument,
                    "no field of category '" + category.key + "' takes column '" + Shown(column) +
                        "', so nothing of the file was stored: the policy does not allow it; the "
                        "category has: external_id, " +
                        FieldList(category));
    }
    if (std::find(fields.begin(), fields.end(), field) != fields.end()) {
      return Status(Code::kInvalidArgument, "two columns go into '" + Shown(field) + "'");
    }
    fields.push_back(field);
  }
  if (std::find(fields.begin(), fields.end(), kExternalIdColumn) == fields.end()) {
    return Status(Code::kInvalidArgument, "a column external_id is needed; name another with --map external_id=COLUMN");
  }
  return fields;
}

Result<std::string> Importer::Begin(const auth::Actor& actor, const Request& request) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kImport));
  const auto refuse = [&](const char* reason, const Status& status) -> Status {
    RETURN_IF_ERROR(parts_.auth->RecordRefusal(actor, {"import", reason, {}, RandomArray<16>(), std::nullopt}));
    return status;
  };
  const Category* category = parts_.policy->FindCategory(request.category);
  if (category == nullptr) {
    std::string keys;
    for (const Category& one : parts_.policy->categories) keys += (keys.empty() ? "" : ", ") + one.key;
    return refuse("unknown_category",
                  Status(Code::kInvalidArgument,
                         "there is no category '" + Shown(request.category) + "'; the policy has: " + keys));
  }
  Result<std::vector<std::string>> fields = PlaceColumns(*category, request);
  if (!fields.ok()) return refuse("unknown_column", fields.error());
  const std::string id = HexEncode(RandomArray<8>());
  std::vector<ledger::Field> audit = auth::AuditFields(&actor, "import_begin", "done");
  audit.push_back(TextField("category", category->key));
  audit.push_back(TextField("import", id));
  PeopleEdit edit(parts_);
  edit.AddAuditEvent(auth::AuditClass::kAccess, std::move(audit));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(ledger::RedueReason::kClock));
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  Open open;
  open.id = id;
  open.account = actor.account;
  open.category = category;
  open.fields = std::move(*fields);
  open.begin_entry = receipt.first_entry;
  MutexLock lock(mutex_);
  open_.emplace(id, std::move(open));
  return id;
}

Result<Importer::Open> Importer::Find(const auth::Actor& actor, std::string_view import) const {
  MutexLock lock(mutex_);
  const auto found = open_.find(import);
  if (found == open_.end() || found->second.account != actor.account) {
    return Status(Code::kNotFound, "there is no such open import; what was answered is stored: start the import again");
  }
  return found->second;
}

Result<ImportCounts> Importer::Chunk(const auth::Actor& actor, std::string_view import, uint64_t first_row,
                                     std::span<const std::vector<std::string>> rows) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kImport));
  if (rows.size() > kMaxRowsPerChunk) return Status(Code::kInvalidArgument, "a chunk has at most 1,024 rows");
  ASSIGN_OR_RETURN(const Open open, Find(actor, import));
  RETURN_IF_ERROR(MakeRoomForPeople(parts_));
  Result<ImportCounts> counts = Status(Code::kInternal, "");
  for (int attempt = 0; attempt < kDecideAgain; ++attempt) {
    counts = TryChunk(actor, open, first_row, rows);
    if (counts.ok() || counts.error().code() != Code::kConflict) break;
  }
  RETURN_IF_ERROR(counts.status());
  MutexLock lock(mutex_);
  if (const auto found = open_.find(import); found != open_.end()) {
    ImportCounts& totals = found->second.totals;
    totals.created += counts->created;
    totals.updated += counts->updated;
    totals.unchanged += counts->unchanged;
    totals.refused += counts->refused;
  }
  return counts;
}

Result<ImportCounts> Importer::TryChunk(const auth::Actor& actor, const Open& open, uint64_t first_row,
                                        std::span<const std::vector<std::string>> rows) {
  const std::shared_lock lock(*parts_.people_lock);
  PeopleEdit edit(parts_);
  ImportCounts counts;
  for (size_t i = 0; i < rows.size(); ++i) {
    RecordRow row;
    std::string reason;
    if (rows[i].size() != open.fields.size()) reason = "has another number of values than the header";
    for (size_t column = 0; column < open.fields.size() && reason.empty(); ++column) {
      if (open.fields[column] == kExternalIdColumn) {
        row.external_id = NormaliseIdentifier(IdentifierKind::kExternalId, rows[i][column]);
      } else {
        row.values[open.fields[column]] = rows[i][column];
      }
    }
    if (reason.empty()) reason = RefusalReason(*open.category, row);
    if (!reason.empty()) {
      ++counts.refused;
      counts.reasons.push_back({first_row + i, reason});
      continue;
    }
    ASSIGN_OR_RETURN(const RowOutcome outcome, WriteRecord(parts_, edit, *open.category, row, open.id, reason));
    if (outcome == RowOutcome::kRefused) {
      ++counts.refused;
      counts.reasons.push_back({first_row + i, reason});
    }
    counts.created += outcome == RowOutcome::kCreated;
    counts.updated += outcome == RowOutcome::kUpdated;
    counts.unchanged += outcome == RowOutcome::kUnchanged;
  }
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(ledger::RedueReason::kCorrection));
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  counts.entry = receipt.first_entry;
  return counts;
}

Result<ImportCounts> Importer::End(const auth::Actor& actor, std::string_view import) {
  RETURN_IF_ERROR(parts_.auth->Allow(actor, auth::Action::kImport));
  ASSIGN_OR_RETURN(Open open, Find(actor, import));
  std::vector<ledger::Field> audit = auth::AuditFields(&actor, "import_end", "done");
  audit.push_back(TextField("category", open.category->key));
  audit.push_back(TextField("import", import));
  audit.push_back(UintField("begin_entry", open.begin_entry));
  audit.push_back(UintField("created", open.totals.created));
  audit.push_back(UintField("updated", open.totals.updated));
  audit.push_back(UintField("unchanged", open.totals.unchanged));
  audit.push_back(UintField("refused", open.totals.refused));
  PeopleEdit edit(parts_);
  edit.AddAuditEvent(auth::AuditClass::kAccess, std::move(audit));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, edit.Finish(ledger::RedueReason::kClock));
  const auto valid = parts_.auth->StillValid(actor);
  proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(const ledger::Receipt receipt, parts_.ledger->Submit(std::move(proposal)));
  open.totals.entry = receipt.first_entry;
  MutexLock lock(mutex_);
  open_.erase(open.id);  // gone already where two ended it at once
  return open.totals;
}

}  // namespace spor::privacy
