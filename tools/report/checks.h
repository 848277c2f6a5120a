// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/report/verify.h"

namespace spor::report {

// Collects the checks of one artefact; the words for each name stand in one table.
class Checks {
 public:
  // Verified if `status` is OK, failed with its message otherwise.
  void Add(std::string_view name, const Status& status) { Add(name, status, "", ""); }
  // The same, with what is to be said when it is verified.
  void Add(std::string_view name, const Status& status, std::string_view detail_nb, std::string_view detail_en);
  // `required` says whether "verified" as a whole needs it.
  enum class Need { kRequired, kStated };
  void NotCovered(std::string_view name, Need need, std::string_view why_nb, std::string_view why_en);
  // The log is not trusted: what holds in it is not covered, unless only the file itself is looked at.
  void DistrustLog() { log_trusted_ = false; }
  Verification Finish(std::string kind);

 private:
  std::vector<Check> checks_;
  bool log_trusted_ = true;
};

}  // namespace spor::report
