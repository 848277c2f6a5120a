// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "privacy/json.h"
#include "tools/cli/outcome.h"

namespace spor::cli {

// Results go to standard output, everything else (prompts, progress, errors) to standard error.
//
// Threads: one. Ownership: borrows its streams.
class Console {
 public:
  Console(std::FILE* out, std::FILE* err, int input_fd);

  void set_json(bool json) { json_ = json; }
  bool json() const { return json_; }
  int input_fd() const { return input_fd_; }
  bool error_is_terminal() const { return error_is_terminal_; }

  // One line of output, flushed.
  void Print(std::string_view line);
  // One line for the person at the terminal.
  void Note(std::string_view line);
  // Text without a line end, for prompts and progress.
  void NoteRaw(std::string_view text);
  // With --json one line of JSON, else the same made readable.
  void Show(const privacy::JsonValue& value);
  // `json` is one object that we wrote ourselves.
  void ShowText(std::string_view json);
  // The message to standard error; with --json also {"error":{...}} to standard output.
  void ShowFailure(const Failure& failure);

  // The next line of standard input without its end, read byte by byte so that nothing of a shared input is lost.
  // Nothing at the end of the input.
  std::optional<std::string> ReadLine();
  // Shows what will be done, and wants `word` typed before it is. kDenied for anything else.
  Status Confirm(const std::string& what, std::string_view word);

 private:
  std::FILE* out_;
  std::FILE* err_;
  int input_fd_;
  bool json_ = false;
  bool error_is_terminal_;
};

}  // namespace spor::cli
