// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/outcome.h"

namespace spor::cli {
namespace {

ExitCode ExitOf(Code code) {
  switch (code) {
    case Code::kOk: return ExitCode::kDone;
    case Code::kNotFound: return ExitCode::kNotFound;
    case Code::kUnauthenticated: return ExitCode::kNotLoggedIn;
    case Code::kCorrupt: return ExitCode::kDamaged;
    case Code::kLater: return ExitCode::kUnreachable;
    case Code::kInternal: return ExitCode::kInternal;
    default: return ExitCode::kRefused;
  }
}

}  // namespace

Failure FailureFrom(const Status& status) {
  // Within this process only the HTTP client says kLater, and means that nobody answers.
  const bool unreachable = status.code() == Code::kLater;
  return {ExitOf(status.code()), unreachable ? "unreachable" : std::string(CodeName(status.code())), status.message()};
}

Failure WrongUsage(std::string message) { return {ExitCode::kUsage, "usage", std::move(message)}; }

}  // namespace spor::cli
