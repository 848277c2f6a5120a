// SPDX-License-Identifier: Apache-2.0
#include "ledger/witness_policy.h"

#include <gtest/gtest.h>

#include <bit>

#include "crypto/hash.h"
#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"

namespace spor::ledger {
namespace {

constexpr size_t kWitnesses = 6;

Signer SignerOf(size_t i) { return Signer(SigningKey::CopyOf(Sha256(AsBytes("witness " + std::to_string(i))))); }
std::string NameOf(size_t i) { return "w" + std::to_string(i) + ".example"; }
std::string KeyOf(size_t i, KeyType type = KeyType::kCosignature) {
  return FormatVerifierKey(MakeVerifierKey(NameOf(i), SignerOf(i).public_key(), type));
}
// A line "witness wI KEY".
std::string W(size_t i) { return "witness w" + std::to_string(i) + " " + KeyOf(i) + "\n"; }

// The example of the specification: two of three, and one of three others.
const std::string kTwoLevels = W(0) + W(1) + W(2) + "group X 2 w0 w1 w2\n" + W(3) + W(4) + W(5) +
                               "group Y any w3 w4 w5\ngroup both all X Y\nquorum both\n";

const Signer& LogSigner() {
  static const Signer signer = SignerOf(99);
  return signer;
}
const std::string kText = "log.example\n7\n" + Base64Encode(Hash32{}) + "\n";

// A checkpoint cosigned by those witnesses that have a time.
Note Cosigned(const std::vector<std::optional<uint64_t>>& times) {
  std::string note = SignNote(kText, "log.example", LogSigner());
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i]) note += Cosign(kText, NameOf(i), *times[i], SignerOf(i));
  }
  return *ParseNote(note);
}
Code ParseCode(const std::string& text) { return WitnessPolicy::Parse(text).status().code(); }

TEST(WitnessPolicy, WhatItReads) {
  const Result<WitnessPolicy> policy = WitnessPolicy::Parse(
      "# witnesses of log.example\n\n log " + KeyOf(9, KeyType::kEd25519) + "\thttps://log.example/\n" + "witness w0 " +
      KeyOf(0) + " https://w0.example/\n" + W(1) + "group g all w0 w1\nquorum g\n");
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  ASSERT_EQ(policy->logs().size(), 1u);
  EXPECT_EQ(FormatVerifierKey(policy->logs()[0]), KeyOf(9, KeyType::kEd25519));
  ASSERT_EQ(policy->witnesses().size(), 2u);
  EXPECT_EQ(policy->witnesses()[0].name, "w0");
  EXPECT_EQ(FormatVerifierKey(policy->witnesses()[0].vkey), KeyOf(0));
  EXPECT_EQ(policy->witnesses()[0].url, "https://w0.example/");
  EXPECT_EQ(policy->witnesses()[1].url, "");
  EXPECT_EQ(policy->needed(), 2u);
}

TEST(WitnessPolicy, AWitnessKeyWrittenAsType1CountsAsItsType4) {
  const auto policy = WitnessPolicy::Parse("witness w0 " + KeyOf(0, KeyType::kEd25519) + "\nquorum w0\n");
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(FormatVerifierKey(policy->witnesses()[0].vkey), KeyOf(0));
  EXPECT_EQ(*policy->QuorumTime(Cosigned({100})), 100u);
}

TEST(WitnessPolicy, EverySubsetOfTheTwoLevels) {
  const Result<WitnessPolicy> policy = WitnessPolicy::Parse(kTwoLevels);
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  size_t fewest = kWitnesses;
  for (uint32_t subset = 0; subset < (1u << kWitnesses); ++subset) {
    std::vector<bool> cosigned;
    for (size_t i = 0; i < kWitnesses; ++i) cosigned.push_back((subset >> i & 1) != 0);
    const bool expected = std::popcount(subset & 7u) >= 2 && (subset >> 3) != 0;
    EXPECT_EQ(policy->Met(cosigned), expected) << subset;
    if (expected) fewest = std::min(fewest, static_cast<size_t>(std::popcount(subset)));
  }
  EXPECT_EQ(policy->needed(), fewest);
}

TEST(WitnessPolicy, QuorumTimeIsTheLatestThatAQuorumReaches) {
  const WitnessPolicy policy = *WitnessPolicy::Parse(kTwoLevels);
  uint32_t seed = 1;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::optional<uint64_t>> times(kWitnesses);
    for (auto& time : times) {
      seed = seed * 1664525 + 1013904223;
      if ((seed >> 16) % 4 != 0) time = 1000 + (seed >> 20) % 8;
    }
    // By its definition: the latest T such that those with T or later meet the quorum.
    std::optional<uint64_t> expected;
    for (uint64_t t = 1000; t < 1008; ++t) {
      std::vector<bool> by_then;
      for (const auto& time : times) by_then.push_back(time && *time >= t);
      if (policy.Met(by_then)) expected = t;
    }
    const Result<uint64_t> time = policy.QuorumTime(Cosigned(times));
    ASSERT_EQ(time.ok(), expected.has_value()) << round;
    if (expected) {
      ASSERT_EQ(*time, *expected) << round;
    } else {
      ASSERT_EQ(time.status().code(), Code::kNotFound) << round;
    }
  }
}

