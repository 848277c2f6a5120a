// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/secret.h"
#include "privacy/subjects.h"

namespace spor::privacy {
namespace {

Profile FullProfile() {
  Profile profile;
  profile.subject = RandomArray<16>();
  profile.identity = RandomArray<16>();
  profile.identity_due = {1, 20800};
  profile.identifiers = {{IdentifierKind::kExternalId, "17", {profile.identity}},
                         {IdentifierKind::kEmail, "åse@example.no", {RandomArray<16>(), RandomArray<16>()}}};
  profile.clocks = {{"customer_relationship_ended", {20500}}, {"marketing_opt_out", {-3}}};
  SubjectUnit unit;
  unit.unit = RandomArray<16>();
  unit.category = 8;
  unit.period = "2026";
  unit.due = {0, ledger::kNotStarted};
  unit.rule = 6;
  unit.clock_dates = {{"fiscal_year_end", {20818}}};
  unit.facts = {{"certificate_issued", {RandomArray<16>(), RandomArray<16>()}}, {"nothing", {}}};
  profile.units = {unit, SubjectUnit{}};
  profile.erased = {{RandomArray<16>(), 3, "12"}};
  return profile;
}

TEST(Profile, ComesBackAsItWas) {
  const Profile profile = FullProfile();
  const Bytes bytes = EncodeProfile(profile);
  const Result<Profile> parsed = ParseProfile(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(EncodeProfile(*parsed), bytes);
  EXPECT_EQ(parsed->subject, profile.subject);
  EXPECT_EQ(parsed->identity_due, profile.identity_due);
  EXPECT_EQ(parsed->identifiers[1].value, "åse@example.no");
  EXPECT_EQ(parsed->identifiers[1].sources, profile.identifiers[1].sources);
  EXPECT_EQ(parsed->clocks, profile.clocks);
  EXPECT_EQ(parsed->units[0].facts, profile.units[0].facts);
  EXPECT_EQ(parsed->units[0].clock_dates, profile.units[0].clock_dates);
  EXPECT_EQ(parsed->erased[0].run, "12");
  EXPECT_EQ(parsed->erased[0].unit, profile.erased[0].unit);
  EXPECT_EQ(parsed->erased[0].category, 3);
}

TEST(Profile, AnEmptyOneComesBackToo) {
  const Bytes bytes = EncodeProfile({});
  const Result<Profile> parsed = ParseProfile(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(EncodeProfile(*parsed), bytes);
}

TEST(Profile, IsCorruptWhenCutShortAnywhere) {
  const Bytes bytes = EncodeProfile(FullProfile());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Result<Profile> parsed = ParseProfile(ByteView(bytes).first(size));
    ASSERT_FALSE(parsed.ok()) << size;
    EXPECT_EQ(parsed.error().code(), Code::kCorrupt) << size;
  }
}

TEST(Profile, IsCorruptWithTrailingBytes) {
  Bytes bytes = EncodeProfile(FullProfile());
  bytes.push_back(0);
  EXPECT_EQ(ParseProfile(bytes).error().code(), Code::kCorrupt);
}

TEST(Profile, OfAnotherVersionIsTooNew) {
  Bytes bytes = EncodeProfile(FullProfile());
  bytes[0] = 2;
  EXPECT_EQ(ParseProfile(bytes).error().code(), Code::kTooNew);
}

TEST(Profile, ATextAboveTheLimitIsCorrupt) {
  Profile profile;
  profile.units.push_back({});
  profile.units[0].period = std::string(4096, 'x');
  EXPECT_TRUE(ParseProfile(EncodeProfile(profile)).ok());
  profile.units[0].period += "x";
  EXPECT_EQ(ParseProfile(EncodeProfile(profile)).error().code(), Code::kCorrupt);
}

TEST(Identifier, IsTrimmedAndAnAddressIsInLowerCase) {
  EXPECT_EQ(NormaliseIdentifier(IdentifierKind::kExternalId, " \tA 17 "), "A 17");
  EXPECT_EQ(NormaliseIdentifier(IdentifierKind::kEmail, " Åse.Berg@Example.NO\t"), "Åse.berg@example.no");
  EXPECT_EQ(NormaliseIdentifier(IdentifierKind::kEmail, "  "), "");
}

}  // namespace
}  // namespace spor::privacy
