// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "crypto/result.h"

namespace spor::cli {

// Exit codes of the program: a contract that scripts rely on.
enum class ExitCode : int {
  kDone = 0,
  kRefused = 1,  // refused, or not verified
  kUsage = 2,
  kNotLoggedIn = 3,
  kNotFound = 4,
  kDamaged = 5,  // evidence damaged (serve, fsck)
  kUnreachable = 6,
  kInternal = 70,
};

// Why a command did not do what it was asked: what the program exits with and prints.
struct Failure {
  ExitCode exit = ExitCode::kInternal;
  std::string code;  // CodeName() of a Status, or "usage" or "unreachable"
  std::string message;
};

// What a Status of this process means for the exit code. kInvalidArgument here is about content (a file, an answer);
// wrong usage is made with WrongUsage().
Failure FailureFrom(const Status& status);
Failure WrongUsage(std::string message);

// A value or a Failure; works with ASSIGN_OR_RETURN and RETURN_IF_ERROR.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Outcome(Failure failure)
      : state_(std::in_place_index<1>, std::move(failure)) {}    // NOLINT(google-explicit-constructor)
  Outcome(const Status& error) : Outcome(FailureFrom(error)) {}  // NOLINT(google-explicit-constructor)
  bool has_value() const { return state_.index() == 0; }
  T& operator*() {
    CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  T* operator->() { return &**this; }
  const Failure& error() const {
    CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Failure> state_;
};

}  // namespace spor::cli
