// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "auth/key_keeper.h"
#include "ledger/fsck.h"
#include "privacy/clock_keeper.h"
#include "privacy/event_ingest.h"
#include "privacy/person_reader.h"
#include "privacy/policy_store.h"
#include "privacy/restriction_keeper.h"
#include "privacy/retention.h"
#include "tools/service/cosigner.h"

namespace spor::service {

// Where one ledger lives. The three beside `home` hold what must not be lost or stolen together with it.
struct HomePlaces {
  std::string home;
  std::string keys_dir;          // default home + ".keys"
  std::string slot_secret_file;  // default home + ".secret"
  std::string anchor_dir;        // default home + ".anchor"

  static HomePlaces Beside(const std::string& home);
};

struct HomeOptions {
  const Clock* clock = nullptr;               // null: the system's
  const BoxSecretKey* slot_secret = nullptr;  // null: what the slot secret file holds
  auth::AuthOptions auth;
  std::optional<WitnessOptions> witnesses;
  LogLine log;  // may be empty
};

// The lock of a data directory: one service, or one fsck, at a time. Released when the object goes.
class HomeLock {
 public:
  // kConflict if another process holds it; kNotFound if there is no such home.
  static Result<HomeLock> Take(const std::string& home);
  ~HomeLock();
  HomeLock(HomeLock&& other) noexcept;
  HomeLock& operator=(HomeLock&&) = delete;

 private:
  explicit HomeLock(int fd) : fd_(fd) {}
  int fd_;
};

// kInvalidArgument for what can't name a log.
Status CheckOrigin(std::string_view origin);

struct Founded {
  std::string activation_code;
  std::string log_vkey;
};
// Makes directory, keys and genesis. kConflict if any of the places exists already; on any error nothing is left.
Result<Founded> InitHome(const HomePlaces& places, std::string_view policy_toml, std::string_view policy_file,
                         std::string_view origin, const HomeOptions& options);

// The same on a store that is already there (tests bring their own), without claiming or locking the home directory.
Result<Founded> FoundOn(ledger::Store& store, const HomePlaces& places, std::string_view policy_toml,
                        std::string_view policy_file, std::string_view origin, const HomeOptions& options);

// Everything of an opened ledger, in the order it must be taken down.
//
// Ownership: owns every room's objects; `clock` of the options is borrowed.
// Errors: Open() says kCorrupt where the evidence is damaged, before anything is written.
class Home {
 public:
  static Result<std::unique_ptr<Home>> Open(const HomePlaces& places, const HomeOptions& options);
  // The same on a store that the caller opened, without the directory's lock.
  static Result<std::unique_ptr<Home>> OpenOn(std::unique_ptr<ledger::Store> store, const HomePlaces& places,
                                              const HomeOptions& options);
  ~Home();

  const privacy::Parts& parts() const { return parts_; }
  const std::string& policy_toml() const { return policy_.toml; }
  privacy::Importer& importer() { return *importer_; }
  privacy::ClockKeeper& clocks() { return *clocks_; }
  privacy::EventIngest& ingest() { return *ingest_; }
  privacy::PersonReader& reader() { return *reader_; }
  privacy::Retention& retention() { return *retention_; }
  privacy::HoldKeeper& holds() { return *holds_; }
  privacy::RestrictionKeeper& restrictions() { return *restrictions_; }
  // Replaces the log key on behalf of `actor` (log_key.h); the old one leaves the memory too.
  Result<ledger::LogKeys> RotateLogKey(const auth::Actor& actor);
  // Null without a witness policy.
  Cosigner* cosigner() { return cosigner_.get(); }
  // For those who read the log: the newest checkpoint that meets the witness policy's quorum; where there is no policy,
  // or none meets it, the newest one with the cosignatures that it has.
  Result<std::string> CosignedCheckpoint() const;
  auth::KeyKeeper& keys() { return *key_keeper_; }
  auth::AccountKeeper& accounts() { return *account_keeper_; }
  // Small regular work: counted refusals, expired sessions, next month's audit units, holds that have ended.
  Status Tick();

 private:
  Home() = default;
  static Result<std::unique_ptr<Home>> OpenAfter(const StartRound& round, std::unique_ptr<ledger::Store> store,
                                                 const HomePlaces& places, const HomeOptions& options);
  Status OpenRooms(const HomePlaces& places, const HomeOptions& options, const ledger::LogKeys& keys);

  std::unique_ptr<HomeLock> lock_;
  SystemClock system_clock_;
  privacy::OsloLegalDay legal_day_;
  privacy::StoredPolicy policy_;
  std::unique_ptr<ledger::Store> store_;
  std::unique_ptr<vault::Vault> vault_;
  Mutex rotating_;
  std::unique_ptr<Signer> signer_;  // null once the log has a newer one
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<privacy::PolicyAuditRules> audit_rules_;
  std::unique_ptr<auth::AuditTrail> audit_;
  std::unique_ptr<auth::AuthService> auth_;
  std::unique_ptr<auth::KeyKeeper> key_keeper_;
  std::unique_ptr<privacy::PolicyStaffRules> staff_rules_;
  std::unique_ptr<auth::AccountKeeper> account_keeper_;
  std::unique_ptr<privacy::SubjectBook> subjects_;
  privacy::PeopleLock people_lock_;
  privacy::Parts parts_;
  std::unique_ptr<privacy::Importer> importer_;
  std::unique_ptr<privacy::ClockKeeper> clocks_;
  std::unique_ptr<privacy::EventIngest> ingest_;
  std::unique_ptr<privacy::PersonReader> reader_;
  std::unique_ptr<privacy::Retention> retention_;
  std::unique_ptr<privacy::HoldKeeper> holds_;
  std::unique_ptr<privacy::RestrictionKeeper> restrictions_;
  std::unique_ptr<Cosigner> cosigner_;
};

// The secret of the passphrase slot of a home that this opens. kUnauthenticated for a wrong one.
Result<BoxSecretKey> UnlockHome(const HomePlaces& places, const SecretBytes& passphrase);
// Whoever lost the slot secret file comes in with the secret of another slot and gets a new one: a slot `label` is
// added, its secret written to `secret_file`, which must not exist. No service may run. Nothing is left on an error.
Status RecoverHome(const HomePlaces& places, const BoxSecretKey& secret, std::string_view label,
                   const std::string& secret_file);

// The file that says that a directory is a home, and of which format.
Status WriteFormat(const std::string& home);
// The vault, with options.slot_secret or what the slot secret file holds. kDenied for a secret that fits no slot.
Result<std::unique_ptr<vault::Vault>> OpenVault(ledger::Store& store, const HomePlaces& places,
                                                const HomeOptions& options, const Hash32& ledger_id);

// What fsck found: the log, recomputed without keys, and whether the slot file opens ("verified", "failed", or
// "not_checked" where there is no slot secret to open it with).
struct HomeCheck {
  ledger::FsckReport log;
  std::string keys = "not_checked";
};
// Opens the slot file of the generation that the store is at; nothing is written. kCorrupt if the two do not belong
// together, kNotFound if that generation's root key is destroyed or the slot secret is not there.
Status CheckKeys(const ledger::Store& store, const HomePlaces& places, const HomeOptions& options);
// Recomputes the whole log of a home that no service has open. kConflict while one has.
Result<HomeCheck> FsckHome(const HomePlaces& places, const ledger::FsckProgress& progress);

}  // namespace spor::service
