// SPDX-License-Identifier: Apache-2.0
#include "tests/service/no_evidence.h"

// No evidence, no action: every call of the store fails once.
namespace spor::service {
namespace {

TEST(NoEvidenceSlowTest, NothingIsReleasedOrChangedWhicheverCallFails) {
  EXPECT_GT(WalkAll(1, 1, doubles::FaultStore::How::kNotPersisted), 100u);
}

TEST(NoEvidenceSlowTest, NorWhenItIsPersistedAllTheSame) {
  EXPECT_GT(WalkAll(1, 1, doubles::FaultStore::How::kPersisted), 100u);
}

}  // namespace
}  // namespace spor::service
