// SPDX-License-Identifier: Apache-2.0
#include "auth/totp.h"

#include <liboath/oath.h>

#include <algorithm>

namespace spor::auth {
namespace {

// The step of `now` and its two neighbours. Step 0 is left out: it stands for "no code was ever used".
constexpr std::array<int, 3> kWindow = {-1, 0, 1};

using Code = std::array<char, kTotpDigits + 1>;

void StartLibrary() {
  static const int started = oath_init();
  CHECK(started == OATH_OK);
}

bool IsWellFormed(std::string_view code) {
  return code.size() == kTotpDigits &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Compares in constant time and wipes what it computed. A malformed code is compared too, and then counts for nothing.
bool MatchesStep(const SecretBytes& secret, std::string_view code, uint64_t step) {
  StartLibrary();
  Code expected{};
  const auto instant = static_cast<time_t>(step) * kTotpStepSeconds;
  const int done = oath_totp_generate2(reinterpret_cast<const char*>(secret.Reveal().data()), secret.size(), instant,
                                       kTotpStepSeconds, 0, kTotpDigits, 0, expected.data());
  const std::span<uint8_t> digits(reinterpret_cast<uint8_t*>(expected.data()), kTotpDigits);
  const bool well_formed = IsWellFormed(code);
  const bool equal = SecretEquals(digits, well_formed ? AsBytes(code) : AsBytes("??????"));
  WipeMemory(digits);
  return done == OATH_OK && well_formed && equal;
}

}  // namespace

uint64_t TotpStep(UnixSeconds instant) { return instant < 0 ? 0 : static_cast<uint64_t>(instant / kTotpStepSeconds); }

TotpCheck CheckTotp(const SecretBytes& secret, std::string_view code, UnixSeconds now, uint64_t last_step) {
  CHECK(!secret.empty());
  TotpCheck check;
  const uint64_t current = TotpStep(now);
  for (const int offset : kWindow) {
    const uint64_t step = current + static_cast<uint64_t>(offset);
    if (current == 0 && offset < 0) continue;
    if (!MatchesStep(secret, code, step)) continue;
    // Should two steps of the window have the same code, the later one counts: both are then used.
    check.verdict = step > last_step ? TotpVerdict::kAccepted : TotpVerdict::kReplayed;
    check.step = step > last_step ? step : 0;
  }
  return check;
}

std::optional<uint64_t> CheckTotpPair(const SecretBytes& secret, std::string_view first, std::string_view second,
                                      UnixSeconds now) {
  CHECK(!secret.empty());
  const uint64_t current = TotpStep(now);
  std::optional<uint64_t> later;
  for (const uint64_t step : {current, current + 1}) {
    if (step == 0) continue;
    const bool first_matches = MatchesStep(secret, first, step - 1);
    const bool second_matches = MatchesStep(secret, second, step);
    if (first_matches && second_matches) later = step;
  }
  return later;
}

std::string OtpauthUri(std::string_view user, std::string_view secret_base32) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri = "otpauth://totp/Spor:";
  for (const char c : user) {
    const auto byte = static_cast<uint8_t>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      uri += c;
    } else {
      uri += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return uri.append("?secret=").append(secret_base32).append("&issuer=Spor");
}

}  // namespace spor::auth
