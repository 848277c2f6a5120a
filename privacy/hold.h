// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "crypto/bytes.h"
#include "privacy/calendar.h"

// What keeps a person's data from being erased (a hold), and what keeps it from being used (a restriction). Two things:
// held data may be used, and restricted data is erased when it is due. docs/holds.md.
namespace spor::privacy {

// Why data must not be erased yet. The numbers stand in profiles for ever.
enum class HoldGround : uint8_t { kLegalClaim = 1, kLegalObligation = 2, kAuthorityRequest = 3, kDispute = 4 };
// GDPR art. 18(1)(a) to (d).
enum class RestrictionGround : uint8_t {
  kAccuracyContested = 1,
  kErasureOpposed = 2,
  kNeededForClaim = 3,
  kObjectionPending = 4,
};
// What restricted data may be used for all the same: GDPR art. 18(2).
enum class RestrictionException : uint8_t {
  kConsent = 1,
  kLegalClaim = 2,
  kProtectionOfOthers = 3,
  kPublicInterest = 4,
};

// One of a closed list, as requests name it and as people read it. The lists stand in the order of the numbers, from 1.
struct GroundWords {
  std::string_view key;
  std::string_view nb;
  std::string_view en;
};
std::span<const GroundWords> HoldGrounds();
std::span<const GroundWords> RestrictionGrounds();
std::span<const GroundWords> RestrictionExceptions();
const GroundWords& WordsOf(HoldGround ground);
const GroundWords& WordsOf(RestrictionGround ground);
const GroundWords& WordsOf(RestrictionException ground);
// The number of `key`, or 0 if it is not in the list.
uint8_t GroundNumber(std::span<const GroundWords> list, std::string_view key);
// "legal_claim, dispute", for messages.
std::string GroundKeys(std::span<const GroundWords> list);

inline constexpr int kMaxHoldYears = 5;
inline constexpr size_t kMaxHoldsOfPerson = 64;

struct Hold {
  uint32_t id = 0;        // random; told apart within one person
  uint16_t category = 0;  // 0: everything about her
  HoldGround ground = HoldGround::kLegalClaim;
  std::string reason;
  LegalDate until;  // the last day on which it stands
  UnixSeconds set_at = 0;
  Id16 set_by{};  // account
};
std::string HoldIdText(uint32_t id);  // 8 hexadecimal digits

// At most one for each ground.
struct Restriction {
  RestrictionGround ground = RestrictionGround::kAccuracyContested;
  std::string reason;
  UnixSeconds set_at = 0;
  Id16 set_by{};  // account
};

}  // namespace spor::privacy
