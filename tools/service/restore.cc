// SPDX-License-Identifier: Apache-2.0
#include "tools/service/restore.h"

#include <algorithm>
#include <filesystem>

#include "crypto/files.h"
#include "privacy/erasure_replay.h"
#include "tools/service/recorded_act.h"
#include "vault/key_copy.h"

namespace spor::service {
namespace {

namespace fs = std::filesystem;
using Finding = ledger::AnchorCheck::Finding;

constexpr size_t kMaxKeyCopy = size_t{1} << 30;
// Stands in a home that is being restored once its data and keys are in place and agreed to. Without it another call
// begins anew; with it, what lies outside may have changed, and another call goes on.
constexpr std::string_view kInPlace = "/keys-in-place";

Status Refused(std::string what) { return Status(Code::kInvalidArgument, std::move(what)); }

Result<BoxSecretKey> SecretOf(const HomePlaces& places, const HomeOptions& options) {
  if (options.slot_secret != nullptr) return options.slot_secret->Clone();
  return vault::ReadSlotSecret(places.slot_secret_file);
}

// The generation whose root the keys directory holds; 0 where there is no directory.
Result<uint32_t> GenerationInForce(const HomePlaces& places, const Hash32& ledger_id, const BoxSecretKey& secret) {
  std::error_code error;
  if (!fs::exists(places.keys_dir, error) && !error) return 0;
  std::vector<uint32_t> found;
  for (uint32_t file : {0, 1}) {
    ASSIGN_OR_RETURN(const Bytes bytes, vault::SlotDirectory(places.keys_dir).Read(file));
    const Result<vault::OpenedSlots> opened = vault::OpenSlotFile(bytes, ledger_id, secret);
    if (opened.ok()) {
      found.push_back(opened->generation);
    } else if (opened.error().code() != Code::kNotFound) {
      return opened.error();
    }
  }
  if (found.empty()) {
    return Refused("the slot files in " + places.keys_dir + " are blank: move the directory away and give --key-copy");
  }
  if (found.size() == 2) {
    return Refused("the keys directory " + places.keys_dir + " holds generations " + std::to_string(found[0]) +
                   " and " + std::to_string(found[1]) +
                   ": an erasure was under way, and nobody can tell whether it came into force. If it did, give the "
                   "newer one's --key-copy and blank the older file; if it did not, blank the newer one");
  }
  return found[0];
}

// Which keys the restored data goes on with.
struct Keys {
  uint32_t in_force = 0;  // of the keys directory; 0: there is none
  std::optional<vault::OpenedKeyCopy> copy;
  bool chosen_before = false;  // an interrupted restore put them in place, and may have rotated them since
};

Result<Keys> FindKeys(const HomePlaces& places, const RestoreRequest& request, const BackupNote& note,
                      const BoxSecretKey& secret) {
  Keys keys;
  ASSIGN_OR_RETURN(keys.in_force, GenerationInForce(places, note.ledger_id, secret));
  if (!request.key_copy.empty()) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadSmallFile(request.key_copy, kMaxKeyCopy));
    ASSIGN_OR_RETURN(keys.copy, vault::OpenKeyCopy(AsBytes(bytes), secret));
    if (keys.copy->copy.ledger_id != note.ledger_id) return Refused("the copy of the keys is of another ledger");
    const uint32_t copied = keys.copy->copy.generation;
    if (keys.in_force != 0 && copied != keys.in_force) {
      return Refused("the copy of the keys is of generation " + std::to_string(copied) + ", the keys directory of " +
                     std::to_string(keys.in_force) +
                     ": give the newest copy. What was erased since an older one would " + "come back to life");
    }
    if (copied < note.generation) {
      return Refused("the copy of the keys is of generation " + std::to_string(copied) + ", older than the data (" +
                     std::to_string(note.generation) + ")");
    }
    if (keys.in_force != 0 && copied == note.generation) keys.copy.reset();  // the data has all of it, and newer units
    return keys;
  }
  if (keys.in_force == 0) return Refused("there is no keys directory " + places.keys_dir + ": give --key-copy FILE");
  if (keys.in_force == note.generation) return keys;
  return Refused("the data is of key generation " + std::to_string(note.generation) + ", and " +
                 std::to_string(keys.in_force) +
                 " is in force: the root that opened it is destroyed. Give --key-copy FILE, "
                 "the newest copy of the keys; without one this backup can't be opened any more");
}

