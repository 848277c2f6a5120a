// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/outcome.h"

namespace spor::cli {

struct Option {
  std::string name;   // "session-file"
  std::string value;  // what stands for the value in the help; empty for a flag
  std::string help;
  bool required = false;
  bool repeats = false;  // may stand several times; read with FindAll()
};

struct Positional {
  std::string name;  // "SUBJECT"
  std::string help;
  bool required = true;  // only the last one may not be
};

// The words of one command, taken apart. Option names are spelled out; nothing is guessed.
class Arguments {
 public:
  bool Has(std::string_view name) const { return values_.find(name) != values_.end(); }
  std::optional<std::string> Find(std::string_view name) const;
  // The values of an option that repeats, as they stood.
  std::vector<std::string> FindAll(std::string_view name) const;
  // The value of a positional or a required option.
  const std::string& Get(std::string_view name) const;
  // The same as a number from 0. Wrong usage when it is none.
  Outcome<uint64_t> GetNumber(std::string_view name) const;
  // An open file descriptor's number. Wrong usage when it is none.
  Outcome<std::optional<int>> FindFd(std::string_view name) const;
  bool json() const { return Has("json"); }

 private:
  friend Outcome<Arguments> ParseArguments(std::span<const Option>, std::span<const Positional>,
                                           std::span<const std::string>);
  std::map<std::string, std::string, std::less<>> values_;
  std::map<std::string, std::vector<std::string>, std::less<>> repeated_;
};

// Wrong usage for unknown, repeated and missing options, and for words too many.
Outcome<Arguments> ParseArguments(std::span<const Option> options, std::span<const Positional> positionals,
                                  std::span<const std::string> words);

}  // namespace spor::cli
