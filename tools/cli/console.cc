// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/console.h"

#include <unistd.h>

#include <cerrno>

#include "tools/cli/readable.h"

namespace spor::cli {
namespace {

constexpr size_t kMaxLine = 4096;

}  // namespace

Console::Console(std::FILE* out, std::FILE* err, int input_fd)
    : out_(out), err_(err), input_fd_(input_fd), error_is_terminal_(isatty(fileno(err)) == 1) {}

void Console::Print(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), out_);
  std::fputc('\n', out_);
  std::fflush(out_);
}

void Console::Note(std::string_view line) {
  NoteRaw(line);
  NoteRaw("\n");
}

void Console::NoteRaw(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), err_);
  std::fflush(err_);
}

void Console::Show(const privacy::JsonValue& value) {
  if (json_) {
    Print(privacy::JsonWriter().Value(value).Take());
    return;
  }
  std::string text = Readable(value);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  Print(text);
}

void Console::ShowText(std::string_view json) {
  if (json_) {
    Print(json);
    return;
  }
  Result<privacy::JsonValue> value = privacy::ParseJson(json);
  CHECK(value.ok());
  Show(*value);
}

void Console::ShowFailure(const Failure& failure) {
  Note("spor: " + Printable(failure.message));
  if (!json_) return;
  privacy::JsonWriter json;
  json.BeginObject().Key("error").BeginObject();
  json.Key("code").String(failure.code).Key("message").String(failure.message).EndObject().EndObject();
  Print(json.Take());
}

Status Console::Confirm(const std::string& what, std::string_view word) {
  Note(what);
  NoteRaw("To go on, type " + std::string(word) + ": ");
  const std::optional<std::string> typed = ReadLine();
  if (typed && *typed == word) return OkStatus();
  return Status(Code::kDenied, "not confirmed: nothing was changed");
}

std::optional<std::string> Console::ReadLine() {
  std::string line;
  char c = 0;
  while (line.size() < kMaxLine) {
    const ssize_t got = read(input_fd_, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (c == '\n') return line;
    if (c != '\r') line += c;
  }
  return line.empty() ? std::nullopt : std::optional(std::move(line));
}

}  // namespace spor::cli
