// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/codec.h"
#include "vault/key_tree.h"

// Keys of the rows of Family::kKey; see key_tree.h for what they hold.
namespace spor::vault {

inline uint16_t PrefixOf(const UnitId& unit) { return static_cast<uint16_t>(unit[0] << 8 | unit[1]); }
inline Bytes BranchPrefix(uint8_t branch) { return Writer().Raw("B").U8(branch).Take(); }
inline Bytes NodePrefix(uint16_t prefix) { return Writer().Raw("N").U16(prefix).Take(); }
inline Bytes UnitPrefix(const UnitId& unit) { return Writer().Raw("U").Raw(unit).Take(); }
inline Bytes ServicePrefix(ServiceKey key) { return Writer().Raw("S").U8(static_cast<uint8_t>(key)).Take(); }
inline Bytes GenerationRow() { return {'G'}; }
inline Bytes StagingRow() { return {'T'}; }
inline Bytes OwedRow() { return {'D'}; }
inline Bytes CustodyPrefix() { return {'C'}; }
inline Bytes CustodyRow(const Id16& id) { return Writer().Raw("C").Raw(id).Take(); }

inline Bytes WithGeneration(Bytes prefix, uint32_t generation) {
  Append(prefix, Writer().U32(generation).bytes());
  return prefix;
}
inline Bytes ServiceRow(ServiceKey key, uint32_t generation) { return WithGeneration(ServicePrefix(key), generation); }
inline uint32_t GenerationOf(ByteView row_key) { return Reader(row_key.last(4)).U32(); }

// The row with this prefix and the highest generation not above `generation`.
Result<std::optional<std::pair<Bytes, Bytes>>> NewestRow(const ledger::Store& store, ByteView prefix,
                                                         uint32_t generation);

// Visits the newest row not above `generation` of every object whose row keys start with `range`; `prefix_size` is the
// length of an object's prefix. Older and newer rows are skipped. Stops at the first error.
using RowVisitor = std::function<Status(ByteView row_key, ByteView row)>;
Status ScanNewest(const ledger::Store& store, ByteView range, size_t prefix_size, uint32_t generation,
                  const RowVisitor& visit);

}  // namespace spor::vault
