// SPDX-License-Identifier: Apache-2.0
#include "auth/account_keeper.h"

#include <algorithm>

#include "auth/auth_state.h"
#include "auth/totp.h"
#include "crypto/codec.h"
#include "crypto/utf8.h"

namespace spor::auth {
namespace {

constexpr std::string_view kInvite = "account_invite";

Status CheckReason(std::string_view reason) {
  if (!reason.empty() && reason.size() <= kMaxAccountReason && IsUtf8(reason)) return OkStatus();
  return Status(Code::kInvalidArgument, "a reason of 1 to 2,000 bytes is needed: --reason TEXT");
}

bool Holds(const std::vector<Role>& roles, Role role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

// In the order of the table and each once, so that the same roles are always the same list.
std::vector<Role> Sorted(std::vector<Role> roles) {
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  return roles;
}

ledger::Field RolesField(std::string name, const std::vector<Role>& roles) {
  std::string text;
  for (const Role role : roles) text.append(text.empty() ? "" : "\n").append(RoleName(role));
  return {std::move(name), ledger::FieldType::kList, ToBytes(AsBytes(text))};
}

// The administrator's session still stands with the roles that allowed this; the sessions of an account that may not
// act any more end here, in order with every use of them.
class ChangeHolds final : public ledger::Precondition {
 public:
  ChangeHolds(const ledger::Precondition& session, SessionBook& sessions, std::optional<Id16> end_sessions_of)
      : session_(session), sessions_(sessions), end_sessions_of_(end_sessions_of) {}
  Status Check(UnixSeconds now, ledger::Batch& batch) const override {
    RETURN_IF_ERROR(session_.Check(now, batch));
    if (end_sessions_of_) sessions_.EndOf(*end_sessions_of_, batch);
    return OkStatus();
  }

 private:
  const ledger::Precondition& session_;
  SessionBook& sessions_;
  const std::optional<Id16> end_sessions_of_;
};

}  // namespace

// An account as a decision sees it, and the versions that the decision relies on, noted before it was looked at.
struct AccountKeeper::Target {
  AccountBook::Pointer account;
  std::vector<ledger::Expectation> expects;
};

// One change of one account.
struct AccountKeeper::Draft {
  AccountBook::Pointer changed;
  std::vector<ledger::Expectation> expects;
  std::vector<ledger::Field> audit;      // besides who, what and whose account
  std::vector<ledger::Field> subject;    // sealed under the account's own unit
  std::optional<vault::UnitDraft> unit;  // of a new account
  std::optional<ledger::UnitOp> redue;
  ledger::Batch rows;
};

AccountKeeper::Seen AccountKeeper::Look(const Account& account) {
  Seen seen{account.id, account.name,       account.state,      account.since, account.roles, 0,
            0,          account.IsLocked(), ledger::kNotStarted};
  if (account.state == AccountState::kInvited) seen.code_expires = account.activation_expires;
  if (account.state == AccountState::kRemoved) seen.due = account.due.due;
  seen.last_code = static_cast<UnixSeconds>(account.last_step) * kTotpStepSeconds;
  return seen;
}

Status AccountKeeper::Refuse(const Actor& actor, std::string_view action, std::string_view reason,
                             const Account* account, Status answer) {
  std::vector<ledger::Field> more;
  if (account != nullptr) more.push_back(ledger::BytesField("account", account->id));
  RETURN_IF_ERROR(auth_.RecordRefusal(actor, {action, reason, std::move(more), RandomArray<16>(), {}}));
  return answer;
}

Status AccountKeeper::RefuseUnknown(const Actor& actor, std::string_view action) {
  return Refuse(actor, action, "unknown_account", nullptr,
                Status(Code::kNotFound, "there is no account of that name: see spor account list"));
}

Status AccountKeeper::CheckRoles(const Actor& actor, std::string_view action, const std::vector<Role>& roles,
                                 const Account* account) {
  if (Holds(roles, Role::kBootstrap)) {
    return Refuse(actor, action, "role_not_assignable", account,
                  Status(Code::kInvalidArgument, "bootstrap is the first account's alone and can't be given"));
  }
  const std::optional<Exclusion> exclusion = FindExclusion(roles);
  if (!exclusion) return OkStatus();
  return Refuse(actor, action, "roles_exclude_each_other", account,
                Status(Code::kInvalidArgument, "nobody can be " + std::string(RoleName(exclusion->one)) + " and " +
                                                   std::string(RoleName(exclusion->other)) + ": " +
                                                   std::string(exclusion->why) + "; give them to two people"));
}

Result<AccountKeeper::Target> AccountKeeper::Find(const Actor& actor, std::string_view action, std::string_view user) {
  ledger::Ledger& ledger = *auth_.parts_.ledger;
  Target target;
  target.expects = {ledger.Expect(AdministrationStripe()), ledger.Expect(AccountNamesStripe())};
  const AccountBook::Pointer named = auth_.state_->accounts.FindByName(user);
  if (named != nullptr) {
    target.expects.push_back(ledger.Expect(AccountStripe(named->id)));
    target.account = auth_.state_->accounts.Get(named->id);
  }
  if (target.account != nullptr) return target;
  return RefuseUnknown(actor, action);
}

Result<AccountKeeper::Target> AccountKeeper::FindOther(const Actor& actor, std::string_view action,
                                                       std::string_view user) {
  ASSIGN_OR_RETURN(Target target, Find(actor, action, user));
  if (target.account->id != actor.account) return target;
  const std::vector<AccountBook::Pointer> all = auth_.state_->accounts.All();
  const auto can = std::count_if(all.begin(), all.end(), [](const auto& account) { return account->CanAdminister(); });
  const Status answer = can == 1 ? Status(Code::kConflict,
                                          "yours is the only account that can administer: invite somebody with role "
                                          "security-admin, who can do this once the invitation is activated")
                                 : Status(Code::kDenied, "nobody changes his own account: ask another security-admin");
  return Refuse(actor, action, can == 1 ? "last_administrator" : "own_account", target.account.get(), answer);
}

// ---- writing ----

// Who did what to which account goes under the audit unit of evidence; name and reason under the account's own unit,
// and with it when it is erased.
Result<ledger::EntryDraft> AccountKeeper::Event(const Actor& actor, std::string_view action, const Draft& draft,
                                                const std::optional<Id16>& bootstrap_ended) {
  const AuthService::Parts& parts = auth_.parts_;
  std::vector<ledger::Field> audit = AuditFields(&actor, action, "done");
  audit.push_back(ledger::BytesField("account", draft.changed->id));
  if (bootstrap_ended) audit.push_back(ledger::BytesField("bootstrap_ended", *bootstrap_ended));
  audit.insert(audit.end(), draft.audit.begin(), draft.audit.end());
  std::vector<ledger::Field> subject = draft.subject;
  subject.push_back(ledger::TextField("action", action));
  subject.push_back(ledger::TextField("user", draft.changed->name));
  if (draft.unit || draft.redue) {
    const ledger::UnitOp& op = draft.unit ? draft.unit->op : *draft.redue;
    Writer out;
    out.U8(static_cast<uint8_t>(op.type)).Raw(op.unit).U8(op.due.retention_class).U32(op.due.due);
    subject.push_back(ledger::BytesField("operations", out.bytes()));
  }
  RETURN_IF_ERROR(parts.audit->EnsureUnits(*parts.ledger));
  ledger::EntryDraft event{ledger::EntryKind::kEvent, RandomArray<16>(), {}, {}};
  ASSIGN_OR_RETURN(ledger::SealedSection section,
                   parts.audit->Seal(AuditClass::kEvidence, event.seal_id, 0, std::move(audit)));
  event.sections.push_back(std::move(section));
  ledger::UnitKey key;
  if (draft.unit) {
    key = draft.unit->key.Clone();
  } else {
    ASSIGN_OR_RETURN(key, parts.vault->keys().OpenUnit(draft.changed->unit));
  }
  const Hash32& ledger_id = parts.vault->ledger_id();
  event.sections.push_back(
      ledger::SealSection({ledger_id, ledger::EntryKind::kEvent, event.seal_id, 1, draft.changed->unit},
                          ledger::SealKey(ledger_id, key).Reveal(), ledger::BlobPlace::kSubject, subject));
  return event;
}

Status AccountKeeper::Submit(const Actor& actor, std::string_view action, Draft draft) {
  const AuthService::Parts& parts = auth_.parts_;
  const std::optional<AuthService::BootstrapEnd> end = auth_.FindBootstrapEnd(*draft.changed);
  ASSIGN_OR_RETURN(ledger::EntryDraft event,
                   Event(actor, action, draft, end ? std::optional(end->freed->id) : std::nullopt));
  ledger::Proposal proposal;
  proposal.entries.push_back(std::move(event));
  proposal.writes = std::move(draft.rows);
  PutAccountRow(parts.vault->ledger_id(), *draft.changed, proposal.writes);
  for (const ledger::Expectation& expect : draft.expects) proposal.touches.push_back(expect.stripe);
  proposal.expects = std::move(draft.expects);
  if (draft.unit) {
    proposal.ops.push_back(draft.unit->op);
    proposal.new_units.push_back({draft.unit->unit, std::move(draft.unit->key)});
  }
  if (draft.redue) proposal.ops.push_back(*draft.redue);
  proposal.on_commit = [state = auth_.state_.get(), changed = draft.changed] { state->accounts.Put(changed); };
  if (end) auth_.AddBootstrapEnd(*end, proposal);
  proposal.placement = ledger::Proposal::Placement::kAlone;
  const std::unique_ptr<ledger::Precondition> session = auth_.StillValid(actor);
  const bool active = draft.changed->state == AccountState::kActive;
  const ChangeHolds holds(*session, auth_.state_->sessions, active ? std::nullopt : std::optional(draft.changed->id));
  proposal.precondition = &holds;
  return auth_.Submit(std::move(proposal));
}

// ---- inviting ----

// The account to invite: a new one with a unit of its own, or one that is invited already.
Result<AccountKeeper::Draft> AccountKeeper::DraftInvited(const Actor& actor, std::string_view user) {
  const AuthService::Parts& parts = auth_.parts_;
  Draft draft;
  draft.expects = {parts.ledger->Expect(AdministrationStripe()), parts.ledger->Expect(AccountNamesStripe())};
  const AccountBook::Pointer holder = auth_.state_->accounts.FindByName(user);
  if (holder != nullptr) {
    draft.expects.push_back(parts.ledger->Expect(AccountStripe(holder->id)));
    draft.changed = auth_.state_->accounts.Get(holder->id);
    if (draft.changed->state == AccountState::kInvited) return draft;
    return Refuse(actor, kInvite, "user_name_taken", holder.get(),
                  Status(Code::kConflict, "this name has an account, which is " +
                                              std::string(AccountStateName(holder->state)) + ": choose another name"));
  }
  vault::UnitInfo info;
  info.category = parts.staff_category;
  draft.unit = vault::DraftUnit(parts.vault->ledger_id(), info, {}, parts.staff_rule, draft.rows);
  Account account;
  account.id = RandomArray<16>();
  account.unit = draft.unit->unit;
  account.seal_key = AccountSealKey(draft.unit->key);
  account.name = user;
  draft.changed = std::make_shared<const Account>(std::move(account));
  return draft;
}

Result<AccountKeeper::Invitation> AccountKeeper::SubmitInvited(const Actor& actor, Draft draft,
                                                               const std::vector<Role>& roles) {
  Invitation invitation;
  invitation.code = NewActivationCode();
  draft.changed = Changed(*draft.changed, [&](Account& copy) {
    copy.roles = roles;
    copy.since = auth_.parts_.clock->Now();
    copy.totp_secret = {};
    copy.activation_hash = ActivationHash(copy, invitation.code);
    copy.activation_expires = copy.since + auth_.options_.invitation_seconds;
  });
  draft.audit.push_back(RolesField("roles", roles));
  invitation.account = Look(*draft.changed);
  RETURN_IF_ERROR(Submit(actor, kInvite, std::move(draft)));
  return invitation;
}

Result<AccountKeeper::Invitation> AccountKeeper::Invite(const Actor& actor, std::string_view user,
                                                        std::vector<Role> roles) {
  RETURN_IF_ERROR(auth_.Allow(actor, Action::kAccounts));
  RETURN_IF_ERROR(CheckUserName(user));
  roles = Sorted(std::move(roles));
  if (roles.empty()) return Status(Code::kInvalidArgument, "which roles? give --role R, once for each");
  RETURN_IF_ERROR(CheckRoles(actor, kInvite, roles, nullptr));
  Result<Invitation> invited = Status(Code::kInternal, "");
  for (int decision = 0; decision < kMaxDecisions; ++decision) {
    ASSIGN_OR_RETURN(Draft draft, DraftInvited(actor, user));
    invited = SubmitInvited(actor, std::move(draft), roles);
    if (invited.ok() || invited.error().code() != Code::kConflict) break;
  }
  return invited;
}

// ---- changing ----

// Decides on the account's state, again if it moved: `decide` returns the draft's changes or a refusal.
template <typename Decide>
Result<AccountKeeper::Seen> AccountKeeper::Change(const Actor& actor, std::string_view action, std::string_view user,
                                                  std::string_view reason, const Decide& decide) {
  RETURN_IF_ERROR(auth_.Allow(actor, Action::kAccounts));
  RETURN_IF_ERROR(CheckReason(reason));
  Status done;
  for (int decision = 0; decision < kMaxDecisions; ++decision) {
    ASSIGN_OR_RETURN(Target target, FindOther(actor, action, user));
    Draft draft;
    draft.expects = std::move(target.expects);
    draft.subject.push_back(ledger::TextField("reason", reason));
    RETURN_IF_ERROR(decide(*target.account, draft));
    const Seen seen = Look(*draft.changed);
    done = Submit(actor, action, std::move(draft));
    if (done.ok()) return seen;
    if (done.code() != Code::kConflict) break;
  }
  return done;
}

Result<AccountKeeper::Seen> AccountKeeper::Suspend(const Actor& actor, std::string_view user, std::string_view reason) {
  constexpr std::string_view kAction = "account_suspend";
  return Change(actor, kAction, user, reason, [&](const Account& account, Draft& draft) -> Status {
    if (account.state != AccountState::kActive) {
      return Refuse(actor, kAction, "not_active", &account,
                    Status(Code::kConflict, "only an active account is suspended; an invitation is removed"));
    }
    draft.changed = Changed(account, [&](Account& copy) {
      copy.state = AccountState::kSuspended;
      copy.since = auth_.parts_.clock->Now();
    });
    return OkStatus();
  });
}

Result<AccountKeeper::Seen> AccountKeeper::Resume(const Actor& actor, std::string_view user, std::string_view reason) {
  constexpr std::string_view kAction = "account_resume";
  return Change(actor, kAction, user, reason, [&](const Account& account, Draft& draft) -> Status {
    const bool locked = account.state == AccountState::kActive && account.IsLocked();
    if (account.state != AccountState::kSuspended && !locked) {
      return Refuse(actor, kAction, "not_suspended", &account,
                    Status(Code::kConflict, "this account is not suspended"));
    }
    draft.changed = Changed(account, [&](Account& copy) {
      if (!locked) copy.since = auth_.parts_.clock->Now();
      copy.state = AccountState::kActive;
      copy.wrong_codes = 0;
      copy.paused_until = 0;
    });
    return OkStatus();
  });
}

Result<AccountKeeper::Seen> AccountKeeper::Remove(const Actor& actor, std::string_view user, std::string_view reason) {
  constexpr std::string_view kAction = "account_remove";
  return Change(actor, kAction, user, reason, [&](const Account& account, Draft& draft) -> Status {
    if (account.state == AccountState::kRemoved) {
      return Refuse(actor, kAction, "removed_already", &account,
                    Status(Code::kConflict, "this account is removed already"));
    }
    const UnixSeconds now = auth_.parts_.clock->Now();
    const ledger::DueKey due = rules_.AfterRemoval(now);
    draft.redue =
        ledger::UnitOp::Redue(account.unit, account.due, due, 0, auth_.parts_.staff_rule, ledger::RedueReason::kClock);
    draft.audit.push_back(RolesField("roles_removed", account.roles));
    draft.changed = Changed(account, [&](Account& copy) {
      copy.state = AccountState::kRemoved;
      copy.since = now;
      copy.due = due;
      copy.roles.clear();
      copy.password_hash.clear();
      copy.totp_secret = {};
      copy.activation_hash = {};
      copy.recovery_hashes.clear();
    });
    return OkStatus();
  });
}

Result<AccountKeeper::Seen> AccountKeeper::ChangeRoles(const Actor& actor, std::string_view user,
                                                       const std::vector<Role>& add, const std::vector<Role>& remove,
                                                       std::string_view reason) {
  constexpr std::string_view kAction = "account_roles";
  return Change(actor, kAction, user, reason, [&](const Account& account, Draft& draft) -> Status {
    std::vector<Role> roles = account.roles;
    roles.insert(roles.end(), add.begin(), add.end());
    roles = Sorted(std::move(roles));
    std::erase_if(roles, [&](Role role) { return Holds(remove, role); });
    if (account.state == AccountState::kRemoved) {
      return Refuse(actor, kAction, "removed_already", &account,
                    Status(Code::kConflict, "this account is removed; invite the person under another name"));
    }
    if (roles == account.roles) {
      return Refuse(actor, kAction, "nothing_to_change", &account,
                    Status(Code::kInvalidArgument, "these are its roles already: give --add R or --remove R"));
    }
    RETURN_IF_ERROR(CheckRoles(actor, kAction, roles, &account));
    draft.audit.push_back(RolesField("roles_before", account.roles));
    draft.audit.push_back(RolesField("roles", roles));
    draft.changed = Changed(account, [&](Account& copy) { copy.roles = roles; });
    return OkStatus();
  });
}

}  // namespace spor::auth
