// SPDX-License-Identifier: Apache-2.0
#include "ledger/log_reader.h"

#include <algorithm>

#include "crypto/codec.h"

namespace spor::ledger {

Bytes Encode(const LogState& state) {
  return Writer().U64(state.size).U32(state.last_time).U64(state.last_head).Take();
}

Result<LogState> ParseLogState(ByteView bytes) {
  Reader in(bytes);
  LogState state;
  state.size = in.U64();
  state.last_time = in.U32();
  state.last_head = in.U64();
  RETURN_IF_ERROR(in.Finish("log state"));
  return state;
}

Bytes EncodeKeyEntries(const std::vector<uint64_t>& indexes) {
  Writer out;
  for (const uint64_t index : indexes) out.U64(index);
  return out.Take();
}

Result<std::vector<uint64_t>> ParseKeyEntries(ByteView bytes) {
  Reader in(bytes);
  std::vector<uint64_t> indexes;
  while (in.left() > 0) {
    indexes.push_back(in.U64());
    if (indexes.size() > 1 && indexes[indexes.size() - 2] >= indexes.back()) in.Fail();
  }
  if (indexes.empty() || indexes[0] != 0) in.Fail();
  RETURN_IF_ERROR(in.Finish("row of key entries"));
  return indexes;
}

Bytes EndorsementKey(uint64_t index) { return ToBytes(AsBytes("endorsement/" + std::to_string(index))); }

Bytes IndexKey(uint64_t index) { return Writer().U64(index).Take(); }

Result<LogState> LogReader::State() const {
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store_.Get(Family::kMeta, AsBytes(kLogStateKey)));
  if (!row) return Status(Code::kNotFound, "there is no log in this directory; make one with `spor init`");
  return ParseLogState(*row);
}

Result<std::string> LogReader::StoredCheckpoint() const {
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store_.Get(Family::kMeta, AsBytes(kCheckpointKey)));
  if (!row) return Status(Code::kCorrupt, "the stored checkpoint is missing");
  return std::string(AsText(*row));
}

Result<std::vector<uint64_t>> LogReader::KeyEntries() const {
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store_.Get(Family::kMeta, AsBytes(kKeyEntriesKey)));
  if (!row) return std::vector<uint64_t>{0};
  return ParseKeyEntries(*row);
}

Result<std::string> LogReader::StoredEndorsement(uint64_t index) const {
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store_.Get(Family::kMeta, EndorsementKey(index)));
  if (row) return std::string(AsText(*row));
  return Status(Code::kCorrupt,
                "the checkpoint that covers the log key of entry " + std::to_string(index) + " is missing");
}

Status LogReader::Scan(uint64_t begin, uint64_t end, const Visitor& visitor) const {
  if (begin >= end) return OkStatus();
  ASSIGN_OR_RETURN(const auto start, store_.Before(Family::kEntry, IndexKey(begin)));
  uint64_t next = start ? Reader(start->first).U64() : 0;
  bool going = true;
  Status bad;
  const Bytes from = start ? start->first : IndexKey(0);
  const Status scanned = store_.Scan(Family::kEntry, from, IndexKey(end), [&](ByteView key, ByteView row) {
    if (key.size() != 8 || Reader(key).U64() != next) {
      bad = Status(Code::kCorrupt, "entry " + std::to_string(next) + " is missing");
      return false;
    }
    Reader in(row);
    while (in.left() > 0 && going) {
      const ByteView bytes = in.Str16(kMaxEntryBytes);
      if (in.failed()) {
        bad = Status(Code::kCorrupt, "the row of entry " + std::to_string(next) + " is malformed");
        return false;
      }
      if (next >= begin && next < end) going = visitor(next, bytes);
      ++next;
    }
    return going;
  });
  if (scanned.code() == Code::kCorrupt) {
    return Status(Code::kCorrupt, "entry " + std::to_string(next) + ": " + scanned.message());
  }
  RETURN_IF_ERROR(scanned);
  RETURN_IF_ERROR(bad);
  if (going && next < end) return Status(Code::kCorrupt, "entry " + std::to_string(next) + " is missing");
  return OkStatus();
}

Result<UnixSeconds> LogReader::NextTime(const Clock& clock) const {
  ASSIGN_OR_RETURN(const LogState state, State());
  return std::max<UnixSeconds>(clock.Now(), state.last_time);
}

Result<Bytes> LogReader::EntryBytes(uint64_t index) const {
  Bytes found;
  RETURN_IF_ERROR(Scan(index, index + 1, [&](uint64_t, ByteView bytes) {
    found = ToBytes(bytes);
    return false;
  }));
  return found;
}

Result<Entry> LogReader::EntryAt(uint64_t index) const {
  ASSIGN_OR_RETURN(const Bytes bytes, EntryBytes(index));
  return ParseEntry(bytes);
}

Result<uint64_t> LogReader::FirstAt(uint32_t time) const {
  ASSIGN_OR_RETURN(const LogState state, State());
  uint64_t low = 0;
  uint64_t high = state.size;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    ASSIGN_OR_RETURN(const Entry entry, EntryAt(middle));
    if (entry.time_s < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace spor::ledger
