// SPDX-License-Identifier: Apache-2.0
#include "auth/auth_state.h"
#include "auth/totp.h"

namespace spor::auth {
namespace {

constexpr size_t kMinPasswordBytes = 12;
constexpr size_t kMaxPasswordBytes = 1024;
constexpr std::string_view kBegin = "activation_begin";
constexpr std::string_view kFinish = "activation";

Status WrongCode() {
  return Status(Code::kUnauthenticated, "the activation code is wrong, was used or has expired: ask for a new one");
}

Status TooManyAtOnce() { return Status(Code::kLater, "this account is being activated elsewhere: try again"); }

bool SameInvitation(const Account& found, const Account& now) {
  return now.state == AccountState::kInvited && SecretEquals(now.activation_hash, found.activation_hash);
}

std::vector<ledger::Field> DoneFields(std::string_view action, const Account& account) {
  Actor actor;
  actor.account = account.id;
  actor.roles = account.roles;
  std::vector<ledger::Field> fields = AuditFields(&actor, action, "done");
  std::erase_if(fields, [](const ledger::Field& field) { return field.name == "session"; });
  return fields;
}

}  // namespace

Result<AuthService::FirstAccount> AuthService::Found(const Parts& parts, const AuthOptions& options) {
  FirstAccount first;
  const Hash32& ledger_id = parts.vault->ledger_id();
  vault::UnitInfo info;
  info.category = parts.staff_category;
  vault::UnitDraft draft = vault::DraftUnit(ledger_id, info, {}, parts.staff_rule, first.rows);
  Account account;
  account.id = RandomArray<16>();
  account.unit = draft.unit;
  account.seal_key = AccountSealKey(draft.key);
  account.roles = {Role::kBootstrap};
  first.activation_code = NewActivationCode();
  account.activation_hash = ActivationHash(account, first.activation_code);
  account.since = parts.clock->Now();
  account.activation_expires = account.since + options.activation_seconds;
  PutAccountRow(ledger_id, account, first.rows);
  first.ops.push_back(draft.op);
  first.units.push_back({draft.unit, std::move(draft.key)});
  return first;
}

// The account that `code` invites. A wrong or expired code is recorded.
Result<AccountBook::Pointer> AuthService::Invited(std::string_view action, std::string_view code, uint32_t peer_uid) {
  AccountBook::Pointer account = state_->accounts.FindByCode(code);
  Refused refused{peer_uid, std::string(action), "wrong_activation_code", {}};
  if (account == nullptr) return Refuse(refused, WrongCode());
  if (parts_.clock->Now() < account->activation_expires) return account;
  refused.reason = "activation_code_expired";
  refused.account = account->id;
  return Refuse(refused, WrongCode());
}

Result<AuthService::Enrolment> AuthService::BeginActivation(std::string_view user, std::string_view code) {
  RETURN_IF_ERROR(CheckUserName(user));
  for (int decision = 0; decision < kMaxDecisions; ++decision) {
    ASSIGN_OR_RETURN(const AccountBook::Pointer found, Invited(kBegin, code, kNoOrigin));
    const ledger::Expectation names = parts_.ledger->Expect(AccountNamesStripe());
    const ledger::Expectation expect = parts_.ledger->Expect(AccountStripe(found->id));
    const AccountBook::Pointer account = state_->accounts.Get(found->id);
    if (!SameInvitation(*found, *account)) continue;  // finished or invited again a moment ago: the code is used
    // Only the first account chooses its name now; the others were invited by theirs.
    if (account->roles != std::vector{Role::kBootstrap} && account->name != user) {
      return Refuse({kNoOrigin, std::string(kBegin), "other_user_name", account->id}, WrongCode());
    }
    const AccountBook::Pointer holder = state_->accounts.FindByName(user);
    if (holder != nullptr && holder->id != account->id) {
      return Refuse({kNoOrigin, std::string(kBegin), "user_name_taken", account->id},
                    Status(Code::kInvalidArgument, "this user name is taken: choose another one"));
    }
    const AccountBook::Pointer changed = Changed(*account, [&](Account& copy) {
      copy.name = user;
      copy.totp_secret = SecretBytes::Random(kTotpSecretBytes);
    });
    ASSIGN_OR_RETURN(ledger::Proposal proposal, ChangeAccount(expect, changed, DoneFields(kBegin, *changed)));
    proposal.expects.push_back(names);
    proposal.touches.push_back(names.stripe);
    const Status done = Submit(std::move(proposal));
    if (done.code() == Code::kConflict) continue;
    RETURN_IF_ERROR(done);
    const std::string secret = Base32Encode(changed->totp_secret.Reveal());
    return Enrolment{secret, OtpauthUri(user, secret)};
  }
  return TooManyAtOnce();
}

Result<RecoveryCodes> AuthService::FinishActivation(std::string_view user, std::string_view code,
                                                    const SecretBytes& password, std::string_view first_code,
                                                    std::string_view second_code, uint32_t peer_uid) {
  if (password.size() < kMinPasswordBytes || password.size() > kMaxPasswordBytes) {
    return Status(Code::kInvalidArgument,
                  "a password has 12 to 1024 bytes; this one has " + std::to_string(password.size()));
  }
  ASSIGN_OR_RETURN(const AccountBook::Pointer found, Invited(kFinish, code, peer_uid));
  const ledger::Expectation administration = parts_.ledger->Expect(AdministrationStripe());
  const ledger::Expectation expect = parts_.ledger->Expect(AccountStripe(found->id));
  const AccountBook::Pointer account = state_->accounts.Get(found->id);
  Refused refused{peer_uid, std::string(kFinish), "not_begun", account->id};
  if (!SameInvitation(*found, *account)) {  // finished a moment ago by somebody else, or invited again
    refused.reason = "wrong_activation_code";
    return Refuse(refused, WrongCode());
  }
  if (account->totp_secret.empty() || account->name != user) {
    return Refuse(refused, Status(Code::kUnauthenticated, "begin the activation of this user name first"));
  }
  const UnixSeconds now = parts_.clock->Now();
  const std::optional<uint64_t> step = CheckTotpPair(account->totp_secret, first_code, second_code, now);
  if (!step) {
    refused.reason = "wrong_code";
    return Refuse(refused, Status(Code::kUnauthenticated,
                                  "the two codes are not adjacent codes of now: give one, then the one that follows, "
                                  "and check the clock of your device"));
  }
  std::string password_hash;
  {
    Result<PasswordGate::Slot> slot = state_->gate.Enter();
    if (!slot.ok()) return slot.error();
    ASSIGN_OR_RETURN(password_hash, HashPassword(password.Reveal(), options_.password_cost));
  }
  RecoveryCodes recovery_codes;
  const AccountBook::Pointer changed = Changed(*account, [&](Account& copy) {
    copy.state = AccountState::kActive;
    copy.since = now;
    copy.password_hash = password_hash;
    copy.last_step = *step;
    copy.activation_hash = {};
    copy.activation_expires = 0;
    recovery_codes = NewRecoveryCodes(copy);
  });
  std::vector<ledger::Field> fields = DoneFields(kFinish, *changed);
  fields.push_back(ledger::UintField("peer_uid", peer_uid));
  const std::optional<BootstrapEnd> bootstrap_end = FindBootstrapEnd(*changed);
  if (bootstrap_end) fields.push_back(ledger::BytesField("bootstrap_ended", bootstrap_end->freed->id));
  ASSIGN_OR_RETURN(ledger::Proposal proposal, ChangeAccount(expect, changed, fields));
  if (changed->CanAdminister()) {
    proposal.expects.push_back(administration);
    proposal.touches.push_back(administration.stripe);
  }
  if (bootstrap_end) AddBootstrapEnd(*bootstrap_end, proposal);
  const Status done = Submit(std::move(proposal));
  if (done.ok()) return recovery_codes;
  if (done.code() != Code::kConflict) return done;
  refused.reason = "begun_again";
  return Refuse(refused, TooManyAtOnce());
}

}  // namespace spor::auth
