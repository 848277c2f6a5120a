// SPDX-License-Identifier: Apache-2.0
#include "tools/service/home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "crypto/files.h"
#include "ledger/anchor_check.h"
#include "tools/service/log_key.h"

namespace spor::service {
namespace {

constexpr std::string_view kFormat = "spor 2\n";
constexpr size_t kMaxFormat = 64;

const Clock& ClockOf(const HomeOptions& options) {
  static const SystemClock system_clock;
  return options.clock != nullptr ? *options.clock : system_clock;
}

std::string DatabaseOf(const HomePlaces& places) { return places.home + "/db"; }

// The log as it is, compared with the anchor and with what the witnesses have seen before anybody may write.
Result<StartRound> Preflight(const ledger::Store& store, const HomePlaces& places, const HomeOptions& options) {
  ASSIGN_OR_RETURN(const ledger::LogKeys keys, ledger::CheckAgainstAnchor(store, places.anchor_dir));
  if (!options.witnesses) return StartRound();
  RETURN_IF_ERROR(CheckPolicyIsFor(options.witnesses->policy, keys.genesis().origin));
  ASSIGN_OR_RETURN(const std::string note, ledger::LogReader(store).StoredCheckpoint());
  RETURN_IF_ERROR(keys.Open(note).status());
  // In the anchor before it leaves the house; after a crash the newest one may not be there yet.
  RETURN_IF_ERROR(ledger::Anchor(places.anchor_dir, keys.origins().back()).Write(note));
  return AskAtStart(store, note, *options.witnesses, ClockOf(options).Now(), options.log);
}

}  // namespace

HomePlaces HomePlaces::Beside(const std::string& home) {
  return {home, home + ".keys", home + ".secret", home + ".anchor"};
}

Result<HomeLock> HomeLock::Take(const std::string& home) {
  const Result<std::string> format = ReadSmallFile(home + "/format", kMaxFormat);
  if (!format.ok()) {
    if (format.error().code() != Code::kNotFound) {
      return Status(Code::kDenied, format.error().message() + "; run as the user who owns the data directory");
    }
    return Status(Code::kNotFound, home + " is no Spor data directory; make one with `spor init`");
  }
  if (*format != kFormat)
    return Status(Code::kTooNew,
                  home + " was made by another version of this program, which writes other files; see CHANGELOG.md");
  const int fd = open((home + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Status(Code::kIo, "cannot open " + home + "/lock");
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return Status(Code::kConflict, home + " is in use: a service or another check has it open; stop that one first");
  }
  return HomeLock(fd);
}

HomeLock::HomeLock(HomeLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
HomeLock::~HomeLock() {
  if (fd_ >= 0) close(fd_);
}

Result<std::unique_ptr<Home>> Home::Open(const HomePlaces& places, const HomeOptions& options) {
  ASSIGN_OR_RETURN(HomeLock lock, HomeLock::Take(places.home));
  // The log as it is is held against the anchor and what witnesses say before anybody may write.
  StartRound round;
  const auto preflight = [&](const ledger::Store& store) -> Status {
    ASSIGN_OR_RETURN(round, Preflight(store, places, options));
    return OkStatus();
  };
  ASSIGN_OR_RETURN(std::unique_ptr<ledger::Store> store,
                   ledger::OpenRocksStore(DatabaseOf(places), {ledger::StoreOptions::Mode::kOpen, preflight}));
  ASSIGN_OR_RETURN(std::unique_ptr<Home> home, OpenAfter(round, std::move(store), places, options));
  home->lock_ = std::make_unique<HomeLock>(std::move(lock));
  return home;
}

Result<std::unique_ptr<Home>> Home::OpenOn(std::unique_ptr<ledger::Store> store, const HomePlaces& places,
                                           const HomeOptions& options) {
  ASSIGN_OR_RETURN(const StartRound round, Preflight(*store, places, options));
  return OpenAfter(round, std::move(store), places, options);
}

Result<std::unique_ptr<Home>> Home::OpenAfter(const StartRound& round, std::unique_ptr<ledger::Store> store,
                                              const HomePlaces& places, const HomeOptions& options) {
  std::unique_ptr<Home> home(new Home());
  home->store_ = std::move(store);
  ASSIGN_OR_RETURN(const ledger::LogKeys keys, ledger::CheckAgainstAnchor(*home->store_, places.anchor_dir));
  RETURN_IF_ERROR(home->OpenRooms(places, options, keys));
  if (options.witnesses) {
    ASSIGN_OR_RETURN(home->cosigner_, Cosigner::Start(*home->ledger_, *home->store_, ClockOf(options),
                                                      *options.witnesses, round, options.log));
  }
  return home;
}

Status Home::OpenRooms(const HomePlaces& places, const HomeOptions& options, const ledger::LogKeys& keys) {
  const Clock* clock = options.clock != nullptr ? options.clock : &system_clock_;
  ASSIGN_OR_RETURN(policy_, privacy::LoadPolicy(*store_));
  ASSIGN_OR_RETURN(vault_, OpenVault(*store_, places, options, keys.genesis().ledger_id));
  ASSIGN_OR_RETURN(signer_, vault_->LogSignerOf(keys.keys().back().vkey.key));
  ledger::LedgerOptions log;
  log.origin = keys.genesis().origin;
  log.anchor_directory = places.anchor_dir;
  log.store = store_.get();
  log.clock = clock;
  log.legal_day = &legal_day_;
  log.keeper = &vault_->keys();
  log.signer = signer_.get();
  ASSIGN_OR_RETURN(ledger_, ledger::Ledger::Open(log));
  if (ledger_->facts().policy_digest != privacy::PolicyDigest(policy_.toml)) {
    return Status(Code::kCorrupt, "the stored policy is not the one that the log names");
  }
  RETURN_IF_ERROR(vault_->FinishLogKeyRotation(*ledger_));
  RETURN_IF_ERROR(vault_->FinishErasure(*ledger_));
  audit_rules_ = std::make_unique<privacy::PolicyAuditRules>(policy_.policy);
  audit_ = std::make_unique<auth::AuditTrail>(*vault_, *store_, *clock, *audit_rules_);
  RETURN_IF_ERROR(audit_->Load());
  RETURN_IF_ERROR(audit_->EnsureUnits(*ledger_));
  const auth::AuthService::Parts auth_parts{vault_.get(),
                                            store_.get(),
                                            ledger_.get(),
                                            clock,
                                            audit_.get(),
                                            privacy::kStaffCategory,
                                            policy_.policy.staff_rule};
  ASSIGN_OR_RETURN(auth_, auth::AuthService::Open(auth_parts, options.auth));
  key_keeper_ =
      std::make_unique<auth::KeyKeeper>(auth::KeyKeeper::Parts{vault_.get(), ledger_.get(), audit_.get(), auth_.get()});
  staff_rules_ = std::make_unique<privacy::PolicyStaffRules>(policy_.policy);
  account_keeper_ = std::make_unique<auth::AccountKeeper>(*auth_, *staff_rules_);
  subjects_ = std::make_unique<privacy::SubjectBook>(*vault_, *store_);
  RETURN_IF_ERROR(subjects_->Load());
  parts_ = {vault_.get(), store_.get(),    ledger_.get(),   clock,        audit_.get(),
            auth_.get(),  &policy_.policy, subjects_.get(), &people_lock_};
  importer_ = std::make_unique<privacy::Importer>(parts_);
  clocks_ = std::make_unique<privacy::ClockKeeper>(parts_);
  ingest_ = std::make_unique<privacy::EventIngest>(parts_);
  reader_ = std::make_unique<privacy::PersonReader>(parts_);
  retention_ = std::make_unique<privacy::Retention>(parts_);
  holds_ = std::make_unique<privacy::HoldKeeper>(parts_);
  restrictions_ = std::make_unique<privacy::RestrictionKeeper>(parts_);
  return OkStatus();
}

Home::~Home() = default;

Result<ledger::LogKeys> Home::RotateLogKey(const auth::Actor& actor) {
  MutexLock lock(rotating_);
  Result<ledger::LogKeys> keys = service::RotateLogKey(parts_, actor);
  if (keys.ok()) signer_.reset();
  return keys;
}

Result<std::string> Home::CosignedCheckpoint() const {
  return cosigner_ ? cosigner_->BestKnown() : ledger_->Checkpoint();
}

Status Home::Tick() {
  RETURN_IF_ERROR(auth_->Tick());
  const auto later = [](Status status) { return status.code() == Code::kLater ? OkStatus() : status; };
  // Where an erasure is under way the next tick does it.
  RETURN_IF_ERROR(later(audit_->EnsureUnits(*ledger_)));
  return later(privacy::SettleHolds(parts_, privacy::OsloDay(parts_.clock->Now())));
}

Status WriteFormat(const std::string& home) { return WriteFileAtomically(home + "/format", AsBytes(kFormat), 0600); }

Result<std::unique_ptr<vault::Vault>> OpenVault(ledger::Store& store, const HomePlaces& places,
                                                const HomeOptions& options, const Hash32& ledger_id) {
  Result<std::unique_ptr<vault::Vault>> opened =
      options.slot_secret != nullptr ? vault::Vault::OpenWith(store, places.keys_dir, ledger_id, *options.slot_secret)
                                     : vault::Vault::Open(store, {places.keys_dir, places.slot_secret_file}, ledger_id);
  // A secret that fits no slot is no login that failed.
  if (!opened.ok() && opened.error().code() == Code::kUnauthenticated) {
    return Status(Code::kDenied, opened.error().message());
  }
  return opened;
}

Status CheckKeys(const ledger::Store& store, const HomePlaces& places, const HomeOptions& options) {
  Result<BoxSecretKey> read = options.slot_secret != nullptr ? Result<BoxSecretKey>(options.slot_secret->Clone())
                                                             : vault::ReadSlotSecret(places.slot_secret_file);
  ASSIGN_OR_RETURN(const BoxSecretKey secret, std::move(read));
  ASSIGN_OR_RETURN(const ledger::Entry first, ledger::LogReader(store).EntryAt(0));
  ASSIGN_OR_RETURN(const ledger::GenesisBody genesis, ledger::ParseGenesis(first.body));
  ASSIGN_OR_RETURN(const uint32_t generation, vault::KeyTree::StoredGeneration(store));
  ASSIGN_OR_RETURN(const Bytes file, vault::SlotDirectory(places.keys_dir).Read(generation));
  ASSIGN_OR_RETURN(const vault::OpenedSlots slots, vault::OpenSlotFile(file, genesis.ledger_id, secret));
  if (slots.generation == generation) return OkStatus();
  return Status(Code::kCorrupt, "the slot file is of another key generation than the data");
}

Result<HomeCheck> FsckHome(const HomePlaces& places, const ledger::FsckProgress& progress) {
  ASSIGN_OR_RETURN(const HomeLock lock, HomeLock::Take(places.home));
  Result<std::unique_ptr<ledger::Store>> store =
      ledger::OpenRocksStore(DatabaseOf(places), {ledger::StoreOptions::Mode::kReadOnly});
  HomeCheck check;
  if (!store.ok()) {
    check.log.first_damaged = "store: " + store.error().message();
    return check;
  }
  Result<ledger::FsckReport> log = ledger::Fsck(**store, places.anchor_dir, progress);
  if (log.ok()) {
    check.log = std::move(*log);
  } else if (log.error().code() == Code::kCorrupt) {
    check.log.first_damaged = log.error().message();
  } else {
    return log.error();
  }
  std::error_code ignored;
  if (!std::filesystem::exists(places.slot_secret_file, ignored)) return check;
  const Status keys = CheckKeys(**store, places, {});
  check.keys = keys.ok() ? "verified" : "failed";
  if (!keys.ok() && check.log.first_damaged.empty()) {
    check.log.first_damaged = "keys in " + places.keys_dir + ": " + keys.message();
  }
  return check;
}

}  // namespace spor::service
