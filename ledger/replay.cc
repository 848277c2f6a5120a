// SPDX-License-Identifier: Apache-2.0
#include "ledger/replay.h"

#include "crypto/codec.h"

namespace spor::ledger {

uint32_t PeekTime(ByteView entry) { return entry.size() < 6 ? 0 : Reader(entry.subspan(2)).U32(); }

Status ReplayOnto(UnitMaps& maps, const LogReader& reader, uint64_t begin, uint64_t end) {
  Status bad;
  RETURN_IF_ERROR(reader.Scan(begin, end, [&](uint64_t index, ByteView bytes) {
    const uint8_t kind = PeekKind(bytes);
    if (kind != static_cast<uint8_t>(EntryKind::kOps) && kind != static_cast<uint8_t>(EntryKind::kErase)) return true;
    const Result<Entry> entry = ParseEntry(bytes);
    if (!entry.ok()) return bad = entry.error(), false;
    for (const UnitOp& op : entry->ops) {
      if (!maps.Apply(op, index, nullptr).ok()) {
        bad = Status(Code::kCorrupt, "entry " + std::to_string(index) + ": an operation does not fit what came before");
        return false;
      }
    }
    return true;
  }));
  return bad;
}

Result<UnitMaps> ReplayMaps(const LogReader& reader, uint64_t end) {
  UnitMaps maps;
  RETURN_IF_ERROR(ReplayOnto(maps, reader, 0, end));
  return maps;
}

Result<HeadAt> NewestHead(const LogReader& reader, uint64_t index) {
  // Heads come every second of activity; going back entry by entry would read each row again, so blocks are scanned.
  constexpr uint64_t kBlock = 1024;
  for (uint64_t end = index + 1; end > 0; end = end > kBlock ? end - kBlock : 0) {
    std::optional<uint64_t> found;
    RETURN_IF_ERROR(reader.Scan(end > kBlock ? end - kBlock : 0, end, [&](uint64_t i, ByteView bytes) {
      if (PeekKind(bytes) == static_cast<uint8_t>(EntryKind::kHead)) found = i;
      return true;
    }));
    if (!found) continue;
    ASSIGN_OR_RETURN(const Entry entry, reader.EntryAt(*found));
    ASSIGN_OR_RETURN(const HeadBody body, ParseHead(entry.body));
    return HeadAt{*found, body};
  }
  return Status(Code::kNotFound, "there is no head before entry " + std::to_string(index));
}

}  // namespace spor::ledger
