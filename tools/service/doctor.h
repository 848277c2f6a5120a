// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/policy.h"
#include "tools/service/host_facts.h"

// What the machine means for the promise that a destroyed key is gone, and for the safety of the keys in use.
// docs/operations.md, "The machine".
namespace spor::service {

enum class Verdict : uint8_t {
  kGood,
  kAttention,   // weaker than it could be
  kNotCovered,  // certificates can't claim the destruction on this machine
  kUnsafe,      // mend it before personal data arrives
};
std::string_view VerdictName(Verdict verdict);

struct Diagnosis {
  std::string check;  // "swap", "core_dumps" ...
  Verdict verdict = Verdict::kGood;
  privacy::Wording text;  // what was found, what it means for the certificate, and what to do
};

// In a fixed order. Pure: the same facts give the same answers.
std::vector<Diagnosis> Diagnose(const HostFacts& facts);

}  // namespace spor::service
