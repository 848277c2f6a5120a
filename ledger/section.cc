// SPDX-License-Identifier: Apache-2.0
#include "ledger/section.h"

#include <algorithm>

#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::ledger {
namespace {

constexpr size_t kSeedBytes = 32;
constexpr size_t kPadTo = 32;

std::array<uint8_t, 24> SealNonce(const SealContext& context) {
  std::array<uint8_t, 24> nonce = {};
  std::copy(context.seal_id.begin(), context.seal_id.end(), nonce.begin());
  nonce[16] = context.section;
  return nonce;
}

// tag[16] | seed[32]
SecretBytes OuterStream(const SealContext& context, ByteView seal_key) {
  SecretBytes stream(sizeof(Id16) + kSeedBytes);
  Keystream(seal_key, SealNonce(context), stream.RevealMutable());
  return stream;
}

// blob key[32] | salt_1[32] .. salt_n[32], and what comes behind them
SecretBytes InnerStream(ByteView seed, size_t fields) {
  static constexpr std::array<uint8_t, 24> kZero = {};
  // libsodium makes 256 bytes at once in the time that it takes for two blocks of 64 one after the other.
  constexpr size_t kAtOnce = 256;
  const size_t needed = 32 * (1 + fields);
  SecretBytes stream(needed <= kAtOnce / 2 ? needed : (needed + kAtOnce - 1) / kAtOnce * kAtOnce);
  Keystream(seed, kZero, stream.RevealMutable());
  return stream;
}

std::array<uint8_t, 66> AssociatedData(const SealContext& context) {
  std::array<uint8_t, 66> ad;
  auto at = std::copy(context.ledger_id.begin(), context.ledger_id.end(), ad.begin());
  *at++ = static_cast<uint8_t>(context.kind);
  at = std::copy(context.seal_id.begin(), context.seal_id.end(), at);
  *at++ = context.section;
  at = std::copy(context.unit.begin(), context.unit.end(), at);
  CHECK(at == ad.end());
  return ad;
}

// The plaintext of `fields`, and room behind it for the tag of its seal. CHECKs the limits.
Bytes EncodeFields(const std::vector<Field>& fields) {
  CHECK(fields.size() <= kMaxFields);
  std::array<const Field*, kMaxFields> order;
  size_t bytes = 1;
  for (size_t i = 0; i < fields.size(); ++i) {
    CHECK(fields[i].name.size() <= kMaxFieldName && fields[i].value.size() <= kMaxFieldValue);
    order[i] = &fields[i];
    bytes += 1 + fields[i].name.size() + 1 + 4 + fields[i].value.size();
  }
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(fields.size());
  std::sort(order.begin(), end, [](const Field* a, const Field* b) { return a->name < b->name; });
  CHECK(std::adjacent_find(order.begin(), end, [](const Field* a, const Field* b) { return a->name == b->name; }) ==
        end);
  bytes = (bytes + kPadTo - 1) / kPadTo * kPadTo;
  Writer out(bytes + kAeadTagBytes);
  out.U8(static_cast<uint8_t>(fields.size()));
  for (auto field = order.begin(); field != end; ++field) {
    out.Str8((*field)->name).U8(static_cast<uint8_t>((*field)->type)).Str32((*field)->value);
  }
  Bytes text = out.Take();
  text.resize(bytes + kAeadTagBytes);
  return text;
}

Result<std::vector<Field>> ParseFields(ByteView bytes) {
  Reader in(bytes);
  std::vector<Field> fields;
  const uint8_t count = in.U8();
  if (count > kMaxFields || bytes.size() % kPadTo != 0) in.Fail();
  for (uint8_t i = 0; i < count && !in.failed(); ++i) {
    Field field;
    field.name = AsText(in.Str8(kMaxFieldName));
    const uint8_t type = in.U8();
    if (type < 1 || type > 7 || (i > 0 && fields.back().name >= field.name)) in.Fail();
    field.type = static_cast<FieldType>(type);
    field.value = ToBytes(in.Str32(kMaxFieldValue));
    fields.push_back(std::move(field));
  }
  const ByteView padding = in.Raw(std::min(in.left(), kPadTo - 1));
  if (std::any_of(padding.begin(), padding.end(), [](uint8_t b) { return b != 0; })) in.Fail();
  RETURN_IF_ERROR(in.Finish("section plaintext"));
  return fields;
}

// Of a plaintext that was built or has been parsed here: each field is committed to as it stands there. Binds the unit
// too: the blob's associated data alone would let one section open under two units.
Hash32 FieldsHash(const UnitId& unit, ByteView salts, ByteView plaintext) {
  Reader in(plaintext);
  const uint8_t count = in.U8();
  Sha256Stream all;
  all.Update(AsBytes(label::kFields));
  all.Update(unit);
  all.Update({&count, 1});
  for (size_t i = 0; i < count; ++i) {
    const ByteView rest = plaintext.last(in.left());
    in.Str8(kMaxFieldName);
    in.U8();
    in.Str32(kMaxFieldValue);
    CHECK(!in.failed());
    all.Update(Sha256({AsBytes(label::kField), salts.subspan(32 * i, 32), rest.first(rest.size() - in.left())}));
  }
  return all.Finish();
}

}  // namespace

