// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "privacy/policy.h"

// The words of the annual review: its chapters, the figures that must be zero, what is said of each promise.
namespace spor::report {

struct ReviewChapter {
  std::string_view number;
  std::string_view nb;
  std::string_view en;
  std::string_view judgement_nb;  // what a person must judge; empty: nothing
  std::string_view judgement_en;
};
std::span<const ReviewChapter> ReviewChapters();

struct ZeroFigure {
  std::string_view key;
  std::string_view nb;
  std::string_view en;
};
std::span<const ZeroFigure> ZeroFigures();

// What a promise's measure (privacy::Promise::measure) looks at.
privacy::Wording MeasureWords(std::string_view measure);

// What a review can't say.
const std::vector<privacy::Wording>& ReviewLimits();

}  // namespace spor::report
