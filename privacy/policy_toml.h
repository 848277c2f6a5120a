// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "crypto/result.h"

namespace spor::privacy {

// A TOML value with the line it stands on. Dates are kept as text ("2022-06-03").
struct PolicyNode {
  enum class Kind { kText, kNumber, kFlag, kList, kTable, kOther };
  Kind kind = Kind::kTable;
  uint32_t line = 0;
  std::string text;
  int64_t number = 0;
  bool flag = false;
  std::vector<PolicyNode> items;
  std::map<std::string, PolicyNode, std::less<>> members;
};

inline constexpr size_t kMaxPolicyBytes = size_t{1} << 20;

// Reads TOML 1.0. The fence around toml++: nothing it throws leaves, nothing else includes it.
// Errors: kInvalidArgument "file:line: ..." above kMaxPolicyBytes and for what is not TOML, duplicate keys included.
Result<PolicyNode> ReadPolicyToml(std::string_view toml, std::string_view file);

}  // namespace spor::privacy
