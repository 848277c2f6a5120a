// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include "tests/doubles/temp_dir.h"

namespace spor::doubles {

// Where a directory costs no disk time: tests that make thousands of small ones, and none of whose findings depend on
// a real disk.
inline std::string RamParent() {
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path().string();
}

class RamDir : public TempDir {
 public:
  RamDir() : TempDir(RamParent()) {}
};

}  // namespace spor::doubles
