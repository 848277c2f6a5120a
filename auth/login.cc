// SPDX-License-Identifier: Apache-2.0
#include "auth/login_attempt.h"
#include "auth/totp.h"

namespace spor::auth {
namespace {

constexpr std::string_view kAction = "login";

std::string_view WhyNot(const Account& account) {
  switch (account.state) {
    case AccountState::kSuspended: return "account_suspended";
    case AccountState::kRemoved: return "account_removed";
    default: return "not_activated";
  }
}

Status WaitFor(UnixSeconds seconds) {
  return Status(Code::kLater, "too many failed logins: try again in " + std::to_string(seconds) + " seconds");
}

}  // namespace

Result<AuthService::Session> AuthService::Login(std::string_view user, const SecretBytes& password,
                                                std::string_view totp, uint32_t peer_uid) {
  return LoginBy({user, password, totp, peer_uid, false});
}

Result<AuthService::Session> AuthService::LoginWithRecoveryCode(std::string_view user, const SecretBytes& password,
                                                                std::string_view code, uint32_t peer_uid) {
  return LoginBy({user, password, code, peer_uid, true});
}

Result<AuthService::Session> AuthService::LoginBy(const Attempt& attempt) {
  ASSIGN_OR_RETURN(const AccountBook::Pointer known, CheckPasswordOf(attempt));
  for (int decision = 0; decision < kMaxDecisions; ++decision) {
    Result<Session> session = Decide(attempt, known);
    if (session.ok() || session.error().code() != Code::kConflict) return session;
  }
  return Refuse(attempt.Because("busy", known.get()), Status(Code::kLater, "too many logins at once: try again"));
}

// The account if the password is right. Takes the time of one Argon2 computation whether or not there is an account.
Result<AccountBook::Pointer> AuthService::CheckPasswordOf(const Attempt& attempt) {
  const AccountBook::Pointer account = state_->accounts.FindByName(attempt.user);
  const auto delayed = [&]() -> UnixSeconds { return state_->delays.Wait(attempt.peer_uid, parts_.clock->Now()); };
  if (const UnixSeconds wait = delayed(); wait > 0) {
    return Refuse(attempt.Because("origin_delayed", account.get()), WaitFor(wait));
  }
  Result<PasswordGate::Slot> slot = state_->gate.Enter();
  if (!slot.ok()) return Refuse(attempt.Because("busy", account.get()), slot.error());
  // Once more: those who waited in the queue together may have used up what this origin is allowed.
  if (const UnixSeconds wait = delayed(); wait > 0) {
    return Refuse(attempt.Because("origin_delayed", account.get()), WaitFor(wait));
  }
  const bool active = account != nullptr && account->state == AccountState::kActive;
  const bool right = CheckPassword(active ? account->password_hash : state_->dummy_hash, attempt.password.Reveal());
  if (active && right) return account;
  state_->delays.Failed(attempt.peer_uid, parts_.clock->Now());
  const std::string_view reason = account == nullptr ? "unknown_user" : active ? "wrong_password" : WhyNot(*account);
  return Refuse(attempt.Because(reason, account.get()), WrongLogin());
}

// Everything after the password, on one state of the account. kConflict: it moved, decide again.
Result<AuthService::Session> AuthService::Decide(const Attempt& attempt, const AccountBook::Pointer& known) {
  const ledger::Expectation expect = parts_.ledger->Expect(AccountStripe(known->id));
  const AccountBook::Pointer account = state_->accounts.Get(known->id);
  const bool same = account != nullptr && account->password_hash == known->password_hash;
  if (!same || account->state != AccountState::kActive) {
    return Refuse(attempt.Because("account_changed", known.get()), WrongLogin());
  }
  if (attempt.recovery) return DecideRecovery(attempt, expect, *account);
  const UnixSeconds now = parts_.clock->Now();
  if (account->IsLocked()) {
    return Refuse(attempt.Because("second_factor_suspended", account.get()), WrongLogin());
  }
  if (account->paused_until > now) {
    return Refuse(attempt.Because("second_factor_paused", account.get()), WaitFor(account->paused_until - now));
  }
  const TotpCheck check = CheckTotp(account->totp_secret, attempt.code, now, account->last_step);
  switch (check.verdict) {
    case TotpVerdict::kAccepted:
      return Admit(attempt, expect, Changed(*account, [&](Account& copy) {
                     copy.last_step = check.step;
                     copy.wrong_codes = 0;
                     copy.paused_until = 0;
                   }));
    // Says nothing about other codes, so it isn't counted against the second factor.
    case TotpVerdict::kReplayed: return Refuse(attempt.Because("replayed_code", account.get()), WrongLogin());
    case TotpVerdict::kWrong: break;
  }
  return RefuseCode(attempt, expect, *account);
}

// One batch holds the entry, the spent code and the session: none of them is ever there without the others.
Result<AuthService::Session> AuthService::Admit(const Attempt& attempt, const ledger::Expectation& expect,
                                                const AccountBook::Pointer& changed) {
  const Account& account = *changed;
  Session session;
  session.token = SessionBook::NewToken();
  const UnixSeconds now = parts_.clock->Now();
  const SessionRecord record{account.id, now, now, attempt.peer_uid};
  const Hash32 hash = state_->sessions.HashOf(AsText(session.token.Reveal()));
  const UnixSeconds expires = record.Expires({options_.idle_seconds, options_.absolute_seconds});
  session.actor = {account.id, account.name, account.roles, hash, attempt.peer_uid, expires};

  std::vector<ledger::Field> fields = AuditFields(&session.actor, kAction, "done");
  fields.push_back(ledger::TextField("factors", attempt.recovery ? "password+recovery_code" : "password+totp"));
  if (attempt.recovery) fields.push_back(ledger::UintField("recovery_codes_left", account.recovery_hashes.size()));
  fields.push_back(ledger::UintField("peer_uid", attempt.peer_uid));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, ChangeAccount(expect, changed, fields));
  state_->sessions.PutRow(hash, record, proposal.writes);
  proposal.on_commit = [state = state_.get(), changed, hash, record] {
    state->accounts.Put(changed);
    state->sessions.Insert(hash, record);
  };
  RETURN_IF_ERROR(Submit(std::move(proposal)));
  return session;
}

// Right password, wrong code: counted in the account's row, durable before the answer, and recorded one by one; there
// can be no more than kSuspendAfterCodes of them in a row.
Status AuthService::RefuseCode(const Attempt& attempt, const ledger::Expectation& expect, const Account& account) {
  const UnixSeconds now = parts_.clock->Now();
  const AccountBook::Pointer changed = Changed(account, [&](Account& copy) {
    ++copy.wrong_codes;
    copy.paused_until = now + PauseAfter(copy.wrong_codes);
  });
  std::vector<ledger::Field> fields = AuditFields(nullptr, kAction, "refused");
  fields.push_back(ledger::TextField("reason", attempt.code.empty() ? "missing_code" : "wrong_code"));
  fields.push_back(ledger::UintField("peer_uid", attempt.peer_uid));
  fields.push_back(ledger::BytesField("account", account.id));
  fields.push_back(ledger::UintField("wrong_codes", changed->wrong_codes));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, ChangeAccount(expect, changed, fields));
  RETURN_IF_ERROR(Submit(std::move(proposal)));
  return WrongLogin();
}

}  // namespace spor::auth
