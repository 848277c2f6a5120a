// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace spor {

// What the caller can do about a failure. Tests match codes, never texts.
enum class Code {
  kOk = 0,
  kInvalidArgument,  // fix the call
  kNotFound,         // the named thing does not exist
  kConflict,         // another body under the same name, or the state moved: decide again
  kLater,            // busy or rate-limited: ask again
  kIo,               // the disk failed: stop, reopen, verify
  kCorrupt,          // stored bytes are damaged: stop and verify
  kTooNew,           // written by a newer version
  kUnauthenticated,  // not logged in, or authentication failed (no detail)
  kDenied,           // logged in, not allowed
  kFailed,           // a verification failed
  kInternal,         // our own bug
};

std::string_view CodeName(Code code);

// A code and a text that names the thing, the limit and the way out. The text never holds a secret or personal
// data, nor more than 64 bytes from outside.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}
  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

inline Status OkStatus() { return {}; }

// A value or the Status that says why there is none; the names are std::expected's.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Status error) : state_(std::in_place_index<1>, std::move(error)) {  // NOLINT(google-explicit-constructor)
    if (std::get<1>(state_).ok()) {
      std::fputs("Result made from an OK status\n", stderr);
      std::abort();
    }
  }
  bool has_value() const { return state_.index() == 0; }
  bool ok() const { return has_value(); }
  T& value() { return Checked(), std::get<0>(state_); }
  const T& value() const { return Checked(), std::get<0>(state_); }
  const Status& error() const { return std::get<1>(state_); }
  Status status() const { return has_value() ? Status() : std::get<1>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  void Checked() const {
    if (!has_value()) {
      std::fprintf(stderr, "value() of a failed Result: %s\n", std::get<1>(state_).message().c_str());
      std::abort();
    }
  }
  std::variant<T, Status> state_;
};

// Up to 64 bytes of text from outside, for use in an error message; control characters and bad UTF-8 become '?'.
std::string Shown(std::string_view outside);

[[noreturn]] void CheckFailed(const char* file, int line, const char* what);

}  // namespace spor

// For our own bugs, on in every build; never for input.
#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) ::spor::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)

#define SPOR_CONCAT_INNER(a, b) a##b
#define SPOR_CONCAT(a, b) SPOR_CONCAT_INNER(a, b)

// The names are numbered by __COUNTER__, because one of these may stand inside a lambda inside another.
#define RETURN_IF_ERROR_IMPL(temporary, expression)                                 \
  do {                                                                              \
    if (::spor::Status temporary = (expression); !temporary.ok()) return temporary; \
  } while (false)
#define RETURN_IF_ERROR(expression) RETURN_IF_ERROR_IMPL(SPOR_CONCAT(status_internal_, __COUNTER__), expression)

#define ASSIGN_OR_RETURN_IMPL(temporary, target, expression) \
  auto temporary = (expression);                             \
  if (!temporary.has_value()) return temporary.error();      \
  target = std::move(*temporary)
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_IMPL(SPOR_CONCAT(result_internal_, __COUNTER__), target, expression)
