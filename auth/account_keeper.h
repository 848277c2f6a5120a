// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/account.h"
#include "auth/auth_service.h"

namespace spor::auth {

inline constexpr size_t kMaxAccountReason = 2000;
inline constexpr size_t kSessionNameBytes = 8;

// When the data of somebody who has left must go; the privacy room's policy implements it.
class StaffRules {
 public:
  virtual ~StaffRules() = default;
  // Due day and class of a staff unit whose account is removed at `instant`.
  virtual ledger::DueKey AfterRemoval(UnixSeconds instant) const = 0;
};

// What one person may do to the accounts and sessions of others: invite, give and take roles, suspend, resume, remove.
//
// Threads: any. Ownership: borrows `auth` and `rules`.
// Durability: a change, its event and the end of sessions are one batch, with nothing else in it: whatever was decided
// under the roles of before is before it in the log, or refused.
// Security: nobody changes his own account, so there is always one left that can administer. Refusals are recorded.
// Errors: kDenied without the role and for one's own account; kConflict where the account's state does not allow it and
// for the only account that can administer; kNotFound for a name that nobody has; kInvalidArgument for roles that
// nobody can be given.
class AccountKeeper {
 public:
  AccountKeeper(AuthService& auth, const StaffRules& rules) : auth_(auth), rules_(rules) {}

  struct Seen {
    Id16 id{};
    std::string user;
    AccountState state = AccountState::kInvited;
    UnixSeconds since = 0;  // 0: not known
    std::vector<Role> roles;
    UnixSeconds code_expires = 0;  // of an invited account
    UnixSeconds last_code = 0;     // when a one-time code was last accepted; 0: never
    bool second_factor_suspended = false;
    ledger::DueDay due = ledger::kNotStarted;  // of a removed account
  };
  // A code that activates the account once, within AuthOptions::invitation_seconds. For an account that is invited
  // already a new code, with these roles in place of the others; the old code ends.
  struct Invitation {
    std::string code;
    Seen account;
  };
  Result<Invitation> Invite(const Actor& actor, std::string_view user, std::vector<Role> roles);
  Result<std::vector<Seen>> List(const Actor& actor);
  Result<Seen> Show(const Actor& actor, std::string_view user);

  // Each takes a reason of 1 to kMaxAccountReason bytes, which is sealed under the account's own unit.
  // No login and no session until it is resumed.
  Result<Seen> Suspend(const Actor& actor, std::string_view user, std::string_view reason);
  // Of a suspended account, or one whose second factor was suspended after wrong codes.
  Result<Seen> Resume(const Actor& actor, std::string_view user, std::string_view reason);
  // For good: sessions, password, codes and roles end at once; name and history when the policy's staff rule says.
  Result<Seen> Remove(const Actor& actor, std::string_view user, std::string_view reason);
  Result<Seen> ChangeRoles(const Actor& actor, std::string_view user, const std::vector<Role>& add,
                           const std::vector<Role>& remove, std::string_view reason);

  // account_sessions.cc. One's own sessions, or everybody's for who may list accounts.
  struct SeenSession {
    std::string name;  // 16 hexadecimal digits; opens nothing
    std::string user;
    UnixSeconds created = 0;
    UnixSeconds last_used = 0;
    UnixSeconds expires = 0;
    uint32_t peer_uid = 0;
    bool is_this = false;
  };
  Result<std::vector<SeenSession>> Sessions(const Actor& actor);
  // How many were ended. Those of others need the role for accounts. kNotFound for a session that is not there.
  Result<size_t> EndSession(const Actor& actor, std::string_view name);
  Result<size_t> EndSessionsOf(const Actor& actor, std::string_view user);

 private:
  struct Target;
  struct Draft;
  static Seen Look(const Account& account);
  Result<Target> Find(const Actor& actor, std::string_view action, std::string_view user);
  Result<Target> FindOther(const Actor& actor, std::string_view action, std::string_view user);
  Status Refuse(const Actor& actor, std::string_view action, std::string_view reason, const Account* account,
                Status answer);
  Status RefuseUnknown(const Actor& actor, std::string_view action);
  Status CheckRoles(const Actor& actor, std::string_view action, const std::vector<Role>& roles,
                    const Account* account);
  template <typename Decide>
  Result<Seen> Change(const Actor& actor, std::string_view action, std::string_view user, std::string_view reason,
                      const Decide& decide);
  Result<Draft> DraftInvited(const Actor& actor, std::string_view user);
  Result<Invitation> SubmitInvited(const Actor& actor, Draft draft, const std::vector<Role>& roles);
  Status Submit(const Actor& actor, std::string_view action, Draft draft);
  Result<ledger::EntryDraft> Event(const Actor& actor, std::string_view action, const Draft& draft,
                                   const std::optional<Id16>& bootstrap_ended);
  // account_sessions.cc
  Status RecordLook(const Actor& actor, std::string_view action, const Account* account);
  Result<size_t> End(const Actor& actor, std::vector<Hash32> sessions, const Id16& account);
  Status MayEnd(const Actor& actor, const Id16& account);

  AuthService& auth_;
  const StaffRules& rules_;
};

}  // namespace spor::auth
