// SPDX-License-Identifier: Apache-2.0
#include "ledger/section.h"

#include <gtest/gtest.h>

#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "ledger/bodies.h"
#include "tests/doubles/vectors.h"

namespace spor::ledger {
namespace {

template <size_t N>
std::array<uint8_t, N> Filled(uint8_t first) {
  std::array<uint8_t, N> out;
  for (size_t i = 0; i < N; ++i) out[i] = static_cast<uint8_t>(first + i);
  return out;
}

std::vector<Field> Fields() {
  return {TextField("purpose", "support"), UintField("count", 3), DateField("due", 20305)};
}

// The worked section of docs/formats/section.md.
class Section : public ::testing::Test {
 protected:
  Section() {
    const SigningKey log = SigningKey::CopyOf(Filled<32>(0));
    context_.ledger_id = LedgerId("spor.example/log", SigningPublicKey(log));
    context_.kind = EntryKind::kEvent;
    context_.seal_id = Filled<16>(0x10);
    context_.section = 1;
    context_.unit = Filled<16>(0xa0);
    unit_key_ = UnitKey::CopyOf(Filled<32>(0x80));
    seal_key_ = SealKey(context_.ledger_id, unit_key_);
    sealed_ = SealSection(context_, seal_key_.Reveal(), BlobPlace::kSubject, Fields());
    seed_ = SectionSeed(context_, seal_key_.Reveal());
  }
  Result<std::vector<Field>> Open(const SealContext& context) const {
    return OpenSection(context, seed_.Reveal(), sealed_.clear, sealed_.blob);
  }
  // Seals bytes that SealSection() would not make, under the worked section's key and place, and opens them.
  Code OpenPlaintext(const Bytes& plaintext) {
    const std::array<uint8_t, 24> zero = {};
    SecretBytes blob_key(32);
    Keystream(seed_.Reveal(), zero, blob_key.RevealMutable());
    Writer ad;
    ad.Raw(context_.ledger_id).U8(static_cast<uint8_t>(context_.kind)).Raw(context_.seal_id);
    ad.U8(context_.section).Raw(context_.unit);
    sealed_.blob = SealOnce(blob_key.Reveal(), ad.bytes(), plaintext);
    sealed_.clear.root = SectionRoot(sealed_.blob, sealed_.fields_hash);
    return Open(context_).status().code();
  }

