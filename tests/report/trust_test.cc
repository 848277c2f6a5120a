// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/report/world.h"
#include "tools/report/trust.h"

namespace spor::report {
namespace {

TEST(TrustTest, EveryByteCounts) {
  World world;
  const std::string trust = world.Trust();
  const Result<std::string> extract =
      MakeExtract(world.reports, world.actor, {MakeDate(2026, 3, 10), MakeDate(2026, 3, 10), "", "prøve"});
  ASSERT_TRUE(extract.ok());
  ExpectVerified(*extract, trust);
  for (size_t at = 0; at < trust.size(); ++at) {
    for (const int bit : {0x01, 0x20}) {
      std::string damaged = trust;
      damaged[at] = static_cast<char>(damaged[at] ^ bit);
      const Result<Verification> verification = Verify(*extract, damaged);
      if (verification.ok()) {
        EXPECT_EQ(verification->result, "failed") << "byte " << at;
      } else {
        EXPECT_EQ(verification.error().code(), Code::kInvalidArgument) << "byte " << at;
      }
    }
  }
}

TEST(TrustTest, NamesTheLedger) {
  World world;
  const Result<Trust> trust = ParseTrust(world.Trust());
  ASSERT_TRUE(trust.ok()) << trust.error().message();
  EXPECT_EQ(trust->origin, "test.example/log");
  EXPECT_EQ(trust->ledger_id, world.reports.vault->ledger_id());
  ASSERT_EQ(trust->keys.size(), 1u);
  EXPECT_EQ(trust->keys[0].start_index, 0u);
}

TEST(TrustTest, TheFingerprintIsReadInGroups) {
  const std::string fingerprint = TrustFingerprint("x");
  EXPECT_EQ(fingerprint.size(), 16 * 4 + 15u);
  EXPECT_EQ(fingerprint[4], ' ');
  EXPECT_NE(fingerprint, TrustFingerprint("y"));
}

}  // namespace
}  // namespace spor::report
