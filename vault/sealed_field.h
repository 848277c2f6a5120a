// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ledger/section.h"
#include "ledger/store.h"

// Vault fields: one sealed value per field of a record; docs/formats/vault.md.
namespace spor::vault {

using ledger::FieldType;
using ledger::UnitId;
using ledger::UnitKey;

inline constexpr size_t kMaxVaultValue = 64 << 10;
inline constexpr size_t kMaxUnitPeriod = 8192;

// Everything a value is bound to. Moving the ciphertext to any other place must fail.
struct FieldPlace {
  Hash32 ledger_id{};
  Id16 subject{};
  uint16_t category = 0;
  Id16 record{};
  std::string field;
};

struct VaultValue {
  FieldType type = FieldType::kText;
  uint32_t version = 1;  // counts the values this field has had
  SecretBytes value;
  Hash32 salt{};  // of its commitment
};

// Row = u8 type | u32 version | key-committing AEAD (salt[32] | u32 len | value, padded to 16 bytes).
Bytes SealField(const UnitKey& key, const FieldPlace& place, const VaultValue& value);
Result<VaultValue> OpenField(const UnitKey& key, const FieldPlace& place, ByteView row);

// SHA-256("spor/vault-field/v1" | salt | subject | u16 category | record | u8 len field | u8 type | u32 version |
// u32 len | value): what an event commits to.
Hash32 VaultCommitment(const FieldPlace& place, const VaultValue& value);

// Rows of Family::kRecord.
Bytes UnitInfoRow(const UnitId& unit);                                           // unit | 0x00
Bytes FieldRow(const UnitId& unit, const Id16& record, std::string_view field);  // unit | 0x01 | record | name
Bytes RecordPrefix(const UnitId& unit, const Id16& record);                      // unit | 0x01 | record
Bytes RecordsPrefix(const UnitId& unit);                                         // unit | 0x01
void DropRecords(const UnitId& unit, ledger::Batch& batch);

// A record's id: the PRF of what tells it apart, under the unit's key, so that it says nothing once the key is gone.
Id16 RecordId(const UnitKey& key, std::string_view record_key);

// What a unit is for, sealed under its own key in its info row.
struct UnitInfo {
  Id16 subject{};  // zero for audit and staff units
  uint16_t category = 0;
  std::string period;  // record key or accounting year, where the category is cut that way
};
Bytes SealUnitInfo(const Hash32& ledger_id, const UnitKey& key, const UnitId& unit, const UnitInfo& info);
Result<UnitInfo> OpenUnitInfo(const Hash32& ledger_id, const UnitKey& key, const UnitId& unit, ByteView row);

}  // namespace spor::vault
