// SPDX-License-Identifier: Apache-2.0
// libFuzzer's two functions for every target in one program, because linking forty takes longer than running them.
// SPOR_FUZZ_TARGET names the target; "list" prints all names.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/targets.h"

namespace {

const spor::fuzz::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* name = std::getenv("SPOR_FUZZ_TARGET");
  if (name != nullptr && std::string_view(name) == "list") {
    for (const spor::fuzz::Target& target : spor::fuzz::Targets()) std::puts(target.name);
    std::exit(0);
  }
  chosen = name == nullptr ? nullptr : spor::fuzz::FindTarget(name);
  if (chosen == nullptr) {
    std::fputs("set SPOR_FUZZ_TARGET to one of the targets; SPOR_FUZZ_TARGET=list prints them\n", stderr);
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { return chosen->run({data, size}); }
