// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "auth/account_keeper.h"
#include "auth/auth_state.h"

// Who is there: accounts and sessions looked at, sessions ended.
namespace spor::auth {
namespace {

constexpr std::string_view kList = "account_list";
constexpr std::string_view kSessionList = "session_list";
constexpr std::string_view kSessionEnd = "session_end";

std::string SessionName(const Hash32& session) { return HexEncode(ByteView(session).first(kSessionNameBytes)); }

class SessionsEnd final : public ledger::Precondition {
 public:
  SessionsEnd(const ledger::Precondition& actor, SessionBook& sessions, std::vector<Hash32> ended)
      : actor_(actor), sessions_(sessions), ended_(std::move(ended)) {}
  Status Check(UnixSeconds now, ledger::Batch& batch) const override {
    RETURN_IF_ERROR(actor_.Check(now, batch));
    for (const Hash32& session : ended_) (void)sessions_.End(session, batch);  // it may have ended by itself
    return OkStatus();
  }

 private:
  const ledger::Precondition& actor_;
  SessionBook& sessions_;
  const std::vector<Hash32> ended_;
};

}  // namespace

// To see who works here is a use of the staff's data, and leaves its event.
Status AccountKeeper::RecordLook(const Actor& actor, std::string_view action, const Account* account) {
  std::vector<ledger::Field> fields = AuditFields(&actor, action, "done");
  if (account != nullptr) fields.push_back(ledger::BytesField("account", account->id));
  ASSIGN_OR_RETURN(ledger::EntryDraft event, auth_.AuditEvent(RandomArray<16>(), fields));
  ledger::Proposal proposal;
  proposal.entries.push_back(std::move(event));
  const std::unique_ptr<ledger::Precondition> session = auth_.StillValid(actor);
  proposal.precondition = session.get();
  return auth_.Submit(std::move(proposal));
}

Result<std::vector<AccountKeeper::Seen>> AccountKeeper::List(const Actor& actor) {
  RETURN_IF_ERROR(auth_.Allow(actor, Action::kListAccounts));
  RETURN_IF_ERROR(RecordLook(actor, kList, nullptr));
  std::vector<Seen> seen;
  for (const AccountBook::Pointer& account : auth_.state_->accounts.All()) seen.push_back(Look(*account));
  std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return a.user < b.user; });
  return seen;
}

Result<AccountKeeper::Seen> AccountKeeper::Show(const Actor& actor, std::string_view user) {
  RETURN_IF_ERROR(auth_.Allow(actor, Action::kListAccounts));
  const AccountBook::Pointer account = auth_.state_->accounts.FindByName(user);
  if (account == nullptr) return RefuseUnknown(actor, "account_show");
  RETURN_IF_ERROR(RecordLook(actor, "account_show", account.get()));
  return Look(*account);
}

Result<std::vector<AccountKeeper::SeenSession>> AccountKeeper::Sessions(const Actor& actor) {
  const bool all = RolesAllow(actor.roles, Action::kListAccounts);
  if (all) RETURN_IF_ERROR(RecordLook(actor, kSessionList, nullptr));
  const SessionLimits limits{auth_.options_.idle_seconds, auth_.options_.absolute_seconds};
  std::vector<SeenSession> seen;
  for (const auto& [hash, record] : auth_.state_->sessions.Valid(auth_.parts_.clock->Now())) {
    const AccountBook::Pointer account = auth_.state_->accounts.Get(record.account);
    if (account == nullptr || (!all && record.account != actor.account)) continue;
    seen.push_back({SessionName(hash), account->name, record.created, record.last_used, record.Expires(limits),
                    record.peer_uid, hash == actor.session});
  }
  std::sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) {
    return std::tie(a.user, a.created, a.name) < std::tie(b.user, b.created, b.name);
  });
  return seen;
}

// One's own always; those of others with the role for accounts.
Status AccountKeeper::MayEnd(const Actor& actor, const Id16& account) {
  if (account == actor.account) return OkStatus();
  return auth_.Allow(actor, Action::kAccounts);
}

Result<size_t> AccountKeeper::End(const Actor& actor, std::vector<Hash32> sessions, const Id16& account) {
  std::vector<ledger::Field> fields = AuditFields(&actor, kSessionEnd, "done");
  fields.push_back(ledger::BytesField("account", account));
  fields.push_back(ledger::UintField("sessions", sessions.size()));
  ASSIGN_OR_RETURN(ledger::EntryDraft event, auth_.AuditEvent(RandomArray<16>(), fields));
  ledger::Proposal proposal;
  proposal.entries.push_back(std::move(event));
  const size_t ended = sessions.size();
  const std::unique_ptr<ledger::Precondition> valid = auth_.StillValid(actor);
  const SessionsEnd ends(*valid, auth_.state_->sessions, std::move(sessions));
  proposal.precondition = &ends;
  RETURN_IF_ERROR(auth_.Submit(std::move(proposal)));
  return ended;
}

Result<size_t> AccountKeeper::EndSession(const Actor& actor, std::string_view name) {
  for (const auto& [hash, record] : auth_.state_->sessions.Valid(auth_.parts_.clock->Now())) {
    if (SessionName(hash) != name) continue;
    RETURN_IF_ERROR(MayEnd(actor, record.account));
    return End(actor, {hash}, record.account);
  }
  return Refuse(actor, kSessionEnd, "unknown_session", nullptr,
                Status(Code::kNotFound, "there is no such session, or it has ended: see spor session list"));
}

Result<size_t> AccountKeeper::EndSessionsOf(const Actor& actor, std::string_view user) {
  const AccountBook::Pointer account = auth_.state_->accounts.FindByName(user);
  // Who may not end them is not told whether there is such an account either.
  RETURN_IF_ERROR(MayEnd(actor, account == nullptr ? Id16{} : account->id));
  if (account == nullptr) return RefuseUnknown(actor, kSessionEnd);
  std::vector<Hash32> sessions;
  for (const auto& [hash, record] : auth_.state_->sessions.Valid(auth_.parts_.clock->Now())) {
    if (record.account == account->id) sessions.push_back(hash);
  }
  return End(actor, std::move(sessions), account->id);
}

}  // namespace spor::auth
