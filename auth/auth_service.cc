// SPDX-License-Identifier: Apache-2.0
#include "auth/auth_service.h"

#include <limits>

#include "auth/auth_state.h"

namespace spor::auth {
namespace {

constexpr uint64_t kRefusalsPerMinute = 120;  // of one session, each with an entry of its own

Status NotLoggedIn() {
  return Status(Code::kUnauthenticated, "not logged in: the session is unknown, has expired or belongs elsewhere");
}

std::string_view ReasonOf(Standing standing) {
  switch (standing) {
    case Standing::kValid: return "account_ended";
    case Standing::kUnknown: return "unknown_session";
    case Standing::kForeign: return "foreign_peer";
    case Standing::kIdle: return "session_idle";
    case Standing::kTooOld: return "session_too_old";
  }
  return "unknown_session";
}

// Ends one session, in order with every use of it.
class SessionEnds final : public ledger::Precondition {
 public:
  SessionEnds(SessionBook& sessions, const Hash32& session) : sessions_(sessions), session_(session) {}
  Status Check(UnixSeconds, ledger::Batch& batch) const override { return sessions_.End(session_, batch); }

 private:
  SessionBook& sessions_;
  const Hash32 session_;
};

class ExpiredSessionsEnd final : public ledger::Precondition {
 public:
  explicit ExpiredSessionsEnd(SessionBook& sessions) : sessions_(sessions) {}
  Status Check(UnixSeconds now, ledger::Batch& batch) const override { return sessions_.Sweep(now, batch), OkStatus(); }

 private:
  SessionBook& sessions_;
};

}  // namespace

// What StillValid() hands out.
class AuthService::SessionValid final : public ledger::Precondition {
 public:
  SessionValid(State& state, const Actor& actor) : state_(state), actor_(actor) {}
  Status Check(UnixSeconds now, ledger::Batch& batch) const override {
    const AccountBook::Pointer account = state_.accounts.Get(actor_.account);
    if (account == nullptr || account->state != AccountState::kActive) return NotLoggedIn();
    if (account->roles != actor_.roles) return Status(Code::kConflict, "your roles have changed meanwhile: ask again");
    return state_.sessions.Use(actor_.session, now, batch);
  }

