// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "auth/audit_trail.h"
#include "crypto/password.h"

namespace spor::auth {

struct Account;
struct Refused;

// Shown once; each lets its holder in once in place of a one-time code. 128 random bits, written like an activation
// code.
using RecoveryCodes = std::vector<std::string>;
inline constexpr size_t kRecoveryCodes = 10;

struct AuthOptions {
  PasswordCost password_cost;
  UnixSeconds idle_seconds = 15 * 60;
  UnixSeconds absolute_seconds = 8 * 3600;
  UnixSeconds activation_seconds = 72 * 3600;      // of the first account's code
  UnixSeconds invitation_seconds = 7 * 24 * 3600;  // of everybody else's
};

// Accounts, two-factor login and sessions. Every decision, also every refusal, is in the ledger before it is answered.
//
// Threads: any. Ownership: owns accounts and sessions; borrows the rest.
// Security: one generic answer to every failed login; a TOTP step is spent durably before a session exists.
class AuthService {
 public:
  struct Parts {
    vault::Vault* vault;
    ledger::Store* store;
    ledger::Ledger* ledger;  // null only while a ledger is being founded
    const Clock* clock;
    AuditTrail* audit;
    uint16_t staff_category;
    uint16_t staff_rule;
  };
  // For a new ledger: the first account, invited, with role bootstrap; rows for the genesis batch and its code.
  struct FirstAccount {
    std::string activation_code;
    std::vector<ledger::UnitOp> ops;
    std::vector<ledger::NewUnit> units;
    ledger::Batch rows;
  };
  static Result<FirstAccount> Found(const Parts& parts, const AuthOptions& options);
  static Result<std::unique_ptr<AuthService>> Open(const Parts& parts, const AuthOptions& options);
  ~AuthService();

  // Activation in two steps. The first makes a fresh TOTP secret for whoever holds the code; the account gets the name
  // `user` then. The second takes password (12 to 1,024 bytes) and two codes of adjacent steps, both within one step
  // of now; the later one counts as used.
  struct Enrolment {
    std::string totp_secret;  // base32
    std::string otpauth;      // otpauth://totp/Spor:USER?secret=...&issuer=Spor
  };
  Result<Enrolment> BeginActivation(std::string_view user, std::string_view code);
  // Answers the account's recovery codes.
  Result<RecoveryCodes> FinishActivation(std::string_view user, std::string_view code, const SecretBytes& password,
                                         std::string_view first_code, std::string_view second_code, uint32_t peer_uid);

  struct Session {
    SecretBytes token;  // base64 text, for the client alone
    Actor actor;
  };
  // kUnauthenticated with one generic text; kLater while this origin or second factor has to wait.
  Result<Session> Login(std::string_view user, const SecretBytes& password, std::string_view totp, uint32_t peer_uid);
  // The same with a recovery code in place of the one-time code; it works also while the second factor is paused or
  // suspended, because 128 bits can't be guessed, and lifts that.
  Result<Session> LoginWithRecoveryCode(std::string_view user, const SecretBytes& password, std::string_view code,
                                        uint32_t peer_uid);
  // New recovery codes, after a fresh one-time code; the old ones end. kUnauthenticated for a wrong or used one-time
  // code, which counts as at a login.
  Result<RecoveryCodes> RenewRecoveryCodes(const Actor& actor, std::string_view totp);
  Status Logout(const Actor& actor);
  // Who this token is, now. kUnauthenticated for an unknown, expired or foreign one; that refusal is recorded.
  Result<Actor> Authenticate(std::string_view token, uint32_t peer_uid);
  // kDenied, recorded, unless one of the actor's roles may do `action`.
  Status Allow(const Actor& actor, Action action);
  // To go with each proposal of this actor: refuses if the session ended meanwhile, and notes its use.
  std::unique_ptr<ledger::Precondition> StillValid(const Actor& actor) const;

  // Records a refusal of an authenticated request: reason is a short code such as "field_outside_purpose". `more` may
  // not hold personal data; `subject` is a section already sealed as number 1 under `seal_id`, or nothing.
  struct Refusal {
    std::string_view action;
    std::string_view reason;
    std::vector<ledger::Field> more;
    Id16 seal_id = RandomArray<16>();
    std::optional<ledger::SealedSection> subject;
  };
  Status RecordRefusal(const Actor& actor, Refusal refusal);

  // Writes what was counted (unauthenticated refusals) in minutes that are over, makes audit units ahead of their month
  // and drops expired sessions; called every few seconds.
  Status Tick();
  // Writes all that was counted, also in the minute that is not over: for an orderly end of the service.
  Status WriteCounted();
  size_t AccountCount() const;

  // For whoever erases a removed account's staff unit: its row goes with the key, and then what is in memory of it.
  void ForgetAccount(const ledger::UnitId& unit, ledger::Batch& rows) const;
  void DropForgotten();

 private:
  friend class AccountKeeper;
  AuthService(const Parts& parts, const AuthOptions& options);
  struct State;
  class SessionValid;
  struct Attempt;

  // auth_service.cc: entries and refusals.
  Result<ledger::EntryDraft> AuditEvent(const Id16& seal_id, const std::vector<ledger::Field>& fields) const;
  Status Submit(ledger::Proposal proposal) const;
  Status Record(const std::vector<ledger::Field>& fields) const;
  Status RecordCounted(UnixSeconds before);
  // Records `refused` or counts it, then returns `answer`; the failure to record if there was one.
  Status Refuse(const Refused& refused, Status answer);
  // A proposal that holds only if `account` did not change since `expect`, and puts `changed` in its place.
  Result<ledger::Proposal> ChangeAccount(const ledger::Expectation& expect,
                                         const std::shared_ptr<const Account>& changed,
                                         const std::vector<ledger::Field>& fields) const;

  // login.cc
  Result<std::shared_ptr<const Account>> CheckPasswordOf(const Attempt& attempt);
  Result<Session> Decide(const Attempt& attempt, const std::shared_ptr<const Account>& known);
  Result<Session> LoginBy(const Attempt& attempt);
  Result<Session> Admit(const Attempt& attempt, const ledger::Expectation& expect,
                        const std::shared_ptr<const Account>& changed);
  Status RefuseCode(const Attempt& attempt, const ledger::Expectation& expect, const Account& account);
  // recovery.cc
  Result<Session> DecideRecovery(const Attempt& attempt, const ledger::Expectation& expect, const Account& account);
  Result<RecoveryCodes> TryRenew(const Actor& actor, std::string_view totp);

  // bootstrap_end.cc: the first account loses the role bootstrap in the batch in which another one becomes able to
  // administer.
  struct BootstrapEnd {
    ledger::Expectation expect;
    std::shared_ptr<const Account> freed;  // as it is then
  };
  std::optional<BootstrapEnd> FindBootstrapEnd(const Account& changed) const;
  void AddBootstrapEnd(const BootstrapEnd& end, ledger::Proposal& proposal) const;

  // activation.cc
  Result<std::shared_ptr<const Account>> Invited(std::string_view action, std::string_view code, uint32_t peer_uid);

  const Parts parts_;
  const AuthOptions options_;
  std::unique_ptr<State> state_;
};

}  // namespace spor::auth
