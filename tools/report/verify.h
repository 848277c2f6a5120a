// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/result.h"

namespace spor::report {

// One thing that was checked. `result` is "verified", "failed" or "not_covered".
struct Check {
  std::string name;
  std::string result;
  bool required = true;
  std::string text_nb;
  std::string text_en;
};

// "failed" if any check failed, "not_covered" if a required one is not covered, otherwise "verified".
struct Verification {
  std::string result;
  std::vector<Check> checks;
  std::string kind;     // "certificate", "review", "extract", "receipt", "log_proof", or "unknown" when the file is too
                        // damaged to say
  std::string shown{};  // of a receipt what its entry says, of a log proof what it shows: one JSON object; else empty
};

// Checks an artefact offline, with nothing but its bytes and the trust file's (empty: what depends on trust is not
// covered). The artefact is hostile input: everything is bounded, and every member is proven, recomputed or refused.
// Errors: kFailed for bytes that are no artefact at all, kInvalidArgument for a trust file that is none.
Result<Verification> Verify(std::string_view artefact, std::string_view trust);

}  // namespace spor::report