 private:
  State& state_;
  const Actor actor_;
};

AuthService::AuthService(const Parts& parts, const AuthOptions& options)
    : parts_(parts), options_(options), state_(std::make_unique<State>(options)) {}

AuthService::~AuthService() = default;

Result<std::unique_ptr<AuthService>> AuthService::Open(const Parts& parts, const AuthOptions& options) {
  CHECK(parts.ledger != nullptr);
  std::unique_ptr<AuthService> service(new AuthService(parts, options));
  State& state = *service->state_;
  RETURN_IF_ERROR(state.accounts.Load(*parts.store, parts.vault->keys()));
  RETURN_IF_ERROR(state.sessions.Load(*parts.store, parts.vault->keys()));
  ASSIGN_OR_RETURN(state.dummy_hash, HashPassword(SecretBytes::Random(32).Reveal(), options.password_cost));
  return service;
}

size_t AuthService::AccountCount() const { return state_->accounts.size(); }

void AuthService::ForgetAccount(const ledger::UnitId& unit, ledger::Batch& rows) const {
  for (const AccountBook::Pointer& account : state_->accounts.All()) {
    if (account->unit == unit) rows.Delete(ledger::Family::kAccount, AccountRow(account->id, unit));
  }
}

void AuthService::DropForgotten() {
  for (const AccountBook::Pointer& account : state_->accounts.All()) {
    if (account->state != AccountState::kRemoved) continue;
    const Result<ledger::UnitKey> key = parts_.vault->keys().OpenUnit(account->unit);
    if (!key.ok() && key.error().code() == Code::kNotFound) state_->accounts.Drop(account->id);
  }
}

// ---- entries ----

Result<ledger::EntryDraft> AuthService::AuditEvent(const Id16& seal_id,
                                                   const std::vector<ledger::Field>& fields) const {
  Result<ledger::SealedSection> section = parts_.audit->Seal(AuditClass::kAccess, seal_id, 0, fields);
  if (!section.ok() && section.error().code() == Code::kNotFound) {
    // A machine that slept past the end of a month: its units are made now.
    RETURN_IF_ERROR(parts_.audit->EnsureUnits(*parts_.ledger));
    section = parts_.audit->Seal(AuditClass::kAccess, seal_id, 0, fields);
  }
  if (!section.ok()) return section.error();
  ledger::EntryDraft draft{ledger::EntryKind::kEvent, seal_id, {}, {}};
  draft.sections.push_back(std::move(*section));
  return draft;
}

Status AuthService::Submit(ledger::Proposal proposal) const {
  return parts_.ledger->Submit(std::move(proposal)).status();
}

Status AuthService::Record(const std::vector<ledger::Field>& fields) const {
  ledger::Proposal proposal;
  ASSIGN_OR_RETURN(ledger::EntryDraft event, AuditEvent(RandomArray<16>(), fields));
  proposal.entries.push_back(std::move(event));
  return Submit(std::move(proposal));
}

Result<ledger::Proposal> AuthService::ChangeAccount(const ledger::Expectation& expect,
                                                    const std::shared_ptr<const Account>& changed,
                                                    const std::vector<ledger::Field>& fields) const {
  ledger::Proposal proposal;
  ASSIGN_OR_RETURN(ledger::EntryDraft event, AuditEvent(RandomArray<16>(), fields));
  proposal.entries.push_back(std::move(event));
  PutAccountRow(parts_.vault->ledger_id(), *changed, proposal.writes);
  proposal.expects.push_back(expect);
  proposal.touches.push_back(expect.stripe);
  proposal.on_commit = [state = state_.get(), changed] { state->accounts.Put(changed); };
  return proposal;
}

// ---- refusals ----

namespace {

std::vector<ledger::Field> RefusedFields(const Refused& refused) {
  std::vector<ledger::Field> fields = AuditFields(nullptr, refused.action, "refused");
  fields.push_back(ledger::TextField("reason", refused.reason));
  if (refused.origin != kNoOrigin) fields.push_back(ledger::UintField("peer_uid", refused.origin));
  if (refused.account) fields.push_back(ledger::BytesField("account", *refused.account));
  return fields;
}

}  // namespace

Status AuthService::Refuse(const Refused& refused, Status answer) {
  if (state_->refusals.Note(refused, parts_.clock->Now()) == RefusalCounts::Verdict::kRecordNow) {
    RETURN_IF_ERROR(Record(RefusedFields(refused)));
  }
  return answer;
}

Status AuthService::RecordCounted(UnixSeconds before) {
  std::vector<RefusalCounts::Counted> counted = state_->refusals.TakeBefore(before);
  for (auto it = counted.begin(); it != counted.end(); ++it) {
    std::vector<ledger::Field> fields = RefusedFields(it->refused);
    fields.push_back(ledger::UintField("count", it->count));
    fields.push_back(ledger::UintField("minute", static_cast<uint64_t>(it->minute)));
    if (Status recorded = Record(fields); !recorded.ok()) {
      for (; it != counted.end(); ++it) state_->refusals.PutBack(*it);
      return recorded;
    }
  }
  return OkStatus();
}

Status AuthService::WriteCounted() { return RecordCounted(std::numeric_limits<UnixSeconds>::max()); }

Status AuthService::Allow(const Actor& actor, Action action) {
  if (RolesAllow(actor.roles, action)) return OkStatus();
  RETURN_IF_ERROR(RecordRefusal(actor, {ActionName(action), "role", {}, RandomArray<16>(), {}}));
  return Status(Code::kDenied, "none of your roles may do '" + std::string(ActionName(action)) + "'");
}

Status AuthService::RecordRefusal(const Actor& actor, Refusal refusal) {
  const UnixSeconds now = parts_.clock->Now();
  if (state_->refusals.CountSession(actor.session, now) > kRefusalsPerMinute) {
    state_->refusals.Count({actor.peer_uid, std::string(refusal.action), std::string(refusal.reason), actor.account},
                           now);
    return Status(Code::kLater, "too many refused requests: wait until the minute is over");
  }
  std::vector<ledger::Field> fields = AuditFields(&actor, refusal.action, "refused");
  fields.push_back(ledger::TextField("reason", refusal.reason));
  fields.insert(fields.end(), refusal.more.begin(), refusal.more.end());
  ledger::Proposal proposal;
  ASSIGN_OR_RETURN(ledger::EntryDraft event, AuditEvent(refusal.seal_id, fields));
  if (refusal.subject) event.sections.push_back(std::move(*refusal.subject));
  proposal.entries.push_back(std::move(event));
  return Submit(std::move(proposal));
}

// ---- sessions ----

Result<Actor> AuthService::Authenticate(std::string_view token, uint32_t peer_uid) {
  const Hash32 hash = state_->sessions.HashOf(token);
  const SessionBook::Entered entered = state_->sessions.Enter(hash, peer_uid, parts_.clock->Now());
  const SessionRecord& record = entered.record;
  const AccountBook::Pointer account = state_->accounts.Get(record.account);
  const bool active = account != nullptr && account->state == AccountState::kActive;
  if (entered.standing != Standing::kValid || !active) {
    Refused refused{peer_uid, "authenticate", std::string(ReasonOf(entered.standing)), {}};
    if (entered.standing != Standing::kUnknown) refused.account = record.account;
    return Refuse(refused, NotLoggedIn());
  }
  const UnixSeconds expires = record.Expires({options_.idle_seconds, options_.absolute_seconds});
  return Actor{account->id, account->name, account->roles, hash, peer_uid, expires};
}

std::unique_ptr<ledger::Precondition> AuthService::StillValid(const Actor& actor) const {
  return std::make_unique<SessionValid>(*state_, actor);
}

Status AuthService::Logout(const Actor& actor) {
  ledger::Proposal proposal;
  ASSIGN_OR_RETURN(ledger::EntryDraft event, AuditEvent(RandomArray<16>(), AuditFields(&actor, "logout", "done")));
  proposal.entries.push_back(std::move(event));
  const SessionEnds ends(state_->sessions, actor.session);
  proposal.precondition = &ends;
  return Submit(std::move(proposal));
}

Status AuthService::Tick() {
  const UnixSeconds now = parts_.clock->Now();
  state_->delays.Sweep(now);
  RETURN_IF_ERROR(parts_.audit->EnsureUnits(*parts_.ledger));
  RETURN_IF_ERROR(RecordCounted(now / 60 * 60));
  if (state_->sessions.SweepSize(now) == 0) return OkStatus();
  const ExpiredSessionsEnd sweep(state_->sessions);
  ledger::Proposal proposal;
  proposal.precondition = &sweep;
  return Submit(std::move(proposal));
}

}  // namespace spor::auth