Field TextField(std::string name, std::string_view value) {
  return {std::move(name), FieldType::kText, ToBytes(AsBytes(value))};
}
Field UintField(std::string name, uint64_t value) {
  return {std::move(name), FieldType::kUint, Writer().U64(value).Take()};
}
Field DateField(std::string name, uint32_t days) {
  return {std::move(name), FieldType::kDate, Writer().U32(days).Take()};
}
Field BytesField(std::string name, ByteView value) { return {std::move(name), FieldType::kBytes, ToBytes(value)}; }

Hash32 KeyCommit(const Hash32& ledger_id, const UnitId& unit, const UnitKey& key) {
  return Sha256({AsBytes(label::kUnitKeyCommit), ledger_id, unit, key.Reveal()});
}

SecretBytes SealKey(const Hash32& ledger_id, const UnitKey& key) {
  return Derive(key.Reveal(), label::kSeal, {ledger_id});
}

Hash32 SectionRoot(ByteView blob, const Hash32& fields_hash) {
  return Sha256({AsBytes(label::kSection), Sha256(blob), fields_hash});
}

SealedSection SealSection(const SealContext& context, ByteView seal_key, BlobPlace place,
                          const std::vector<Field>& fields) {
  CHECK(context.section < kMaxSections);
  const SecretBytes outer = OuterStream(context, seal_key);
  const SecretBytes inner = InnerStream(outer.Reveal().subspan(sizeof(Id16)), fields.size());
  SealedSection out;
  out.place = place;
  out.unit = context.unit;
  std::copy_n(outer.Reveal().begin(), sizeof(Id16), out.clear.tag.begin());
  out.blob = EncodeFields(fields);
  const ByteView plaintext = ByteView(out.blob).first(out.blob.size() - kAeadTagBytes);
  out.fields_hash = FieldsHash(context.unit, inner.Reveal().subspan(32), plaintext);
  SealOnceInPlace(inner.Reveal().first(32), AssociatedData(context), out.blob);
  out.clear.root = SectionRoot(out.blob, out.fields_hash);
  return out;
}

SecretBytes SectionSeed(const SealContext& context, ByteView seal_key) {
  return SecretBytes::CopyOf(OuterStream(context, seal_key).Reveal().subspan(sizeof(Id16)));
}

Id16 SectionTag(const SealContext& context, ByteView seal_key) {
  Id16 tag;
  const SecretBytes outer = OuterStream(context, seal_key);
  std::copy_n(outer.Reveal().begin(), tag.size(), tag.begin());
  return tag;
}

Result<std::vector<Field>> OpenSection(const SealContext& context, ByteView seed, const SectionClear& clear,
                                       ByteView blob) {
  if (seed.size() != kSeedBytes) return Status(Code::kFailed, "a section seed has 32 bytes");
  const SecretBytes blob_key = InnerStream(seed, 0);
  Result<SecretBytes> plaintext = OpenOnce(blob_key.Reveal(), AssociatedData(context), blob);
  if (!plaintext.ok()) return Status(Code::kFailed, "the sealed section does not open with the seed given");
  Result<std::vector<Field>> fields = ParseFields(plaintext->Reveal());
  if (!fields.ok()) return Status(Code::kFailed, fields.error().message());
  const SecretBytes inner = InnerStream(seed, fields->size());
  if (SectionRoot(blob, FieldsHash(context.unit, inner.Reveal().subspan(32), plaintext->Reveal())) != clear.root) {
    return Status(Code::kFailed, "the opened section is not what the entry commits to");
  }
  return fields;
}

}  // namespace spor::ledger
