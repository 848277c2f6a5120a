// SPDX-License-Identifier: Apache-2.0
#include "privacy/hold.h"

#include <algorithm>
#include <array>

#include "crypto/codec.h"

namespace spor::privacy {
namespace {

constexpr std::array<GroundWords, 4> kHoldGrounds = {{
    {"legal_claim", "Rettskrav (GDPR art. 17 nr. 3 bokstav e)", "Legal claim (GDPR art. 17(3)(e))"},
    {"legal_obligation", "Rettslig forpliktelse (GDPR art. 17 nr. 3 bokstav b)",
     "Legal obligation (GDPR art. 17(3)(b))"},
    {"authority_request", "Krav fra en myndighet", "Request of an authority"},
    {"dispute", "Tvist", "Dispute"},
}};

constexpr std::array<GroundWords, 4> kRestrictionGrounds = {{
    {"accuracy_contested", "Den registrerte bestrider at opplysningene er riktige (GDPR art. 18 nr. 1 bokstav a)",
     "The person contests that the data is accurate (GDPR art. 18(1)(a))"},
    {"erasure_opposed",
     "Behandlingen er ulovlig, og den registrerte motsetter seg sletting (GDPR art. 18 nr. 1 bokstav b)",
     "The processing is unlawful and the person opposes erasure (GDPR art. 18(1)(b))"},
    {"needed_for_claim", "Den registrerte trenger opplysningene for et rettskrav (GDPR art. 18 nr. 1 bokstav c)",
     "The person needs the data for a legal claim (GDPR art. 18(1)(c))"},
    {"objection_pending", "Den registrerte har protestert, og det er ikke avgjort (GDPR art. 18 nr. 1 bokstav d)",
     "The person has objected, and it is not decided (GDPR art. 18(1)(d))"},
}};

constexpr std::array<GroundWords, 4> kExceptions = {{
    {"consent", "Den registrerte har samtykket", "The person has consented"},
    {"legal_claim", "Rettskrav", "A legal claim"},
    {"protection_of_others", "Vern av en annen persons rettigheter", "Protection of the rights of another person"},
    {"public_interest", "Viktige samfunnsinteresser", "Important public interest"},
}};

template <typename Ground>
const GroundWords& At(const std::array<GroundWords, 4>& list, Ground ground) {
  const size_t number = static_cast<uint8_t>(ground);
  CHECK(number >= 1 && number <= list.size());
  return list[number - 1];
}

}  // namespace

std::span<const GroundWords> HoldGrounds() { return kHoldGrounds; }
std::span<const GroundWords> RestrictionGrounds() { return kRestrictionGrounds; }
std::span<const GroundWords> RestrictionExceptions() { return kExceptions; }
const GroundWords& WordsOf(HoldGround ground) { return At(kHoldGrounds, ground); }
const GroundWords& WordsOf(RestrictionGround ground) { return At(kRestrictionGrounds, ground); }
const GroundWords& WordsOf(RestrictionException ground) { return At(kExceptions, ground); }

uint8_t GroundNumber(std::span<const GroundWords> list, std::string_view key) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const GroundWords& words) { return words.key == key; });
  return found == list.end() ? uint8_t{0} : static_cast<uint8_t>(found - list.begin() + 1);
}

std::string GroundKeys(std::span<const GroundWords> list) {
  std::string keys;
  for (const GroundWords& words : list) keys.append(keys.empty() ? "" : ", ").append(words.key);
  return keys;
}

std::string HoldIdText(uint32_t id) { return HexEncode(Writer().U32(id).bytes()); }

}  // namespace spor::privacy
