// SPDX-License-Identifier: Apache-2.0
#include "tools/service/key_copies.h"

#include <algorithm>
#include <filesystem>

#include "crypto/files.h"
#include "crypto/utf8.h"
#include "tools/service/recorded_act.h"
#include "vault/key_copy.h"

namespace spor::service {
namespace {

constexpr int kMaxYears = 5;
constexpr size_t kMaxReason = 1000;
constexpr unsigned kOwnerOnly = 0600;

Status Refused(std::string what) { return Status(Code::kInvalidArgument, std::move(what)); }

bool IsText(const std::string& text, size_t max) { return !text.empty() && text.size() <= max && IsUtf8(text); }

Status CheckRequest(const KeyCopyRequest& request, privacy::LegalDate today) {
  const std::filesystem::path file(request.file);
  if (!file.is_absolute()) return Refused("the file must be named from the root: the service writes it, not you");
  if (!IsText(request.place, vault::kMaxCustodyPlace)) {
    return Refused("a place of 1 to 200 bytes is needed: where will this copy be kept?");
  }
  if (request.keep_until < today) return Refused("the copy can't be kept until a day that has passed");
  if (request.keep_until > privacy::AddPeriod(today, {12 * kMaxYears, 0})) {
    return Refused("a copy is kept for five years at most: what is erased meanwhile is not erased everywhere before");
  }
  std::error_code error;
  if (std::filesystem::exists(file, error) || error) {
    return Status(Code::kConflict, request.file + " exists or can't be looked at: name a new file");
  }
  if (!std::filesystem::is_directory(file.parent_path(), error)) {
    return Status(Code::kNotFound, "there is no directory " + file.parent_path().string());
  }
  return OkStatus();
}

std::vector<ledger::Field> FieldsOf(const vault::RootCopy& copy) {
  return {ledger::BytesField("copy", copy.id), ledger::UintField("generation", copy.generation),
          ledger::UintField("keep_until", copy.keep_until), ledger::TextField("place", copy.place)};
}

// Written, and read back as it must be read one day.
Status WriteCopy(vault::Vault& vault, const std::string& file) {
  ASSIGN_OR_RETURN(const Bytes bytes, vault.CopyKeys());
  RETURN_IF_ERROR(WriteFileAtomically(file, bytes, kOwnerOnly));
  const Result<std::string> read = ReadSmallFile(file, bytes.size());
  if (read.ok() && PublicEquals(AsBytes(*read), bytes)) return vault::ParseKeyCopy(AsBytes(*read)).status();
  return Status(Code::kIo, file + " does not read back as it was written: look at the disk");
}

}  // namespace

Result<vault::RootCopy> MakeKeyCopy(const privacy::Parts& parts, const auth::Actor& actor,
                                    const KeyCopyRequest& request) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kKeys));
  const UnixSeconds now = parts.clock->Now();
  RETURN_IF_ERROR(CheckRequest(request, privacy::OsloDay(now)));
  // Held to the end: the generation that is registered is the one that is copied.
  ASSIGN_OR_RETURN(const vault::RotationTurn turn, parts.vault->TakeRotationTurn());
  vault::RootCopy copy{RandomArray<16>(), parts.vault->keys().generation(), now,
                       static_cast<uint32_t>(request.keep_until.days), request.place};
  ledger::Batch rows;
  RETURN_IF_ERROR(vault::AddRootCopy(parts.vault->keys(), copy, rows));
  // The register first: a copy that nobody knows of is worse than an entry for one that was never made.
  RETURN_IF_ERROR(RecordAct(parts, &actor, "key_copy", FieldsOf(copy), std::move(rows)));
  const Status written = WriteCopy(*parts.vault, request.file);
  if (written.ok()) return copy;
  std::error_code ignored;
  std::filesystem::remove(request.file, ignored);
  ledger::Batch end;
  vault::EndRootCopy(copy.id, end);
  std::vector<ledger::Field> fields = FieldsOf(copy);
  fields.push_back(ledger::TextField("reason", "it could not be written"));
  RETURN_IF_ERROR(RecordAct(parts, &actor, "key_copy_end", std::move(fields), std::move(end)));
  return written;
}

Result<std::vector<vault::RootCopy>> ListKeyCopies(const privacy::Parts& parts, const auth::Actor& actor) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kStatus));
  return vault::RootCopies(*parts.store, parts.vault->keys());
}

Status EndKeyCopy(const privacy::Parts& parts, const auth::Actor& actor, const Id16& id, const std::string& reason) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, auth::Action::kKeys));
  if (!IsText(reason, kMaxReason)) return Refused("a reason of 1 to 1,000 bytes is needed: how was it destroyed?");
  ASSIGN_OR_RETURN(const vault::RotationTurn turn, parts.vault->TakeRotationTurn());
  ASSIGN_OR_RETURN(const std::vector<vault::RootCopy> copies, vault::RootCopies(*parts.store, parts.vault->keys()));
  const auto copy = std::find_if(copies.begin(), copies.end(), [&](const vault::RootCopy& c) { return c.id == id; });
  if (copy == copies.end()) return Status(Code::kNotFound, "no copy with this id is registered");
  ledger::Batch rows;
  vault::EndRootCopy(id, rows);
  std::vector<ledger::Field> fields = FieldsOf(*copy);
  fields.push_back(ledger::TextField("reason", reason));
  return RecordAct(parts, &actor, "key_copy_end", std::move(fields), std::move(rows));
}

}  // namespace spor::service