TEST(WitnessPolicy, ABadLineOfAKnownWitnessFails) {
  const WitnessPolicy policy = *WitnessPolicy::Parse(W(0) + W(1) + "quorum w0\n");
  Note note = Cosigned({100, 200});
  ASSERT_EQ(*policy.QuorumTime(note), 100u);
  note.signatures[2].signature[70] ^= 1;
  EXPECT_EQ(policy.QuorumTime(note).status().code(), Code::kFailed) << "even one that the quorum does not need";
  note.signatures[2].key_id ^= 1;
  EXPECT_EQ(*policy.QuorumTime(note), 100u) << "a line by nobody known";
}

TEST(WitnessPolicy, QuorumNoneCoversNoTime) {
  const WitnessPolicy policy = *WitnessPolicy::Parse(W(0) + "quorum none\n");
  EXPECT_EQ(policy.needed(), 0u);
  EXPECT_TRUE(policy.Met({false}));
  EXPECT_EQ(policy.QuorumTime(Cosigned({100})).status().code(), Code::kNotFound);
}

TEST(WitnessPolicy, NeededCountsTheCheapestMembers) {
  // Two of: a witness, a group that takes two, a group that takes one.
  const auto policy =
      WitnessPolicy::Parse(W(0) + W(1) + W(2) + W(3) + W(4) + W(5) +
                           "group two all w1 w2\ngroup one 1 w3 w4 w5\ngroup q 2 two w0 one\nquorum q\n");
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  EXPECT_EQ(policy->needed(), 2u);
  EXPECT_TRUE(policy->Met({true, false, false, true, false, false}));
  EXPECT_FALSE(policy->Met({true, true, false, false, false, false}));
}

TEST(WitnessPolicy, LinesThatAreNoPolicy) {
  ASSERT_EQ(ParseCode("quorum none\n"), Code::kOk);
  ASSERT_EQ(ParseCode("quorum none\n# sp\xff\n"), Code::kOk) << "bytes above 0x7f are free";
  for (const std::string& text :
       {std::string(),
        W(0),
        std::string("quorum none"),
        std::string("quorum none\nquorum none\n"),
        std::string("quorum w0\n"),
        "quorum w0\n" + W(0),
        W(0) + "quorum w0 w0\n",
        W(0) + "quorum\n",
        W(0) + "quorum w0 # comment\n",
        "Witness" + W(0).substr(7) + "quorum none\n",
        std::string("note x\nquorum none\n"),
        std::string("quorum none\r\n"),
        std::string("quorum none\n\x7f\n"),
        std::string("quorum none\n\x01\n"),
        "witness w0\nquorum none\n" + W(1),
        "witness w0 " + KeyOf(0) + " url more\nquorum w0\n",
        "witness w0 " + KeyOf(0).substr(1) + "\nquorum w0\n",
        "witness none " + KeyOf(0) + "\nquorum none\n",
        "witness all " + KeyOf(0) + "\nquorum none\n",
        W(0) + "witness w1 " + KeyOf(0) + "\nquorum w0\n",
        W(0) + "witness w1 " + KeyOf(0, KeyType::kEd25519) + "\nquorum w0\n",
        W(0) + "witness w0 " + KeyOf(1) + "\nquorum w0\n",
        "log " + KeyOf(0) + "\nquorum none\n",
        std::string("log\nquorum none\n"),
        "log " + KeyOf(0, KeyType::kEd25519) + " url more\nquorum none\n",
        "log " + KeyOf(0, KeyType::kEd25519) + "\nlog " + KeyOf(0, KeyType::kEd25519) + "\nquorum none\n"}) {
    EXPECT_EQ(ParseCode(text), Code::kInvalidArgument) << text;
  }
}

TEST(WitnessPolicy, GroupsThatAreNone) {
  const auto with = [](const std::string& group) { return ParseCode(W(0) + W(1) + W(2) + group + "quorum w2\n"); };
  ASSERT_EQ(with("group g 2 w0 w1\n"), Code::kOk);
  for (const char* group :
       {"group g all\n", "group g 0 w0\n", "group g 3 w0 w1\n", "group g -1 w0\n", "group g 01 w0\n", "group g +1 w0\n",
        "group g one w0\n", "group g 99999999999999999999 w0\n", "group g 1 w0 w0\n", "group g 1 g\n",
        "group g 1 later\n", "group g 1 none\n", "group w0 1 w1\n", "group any 1 w0\n", "group g 1 w0\ngroup g 1 w1\n",
        "group g 1 w0\ngroup h 1 w0\n"}) {
    EXPECT_EQ(with(group), Code::kInvalidArgument) << group;
  }
}

TEST(WitnessPolicy, Limits) {
  const auto witnesses = [](size_t n) {
    std::string text;
    for (size_t i = 0; i < n; ++i) text += W(i);
    return ParseCode(text + "quorum none\n");
  };
  EXPECT_EQ(witnesses(WitnessPolicy::kMaxLines), Code::kOk);
  EXPECT_EQ(witnesses(WitnessPolicy::kMaxLines + 1), Code::kInvalidArgument);
  const auto groups = [](size_t n) {
    std::string text = W(0) + "group g0 all w0\n";
    for (size_t i = 1; i < n; ++i) text += "group g" + std::to_string(i) + " all g" + std::to_string(i - 1) + "\n";
    return ParseCode(text + "quorum g" + std::to_string(n - 1) + "\n");
  };
  EXPECT_EQ(groups(WitnessPolicy::kMaxLines), Code::kOk);
  EXPECT_EQ(groups(WitnessPolicy::kMaxLines + 1), Code::kInvalidArgument);
  EXPECT_EQ(ParseCode("#" + std::string(WitnessPolicy::kMaxBytes, ' ') + "\nquorum none\n"), Code::kInvalidArgument);
}

}  // namespace
}  // namespace spor::ledger
