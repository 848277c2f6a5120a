// SPDX-License-Identifier: Apache-2.0
#include "ledger/entry.h"

#include <gtest/gtest.h>

#include <random>

#include "crypto/codec.h"

namespace spor::ledger {
namespace {

template <size_t N>
std::array<uint8_t, N> Filled(uint8_t first) {
  std::array<uint8_t, N> out;
  for (size_t i = 0; i < N; ++i) out[i] = static_cast<uint8_t>(first + i);
  return out;
}

class RandomEntries {
 public:
  explicit RandomEntries(uint32_t seed) : random_(seed) {}

  Entry Next() {
    Entry entry;
    entry.kind = static_cast<EntryKind>(1 + Below(12));
    entry.time_s = Word();
    entry.seal_id = Array<16>();
    if (entry.kind != EntryKind::kHead) entry.sections.resize(Below(kMaxSections + 1));
    for (SectionClear& section : entry.sections) section = {Array<16>(), Array<32>()};
    entry.body.resize(Below(100));
    for (uint8_t& byte : entry.body) byte = static_cast<uint8_t>(Word());
    if (entry.kind == EntryKind::kOps || entry.kind == EntryKind::kErase) AddOps(entry);
    return entry;
  }
  uint32_t Below(uint32_t n) { return Word() % n; }

 private:
  uint32_t Word() { return random_(); }
  template <size_t N>
  std::array<uint8_t, N> Array() {
    std::array<uint8_t, N> out;
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(Word());
    return out;
  }
  DueKey Due() { return {static_cast<uint8_t>(Below(3)), Word()}; }
  void AddOps(Entry& entry) {
    for (uint32_t n = Below(8); n > 0; --n) {
      const uint16_t number = static_cast<uint16_t>(Word());
      if (entry.kind == EntryKind::kErase) {
        entry.ops.push_back(UnitOp::Erase(Array<16>(), Due(), static_cast<EraseReason>(1 + Below(4))));
      } else if (Below(2) == 0) {
        entry.ops.push_back(UnitOp::Create(Array<16>(), number, Due(), number, Array<32>()));
      } else {
        entry.ops.push_back(UnitOp::Redue(Array<16>(), Due(), Due(), static_cast<uint8_t>(Below(2)), number,
                                          static_cast<RedueReason>(1 + Below(5))));
      }
    }
    std::sort(entry.ops.begin(), entry.ops.end(), [](const UnitOp& a, const UnitOp& b) { return a.unit < b.unit; });
  }
  std::mt19937 random_;
};

// An ops entry with one operation of each kind it may hold, as bytes that a test can change.
class EntryBytes : public ::testing::Test {
 protected:
  // Offsets in bytes_: a body of two bytes, then the operations.
  static constexpr size_t kVersion = 0, kKind = 1, kSections = 22, kBodyLength = 23, kOpCount = 27, kOps = 29;
  static constexpr size_t kCreateBytes = 58, kRedueBytes = 31, kEraseBytes = 23;

  void SetUp() override {
    entry_.kind = EntryKind::kOps;
    entry_.time_s = 0x01020304;
    entry_.body = {0xb0, 0xb1};
    entry_.ops = {UnitOp::Create(Filled<16>(1), 5, {0, 20000}, 6, Filled<32>(0x40)),
                  UnitOp::Redue(Filled<16>(2), {0, 1}, {2, kUndecided}, 1, 7, RedueReason::kHoldOn)};
    bytes_ = EncodeEntry(entry_);
  }
  void SetByte(size_t at, uint8_t value) { bytes_.at(at) = value; }
  Code Parse() const { return ParseEntry(bytes_).status().code(); }

