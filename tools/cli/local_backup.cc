// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/local_backup.h"

#include "tools/service/restore.h"

namespace spor::cli {
namespace {

using privacy::JsonWriter;

std::string RestoreWords(const HomePlaces& places, const RestoreArguments& arguments,
                         const service::RestorePlan& plan) {
  std::string words = "Backup " + std::to_string(plan.backup.info.number) + " of " +
                      privacy::FormatUtc(plan.backup.info.made) + ", " + std::to_string(plan.backup.note.size) +
                      " entries, will become " + places.home + ". ";
  if (plan.loss && !plan.loss->unfinished) {
    words += plan.loss->reason == ledger::CloseReason::kAnchorLost
                 ? "Nobody can tell without an anchor how many entries were signed after it. "
                 : std::to_string(plan.loss->check.anchored.size) + " entries were signed: those behind are lost. ";
    words += "The origin " + plan.loss->check.keys.genesis().origin + " will be closed for ever, and " +
             arguments.new_origin + " will go on and say so. ";
  }
  if (plan.units_to_erase > 0) {
    words += std::to_string(plan.units_to_erase) +
             " units were erased since, and will be erased again before anybody "
             "can log in. ";
  }
  if (plan.slots_from_copy)
    words += "The keys directory " + places.keys_dir + " is made again from the copy of the keys. ";
  return words + "Accounts, roles and policy will be as they were at the backup.";
}

std::string RestoredJson(const HomePlaces& places, const service::Restored& restored) {
  JsonWriter out;
  out.BeginObject().Key("home").String(places.home).Key("backup").Raw(DescribeBackup(restored.plan.backup));
  out.Key("closed_origin");
  if (restored.plan.loss) {
    out.String(restored.keys.origins()[restored.keys.origins().size() - 2].genesis.origin);
  } else {
    out.Null();
  }
  out.Key("origin").String(restored.keys.genesis().origin);
  out.Key("log_vkey").String(FormatVerifierKey(restored.keys.keys().back().vkey));
  out.Key("units_erased").Uint(restored.units_erased).Key("people_forgotten").Uint(restored.people_forgotten);
  return out.EndObject().Take();
}

}  // namespace

Outcome<LocalAnswer> ListBackups(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<service::MadeBackup> backups, service::ReadBackups(directory));
  JsonWriter out;
  out.BeginObject().Key("directory").String(directory).Key("backups").BeginArray();
  for (const service::MadeBackup& backup : backups) out.Raw(DescribeBackup(backup));
  return LocalAnswer{ExitCode::kDone, out.EndArray().EndObject().Take()};
}

Outcome<LocalAnswer> VerifyBackup(const std::string& directory, uint32_t number, bool quick, const HowFar& how_far) {
  const auto progress = [&](ledger::FsckStage stage, uint64_t done, uint64_t total) {
    how_far(stage == ledger::FsckStage::kEntries ? "entries" : "sealed sections", done, total);
  };
  ASSIGN_OR_RETURN(const service::MadeBackup backup, service::FindBackup(directory, number));
  const Result<service::VerifiedBackup> checked = service::CheckBackup(directory, backup.info.number, quick, progress);
  if (!checked.ok() && checked.error().code() != Code::kCorrupt) return checked.error();
  std::string damage = checked.ok() ? "" : checked.error().message();
  if (checked.ok() && checked->log) damage = checked->log->first_damaged;
  JsonWriter out;
  out.BeginObject().Key("result").String(damage.empty() ? "verified" : "failed");
  out.Key("backup").Raw(DescribeBackup(backup)).Key("checked").String(quick ? "checksums" : "checksums and log");
  if (checked.ok() && checked->log) out.Key("entries").Uint(checked->log->entries);
  out.Key("first_damaged");
  if (damage.empty()) {
    out.Null();
  } else {
    out.String(damage);
  }
  return LocalAnswer{damage.empty() ? ExitCode::kDone : ExitCode::kDamaged, out.EndObject().Take()};
}

Outcome<LocalAnswer> Restore(const HomePlaces& places, const RestoreArguments& arguments,
                             const std::function<Status(const std::string& words)>& confirm) {
  service::RestoreRequest request;
  request.backups = arguments.backups;
  request.number = arguments.number;
  request.key_copy = arguments.key_copy;
  request.loss.new_origin = arguments.new_origin;
  request.loss.reason = arguments.reason;
  request.loss.anchor_lost = arguments.anchor_lost;
  service::HomeOptions options;
  if (arguments.slot_key != nullptr && arguments.slot_key->secret) options.slot_secret = &*arguments.slot_key->secret;
  const service::HomePlaces where{places.home, places.keys_dir, places.slot_secret_file, places.anchor_dir};
  const Result<service::Restored> restored = service::RestoreHome(
      where, request, options,
      [&](const service::RestorePlan& plan) { return confirm(RestoreWords(places, arguments, plan)); });
  // No login failed: the exit code is that of a refusal.
  if (!restored.ok() && restored.error().code() == Code::kUnauthenticated) {
    return Status(Code::kDenied, restored.error().message());
  }
  RETURN_IF_ERROR(restored.status());
  return LocalAnswer{ExitCode::kDone, RestoredJson(places, *restored)};
}

}  // namespace spor::cli