// The copy's rows instead of the backup's. A unit that the data does not have was made later, and is lost.
Status SwapKeys(ledger::Store& store, const std::vector<vault::KeyRow>& rows) {
  ledger::Batch batch;
  batch.DeleteRange(ledger::Family::kKey, {}, Bytes(64, 0xff));
  const std::vector<ledger::UnitId> units = vault::UnitsOf(rows);
  std::set<ledger::UnitId> unknown;
  for (const ledger::UnitId& unit : units) {
    ASSIGN_OR_RETURN(const std::optional<Bytes> live, store.Get(ledger::Family::kLive, unit));
    if (!live) unknown.insert(unit);
  }
  for (const vault::KeyRow& row : rows) {
    const std::vector<ledger::UnitId> unit = vault::UnitsOf({row});
    if (unit.empty() || !unknown.contains(unit[0])) batch.Put(ledger::Family::kKey, row.key, row.value);
  }
  return store.Write(batch, ledger::Durability::kSynced);
}

// Data, keys and format of the new home; nothing outside it is touched.
Status PutInPlace(const HomePlaces& staged, const RestoreRequest& request, const MadeBackup& backup, const Keys& keys) {
  std::error_code error;
  fs::remove_all(staged.home, error);
  if (error) return Status(Code::kIo, "cannot remove what an earlier restore left in " + staged.home);
  RETURN_IF_ERROR(MakePrivateDirectory(staged.home));
  RETURN_IF_ERROR(ledger::RestoreBackup(request.backups, backup.info.number, staged.home + "/db"));
  RETURN_IF_ERROR(SyncDirectory(staged.home));
  if (keys.copy) {
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> store,
                     ledger::OpenRocksStore(staged.home + "/db", {ledger::StoreOptions::Mode::kOpen}));
    RETURN_IF_ERROR(SwapKeys(*store, keys.copy->copy.rows));
  }
  return WriteFormat(staged.home);
}

Result<RestorePlan> PlanFor(const ledger::Store& store, const HomePlaces& staged, const RestoreRequest& request,
                            const HomeOptions& options, const MadeBackup& backup, const Keys& keys) {
  RestorePlan plan;
  plan.backup = backup;
  ASSIGN_OR_RETURN(plan.generation, vault::KeyTree::StoredGeneration(store));
  plan.keys_from_copy = keys.copy.has_value();
  plan.slots_from_copy = !keys.chosen_before && keys.in_force == 0;
  ASSIGN_OR_RETURN(const std::vector<ledger::UnitId> without, vault::UnitsWithoutKey(store));
  plan.units_to_erase = without.size();
  ASSIGN_OR_RETURN(const ledger::AnchorCheck check, ledger::CompareWithAnchor(store, staged.anchor_dir));
  if (check.finding == Finding::kMatches) {
    if (keys.chosen_before || plan.generation == backup.note.generation) return plan;
    return Status(Code::kCorrupt, "the anchor knows of nothing behind the backup, and yet its keys are not in force");
  }
  if (request.loss.new_origin.empty()) {
    return Refused("the log goes on under another name, because entries are lost (" + check.text +
                   "): give --new-origin NAME and --reason TEXT");
  }
  ASSIGN_OR_RETURN(plan.loss, ExamineLoss(store, staged, request.loss, options));
  return plan;
}

// The keys directory of before is gone: its slot file comes from the copy.
Status MakeKeysDirectory(const HomePlaces& places, const vault::KeyCopy& copy) {
  const vault::SlotDirectory directory(places.keys_dir);
  RETURN_IF_ERROR(directory.Create());
  return directory.Write(copy.generation, copy.slot_file);
}

Status GoOn(ledger::Store& store, const HomePlaces& staged, const RestoreRequest& request, const HomeOptions& options,
            const RestorePlan& plan) {
  if (!plan.loss) return OkStatus();
  if (plan.loss->unfinished) return AnchorSuccessor(store, staged, *plan.loss);
  return BeginSuccessor(store, staged, request.loss, *plan.loss, options);
}

