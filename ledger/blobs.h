// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/entry.h"
#include "ledger/store.h"

// Sealed sections as they lie beside the log; docs/formats/section.md.
namespace spor::ledger {

struct StoredBlob {
  UnitId unit{};
  uint64_t entry = 0;
  uint8_t section = 0;
  Hash32 fields_hash{};
  ByteView blob;  // valid during the visit only
};
// Returns false to stop.
using BlobVisitor = std::function<bool(const StoredBlob&)>;

// Blobs of one unit for entries [begin, end), in entry order. kCorrupt for a malformed row.
Status ScanSubjectBlobs(const Store& store, const UnitId& unit, uint64_t begin, uint64_t end,
                        const BlobVisitor& visitor);
Status ScanAuditBlobs(const Store& store, const UnitId& unit, uint64_t begin, uint64_t end, const BlobVisitor& visitor);
// Every blob of one of the two tables under units that begin with a byte in [first, end); end up to 256.
Status ScanBlobs(const Store& store, Family family, uint16_t first, uint16_t end, const BlobVisitor& visitor);

// Drops every blob of a unit from both tables.
void DropBlobs(const UnitId& unit, Batch& batch);

}  // namespace spor::ledger