  SealContext context_{};
  UnitKey unit_key_;
  SecretBytes seal_key_;
  SealedSection sealed_;
  SecretBytes seed_;
};

TEST_F(Section, WorkedBytes) {
  EXPECT_EQ(HexEncode(context_.ledger_id), "168655bd229e4dcaaf7c7063f12a1cc48625b4408a9e708eb5ad85dc42a656b6");
  EXPECT_EQ(HexEncode(KeyCommit(context_.ledger_id, context_.unit, unit_key_)),
            "25f7dbd8201f082f461a14db67d147a15cca1bc58aba7ee5eb5fa0851ff98f26");
  EXPECT_EQ(HexEncode(sealed_.clear.tag), "f4b9631ae0f209177617389f2d14cb87");
  EXPECT_EQ(HexEncode(seed_.Reveal()), "ba1a0fe2a52855832ca03cd7c0fd83c8446737a80855d18dc80165eef379e5e5");
  EXPECT_EQ(HexEncode(sealed_.fields_hash), "97227842674e3a35cfbca2d8be18f9cd6ca4cf23cfaadd4736c24eea61a557ce");
  EXPECT_EQ(HexEncode(sealed_.blob),
            "2f9c94810aea8cc80125989e471bf822e2beba97f8b74102aa8b8fe4b0061e137b9b785e2f99cda0a289906a644c0aa7"
            "54ac1b496e950ad0c4c207b269863660285901863a642deabea992fa4dbd6a4c");
  EXPECT_EQ(HexEncode(sealed_.clear.root), "65039370faaef36a91175ff08f831ec24b44d765d16bf0ed4bdf771c27e67c1b");
}

TEST_F(Section, OpensToTheFieldsInOrderOfNames) {
  const Result<std::vector<Field>> fields = Open(context_);
  ASSERT_TRUE(fields.ok()) << fields.error().message();
  EXPECT_EQ(*fields, (std::vector<Field>{UintField("count", 3), DateField("due", 20305), Fields()[0]}));
  EXPECT_EQ(SectionTag(context_, seal_key_.Reveal()), sealed_.clear.tag);
}

// Straight from docs/formats/section.md.
TEST_F(Section, AnyNumberOfFieldsIsSealedAsThePageSays) {
  for (size_t n = 0; n <= kMaxFields; ++n) {
    std::vector<Field> fields;
    for (size_t i = n; i-- > 0;) fields.push_back(TextField(std::to_string(100 + i), std::string(3 * i, 'v')));
    const SealedSection sealed = SealSection(context_, seal_key_.Reveal(), BlobPlace::kAudit, fields);
    Bytes inner(32 * (1 + n));
    Keystream(seed_.Reveal(), std::array<uint8_t, 24>{}, inner);
    std::reverse(fields.begin(), fields.end());
    const uint8_t count = static_cast<uint8_t>(n);
    Writer plaintext, commitments;
    plaintext.U8(count);
    for (size_t i = 0; i < n; ++i) {
      Writer field;
      field.Str8(fields[i].name).U8(1).Str32(fields[i].value);
      plaintext.Raw(field.bytes());
      commitments.Raw(
          Sha256({AsBytes("spor/field/v1"), ByteView(inner).subspan(32 * (1 + i), 32), ByteView(field.bytes())}));
    }
    ASSERT_EQ(sealed.fields_hash,
              Sha256({AsBytes("spor/fields/v1"), context_.unit, ByteView(&count, 1), commitments.bytes()}))
        << n;
    Bytes padded = plaintext.Take();
    padded.resize((padded.size() + 31) / 32 * 32);
    Writer ad;
    ad.Raw(context_.ledger_id).U8(2).Raw(context_.seal_id).U8(1).Raw(context_.unit);
    ASSERT_EQ(sealed.blob, SealOnce(ByteView(inner).first(32), ad.bytes(), padded)) << n;
    ASSERT_EQ(sealed.clear.root,
              Sha256({AsBytes("spor/section/v1"), Sha256(sealed.blob), ByteView(sealed.fields_hash)}));
  }
}

TEST_F(Section, MovedAnywhereElseFails) {
  std::vector<SealContext> moved(5, context_);
  moved[0].ledger_id[31] ^= 1;
  moved[1].kind = EntryKind::kErase;
  moved[2].seal_id[0] ^= 1;
  moved[3].section = 0;
  moved[4].unit[15] ^= 1;
  for (size_t i = 0; i < moved.size(); ++i) {
    EXPECT_EQ(Open(moved[i]).status().code(), Code::kFailed) << "part " << i;
  }
}

TEST_F(Section, EachFlippedBitOfTheBlobFails) {
  for (size_t bit = 0; bit < sealed_.blob.size() * 8; ++bit) {
    const uint8_t mask = static_cast<uint8_t>(1 << bit % 8);
    sealed_.blob[bit / 8] ^= mask;
    ASSERT_EQ(Open(context_).status().code(), Code::kFailed) << "bit " << bit;
    sealed_.blob[bit / 8] ^= mask;
  }
  EXPECT_TRUE(Open(context_).ok());
}

TEST_F(Section, BlobCutShortOrLongerFails) {
  const Bytes good = sealed_.blob;
  for (size_t n = 0; n < good.size(); ++n) {
    sealed_.blob = ToBytes(ByteView(good).first(n));
    ASSERT_EQ(Open(context_).status().code(), Code::kFailed) << n;
  }
  sealed_.blob = good;
  sealed_.blob.push_back(0);
  EXPECT_EQ(Open(context_).status().code(), Code::kFailed);
}

TEST_F(Section, AnotherRootFails) {
  for (size_t bit = 0; bit < 256; ++bit) {
    sealed_.clear.root[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_EQ(Open(context_).status().code(), Code::kFailed) << "bit " << bit;
    sealed_.clear.root[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
}

TEST_F(Section, WrongSeedFails) {
  for (size_t bit = 0; bit < 256; ++bit) {
    seed_.RevealMutable()[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ASSERT_EQ(Open(context_).status().code(), Code::kFailed) << "bit " << bit;
    seed_.RevealMutable()[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  EXPECT_EQ(OpenSection(context_, seed_.Reveal().first(31), sealed_.clear, sealed_.blob).status().code(),
            Code::kFailed);
}

TEST_F(Section, TagAndSeedDependOnKeySealIdAndNumberAlone) {
  SealContext other = context_;
  other.unit[0] ^= 1;
  other.kind = EntryKind::kErase;
  EXPECT_EQ(SectionTag(other, seal_key_.Reveal()), sealed_.clear.tag);
  other.section = 2;
  EXPECT_NE(SectionTag(other, seal_key_.Reveal()), sealed_.clear.tag);
  other = context_;
  other.seal_id[5] ^= 1;
  EXPECT_NE(SectionTag(other, seal_key_.Reveal()), sealed_.clear.tag);
  const SecretBytes other_key = SealKey(context_.ledger_id, UnitKey::CopyOf(Filled<32>(0x81)));
  EXPECT_NE(SectionTag(context_, other_key.Reveal()), sealed_.clear.tag);
  Hash32 other_ledger = context_.ledger_id;
  other_ledger[0] ^= 1;
  const SecretBytes elsewhere = SealKey(other_ledger, unit_key_);
  EXPECT_NE(SectionTag(context_, elsewhere.Reveal()), sealed_.clear.tag) << "the seal key is bound to the ledger";
}

TEST_F(Section, BlobsArePaddedTo32) {
  for (size_t n : {0, 1, 10, 22, 23, 24, 54, 55, 56, 500}) {
    const SealedSection sealed =
        SealSection(context_, seal_key_.Reveal(), BlobPlace::kAudit, {TextField("x", std::string(n, 'a'))});
    EXPECT_EQ(sealed.blob.size(), (8 + n + 31) / 32 * 32 + kAeadTagBytes) << n;
    EXPECT_TRUE(OpenSection(context_, seed_.Reveal(), sealed.clear, sealed.blob).ok()) << n;
  }
}

TEST_F(Section, LimitsThemselvesAreAllowed) {
  std::vector<Field> fields;
  for (size_t i = 0; i < kMaxFields; ++i)
    fields.push_back(UintField(std::string(kMaxFieldName - 2, 'n') + std::to_string(10 + i % 90), i));
  fields[0].value.assign(kMaxFieldValue, 7);
  const SealedSection sealed = SealSection(context_, seal_key_.Reveal(), BlobPlace::kSubject, fields);
  const auto opened = OpenSection(context_, seed_.Reveal(), sealed.clear, sealed.blob);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->size(), kMaxFields);
  const SealedSection none = SealSection(context_, seal_key_.Reveal(), BlobPlace::kSubject, {});
  EXPECT_TRUE(OpenSection(context_, seed_.Reveal(), none.clear, none.blob)->empty());
}

TEST_F(Section, OtherPlaintextsOfTheKeyHolderAreRefused) {
  const auto padded = [](Writer& out) {
    Bytes bytes = out.Take();
    bytes.resize((bytes.size() + 31) / 32 * 32);
    return bytes;
  };
  const auto field = [](Writer& out, std::string_view name, uint8_t type) {
    out.Str8(name).U8(type).Str32(AsBytes("v"));
  };
  Writer unsorted;
  field(unsorted.U8(2), "b", 1);
  field(unsorted, "a", 1);
  EXPECT_EQ(OpenPlaintext(padded(unsorted)), Code::kFailed);
  Writer twice;
  field(twice.U8(2), "a", 1);
  field(twice, "a", 1);
  EXPECT_EQ(OpenPlaintext(padded(twice)), Code::kFailed);
  for (uint8_t type : {0, 8}) {
    Writer unknown;
    field(unknown.U8(1), "a", type);
    EXPECT_EQ(OpenPlaintext(padded(unknown)), Code::kFailed) << int{type};
  }
  Writer none;
  Bytes dirty = padded(none.U8(0));
  dirty.back() = 1;
  EXPECT_EQ(OpenPlaintext(dirty), Code::kFailed);
  EXPECT_EQ(OpenPlaintext(Bytes(64)), Code::kFailed) << "a whole block of padding";
  EXPECT_EQ(OpenPlaintext(Bytes()), Code::kFailed);
}

TEST_F(Section, PlaintextThatIsNotPaddedIsRefused) {
  // Right in everything but its length, so that only the padding rule can refuse it.
  sealed_ = SealSection(context_, seal_key_.Reveal(), BlobPlace::kSubject, {});
  ASSERT_EQ(OpenPlaintext(Bytes(32)), Code::kOk);
  EXPECT_EQ(OpenPlaintext(Bytes(1)), Code::kFailed);
  EXPECT_EQ(OpenPlaintext(Bytes(31)), Code::kFailed);
}

TEST_F(Section, SealingChecksItsLimits) {
  const auto seal = [&](std::vector<Field> fields) {
    (void)SealSection(context_, seal_key_.Reveal(), BlobPlace::kSubject, std::move(fields));
  };
  EXPECT_DEATH(seal({TextField("a", "1"), TextField("a", "2")}), "CHECK");
  EXPECT_DEATH(seal({TextField(std::string(kMaxFieldName + 1, 'n'), "1")}), "CHECK");
  EXPECT_DEATH(seal({TextField("a", std::string(kMaxFieldValue + 1, 'v'))}), "CHECK");
}

}  // namespace
}  // namespace spor::ledger
