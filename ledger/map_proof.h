// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "crypto/bytes.h"

// The proof for one key of a map, byte for byte that of torchwood's `mpt`; docs/formats/map.md. Map::Prove() makes it.
//
//   proof = step*                                             the key is present
//         | uvarint length | key | uvarint length | value | step*   absent: the leaf that stands where it would
//         | nothing                                           absent from the empty map
//   step  = uvarint bit | hash[32]                            from the leaf up, bits strictly falling
namespace spor::ledger {

// That the map with this root holds `value` under `key`, or, without a value, that it holds nothing there. kFailed
// otherwise, and for a proof of anything else.
Status VerifyMapProof(const Hash32& root, ByteView key, std::optional<ByteView> value, ByteView proof);

}  // namespace spor::ledger
