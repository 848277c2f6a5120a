// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/places.h"

#include <cstdlib>

namespace spor::cli {

Outcome<HomePlaces> PlacesOf(const Arguments& arguments) {
  HomePlaces places;
  const char* from_environment = std::getenv("SPOR_HOME");
  places.home = arguments.Find("home").value_or(from_environment != nullptr ? from_environment : "");
  while (places.home.size() > 1 && places.home.back() == '/') places.home.pop_back();
  if (places.home.empty()) return WrongUsage("which data directory? give --home DIR, or set SPOR_HOME");
  places.keys_dir = arguments.Find("keys-dir").value_or(places.home + ".keys");
  places.slot_secret_file = arguments.Find("slot-secret-file").value_or(places.home + ".secret");
  places.anchor_dir = arguments.Find("anchor-dir").value_or(places.home + ".anchor");
  return places;
}

std::vector<Option> WithPlaces(std::vector<Option> own) {
  std::vector<Option> options = {
      {"home", "DIR", "The data directory. Default: $SPOR_HOME."},
      {"keys-dir", "DIR", "The two slot files with the root key, sealed. Default: DIR.keys, beside --home."},
      {"slot-secret-file", "FILE", "What opens the slots. Default: DIR.secret."},
      {"anchor-dir", "DIR", "The newest signed checkpoint, kept apart from the data. Default: DIR.anchor."},
  };
  options.insert(options.begin() + 1, own.begin(), own.end());
  return options;
}

}  // namespace spor::cli
