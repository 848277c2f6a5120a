// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/codec.h"
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
  unit.held = true;
  unit.released = {20500};
  unit.clock_dates = {{"fiscal_year_end", {20818}}};
  unit.facts = {{"certificate_issued", {RandomArray<16>(), RandomArray<16>()}}, {"nothing", {}}};
  profile.units = {unit, SubjectUnit{}};
  profile.erased = {{RandomArray<16>(), 3, "12"}};
  profile.identity_held = true;
  profile.holds = {
      {0x5f0c1a9e, 8, HoldGround::kAuthorityRequest, "brev av 3. mai", {20999}, 1795512600, RandomArray<16>()}, {}};
  profile.restrictions = {{RestrictionGround::kNeededForClaim, "sak 26/18", 1795512601, RandomArray<16>()}};
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
  EXPECT_TRUE(parsed->identity_held && parsed->units[0].held);
  EXPECT_FALSE(parsed->units[1].held);
  EXPECT_EQ(parsed->units[0].released, LegalDate{20500});
  EXPECT_EQ(parsed->holds[0].id, 0x5f0c1a9eu);
  EXPECT_EQ(parsed->holds[0].category, 8);
  EXPECT_EQ(parsed->holds[0].ground, HoldGround::kAuthorityRequest);
  EXPECT_EQ(parsed->holds[0].reason, "brev av 3. mai");
  EXPECT_EQ(parsed->holds[0].until, LegalDate{20999});
  EXPECT_EQ(parsed->holds[0].set_by, profile.holds[0].set_by);
  EXPECT_EQ(parsed->restrictions[0].ground, RestrictionGround::kNeededForClaim);
  EXPECT_EQ(parsed->restrictions[0].reason, "sak 26/18");
  EXPECT_EQ(parsed->restrictions[0].set_at, 1795512601);
}

// Version 1 is this one without the marks of holds and restrictions.
TEST(Profile, OfTheFirstVersionIsReadWithoutMarks) {
  Writer out;
  const Id16 subject = RandomArray<16>(), identity = RandomArray<16>(), unit = RandomArray<16>();
  out.U8(1).Raw(subject).Raw(identity).U8(0).U32(20800).U16(0).U16(0);
  out.U16(1).Raw(unit).U16(8).Str16(AsBytes("2026")).U8(1).U32(20801).U16(6).U16(0).U16(0);
  out.U16(0);
  const Result<Profile> parsed = ParseProfile(out.bytes());
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  ASSERT_EQ(parsed->units.size(), 1u);
  EXPECT_EQ(parsed->units[0].unit, unit);
  EXPECT_EQ(parsed->units[0].rule, 6);
  EXPECT_FALSE(parsed->units[0].held || parsed->identity_held);
  EXPECT_TRUE(parsed->holds.empty() && parsed->restrictions.empty());
  EXPECT_EQ(EncodeProfile(*parsed)[0], 2) << "written again it is of this version";
}

TEST(Profile, AGroundOrFlagThatIsNoneIsCorrupt) {
  Profile profile;
  profile.restrictions = {{}};
  Bytes bytes = EncodeProfile(profile);
  const size_t ground = bytes.size() - 2 - 16 - 8 - 1;
  ASSERT_EQ(bytes[ground], 1);
  for (const uint8_t wrong : {0, 5, 255}) {
    bytes[ground] = wrong;
    EXPECT_EQ(ParseProfile(bytes).error().code(), Code::kCorrupt) << int{wrong};
  }
  bytes[ground] = 1;
  bytes[ground - 5] = 2;  // whether the identity is held
  EXPECT_EQ(ParseProfile(bytes).error().code(), Code::kCorrupt);
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
  bytes[0] = 3;
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
