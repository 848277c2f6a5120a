// SPDX-License-Identifier: Apache-2.0
#include "vault/sealed_field.h"

#include <set>

#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/vectors.h"

namespace spor::vault {
namespace {

constexpr size_t kClearBytes = 1 + 4;  // type and version
constexpr size_t kOverhead = kClearBytes + kAeadNonceBytes + kCommitBytes + kAeadTagBytes;

VaultValue Value(std::string_view text) {
  return {FieldType::kText, 4, SecretBytes::CopyOf(AsBytes(text)), RandomArray<32>()};
}

class SealedFieldTest : public ::testing::Test {
 protected:
  bool Opens(const UnitKey& key, const FieldPlace& place, ByteView row) const {
    const Result<VaultValue> opened = OpenField(key, place, row);
    EXPECT_TRUE(opened.ok() || opened.error().code() == Code::kCorrupt);
    return opened.ok();
  }
  // A row with this plaintext, sealed as only a holder of the unit key can.
  Bytes RowOf(ByteView plain) const {
    const SecretBytes field_key = Derive(key_.Reveal(), label::kVaultFieldKey, {place_.record, AsBytes(place_.field)});
    Writer ad;
    ad.Raw(place_.ledger_id).Raw(place_.subject).U16(place_.category).Raw(place_.record).Str8(place_.field);
    ad.U8(1).U32(4);
    return Writer().U8(1).U32(4).Raw(SealCommitting(field_key.Reveal(), ad.bytes(), plain)).Take();
  }