// What was erased since the backup is erased again, and the log says that all this happened.
Status Replay(const HomePlaces& staged, const HomeOptions& options, Restored& restored) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Home> home, Home::Open(staged, options));
  const RestorePlan& plan = restored.plan;
  RETURN_IF_ERROR(RecordAct(
      home->parts(), nullptr, "restore",
      {ledger::UintField("backup", plan.backup.info.number), ledger::UintField("backup_made", plan.backup.info.made),
       ledger::UintField("log_size", plan.backup.note.size), ledger::UintField("generation", plan.generation),
       ledger::UintField("units_to_erase", plan.units_to_erase)}));
  ASSIGN_OR_RETURN(const privacy::ReplayedErasures replayed, privacy::ReplayErasures(home->parts()));
  restored.units_erased = replayed.units;
  restored.people_forgotten = replayed.people;
  RETURN_IF_ERROR(RecordAct(
      home->parts(), nullptr, "restore_end",
      {ledger::UintField("units_erased", replayed.units), ledger::UintField("people_forgotten", replayed.people)}));
  RETURN_IF_ERROR(home->parts().ledger->Publish().status());
  restored.keys = home->parts().ledger->keys();
  return OkStatus();
}

Status GiveName(const HomePlaces& staged, const HomePlaces& places) {
  std::error_code error;
  fs::rename(staged.home, places.home, error);
  if (error) return Status(Code::kIo, "cannot rename " + staged.home + " to " + places.home + ": " + error.message());
  fs::remove(places.home + std::string(kInPlace), error);  // nobody reads it there
  return SyncDirectory(fs::path(places.home).parent_path());
}

}  // namespace

Result<Restored> RestoreHome(const HomePlaces& given, const RestoreRequest& request, const HomeOptions& options,
                             const ConfirmRestore& confirm) {
  std::error_code error;
  HomePlaces places = given;
  places.home = fs::absolute(given.home, error);
  if (fs::exists(places.home, error) || error) {
    return Status(Code::kConflict, places.home + " exists: move it away, or restore under another name with --home");
  }
  HomePlaces staged = places;
  staged.home += ".restoring";
  Restored restored;
  ASSIGN_OR_RETURN(const MadeBackup backup, FindBackup(request.backups, request.number));
  Keys keys;
  const bool in_place = fs::exists(staged.home + std::string(kInPlace), error);
  keys.chosen_before = in_place && fs::exists(places.keys_dir, error);
  if (!keys.chosen_before) {
    ASSIGN_OR_RETURN(const BoxSecretKey secret, SecretOf(places, options));
    ASSIGN_OR_RETURN(keys, FindKeys(places, request, backup.note, secret));
  }
  if (!in_place) RETURN_IF_ERROR(PutInPlace(staged, request, backup, keys));
  const bool no_directory = !keys.chosen_before && keys.in_force == 0;
  {
    ASSIGN_OR_RETURN(const HomeLock lock, HomeLock::Take(staged.home));
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> store,
                     ledger::OpenRocksStore(staged.home + "/db", {ledger::StoreOptions::Mode::kOpen}));
    HomePlaces looked = staged;
    if (no_directory) looked.keys_dir = staged.home + "/keys";  // until it is agreed to, inside
    if (no_directory && !fs::exists(looked.keys_dir, error)) {
      RETURN_IF_ERROR(MakeKeysDirectory(looked, keys.copy->copy));
    }
    ASSIGN_OR_RETURN(restored.plan, PlanFor(*store, looked, request, options, backup, keys));
    RETURN_IF_ERROR(confirm(restored.plan));
    if (!in_place) {
      RETURN_IF_ERROR(WriteFileAtomically(staged.home + std::string(kInPlace), AsBytes(request.loss.new_origin), 0600));
    }
    if (no_directory) RETURN_IF_ERROR(MakeKeysDirectory(places, keys.copy->copy));
    if (no_directory) fs::remove_all(looked.keys_dir, error);
    RETURN_IF_ERROR(GoOn(*store, staged, request, options, restored.plan));
  }
  RETURN_IF_ERROR(Replay(staged, options, restored));
  RETURN_IF_ERROR(GiveName(staged, places));
  return restored;
}

}  // namespace spor::service
