// SPDX-License-Identifier: Apache-2.0
#include "vault/sealed_field.h"

#include <algorithm>

#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"

namespace spor::vault {
namespace {

constexpr size_t kPadTo = 16;

Bytes AssociatedData(const FieldPlace& place, FieldType type, uint32_t version) {
  Writer out;
  out.Raw(place.ledger_id).Raw(place.subject).U16(place.category).Raw(place.record).Str8(place.field);
  out.U8(static_cast<uint8_t>(type)).U32(version);
  return out.Take();
}

SecretBytes FieldKey(const UnitKey& key, const FieldPlace& place) {
  return Derive(key.Reveal(), label::kVaultFieldKey, {place.record, AsBytes(place.field)});
}

Status Malformed() { return Status(Code::kCorrupt, "a vault field is malformed"); }

}  // namespace

Bytes SealField(const UnitKey& key, const FieldPlace& place, const VaultValue& value) {
  CHECK(value.value.size() <= kMaxVaultValue);
  const ByteView content = value.value.Reveal();
  const size_t size = value.salt.size() + 4 + content.size();
  Bytes padded;
  padded.reserve((size + kPadTo - 1) / kPadTo * kPadTo);  // at once, so that growing leaves no copy behind
  Append(padded, value.salt);
  Append(padded, Writer().U32(static_cast<uint32_t>(content.size())).bytes());
  Append(padded, content);
  padded.resize((size + kPadTo - 1) / kPadTo * kPadTo);
  const SecretBytes field_key = FieldKey(key, place);
  Writer row;
  row.U8(static_cast<uint8_t>(value.type)).U32(value.version);
  row.Raw(SealCommitting(field_key.Reveal(), AssociatedData(place, value.type, value.version), padded));
  WipeMemory(padded);
  return row.Take();
}

Result<VaultValue> OpenField(const UnitKey& key, const FieldPlace& place, ByteView row) {
  Reader in(row);
  VaultValue value;
  value.type = static_cast<FieldType>(in.U8());
  value.version = in.U32();
  if (in.failed()) return Malformed();
  const SecretBytes field_key = FieldKey(key, place);
  ASSIGN_OR_RETURN(
      const SecretBytes plain,
      OpenCommitting(field_key.Reveal(), AssociatedData(place, value.type, value.version), in.Raw(in.left())));
  Reader content(plain.Reveal());
  value.salt = content.Fixed<32>();
  value.value = SecretBytes::CopyOf(content.Str32(kMaxVaultValue));
  const ByteView padding = content.Raw(content.left());
  if (content.failed() || plain.size() % kPadTo != 0 || padding.size() >= kPadTo ||
      std::any_of(padding.begin(), padding.end(), [](uint8_t b) { return b != 0; }))
    return Malformed();
  return value;
}

Hash32 VaultCommitment(const FieldPlace& place, const VaultValue& value) {
  Writer head;
  head.Raw(place.subject).U16(place.category).Raw(place.record).Str8(place.field);
  head.U8(static_cast<uint8_t>(value.type)).U32(value.version).U32(static_cast<uint32_t>(value.value.size()));
  return Sha256({AsBytes(label::kVaultField), value.salt, head.bytes(), value.value.Reveal()});
}

Bytes UnitInfoRow(const UnitId& unit) { return Writer().Raw(unit).U8(0).Take(); }
Bytes FieldRow(const UnitId& unit, const Id16& record, std::string_view field) {
  return Writer().Raw(unit).U8(1).Raw(record).Raw(field).Take();
}
Bytes RecordPrefix(const UnitId& unit, const Id16& record) { return Writer().Raw(unit).U8(1).Raw(record).Take(); }
Bytes RecordsPrefix(const UnitId& unit) { return Writer().Raw(unit).U8(1).Take(); }
void DropRecords(const UnitId& unit, ledger::Batch& batch) {
  batch.DeleteRange(ledger::Family::kRecord, UnitInfoRow(unit), Writer().Raw(unit).U8(0xff).Take());
}

Id16 RecordId(const UnitKey& key, std::string_view record_key) {
  const Hash32 hash = DerivePublic(key.Reveal(), label::kRecordId, {AsBytes(record_key)});
  Id16 id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

namespace {

Bytes InfoData(const Hash32& ledger_id, const UnitId& unit) { return Writer().Raw(ledger_id).Raw(unit).Take(); }

}  // namespace

Bytes SealUnitInfo(const Hash32& ledger_id, const UnitKey& key, const UnitId& unit, const UnitInfo& info) {
  CHECK(info.period.size() <= kMaxUnitPeriod);
  const SecretBytes info_key = Derive(key.Reveal(), label::kUnitInfo, {});
  const Bytes plain = Writer().Raw(info.subject).U16(info.category).Str16(AsBytes(info.period)).Take();
  return Seal(info_key.Reveal(), InfoData(ledger_id, unit), plain);
}

Result<UnitInfo> OpenUnitInfo(const Hash32& ledger_id, const UnitKey& key, const UnitId& unit, ByteView row) {
  const SecretBytes info_key = Derive(key.Reveal(), label::kUnitInfo, {});
  ASSIGN_OR_RETURN(const SecretBytes plain, Open(info_key.Reveal(), InfoData(ledger_id, unit), row));
  Reader in(plain.Reveal());
  UnitInfo info;
  info.subject = in.Fixed<16>();
  info.category = in.U16();
  info.period = AsText(in.Str16(kMaxUnitPeriod));
  RETURN_IF_ERROR(in.Finish("unit info"));
  return info;
}

}  // namespace spor::vault
