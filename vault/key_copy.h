// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/store.h"
#include "vault/slot_file.h"

// A copy of every wrapped key together with the slot file that opens them, to be kept apart from the data and its
// backups: an old copy of the data is worth something only with the newest one of these. docs/formats/key-copy.md.
namespace spor::vault {

struct KeyRow {
  Bytes key;  // of Family::kKey
  Bytes value;
};

struct KeyCopy {
  uint32_t generation = 0;
  Hash32 ledger_id{};
  Bytes slot_file;           // kSlotFileBytes
  std::vector<KeyRow> rows;  // by key, ascending
};

// Magic "SPORKEYS" | u16 version=1 | u32 generation | ledger_id[32] | slot file[4096] | u32 n | (u8 len | key |
// u16 len | value)* | mac[32], the MAC under a key derived from the root.
Bytes EncodeKeyCopy(const KeyCopy& copy, const RootKey& root);
// Not authenticated yet: kCorrupt for damage, kTooNew for another version.
Result<KeyCopy> ParseKeyCopy(ByteView bytes);
// With the secret of one of its slots. kUnauthenticated if none is for `secret`; kCorrupt if the MAC does not fit, or
// the slot file is of another generation than the rows.
struct OpenedKeyCopy {
  KeyCopy copy;
  OpenedSlots slots;
};
Result<OpenedKeyCopy> OpenKeyCopy(ByteView bytes, const BoxSecretKey& secret);

// The rows in force of `generation`, as they are now.
Result<std::vector<KeyRow>> KeyRowsInForce(const ledger::Store& store, uint32_t generation);
// The units that have a key among `rows`, ascending.
std::vector<ledger::UnitId> UnitsOf(const std::vector<KeyRow>& rows);

// Units that the live map has and no key is there for, ascending: erased since this data was copied.
Result<std::vector<ledger::UnitId>> UnitsWithoutKey(const ledger::Store& store);

}  // namespace spor::vault
