// SPDX-License-Identifier: Apache-2.0
#include "tests/service/no_evidence.h"

// No evidence, no action: some of the failing calls; the slow test has them all.
namespace spor::service {
namespace {

constexpr uint64_t kEvery = 11;

TEST(NoEvidenceTest, NothingIsReleasedOrChangedWhenACallFails) {
  EXPECT_GT(WalkAll(3, kEvery, doubles::FaultStore::How::kNotPersisted), 100u);
}

TEST(NoEvidenceTest, NorWhenItFailsAndIsPersistedAllTheSame) {
  EXPECT_GT(WalkAll(17, kEvery, doubles::FaultStore::How::kPersisted), 100u);
}

}  // namespace
}  // namespace spor::service
