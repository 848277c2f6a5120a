// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "crypto/clock.h"
#include "crypto/secret.h"

// One-time codes of authenticator apps (RFC 6238): HMAC-SHA-1, 30 seconds, 6 digits, because many apps ignore any other
// parameter without a word.
namespace spor::auth {

inline constexpr size_t kTotpSecretBytes = 20;
inline constexpr UnixSeconds kTotpStepSeconds = 30;
inline constexpr size_t kTotpDigits = 6;

// Number of the 30-second step that holds `instant`; 0 before 1970.
uint64_t TotpStep(UnixSeconds instant);

enum class TotpVerdict {
  kAccepted,
  kWrong,     // of no step in the window, or not exactly 6 ASCII digits
  kReplayed,  // right, but its step is not later than the last accepted one
};
struct TotpCheck {
  TotpVerdict verdict = TotpVerdict::kWrong;
  uint64_t step = 0;  // of an accepted code
};

// Checks `code` against the step of `now` and one either way. A code counts only if its step is later than `last_step`.
// Security: every step of the window is computed and compared in constant time.
TotpCheck CheckTotp(const SecretBytes& secret, std::string_view code, UnixSeconds now, uint64_t last_step);

// Two codes of adjacent steps, the earlier one first, both within one step of `now`: the later step, or nothing.
std::optional<uint64_t> CheckTotpPair(const SecretBytes& secret, std::string_view first, std::string_view second,
                                      UnixSeconds now);

// otpauth://totp/Spor:USER?secret=BASE32&issuer=Spor, with `user` percent-encoded.
std::string OtpauthUri(std::string_view user, std::string_view secret_base32);

}  // namespace spor::auth
