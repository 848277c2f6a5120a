// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/service/home.h"

// What of the machine decides how much a destroyed key is worth. Read once, without rights and without a running
// service; what can't be found out is left open. tools/service/doctor.h says what it means.
namespace spor::service {

struct PlaceFacts {
  std::string name;  // "data", "keys", "secret", "anchor"
  std::string path;
  bool exists = false;
  bool directory = false;
  bool owned = false;       // by whoever asks
  unsigned mode = 0;        // permission bits
  std::string file_system;  // "ext4", "btrfs" ...; empty: unknown
  uint64_t device = 0;      // the same for places on one file system
  uint64_t free_bytes = 0;
  std::optional<bool> spinning;   // a disk that overwrites where it wrote
  std::optional<bool> encrypted;  // dm-crypt below the file system
};

struct HostFacts {
  std::vector<PlaceFacts> places;
  std::vector<std::string> plain_swaps;  // devices and files that swap in the clear
  bool hibernates = false;               // a device to resume from is set
  std::string core_pattern;
  std::optional<uint64_t> memory_lock;  // bytes a process of this user may lock; nothing: no limit
  bool secrets_locked = false;          // of this process, at this moment
  std::optional<bool> clock_synchronised;
  bool root = false;
  std::string sodium, openssl, rocksdb;
};

HostFacts ReadHostFacts(const HomePlaces& places);

}  // namespace spor::service
