// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "ledger/cosignature.h"
#include "tests/report/world.h"
#include "tools/report/trust.h"

namespace spor::report {
namespace {

Signer SignerNamed(const std::string& name) { return Signer(SigningKey::CopyOf(Sha256(AsBytes(name)))); }

// Witnesses that sign whatever is published, at the times they are told.
class Cosigners final : public CheckpointWitnesses {
 public:
  explicit Cosigners(const ReportParts& parts) : parts_(parts) {}
  std::string NewestCosigned() override {
    std::string note = parts_.ledger->Checkpoint();
    const std::string text = ledger::ParseNote(note)->text;
    for (const auto& [name, time] : times) {
      note = *ledger::AddSignatureLines(note, ledger::Cosign(text, name, time, SignerNamed(name)));
    }
    return note;
  }
  std::string BestKnown() const override { return parts_.ledger->Checkpoint(); }
  const std::string& PolicyText() const override { return none_; }
  std::map<std::string, uint64_t> times;

 private:
  const ReportParts& parts_;
  const std::string none_ = "quorum none\n";
};

class CosignedTime : public ::testing::Test {
 protected:
  CosignedTime() : witnesses_(world_.reports) {
    world_.reports.witnesses = &witnesses_;
    world_.Run();
    trust_ = *WithWitnessPolicy(world_.Trust(), Policy());
  }
  static std::string Key(const std::string& name) {
    return FormatVerifierKey(
        ledger::MakeVerifierKey(name, SignerNamed(name).public_key(), ledger::KeyType::kCosignature));
  }
  // Two of three.
  static std::string Policy() {
    std::string text;
    for (const std::string name : {"w1.example", "w2.example", "w3.example"}) {
      text += "witness " + name + " " + Key(name) + "\n";
    }
    return text + "group g 2 w1.example w2.example w3.example\nquorum g\n";
  }
  std::string Certificate() {
    const Result<std::string> made = MakeCertificate(world_.reports, world_.actor, {"last", ""});
    EXPECT_TRUE(made.ok()) << made.status().message();
    return made.ok() ? *made : "";
  }
  std::string Review() {
    const Result<std::string> made =
        MakeReview(world_.reports, world_.actor, {MakeDate(2026, 3, 10), MakeDate(2026, 3, 10)});
    EXPECT_TRUE(made.ok()) << made.status().message();
    return made.ok() ? *made : "";
  }
  static constexpr uint64_t kSeen = 1773147600;  // 2026-03-10T13:00:00Z

  World world_;
  Cosigners witnesses_;
  std::string trust_;
};

TEST_F(CosignedTime, AQuorumConfirmsTheDay) {
  witnesses_.times = {{"w1.example", kSeen + 100}, {"w3.example", kSeen}, {"stranger.example", kSeen + 9999}};
  for (const std::string& artefact : {Certificate(), Review()}) {
    const Result<Verification> verification = Verify(artefact, trust_);
    ASSERT_TRUE(verification.ok());
    EXPECT_EQ(verification->result, "verified") << WhatFailed(verification);
    EXPECT_EQ(ResultOf(*verification, "cosigned_time"), "verified");
    EXPECT_NE(TextOfCheck(*verification, "cosigned_time").find("2026-03-10T13:00:00Z"), std::string::npos);
    const bool certificate = verification->kind == "certificate";
    const std::string overdue = TextOfCheck(*verification, certificate ? "nothing_overdue" : "overdue");
    EXPECT_NE(overdue.find("The day is 2026-03-10, confirmed by the witnesses"), std::string::npos) << overdue;
  }
}

TEST_F(CosignedTime, WithoutQuorumOrPolicyTheTimeIsTheServicesOwn) {
  witnesses_.times = {{"w1.example", kSeen}, {"stranger.example", kSeen}};
  const std::string certificate = Certificate();
  for (const std::string& trust : {trust_, world_.Trust()}) {
    const Result<Verification> verification = Verify(certificate, trust);
    ASSERT_TRUE(verification.ok());
    EXPECT_EQ(verification->result, "verified") << "it is not required";
    EXPECT_EQ(ResultOf(*verification, "cosigned_time"), "not_covered");
    const std::string overdue = TextOfCheck(*verification, "nothing_overdue");
    EXPECT_NE(overdue.find("by the service's own clock"), std::string::npos) << overdue;
  }
}

TEST_F(CosignedTime, SeenMuchLaterTheDayStaysTheHeads) {
  witnesses_.times = {{"w1.example", kSeen + uint64_t{3000} * 86400}, {"w2.example", kSeen + uint64_t{3000} * 86400}};
  const Result<Verification> verification = Verify(Certificate(), trust_);
  ASSERT_TRUE(verification.ok());
  EXPECT_EQ(verification->result, "verified") << WhatFailed(verification);
  const std::string overdue = TextOfCheck(*verification, "nothing_overdue");
  EXPECT_NE(overdue.find("2026-03-10, by the service's own clock; the witnesses saw the ledger on 2034"),
            std::string::npos)
      << overdue;
}

TEST_F(CosignedTime, ALineThatDoesNotVerifyFails) {
  witnesses_.times = {{"w1.example", kSeen}, {"w2.example", kSeen}, {"w3.example", kSeen}};
  const std::string certificate = Certificate();
  ExpectVerified(certificate, trust_);
  for (const std::string name : {"w1.example", "w3.example"}) {
    std::string damaged = certificate;
    const size_t line = damaged.find(name + " ");
    ASSERT_NE(line, std::string::npos);
    char& digit = damaged[line + name.size() + 40];
    digit = digit == 'A' ? 'B' : 'A';
    ExpectFailed(damaged, trust_, "cosigned_time");
    // Who knows no witnesses ignores their lines.
    ExpectVerified(damaged, world_.Trust());
  }
}

TEST_F(CosignedTime, ALineOfTheLogsOwnKeyStillCounts) {
  witnesses_.times = {{"w1.example", kSeen}};
  std::string damaged = Certificate();
  const size_t line = damaged.find("\xe2\x80\x94 test.example/log ");
  char& digit = damaged[line + 50];
  digit = digit == 'A' ? 'B' : 'A';
  ExpectFailed(damaged, trust_, "checkpoint_signature");
}

TEST_F(CosignedTime, PoliciesThatDoNotFit) {
  EXPECT_FALSE(WithWitnessPolicy(world_.Trust(), "nonsense").ok());
  EXPECT_FALSE(WithWitnessPolicy("nonsense", Policy()).ok());
  const std::string own = FormatVerifierKey(ParseTrust(world_.Trust())->keys[0].vkey);
  const std::string other =
      FormatVerifierKey(ledger::MakeVerifierKey("other.example/log", SignerNamed("x").public_key()));
  EXPECT_TRUE(WithWitnessPolicy(world_.Trust(), "log " + own + "\n" + Policy()).ok());
  EXPECT_FALSE(WithWitnessPolicy(world_.Trust(), "log " + other + "\n" + Policy()).ok());
  const Result<std::string> none = WithWitnessPolicy(world_.Trust(), "quorum none\n");
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(ResultOf(*Verify(Certificate(), *none), "cosigned_time"), "not_covered");
  EXPECT_EQ(*WithWitnessPolicy(trust_, "quorum none\n"), *none) << "a policy takes the place of another";
}

}  // namespace
}  // namespace spor::report
