// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/options.h"

#include <fcntl.h>

#include <boost/program_options.hpp>
#include <charconv>

namespace spor::cli {
namespace {

namespace po = boost::program_options;

// Positionals live under this name while Boost has them.
constexpr const char* kWords = " words";

po::options_description Described(std::span<const Option> options) {
  po::options_description described;
  for (const Option& option : options) {
    if (option.value.empty()) {
      described.add_options()(option.name.c_str(), po::bool_switch(), "");
    } else if (option.repeats) {
      described.add_options()(option.name.c_str(), po::value<std::vector<std::string>>()->composing(), "");
    } else {
      described.add_options()(option.name.c_str(), po::value<std::string>(), "");
    }
  }
  described.add_options()(kWords, po::value<std::vector<std::string>>(), "");
  return described;
}

// Only the option's name: what stands behind it may be a secret.
std::string UnknownOption(std::string name) {
  name = name.substr(0, name.find('='));
  if (name == "--password" || name == "--pass") {
    return "a password is never an argument: give --password-fd N, or type it when asked";
  }
  return "unknown option " + Shown(name);
}

}  // namespace

std::optional<std::string> Arguments::Find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Arguments::FindAll(std::string_view name) const {
  const auto found = repeated_.find(name);
  return found == repeated_.end() ? std::vector<std::string>() : found->second;
}

const std::string& Arguments::Get(std::string_view name) const {
  const auto found = values_.find(name);
  CHECK(found != values_.end());
  return found->second;
}

Outcome<uint64_t> Arguments::GetNumber(std::string_view name) const {
  const std::string& text = Get(name);
  uint64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec == std::errc() && end.ptr == text.data() + text.size() && !text.empty()) return number;
  const bool is_option = !name.empty() && name[0] >= 'a' && name[0] <= 'z';
  return WrongUsage((is_option ? "--" : "") + std::string(name) + " wants a number from 0");
}

Outcome<std::optional<int>> Arguments::FindFd(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::optional<int>();
  const std::string& text = found->second;
  int fd = -1;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || fd < 0) {
    return WrongUsage("--" + std::string(name) + " wants the number of an open file descriptor");
  }
  if (fcntl(fd, F_GETFD) < 0) return WrongUsage("--" + std::string(name) + ": descriptor " + text + " is not open");
  return std::optional<int>(fd);
}

Outcome<Arguments> ParseArguments(std::span<const Option> options, std::span<const Positional> positionals,
                                  std::span<const std::string> words) {
  po::variables_map parsed;
  try {
    const po::options_description described = Described(options);
    po::positional_options_description places;
    places.add(kWords, -1);
    const int style = po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent |
                      po::command_line_style::long_allow_next;
    po::store(po::command_line_parser(std::vector<std::string>(words.begin(), words.end()))
                  .options(described)
                  .positional(places)
                  .style(style)
                  .run(),
              parsed);
  } catch (const po::unknown_option& unknown) {
    return WrongUsage(UnknownOption(unknown.get_option_name()));
  } catch (const po::multiple_occurrences& repeated) {
    return WrongUsage("option " + Shown(repeated.get_option_name()) + " stands twice");
  } catch (const po::error_with_option_name& wrong) {
    return WrongUsage("option " + Shown(wrong.get_option_name()) + " lacks its value, or has one it doesn't take");
  } catch (const po::error&) {
    return WrongUsage("the options can't be read");
  }

  Arguments arguments;
  for (const Option& option : options) {
    if (option.value.empty()) {
      if (parsed[option.name].as<bool>()) arguments.values_.emplace(option.name, "");
    } else if (option.repeats && parsed.count(option.name) > 0) {
      arguments.values_.emplace(option.name, "");
      arguments.repeated_.emplace(option.name, parsed[option.name].as<std::vector<std::string>>());
    } else if (parsed.count(option.name) > 0) {
      arguments.values_.emplace(option.name, parsed[option.name].as<std::string>());
    }
  }
  if (arguments.Has("help")) return arguments;
  std::vector<std::string> given;
  if (parsed.count(kWords) > 0) given = parsed[kWords].as<std::vector<std::string>>();
  if (given.size() > positionals.size()) return WrongUsage("one word too many: " + Shown(given[positionals.size()]));
  if (given.size() < positionals.size() && positionals[given.size()].required)
    return WrongUsage(positionals[given.size()].name + " is missing");
  for (size_t i = 0; i < given.size(); ++i) arguments.values_.emplace(positionals[i].name, given[i]);
  for (const Option& option : options) {
    if (option.required && !arguments.Has(option.name)) {
      return WrongUsage("option --" + option.name + " " + option.value + " is missing");
    }
  }
  return arguments;
}

}  // namespace spor::cli
