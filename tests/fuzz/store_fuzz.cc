// SPDX-License-Identifier: Apache-2.0
#include "ledger/record_file.h"
#include "ledger/rocks_files.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace spor::fuzz {
namespace {

constexpr size_t kBlock = 32768;
constexpr size_t kHeader = 7;

// A record file as docs/reliability.md describes it, a bit at a time.
struct SlowRecordFile {
  std::vector<Bytes> heads;  // of the records before the first thing that is wrong
  bool whole = false;        // nothing is

  explicit SlowRecordFile(ByteView file) {
    Bytes record;
    bool inside = false;
    size_t at = 0;
    while (at < file.size()) {
      const size_t room = kBlock - at % kBlock;
      if (room < kHeader) {
        for (size_t i = 0; i < room && at < file.size(); ++i) {
          if (file[at++] != 0) return;
        }
        continue;
      }
      if (file.size() - at < kHeader) return;
      const size_t length = file[at + 4] + size_t{file[at + 5]} * 256;
      const uint8_t type = file[at + 6];
      if (kHeader + length > std::min(room, file.size() - at) || type < 1 || type > 4) return;
      if (MaskedCrc(file.subspan(at + 6, 1 + length)) != Number(file.subspan(at, 4))) return;
      if ((type == 1 || type == 2) == inside) return;
      Append(record, file.subspan(at + kHeader, length));
      inside = type == 2 || type == 3;
      at += kHeader + length;
      if (inside) continue;
      record.resize(std::min(record.size(), ledger::kRecordHead));
      heads.push_back(std::move(record));
      record.clear();
    }
    whole = !inside;
  }

 private:
  static uint32_t Number(ByteView bytes) {
    return bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
  }
  static uint32_t MaskedCrc(ByteView bytes) {
    uint32_t crc = 0xffffffff;
    for (const uint8_t byte : bytes) {
      crc ^= byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8;
  }
};

// Whether nothing is wrong with the file; its records are those that the slow twin sees.
bool IsWhole(ByteView file) {
  const SlowRecordFile twin(file);
  size_t seen = 0;
  const auto end = ledger::ReadRecordFile(file, [&](ByteView head) {
    CHECK(seen < twin.heads.size() && PublicEquals(head, twin.heads[seen]));
    ++seen;
    return OkStatus();
  });
  const bool whole = end.ok() && !end->unfinished;
  CHECK(whole == twin.whole);
  // The records before what is wrong are shown also when it is refused.
  CHECK(seen == twin.heads.size());
  return whole;
}

}  // namespace

// The file; its length says which bit is flipped when it is whole, and that must be noticed.
int FuzzRecordFile(ByteView input) {
  if (!IsWhole(input) || input.empty()) return 0;
  Bytes damaged = ToBytes(input);
  const size_t bit = input.size() * 2654435761u % (input.size() * 8);
  damaged[bit / 8] = static_cast<uint8_t>(damaged[bit / 8] ^ 1 << bit % 8);
  CHECK(!IsWhole(damaged));
  return 0;
}

// What the store keeps for itself; the first byte chooses which.
int FuzzStoreRows(ByteView input) {
  Input in(input);
  const uint8_t kind = in.Byte();
  const ByteView row = in.Rest();
  switch (kind % 3) {
    case 0: {
      const Result<ledger::Manifest> manifest = ledger::ParseManifest(row);
      if (manifest.ok()) CHECK(PublicEquals(ledger::EncodeManifest(*manifest), row));
      break;
    }
    case 1: {
      const Result<uint64_t> number = ledger::ParseBatchNumber(row);
      if (number.ok()) CHECK(PublicEquals(ledger::EncodeBatchNumber(*number), row));
      break;
    }
    default: {
      const auto number = ledger::ParseBatchHead(row);
      if (!number.ok() || !*number) break;
      const size_t key = row.size() < 15 ? 0 : 15;  // behind sequence, number of rows, type, table and length
      CHECK(AsText(row).substr(key).starts_with(ledger::kBatchNumberKey));
      const ByteView value = row.subspan(key + ledger::kBatchNumberKey.size());
      CHECK(value.size() >= 9 && value[0] == 8);
      CHECK(PublicEquals(value.subspan(1, 8), ledger::EncodeBatchNumber(**number)));
    }
  }
  return 0;
}

}  // namespace spor::fuzz
