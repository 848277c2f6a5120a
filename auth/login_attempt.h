// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/auth_state.h"

namespace spor::auth {

// One attempt to log in, of either kind. For auth/*.cc alone.
struct AuthService::Attempt {
  std::string_view user;
  const SecretBytes& password;
  std::string_view code;
  uint32_t peer_uid;
  bool recovery;  // whether `code` is a recovery code

  Refused Because(std::string_view reason, const Account* account) const {
    Refused refused{peer_uid, "login", std::string(reason), {}};
    if (account != nullptr) refused.account = account->id;
    return refused;
  }
};

// The one answer to every failed login: it doesn't say which of the three was wrong, nor whether the user exists.
inline Status WrongLogin() { return Status(Code::kUnauthenticated, "user name, password or code is wrong"); }

}  // namespace spor::auth
