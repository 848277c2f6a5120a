// SPDX-License-Identifier: Apache-2.0
#include "ledger/bodies.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"

namespace spor::ledger {
namespace {

Hash32 Filled(uint8_t first) {
  Hash32 out;
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<uint8_t>(first + i);
  return out;
}

GenesisBody Genesis() {
  GenesisBody body;
  body.origin = "spor.example/log";
  body.log_key = Filled(1);
  body.ledger_id = LedgerId(body.origin, body.log_key);
  return body;
}

HeadBody Head() {
  HeadBody body;
  body.own_index = 0x0102030405060708;
  body.previous_head = 3;
  body.live_root = Filled(0x20);
  body.live_n = 5;
  body.due_root = Filled(0x40);
  body.due_n = 5;
  body.min_due = 20305;
  body.not_started = 1;
  body.undecided = 2;
  body.held = 3;
  body.root_generation = 4;
  body.slots_digest = Filled(0x60);
  body.policy_digest = Filled(0x80);
  body.legal_day = 20304;
  body.flags = kFlagBootstrap | kFlagTimeUnsynchronised;
  return body;
}

PolicyBody Policy() {
  PolicyBody body;
  body.digest = Filled(7);
  body.version = 2;
  body.categories = {{1, 0, "identity"}, {2, 0, "orders"}};
  body.rules = {{1, 1, "bookkeeping"}, {9, 2, ""}};
  return body;
}

// Cut short anywhere and with a byte behind it, a body is corrupt; parsed and encoded again, it is the same.
template <typename Parse, typename Body>
void CheckBody(const Body& body, Parse parse) {
  const Bytes good = Encode(body);
  const auto parsed = parse(good);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(Encode(*parsed), good);
  for (size_t n = 0; n < good.size(); ++n) {
    const auto cut = parse(ByteView(good).first(n));
    EXPECT_EQ(cut.status().code(), Code::kCorrupt) << n;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(parse(longer).status().code(), Code::kCorrupt);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<uint8_t>(bad[bit / 8] ^ (1 << bit % 8));
    const auto other = parse(bad);
    if (other.ok()) {
      EXPECT_EQ(Encode(*other), bad) << "bit " << bit;
    }
  }
}

TEST(Bodies, RoundTripCutShortAndTrailing) {
  CheckBody(Genesis(), ParseGenesis);
  CheckBody(Head(), ParseHead);
  CheckBody(Policy(), ParsePolicyBody);
  CheckBody(SlotsBody{3, Filled(1)}, ParseSlotsBody);
  CheckBody(IntentBody{1, 2, 3, Filled(4)}, ParseIntent);
  CheckBody(EraseBody{1, 2, 3, 4, 5, 6, 7}, ParseErase);
  CheckBody(DestroyedBody{1, 2, 3, 4, Filled(5)}, ParseDestroyed);
  CheckBody(LogKeyBody{Filled(1), 12}, ParseLogKey);
  CheckBody(CloseOriginBody{CloseReason::kShorter, {5, Filled(1)}, {9, Filled(2)}}, ParseCloseOrigin);
  CheckBody(CloseOriginBody{CloseReason::kAnchorLost, {5, Filled(1)}, {}}, ParseCloseOrigin);
}

TEST(Bodies, WorkedBytes) {
  EXPECT_EQ(HexEncode(Encode(IntentBody{1, 2, 3, Hash32{0xaa}})),
            "000000010000000200000003aa00000000000000000000000000000000000000000000000000000000000000");
  EXPECT_EQ(HexEncode(Encode(EraseBody{0x0a, 1, 2, 3, 4, 0, 1})),
            "000000000000000a0000000100000002000000030000000400000001");
  EXPECT_EQ(HexEncode(Encode(Head())),
            "01020304050607080000000000000003"
            "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f0000000000000005"
            "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f0000000000000005"
            "00004f51000000000000000100000000000000020000000000000003"
            "00000004"
            "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
            "00004f5000000005");
}

TEST(Bodies, LedgerIdIsAHashOfOriginAndKey) {
  Bytes input = ToBytes(AsBytes("spor/ledger/v1spor.example/log\n"));
  Append(input, Filled(1));
  EXPECT_EQ(LedgerId("spor.example/log", Filled(1)), Sha256(input));
}

TEST(Bodies, GenesisOfAnotherFormatIsTooNew) {
  Bytes bytes = Encode(Genesis());
  bytes[1] = 2;
  EXPECT_EQ(ParseGenesis(bytes).status().code(), Code::kTooNew);
}

TEST(Bodies, GenesisWithALedgerIdOfItsOwn) {
  GenesisBody body = Genesis();
  body.ledger_id[0] ^= 1;
  EXPECT_EQ(ParseGenesis(Encode(body)).status().code(), Code::kCorrupt);
  body.predecessors = {"a checkpoint"};  // a successor inherits the id of the first origin
  EXPECT_TRUE(ParseGenesis(Encode(body)).ok());
}

TEST(Bodies, GenesisWithLongOrigin) {
  GenesisBody body = Genesis();
  body.origin.assign(kMaxOriginBytes + 1, 'x');
  body.ledger_id = LedgerId(body.origin, body.log_key);
  EXPECT_EQ(ParseGenesis(Encode(body)).status().code(), Code::kCorrupt);
}

TEST(Bodies, HeadWithUnknownFlag) {
  HeadBody body = Head();
  body.flags = 8;
  EXPECT_EQ(ParseHead(Encode(body)).status().code(), Code::kCorrupt);
}

TEST(Bodies, PolicyTablesAreSortedAndOfKnownClasses) {
  PolicyBody body = Policy();
  body.rules[1].number = 1;
  EXPECT_EQ(ParsePolicyBody(Encode(body)).status().code(), Code::kCorrupt);
  body = Policy();
  body.rules[0].retention_class = 3;
  EXPECT_EQ(ParsePolicyBody(Encode(body)).status().code(), Code::kCorrupt);
}

TEST(Bodies, AClosingNamesTwoHeadsThatFitItsReason) {
  const auto parses = [](CloseReason reason, uint64_t surviving, LogPoint lost) {
    return ParseCloseOrigin(Encode(CloseOriginBody{reason, {surviving, Filled(1)}, lost})).ok();
  };
  EXPECT_TRUE(parses(CloseReason::kShorter, 5, {6, Filled(2)}));
  EXPECT_FALSE(parses(CloseReason::kShorter, 5, {5, Filled(2)}));
  EXPECT_FALSE(parses(CloseReason::kShorter, 0, {6, Filled(2)}));
  EXPECT_TRUE(parses(CloseReason::kDiffers, 5, {5, Filled(2)}));
  EXPECT_FALSE(parses(CloseReason::kDiffers, 5, {6, Filled(2)}));
  EXPECT_FALSE(parses(CloseReason::kDiffers, 5, {0, Filled(2)}));
  EXPECT_FALSE(parses(CloseReason::kDiffers, 5, {5, Filled(1)})) << "nothing differs";
  EXPECT_TRUE(parses(CloseReason::kDiffers, 5, {4, Filled(1)})) << "another size is another tree";
  EXPECT_TRUE(parses(CloseReason::kAnchorLost, 5, {}));
  EXPECT_FALSE(parses(CloseReason::kAnchorLost, 5, {0, Filled(2)}));
  EXPECT_FALSE(parses(CloseReason::kAnchorLost, 5, {6, {}}));
  EXPECT_FALSE(parses(static_cast<CloseReason>(4), 5, {6, Filled(2)}));
}

TEST(Bodies, ErasePartsAreCounted) {
  EXPECT_EQ(ParseErase(Encode(EraseBody{1, 1, 2, 1, 1, 2, 2})).status().code(), Code::kCorrupt);
  EXPECT_EQ(ParseErase(Encode(EraseBody{1, 1, 2, 1, 1, 0, 0})).status().code(), Code::kCorrupt);
}

}  // namespace
}  // namespace spor::ledger
