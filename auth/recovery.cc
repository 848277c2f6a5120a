// SPDX-License-Identifier: Apache-2.0
#include "auth/login_attempt.h"
#include "auth/totp.h"

namespace spor::auth {
namespace {

constexpr std::string_view kRenew = "recovery_codes";

Status WrongCode() {
  return Status(Code::kUnauthenticated, "the code is wrong or was used: wait for the next one that the app shows");
}

}  // namespace

// The limits on one-time codes do not hold here: a code of 128 bits can't be guessed, and whoever was shut out by
// somebody who guessed at her one-time codes gets in with it. A wrong one makes its origin wait, like a wrong password.
Result<AuthService::Session> AuthService::DecideRecovery(const Attempt& attempt, const ledger::Expectation& expect,
                                                         const Account& account) {
  const std::optional<size_t> at = FindRecoveryCode(account, attempt.code);
  if (!at) {
    state_->delays.Failed(attempt.peer_uid, parts_.clock->Now());
    return Refuse(attempt.Because("wrong_recovery_code", &account), WrongLogin());
  }
  return Admit(attempt, expect, Changed(account, [&](Account& copy) {
                 copy.recovery_hashes.erase(copy.recovery_hashes.begin() + static_cast<std::ptrdiff_t>(*at));
                 copy.wrong_codes = 0;
                 copy.paused_until = 0;
               }));
}

Result<RecoveryCodes> AuthService::RenewRecoveryCodes(const Actor& actor, std::string_view totp) {
  Result<RecoveryCodes> codes = Status(Code::kInternal, "");
  for (int decision = 0; decision < kMaxDecisions; ++decision) {
    codes = TryRenew(actor, totp);
    if (codes.ok() || codes.error().code() != Code::kConflict) break;
  }
  return codes;
}

// On one state of the account; kConflict: it moved. The one-time code is spent in the batch that holds the new codes.
Result<RecoveryCodes> AuthService::TryRenew(const Actor& actor, std::string_view totp) {
  const ledger::Expectation expect = parts_.ledger->Expect(AccountStripe(actor.account));
  const AccountBook::Pointer account = state_->accounts.Get(actor.account);
  if (account == nullptr) return Status(Code::kUnauthenticated, "the account has ended");
  const UnixSeconds now = parts_.clock->Now();
  if (account->IsLocked() || account->paused_until > now) {
    RETURN_IF_ERROR(RecordRefusal(actor, {kRenew, "second_factor_paused", {}, RandomArray<16>(), {}}));
    return Status(Code::kLater, "too many wrong codes: try again later, or ask a security-admin");
  }
  const TotpCheck check = CheckTotp(account->totp_secret, totp, now, account->last_step);
  if (check.verdict == TotpVerdict::kReplayed) {
    RETURN_IF_ERROR(RecordRefusal(actor, {kRenew, "replayed_code", {}, RandomArray<16>(), {}}));
    return WrongCode();
  }
  const bool right = check.verdict == TotpVerdict::kAccepted;
  RecoveryCodes codes;
  const AccountBook::Pointer changed = Changed(*account, [&](Account& copy) {
    copy.wrong_codes = right ? 0 : copy.wrong_codes + 1;
    copy.paused_until = right ? 0 : now + PauseAfter(copy.wrong_codes);
    if (!right) return;
    copy.last_step = check.step;
    codes = NewRecoveryCodes(copy);
  });
  std::vector<ledger::Field> fields = AuditFields(&actor, kRenew, right ? "done" : "refused");
  if (!right) fields.push_back(ledger::TextField("reason", "wrong_code"));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, ChangeAccount(expect, changed, fields));
  const std::unique_ptr<ledger::Precondition> session = StillValid(actor);
  proposal.precondition = session.get();
  RETURN_IF_ERROR(Submit(std::move(proposal)));
  if (!right) return WrongCode();
  return codes;
}

}  // namespace spor::auth