  Entry entry_;
  Bytes bytes_;
};

TEST(Entry, WorkedBytes) {
  Entry entry;
  entry.kind = EntryKind::kErase;
  entry.time_s = 1754352000;
  entry.seal_id = Filled<16>(0x10);
  entry.sections = {{Filled<16>(0x20), Filled<32>(0x30)}};
  entry.body = {0xaa, 0xbb, 0xcc};
  entry.ops = {UnitOp::Erase(Filled<16>(0x50), {1, 20305}, EraseReason::kRequest)};
  EXPECT_EQ(HexEncode(EncodeEntry(entry)),
            "0106"                                                              // version, kind
            "68914980"                                                          // time
            "101112131415161718191a1b1c1d1e1f"                                  // seal id
            "01"                                                                // sections
            "202122232425262728292a2b2c2d2e2f"                                  // tag
            "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"  // root
            "0003aabbcc"                                                        // body
            "0001"                                                              // operations
            "03505152535455565758595a5b5c5d5e5f"                                // erase, unit
            "0100004f5102");                                                    // class, day, reason
}

TEST(Entry, RoundTripOfRandomEntries) {
  RandomEntries random(20240501);
  for (int i = 0; i < 2000; ++i) {
    const Entry entry = random.Next();
    const Bytes bytes = EncodeEntry(entry);
    const Result<Entry> parsed = ParseEntry(bytes);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message();
    ASSERT_EQ(*parsed, entry);
    ASSERT_EQ(EncodeEntry(*parsed), bytes);
  }
}

TEST(Entry, OneFlippedBitFailsOrGivesAnotherEntryThatEncodesToTheFlippedBytes) {
  RandomEntries random(7);
  for (int i = 0; i < 40; ++i) {
    const Entry entry = random.Next();
    const Bytes good = EncodeEntry(entry);
    for (size_t bit = 0; bit < good.size() * 8; ++bit) {
      Bytes bad = good;
      bad[bit / 8] = static_cast<uint8_t>(bad[bit / 8] ^ (1 << bit % 8));
      const Result<Entry> parsed = ParseEntry(bad);
      if (!parsed.ok()) continue;
      ASSERT_NE(*parsed, entry) << "bit " << bit;
      ASSERT_EQ(EncodeEntry(*parsed), bad) << "bit " << bit;
    }
  }
}

TEST(Entry, CutShortAnywhereIsCorrupt) {
  RandomEntries random(8);
  for (int i = 0; i < 40; ++i) {
    const Bytes good = EncodeEntry(random.Next());
    for (size_t n = 0; n < good.size(); ++n) {
      ASSERT_EQ(ParseEntry(ByteView(good).first(n)).status().code(), Code::kCorrupt) << n << " of " << good.size();
    }
  }
}

TEST_F(EntryBytes, AreGoodAsTheyAre) { EXPECT_EQ(Parse(), Code::kOk); }

TEST_F(EntryBytes, OtherVersions) {
  SetByte(kVersion, 2);
  EXPECT_EQ(Parse(), Code::kTooNew);
  SetByte(kVersion, 0);
  EXPECT_EQ(Parse(), Code::kCorrupt);
}

TEST_F(EntryBytes, UnknownKinds) {
  for (uint8_t kind : {0, 13, 255}) {
    SetByte(kKind, kind);
    EXPECT_EQ(Parse(), Code::kCorrupt) << int{kind};
  }
}

TEST_F(EntryBytes, OperationsOnlyInOpsAndErase) {
  for (uint8_t kind = 1; kind <= 12; ++kind) {
    SetByte(kKind, kind);
    EXPECT_EQ(Parse(), kind == 3 ? Code::kOk : Code::kCorrupt) << int{kind};
  }
}

TEST_F(EntryBytes, EraseEntriesHoldErasuresOnly) {
  entry_.ops = {UnitOp::Erase(Filled<16>(3), {0, 5}, EraseReason::kDue)};
  entry_.kind = EntryKind::kErase;
  bytes_ = EncodeEntry(entry_);
  EXPECT_EQ(Parse(), Code::kOk);
  SetByte(kKind, static_cast<uint8_t>(EntryKind::kOps));
  EXPECT_EQ(Parse(), Code::kCorrupt);
}

TEST_F(EntryBytes, UnknownOperation) {
  for (uint8_t type : {0, 4, 255}) {
    SetByte(kOps, type);
    EXPECT_EQ(Parse(), Code::kCorrupt) << int{type};
  }
}

TEST_F(EntryBytes, UnitsNotAscending) {
  SetByte(kOps + 1, 3);  // the first unit is now after the second
  EXPECT_EQ(Parse(), Code::kCorrupt);
}

TEST_F(EntryBytes, TheSameUnitTwice) {
  std::copy_n(bytes_.begin() + kOps + 1, 16, bytes_.begin() + kOps + kCreateBytes + 1);
  EXPECT_EQ(Parse(), Code::kCorrupt);
}

TEST_F(EntryBytes, UnknownRetentionClass) {
  SetByte(kOps + 17 + 2, 3);
  EXPECT_EQ(Parse(), Code::kCorrupt);
  SetByte(kOps + 17 + 2, 0);
  SetByte(kOps + kCreateBytes + 17, 3);
  EXPECT_EQ(Parse(), Code::kCorrupt);
  SetByte(kOps + kCreateBytes + 17, 0);
  SetByte(kOps + kCreateBytes + 17 + 5, 3);
  EXPECT_EQ(Parse(), Code::kCorrupt);
}

TEST_F(EntryBytes, UnknownHoldStateAndReasons) {
  const size_t redue = kOps + kCreateBytes;
  SetByte(redue + 27, 2);  // state
  EXPECT_EQ(Parse(), Code::kCorrupt);
  SetByte(redue + 27, 0);
  for (uint8_t reason : {0, 6}) {
    SetByte(redue + kRedueBytes - 1, reason);
    EXPECT_EQ(Parse(), Code::kCorrupt) << int{reason};
  }
  entry_.kind = EntryKind::kErase;
  entry_.ops = {UnitOp::Erase(Filled<16>(3), {0, 5}, EraseReason::kDue)};
  for (uint8_t reason : {0, 6}) {
    entry_.ops[0].reason = reason;
    bytes_ = EncodeEntry(entry_);
    EXPECT_EQ(Parse(), Code::kCorrupt) << int{reason};
  }
}

TEST_F(EntryBytes, CountsThatAreTooHigh) {
  SetByte(kOpCount + 1, 3);
  EXPECT_EQ(Parse(), Code::kCorrupt);
  SetByte(kOpCount + 1, 2);
  SetByte(kSections, 5);
  EXPECT_EQ(Parse(), Code::kCorrupt);
  SetByte(kSections, 0);
  SetByte(kBodyLength, 0xff);
  EXPECT_EQ(Parse(), Code::kCorrupt);
}

TEST_F(EntryBytes, TrailingBytes) {
  bytes_.push_back(0);
  EXPECT_EQ(Parse(), Code::kCorrupt);
}

TEST(Entry, SectionsInAHead) {
  Entry entry;
  entry.sections.resize(1);
  Bytes bytes = EncodeEntry(entry);
  ASSERT_TRUE(ParseEntry(bytes).ok());
  bytes[1] = static_cast<uint8_t>(EntryKind::kHead);
  EXPECT_EQ(ParseEntry(bytes).status().code(), Code::kCorrupt);
}

TEST(Entry, LongerThanTheLimit) {
  Entry entry;
  entry.body.resize(kMaxEntryBytes - 27);
  Bytes bytes = EncodeEntry(entry);
  ASSERT_EQ(bytes.size(), kMaxEntryBytes);
  EXPECT_TRUE(ParseEntry(bytes).ok());
  bytes.push_back(0);
  EXPECT_EQ(ParseEntry(bytes).status().code(), Code::kCorrupt);
}

TEST(Entry, AsManyOperationsAsOneEntryHolds) {
  for (OpType type : {OpType::kCreate, OpType::kRedue, OpType::kErase}) {
    Entry entry;
    entry.kind = type == OpType::kErase ? EntryKind::kErase : EntryKind::kOps;
    entry.body.resize(28);
    for (size_t i = 0; i < MaxOpsPerEntry(type); ++i) {
      UnitOp op = UnitOp::Create({static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)}, 1, {}, 1, {});
      op.type = type;
      op.reason = type == OpType::kCreate ? 0 : 1;
      entry.ops.push_back(op);
    }
    const Result<Entry> parsed = ParseEntry(EncodeEntry(entry));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->ops.size(), MaxOpsPerEntry(type));
  }
}

TEST(EntryDeathTest, EncodeChecksTheRulesOfItsKind) {
  Entry head;
  head.kind = EntryKind::kHead;
  head.sections.resize(1);
  EXPECT_DEATH(EncodeEntry(head), "CHECK");
  Entry event;
  event.ops = {UnitOp::Erase({}, {}, EraseReason::kDue)};
  EXPECT_DEATH(EncodeEntry(event), "CHECK");
  Entry ops;
  ops.kind = EntryKind::kOps;
  ops.ops = {UnitOp::Erase({}, {}, EraseReason::kDue)};
  EXPECT_DEATH(EncodeEntry(ops), "CHECK") << "an erasure outside an erase entry could not be read back";
  Entry large;
  large.body.resize(kMaxEntryBytes - 26);
  EXPECT_DEATH(EncodeEntry(large), "CHECK");
}

}  // namespace
}  // namespace spor::ledger
