// SPDX-License-Identifier: Apache-2.0
#include "tools/service/home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "crypto/files.h"

namespace spor::service {
namespace {

std::string DatabaseOf(const HomePlaces& places) { return places.home + "/db"; }

// The log as it is, compared with the anchor before anybody may write.
Result<ledger::GenesisBody> Preflight(const HomePlaces& places) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> store,
                   ledger::OpenRocksStore(DatabaseOf(places), {ledger::StoreOptions::Mode::kReadOnly}));
  return ledger::CheckAgainstAnchor(*store, places.anchor_dir);
}

}  // namespace

HomePlaces HomePlaces::Beside(const std::string& home) {
  return {home, home + ".keys", home + ".secret", home + ".anchor"};
}

Result<HomeLock> HomeLock::Take(const std::string& home) {
  if (access((home + "/format").c_str(), R_OK) != 0) {
    return Status(Code::kNotFound, home + " is no Spor data directory; make one with `spor init`");
  }
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
  RETURN_IF_ERROR(Preflight(places).status());
  ASSIGN_OR_RETURN(std::unique_ptr<ledger::Store> store,
                   ledger::OpenRocksStore(DatabaseOf(places), {ledger::StoreOptions::Mode::kOpen}));
  ASSIGN_OR_RETURN(std::unique_ptr<Home> home, OpenOn(std::move(store), places, options));
  home->lock_ = std::make_unique<HomeLock>(std::move(lock));
  return home;
}

Result<std::unique_ptr<Home>> Home::OpenOn(std::unique_ptr<ledger::Store> store, const HomePlaces& places,
                                           const HomeOptions& options) {
  std::unique_ptr<Home> home(new Home());
  home->store_ = std::move(store);
  ASSIGN_OR_RETURN(const ledger::GenesisBody genesis, ledger::CheckAgainstAnchor(*home->store_, places.anchor_dir));
  RETURN_IF_ERROR(home->OpenRooms(places, options, genesis));
  return home;
}

Status Home::OpenRooms(const HomePlaces& places, const HomeOptions& options, const ledger::GenesisBody& genesis) {
  const Clock* clock = options.clock != nullptr ? options.clock : &system_clock_;
  ASSIGN_OR_RETURN(policy_, privacy::LoadPolicy(*store_));
  ASSIGN_OR_RETURN(vault_, vault::Vault::Open(*store_, {places.keys_dir, places.slot_secret_file}, genesis.ledger_id));
  ASSIGN_OR_RETURN(signer_, vault_->LogSigner());
  if (signer_->public_key() != genesis.log_key) {
    return Status(Code::kCorrupt, "the log key in the vault is not the one that the log began with");
  }
  ledger::LedgerOptions log;
  log.origin = genesis.origin;
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
  subjects_ = std::make_unique<privacy::SubjectBook>(*vault_, *store_);
  RETURN_IF_ERROR(subjects_->Load());
  parts_ = {vault_.get(), store_.get(),    ledger_.get(),   clock,        audit_.get(),
            auth_.get(),  &policy_.policy, subjects_.get(), &people_lock_};
  importer_ = std::make_unique<privacy::Importer>(parts_);
  clocks_ = std::make_unique<privacy::ClockKeeper>(parts_);
  ingest_ = std::make_unique<privacy::EventIngest>(parts_);
  reader_ = std::make_unique<privacy::PersonReader>(parts_);
  retention_ = std::make_unique<privacy::Retention>(parts_);
  return OkStatus();
}

Home::~Home() = default;

Status Home::Tick() {
  RETURN_IF_ERROR(auth_->Tick());
  const Status ensured = audit_->EnsureUnits(*ledger_);
  return ensured.code() == Code::kLater ? OkStatus() : ensured;  // an erasure is under way; the next tick does it
}

Result<ledger::FsckReport> FsckHome(const HomePlaces& places, const ledger::FsckProgress& progress) {
  ASSIGN_OR_RETURN(const HomeLock lock, HomeLock::Take(places.home));
  Result<std::unique_ptr<ledger::Store>> store =
      ledger::OpenRocksStore(DatabaseOf(places), {ledger::StoreOptions::Mode::kReadOnly});
  ledger::FsckReport report;
  if (!store.ok()) {
    report.first_damaged = "store: " + store.error().message();
    return report;
  }
  Result<ledger::FsckReport> checked = ledger::Fsck(**store, places.anchor_dir, progress);
  if (checked.ok() || checked.error().code() != Code::kCorrupt) return checked;
  report.first_damaged = checked.error().message();
  return report;
}

}  // namespace spor::service
