// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "crypto/files.h"
#include "tools/service/home.h"

namespace spor::service {
namespace fs = std::filesystem;

Status CheckOrigin(std::string_view origin) {
  bool good = !origin.empty() && origin.size() <= ledger::kMaxOriginBytes;
  for (unsigned char c : origin) good &= c > ' ' && c < 0x7f && c != '+';
  if (good) return OkStatus();
  return Status(
      Code::kInvalidArgument,
      "an origin is a name for this log that nobody else uses, without spaces or '+', such as example.no/spor");
}

namespace {

// Removes what an init that failed had made; what was there before is never touched, because init refuses it.
class Undo {
 public:
  void Add(const std::string& path) { paths_.push_back(path); }
  void Keep() { paths_.clear(); }
  ~Undo() {
    for (const std::string& path : paths_) {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  }

 private:
  std::vector<std::string> paths_;
};

Status ClaimPlaces(const HomePlaces& places, Undo& undo) {
  for (const std::string& path : {places.home, places.keys_dir, places.slot_secret_file, places.anchor_dir}) {
    std::error_code error;
    const bool there = fs::exists(path, error);
    if (error) return Status(Code::kIo, "cannot look at " + path + ": " + error.message());
    if (there)
      return Status(Code::kConflict,
                    path + " exists already: nothing was changed; choose another place or move it away");
  }
  for (const std::string& path : {places.keys_dir, places.slot_secret_file, places.anchor_dir}) {
    if (path.starts_with(places.home + "/")) {
      return Status(Code::kInvalidArgument,
                    path + " lies in the data directory; it must lie beside it, out of its backups");
    }
  }
  for (const std::string& path : {places.home, places.keys_dir, places.slot_secret_file, places.anchor_dir})
    undo.Add(path);
  return MakePrivateDirectory(places.home);
}

// What the genesis batch holds, gathered from every room.
struct Genesis {
  ledger::Ledger::Genesis entries;
  std::vector<ledger::NewUnit> units;

  template <typename First>
  void Take(First& first) {
    for (ledger::UnitOp& op : first.ops) entries.ops.push_back(op);
    for (ledger::NewUnit& unit : first.units) units.push_back(std::move(unit));
    entries.extra.Append(std::move(first.rows));
  }
};

}  // namespace

Result<Founded> FoundOn(ledger::Store& store, const HomePlaces& places, std::string_view policy_toml,
                        std::string_view policy_file, std::string_view origin, const HomeOptions& options) {
  RETURN_IF_ERROR(CheckOrigin(origin));
  ASSIGN_OR_RETURN(const privacy::Policy policy, privacy::ParsePolicy(policy_toml, policy_file));
  const SystemClock system_clock;
  const Clock* clock = options.clock != nullptr ? options.clock : &system_clock;
  const SigningKey log_key = SigningKey::Random();
  const Signer signer(log_key);
  Genesis genesis;
  genesis.entries.genesis.origin = origin;
  genesis.entries.genesis.log_key = signer.public_key();
  genesis.entries.genesis.ledger_id = ledger::LedgerId(origin, signer.public_key());
  ASSIGN_OR_RETURN(vault::Vault::Founded vault, vault::Vault::Found(store, {places.keys_dir, places.slot_secret_file},
                                                                    genesis.entries.genesis.ledger_id, log_key));
  genesis.entries.slots = vault.slots;
  genesis.entries.extra.Append(std::move(vault.rows));
  const privacy::PolicyAuditRules rules(policy);
  auth::AuditTrail audit(*vault.vault, store, *clock, rules);
  ASSIGN_OR_RETURN(auth::AuditTrail::FirstUnits audit_units, audit.Found());
  genesis.Take(audit_units);
  // Account rows are made with service keys, which must be readable by then.
  RETURN_IF_ERROR(store.Write(genesis.entries.extra, ledger::Durability::kBuffered));
  const auth::AuthService::Parts auth_parts{vault.vault.get(),       &store,           nullptr, clock, &audit,
                                            privacy::kStaffCategory, policy.staff_rule};
  ASSIGN_OR_RETURN(auth::AuthService::FirstAccount account, auth::AuthService::Found(auth_parts, options.auth));
  genesis.Take(account);
  RETURN_IF_ERROR(vault.vault->keys().Wrap(genesis.units, genesis.entries.extra));
  genesis.entries.policy = privacy::MakePolicyBody(policy, policy_toml);
  privacy::StorePolicy(policy_toml, genesis.entries.extra);
  genesis.entries.facts = {1, genesis.entries.slots.slots_digest, genesis.entries.policy.digest,
                           ledger::kFlagBootstrap};
  const privacy::OsloLegalDay legal_day;
  ledger::LedgerOptions log;
  log.origin = origin;
  log.anchor_directory = places.anchor_dir;
  log.store = &store;
  log.clock = clock;
  log.legal_day = &legal_day;
  log.keeper = &vault.vault->keys();
  log.signer = &signer;
  RETURN_IF_ERROR(ledger::Ledger::Create(log, std::move(genesis.entries)));
  return Founded{account.activation_code,
                 ledger::FormatVerifierKey(ledger::MakeVerifierKey(origin, signer.public_key()))};
}

Result<Founded> InitHome(const HomePlaces& places, std::string_view policy_toml, std::string_view policy_file,
                         std::string_view origin, const HomeOptions& options) {
  RETURN_IF_ERROR(CheckOrigin(origin));
  RETURN_IF_ERROR(privacy::ParsePolicy(policy_toml, policy_file).status());
  Undo undo;
  RETURN_IF_ERROR(ClaimPlaces(places, undo));
  Result<Founded> founded = Status(Code::kInternal, "");
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> store,
                     ledger::OpenRocksStore(places.home + "/db", {ledger::StoreOptions::Mode::kCreate}));
    founded = FoundOn(*store, places, policy_toml, policy_file, origin, options);
    RETURN_IF_ERROR(founded.status());
  }
  RETURN_IF_ERROR(WriteFormat(places.home));
  undo.Keep();
  return founded;
}

}  // namespace spor::service