  const UnitKey key_ = UnitKey::Random();
  const FieldPlace place_ = {RandomArray<32>(), RandomArray<16>(), 7, RandomArray<16>(), "email"};
};

TEST_F(SealedFieldTest, RoundTripOfEverySize) {
  for (size_t size : {0, 1, 11, 12, 13, 28, 1000, 65536}) {
    VaultValue value = Value(std::string(size, 'x'));
    value.type = FieldType::kBytes;
    const Bytes row = SealField(key_, place_, value);
    EXPECT_EQ((row.size() - kOverhead) % 16, 0u);
    EXPECT_EQ(row.size() - kOverhead, (32 + 4 + size + 15) / 16 * 16);
    const Result<VaultValue> opened = OpenField(key_, place_, row);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    EXPECT_EQ(opened->type, value.type);
    EXPECT_EQ(opened->version, value.version);
    EXPECT_EQ(opened->salt, value.salt);
    EXPECT_TRUE(SecretEquals(opened->value.Reveal(), value.value.Reveal()));
  }
}

TEST_F(SealedFieldTest, TheSameValueNeverSealsTheSame) {
  const VaultValue value = Value("ola@example.no");
  EXPECT_NE(SealField(key_, place_, value), SealField(key_, place_, value));
}

TEST_F(SealedFieldTest, MovingItAnywhereElseFails) {
  const Bytes row = SealField(key_, place_, Value("ola@example.no"));
  ASSERT_TRUE(Opens(key_, place_, row));
  FieldPlace moved = place_;
  moved.ledger_id[31] ^= 1;
  EXPECT_FALSE(Opens(key_, moved, row)) << "ledger";
  moved = place_;
  moved.subject[0] ^= 1;
  EXPECT_FALSE(Opens(key_, moved, row)) << "subject";
  moved = place_;
  moved.category ^= 0x100;
  EXPECT_FALSE(Opens(key_, moved, row)) << "category";
  moved = place_;
  moved.record[15] ^= 1;
  EXPECT_FALSE(Opens(key_, moved, row)) << "record";
  for (const char* name : {"emai", "email2", "EMAIL", ""}) {
    moved = place_;
    moved.field = name;
    EXPECT_FALSE(Opens(key_, moved, row)) << name;
  }
  EXPECT_FALSE(Opens(UnitKey::Random(), place_, row)) << "unit";
}

TEST_F(SealedFieldTest, EachFlippedBitFails) {
  // The first five bytes are type and version: they are in the clear, and bound all the same.
  const Bytes row = SealField(key_, place_, Value("ola@example.no"));
  for (size_t bit = 0; bit < row.size() * 8; ++bit) {
    Bytes flipped = row;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_FALSE(Opens(key_, place_, flipped)) << "bit " << bit;
  }
}

TEST_F(SealedFieldTest, EachShorterOrLongerRowFails) {
  Bytes row = SealField(key_, place_, Value("ola@example.no"));
  row.push_back(0);
  EXPECT_FALSE(Opens(key_, place_, row));
  row.pop_back();
  while (!row.empty()) {
    row.pop_back();
    ASSERT_FALSE(Opens(key_, place_, row)) << row.size();
  }
}

TEST_F(SealedFieldTest, OnlyTheCanonicalPaddingIsAccepted) {
  const auto plain = [](uint32_t length, size_t total) {
    Bytes out = Writer().Raw(Hash32{}).U32(length).Take();
    out.resize(total);
    return out;
  };
  EXPECT_TRUE(Opens(key_, place_, RowOf(plain(12, 48))));
  EXPECT_TRUE(Opens(key_, place_, RowOf(plain(0, 48))));
  EXPECT_FALSE(Opens(key_, place_, RowOf(plain(12, 64)))) << "more padding than needed";
  EXPECT_FALSE(Opens(key_, place_, RowOf(plain(10, 47)))) << "not a multiple of 16";
  EXPECT_FALSE(Opens(key_, place_, RowOf(plain(13, 48)))) << "longer than what is there";
  EXPECT_FALSE(Opens(key_, place_, RowOf(plain(0xffffffff, 48))));
  EXPECT_FALSE(Opens(key_, place_, RowOf(plain(kMaxVaultValue + 1, 36 + kMaxVaultValue + 12)))) << "above the limit";
  EXPECT_FALSE(Opens(key_, place_, RowOf(Bytes(32)))) << "no length";
  Bytes padded = plain(4, 48);
  padded.back() = 1;
  EXPECT_FALSE(Opens(key_, place_, RowOf(padded))) << "padding that says something";
}

// The cipher alone opens each of these under two keys. The field's own form must not open under a second one, whatever
// stands where its commitment should be.
TEST_F(SealedFieldTest, CiphertextsWithTwoKeysOpenUnderNone) {
  constexpr const char* kFile = "crypto/key-commitment/xchacha20poly1305_two_key_collisions.json";
  SPOR_NEED_VECTORS(kFile);
  simdjson::dom::parser parser;
  const simdjson::dom::element file = parser.load(doubles::VectorsPath(kFile).string());
  size_t count = 0;
  for (const simdjson::dom::element vector : file["vectors"].get_array()) {
    ++count;
    const Bytes nonce = doubles::FromHex(doubles::Text(vector, "nonce"));
    const Bytes ad = doubles::FromHex(doubles::Text(vector, "aad"));
    const Bytes sealed = doubles::FromHex(doubles::Text(vector, "ciphertext_and_tag"));
    const Bytes keys[] = {doubles::FromHex(doubles::Text(vector, "key1")),
                          doubles::FromHex(doubles::Text(vector, "key2"))};
    for (const Bytes& key : keys) {
      EXPECT_TRUE(Open(key, ad, Writer().Raw(nonce).Raw(sealed).bytes()).ok()) << "the cipher alone";
      for (const Bytes& committed : keys) {
        const Hash32 commit = DerivePublic(committed, label::kCommitTag, {nonce});
        EXPECT_FALSE(OpenCommitting(key, ad, Writer().Raw(nonce).Raw(commit).Raw(sealed).bytes()).ok());
        EXPECT_FALSE(
            OpenField(UnitKey::CopyOf(key), place_, Writer().U8(1).U32(4).Raw(nonce).Raw(commit).Raw(sealed).bytes())
                .ok());
      }
    }
  }
  EXPECT_GE(count, 3u);
}

TEST_F(SealedFieldTest, ARowWithASecondKeysCommitmentOpensUnderNeither) {
  const VaultValue value = Value("consent=GRANTED ");
  Bytes row = SealField(key_, place_, value);
  const UnitKey second = UnitKey::Random();
  const SecretBytes second_key = Derive(second.Reveal(), label::kVaultFieldKey, {place_.record, AsBytes(place_.field)});
  const ByteView nonce = ByteView(row).subspan(kClearBytes, kAeadNonceBytes);
  const Hash32 commit = DerivePublic(second_key.Reveal(), label::kCommitTag, {nonce});
  std::copy(commit.begin(), commit.end(), row.begin() + kClearBytes + kAeadNonceBytes);
  EXPECT_FALSE(Opens(key_, place_, row));
  EXPECT_FALSE(Opens(second, place_, row));
}

TEST_F(SealedFieldTest, TheCommitmentDependsOnAllOfIt) {
  const VaultValue value = Value("ola@example.no");
  std::set<Hash32> seen = {VaultCommitment(place_, value)};
  const auto differs = [&](const FieldPlace& place, const VaultValue& other) {
    EXPECT_TRUE(seen.insert(VaultCommitment(place, other)).second);
  };
  const auto with = [&](auto change) {
    VaultValue other = {value.type, value.version, value.value.Clone(), value.salt};
    change(other);
    differs(place_, other);
  };
  with([](VaultValue& v) { v.salt[0] ^= 1; });
  with([](VaultValue& v) { v.type = FieldType::kBytes; });
  with([](VaultValue& v) { v.version += 1; });
  with([](VaultValue& v) { v.value = SecretBytes::CopyOf(AsBytes("ola@example.n")); });
  FieldPlace place = place_;
  place.subject[0] ^= 1;
  differs(place, value);
  place = place_;
  place.category += 1;
  differs(place, value);
  place = place_;
  place.record[0] ^= 1;
  differs(place, value);
  place = place_;
  place.field = "emai";
  differs(place, value);
}

TEST_F(SealedFieldTest, ARecordIdSaysNothingWithoutTheKey) {
  EXPECT_EQ(RecordId(key_, "order 17"), RecordId(key_, "order 17"));
  EXPECT_NE(RecordId(key_, "order 17"), RecordId(key_, "order 18"));
  EXPECT_NE(RecordId(key_, "order 17"), RecordId(UnitKey::Random(), "order 17"));
}

TEST_F(SealedFieldTest, DroppingTheRecordsOfAUnitTakesAllOfThemAndNoOthers) {
  doubles::MemoryStore store;
  const UnitId unit = RandomArray<16>();
  UnitId next = unit;
  next[15] ^= 1;
  ledger::Batch rows;
  for (const UnitId& id : {unit, next}) {
    rows.Put(ledger::Family::kRecord, UnitInfoRow(id), {1});
    rows.Put(ledger::Family::kRecord, FieldRow(id, Id16{}, ""), {1});
    Id16 last;
    last.fill(0xff);
    rows.Put(ledger::Family::kRecord, FieldRow(id, last, "\xff\xff"), {1});
  }
  ASSERT_TRUE(store.Write(rows, ledger::Durability::kSynced).ok());
  ledger::Batch drop;
  DropRecords(unit, drop);
  ASSERT_TRUE(store.Write(drop, ledger::Durability::kSynced).ok());
  EXPECT_EQ(store.Table(ledger::Family::kRecord).size(), 3u);
  for (const auto& [key, value] : store.Table(ledger::Family::kRecord))
    EXPECT_EQ(*ToId16(ByteView(key).first(16)), next);
}

TEST_F(SealedFieldTest, UnitInfoRoundTripAndPlace) {
  const Hash32 ledger = RandomArray<32>();
  const UnitId unit = RandomArray<16>();
  for (const std::string& period : {std::string(), std::string("2025"), std::string(kMaxUnitPeriod, 'p')}) {
    const Bytes row = SealUnitInfo(ledger, key_, unit, {place_.subject, 9, period});
    const Result<UnitInfo> opened = OpenUnitInfo(ledger, key_, unit, row);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->subject, place_.subject);
    EXPECT_EQ(opened->category, 9);
    EXPECT_EQ(opened->period, period);
    UnitId other = unit;
    other[0] ^= 1;
    EXPECT_FALSE(OpenUnitInfo(ledger, key_, other, row).ok());
    EXPECT_FALSE(OpenUnitInfo(place_.ledger_id, key_, unit, row).ok());
    EXPECT_FALSE(OpenUnitInfo(ledger, UnitKey::Random(), unit, row).ok());
  }
}

}  // namespace
}  // namespace spor::vault
