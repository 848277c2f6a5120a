// SPDX-License-Identifier: Apache-2.0
#include "vault/key_copy.h"

#include <algorithm>

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "vault/key_rows.h"

namespace spor::vault {

using ledger::Family;

namespace {

constexpr std::string_view kMagic = "SPORKEYS";
constexpr uint16_t kVersion = 1;
constexpr size_t kMacBytes = 32;
constexpr size_t kMaxRowKey = 32;
constexpr size_t kMaxRowValue = 1024;
// Of a row key, what stands before the generation.
constexpr size_t kBranchPrefix = 2, kNodePrefix = 3, kUnitPrefix = 17, kServicePrefix = 2;

Hash32 MacOf(const RootKey& root, ByteView body) {
  const SecretBytes key = Derive(root.Reveal(), label::kKeyCopyMac, {});
  return HmacSha256(key.Reveal(), {body});
}

}  // namespace

Bytes EncodeKeyCopy(const KeyCopy& copy, const RootKey& root) {
  CHECK(copy.slot_file.size() == kSlotFileBytes);
  Writer out;
  out.Raw(kMagic).U16(kVersion).U32(copy.generation).Raw(copy.ledger_id).Raw(copy.slot_file);
  out.U32(static_cast<uint32_t>(copy.rows.size()));
  for (const KeyRow& row : copy.rows) out.Str8(AsText(row.key)).Str16(row.value);
  const Hash32 mac = MacOf(root, out.bytes());
  return out.Raw(mac).Take();
}

Result<KeyCopy> ParseKeyCopy(ByteView bytes) {
  Reader in(bytes);
  if (!PublicEquals(in.Raw(kMagic.size()), AsBytes(kMagic))) {
    return Status(Code::kCorrupt, "this is no copy of keys: it does not begin with SPORKEYS");
  }
  if (in.U16() != kVersion)
    return Status(Code::kTooNew, "the copy of the keys has a version that this program does not know");
  KeyCopy copy;
  copy.generation = in.U32();
  copy.ledger_id = in.Fixed<32>();
  copy.slot_file = ToBytes(in.Raw(kSlotFileBytes));
  const uint32_t rows = in.U32();
  for (uint32_t i = 0; i < rows && !in.failed(); ++i) {
    KeyRow row{ToBytes(in.Str8(kMaxRowKey)), ToBytes(in.Str16(kMaxRowValue))};
    if (!copy.rows.empty() && !(copy.rows.back().key < row.key)) in.Fail();
    copy.rows.push_back(std::move(row));
  }
  in.Raw(kMacBytes);
  RETURN_IF_ERROR(in.Finish("copy of keys"));
  return copy;
}

Result<OpenedKeyCopy> OpenKeyCopy(ByteView bytes, const BoxSecretKey& secret) {
  OpenedKeyCopy out;
  ASSIGN_OR_RETURN(out.copy, ParseKeyCopy(bytes));
  ASSIGN_OR_RETURN(out.slots, OpenSlotFile(out.copy.slot_file, out.copy.ledger_id, secret));
  const Hash32 mac = MacOf(out.slots.root, bytes.first(bytes.size() - kMacBytes));
  if (!SecretEquals(mac, bytes.last(kMacBytes))) {
    return Status(Code::kCorrupt, "the copy of the keys was changed: its MAC does not fit");
  }
  if (out.slots.generation != out.copy.generation) {
    return Status(Code::kCorrupt, "the copy of the keys holds a slot file of another generation");
  }
  return out;
}

Result<std::vector<KeyRow>> KeyRowsInForce(const ledger::Store& store, uint32_t generation) {
  std::vector<KeyRow> rows;
  const auto add = [&](ByteView key, ByteView value) {
    rows.push_back({ToBytes(key), ToBytes(value)});
    return OkStatus();
  };
  // In the order of their keys.
  RETURN_IF_ERROR(ScanNewest(store, Bytes{'B'}, kBranchPrefix, generation, add));
  RETURN_IF_ERROR(store.Scan(Family::kKey, CustodyPrefix(), ledger::PrefixEnd(CustodyPrefix()),
                             [&](ByteView key, ByteView value) { return add(key, value).ok(); }));
  RETURN_IF_ERROR(add(GenerationRow(), Writer().U32(generation).Take()));
  RETURN_IF_ERROR(ScanNewest(store, Bytes{'N'}, kNodePrefix, generation, add));
  RETURN_IF_ERROR(ScanNewest(store, Bytes{'S'}, kServicePrefix, generation, add));
  RETURN_IF_ERROR(ScanNewest(store, Bytes{'U'}, kUnitPrefix, generation, add));
  return rows;
}

std::vector<ledger::UnitId> UnitsOf(const std::vector<KeyRow>& rows) {
  std::vector<ledger::UnitId> units;
  for (const KeyRow& row : rows) {
    if (row.key.size() != kUnitPrefix + 4 || row.key[0] != 'U') continue;
    ledger::UnitId& unit = units.emplace_back();
    std::copy_n(row.key.begin() + 1, unit.size(), unit.begin());
  }
  return units;
}

Result<std::vector<ledger::UnitId>> UnitsWithoutKey(const ledger::Store& store) {
  std::vector<ledger::UnitId> units;
  RETURN_IF_ERROR(store.Scan(Family::kLive, {}, {}, [&](ByteView key, ByteView) {
    units.push_back(Reader(key).Fixed<16>());
    return true;
  }));
  // Both are in the order of their ids.
  auto next = units.begin();
  auto kept = units.begin();
  RETURN_IF_ERROR(store.Scan(Family::kKey, Bytes{'U'}, Bytes{'U' + 1}, [&](ByteView key, ByteView) {
    const ledger::UnitId id = Reader(key.subspan(1)).Fixed<16>();
    while (next != units.end() && *next < id) *kept++ = *next++;
    if (next != units.end() && *next == id) ++next;
    return true;
  }));
  kept = std::copy(next, units.end(), kept);
  units.erase(kept, units.end());
  return units;
}

}  // namespace spor::vault
