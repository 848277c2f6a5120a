// SPDX-License-Identifier: Apache-2.0
#include "ledger/record_file.h"

#include <algorithm>

namespace spor::ledger {
namespace {

constexpr size_t kBlock = 32768;  // pieces of records never cross a multiple of this
constexpr size_t kHeader = 7;     // u32 masked CRC-32C of type and payload | u16 length | u8 type; low byte first
constexpr size_t kSector = 512;   // what a disk writes whole or not at all
constexpr uint8_t kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4;

constexpr std::array<std::array<uint32_t, 256>, 8> MakeCrcTables() {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    tables[0][byte] = crc;
  }
  for (size_t t = 1; t < tables.size(); ++t) {
    for (size_t byte = 0; byte < 256; ++byte) {
      tables[t][byte] = tables[t - 1][byte] >> 8 ^ tables[0][tables[t - 1][byte] & 0xff];
    }
  }
  return tables;
}
constexpr auto kCrc = MakeCrcTables();

// CRC-32C of RFC 3720, eight bytes at a time; `crc` is what came before, inverted as it is kept between calls.
uint32_t ExtendCrc(uint32_t crc, uint8_t byte) { return crc >> 8 ^ kCrc[0][(crc ^ byte) & 0xff]; }
uint32_t ExtendCrc(uint32_t crc, ByteView bytes) {
  while (bytes.size() >= 8) {
    const auto at = [&](size_t i) { return static_cast<uint32_t>(bytes[i]); };
    crc ^= at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24;
    crc = kCrc[7][crc & 0xff] ^ kCrc[6][crc >> 8 & 0xff] ^ kCrc[5][crc >> 16 & 0xff] ^ kCrc[4][crc >> 24] ^
          kCrc[3][at(4)] ^ kCrc[2][at(5)] ^ kCrc[1][at(6)] ^ kCrc[0][at(7)];
    bytes = bytes.subspan(8);
  }
  for (const uint8_t byte : bytes) crc = ExtendCrc(crc, byte);
  return crc;
}
constexpr uint32_t kCrcStart = ~uint32_t{0};
uint32_t Mask(uint32_t crc) { return ((~crc >> 15) | (~crc << 17)) + 0xa282ead8u; }

size_t BlockEnd(size_t at) { return at / kBlock * kBlock + kBlock; }
bool IsZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

// A header as it stands there, and how far it says its piece goes.
struct Header {
  uint32_t masked_crc = 0;
  uint8_t type = 0;
  size_t payload = 0;  // where it begins
  size_t end = 0;

  static Header At(ByteView file, size_t at) {
    const ByteView b = file.subspan(at, kHeader);
    Header out;
    for (int i = 3; i >= 0; --i) out.masked_crc = out.masked_crc << 8 | b[static_cast<size_t>(i)];
    out.type = b[6];
    out.payload = at + kHeader;
    out.end = out.payload + (b[4] | size_t{b[5]} << 8);
    return out;
  }
};

class RecordReader {
 public:
  explicit RecordReader(ByteView file) : file_(file) {}

  Result<RecordFileEnd> Read(const RecordVisitor& visit) const {
    Bytes head;
    bool inside = false;  // a record has begun and not ended
    size_t whole = 0;
    for (size_t at = 0; at < file_.size();) {
      const std::optional<Header> piece = PieceAt(at);
      if (!piece) return EndsUnfinished(at) ? Result(RecordFileEnd{true, whole}) : Damaged();
      const bool begins = piece->type == kFull || piece->type == kFirst;
      if (begins == inside) return Damaged();
      const ByteView payload = file_.subspan(piece->payload, piece->end - piece->payload);
      Append(head, payload.first(std::min(payload.size(), kRecordHead - head.size())));
      inside = piece->type == kFirst || piece->type == kMiddle;
      if (!inside) {
        RETURN_IF_ERROR(visit(head));
        head.clear();
        whole = piece->end;
      }
      at = Next(piece->end);
      if (!IsZero(Between(piece->end, at))) return Damaged();
    }
    return RecordFileEnd{inside, whole};
  }

 private:
  static Status Damaged() { return Status(Code::kCorrupt, "a record is damaged"); }

  // Where the next header is: the rest of a block that is too short for one is not used, and zero.
  static size_t Next(size_t at) { return BlockEnd(at) - at < kHeader ? BlockEnd(at) : at; }
  ByteView Between(size_t from, size_t to) const { return file_.first(std::min(to, file_.size())).subspan(from); }

  std::optional<Header> PieceAt(size_t at) const {
    if (at + kHeader > std::min(BlockEnd(at), file_.size())) return std::nullopt;
    const Header header = Header::At(file_, at);
    if (header.type < kFull || header.type > kLast || header.end > std::min(BlockEnd(at), file_.size())) {
      return std::nullopt;
    }
    const uint32_t crc = ExtendCrc(kCrcStart, file_.subspan(at + 6, header.end - at - 6));
    return Mask(crc) == header.masked_crc ? std::optional(header) : std::nullopt;
  }

  // The piece at `at` is no good: is that because its write never ended? Only one record is ever being written, and
  // whoever was answered had everything before it on the disk.
  bool EndsUnfinished(size_t at) const {
    if (at + kHeader > file_.size()) return true;
    if (IsZero(file_.subspan(at, kHeader))) return !RecordBeginsBehind(at);
    return !FitsAnotherHeader(at) && !RecordBeginsBehind(at) && IsCutShort(at);
  }

  // With another length, or another type, the checksum would be right: the record is whole, and the header was changed.
  bool FitsAnotherHeader(size_t at) const {
    const Header header = Header::At(file_, at);
    const size_t limit = std::min(BlockEnd(at), file_.size());
    uint32_t crc = ExtendCrc(kCrcStart, header.type);
    for (size_t end = header.payload;; crc = ExtendCrc(crc, file_[end++])) {
      if (Mask(crc) == header.masked_crc) return true;
      if (end == limit) break;
    }
    if (header.end > limit) return false;
    const ByteView payload = file_.subspan(header.payload, header.end - header.payload);
    for (uint8_t type = kFull; type <= kLast; ++type) {
      if (Mask(ExtendCrc(ExtendCrc(kCrcStart, type), payload)) == header.masked_crc) return true;
    }
    return false;
  }

  // Looked for at every place, because a damaged length or a missing sector hides where the next one is.
  bool RecordBeginsBehind(size_t at) const {
    for (size_t next = at + 1; next + kHeader <= file_.size(); ++next) {
      const uint8_t type = file_[next + kHeader - 1];
      if ((type == kFull || type == kFirst) && PieceAt(next)) return true;
    }
    return false;
  }

  // The file ends within the piece, or a sector of it was never written.
  bool IsCutShort(size_t at) const {
    const Header header = Header::At(file_, at);
    if (header.end > file_.size() && header.end <= BlockEnd(at)) return true;
    const size_t limit = std::min({header.end, BlockEnd(at), file_.size()});
    for (size_t sector = (at + kSector - 1) / kSector * kSector; sector < limit; sector += kSector) {
      if (IsZero(file_.subspan(sector, std::min(kSector, file_.size() - sector)))) return true;
    }
    return false;
  }

  ByteView file_;
};

}  // namespace

Result<RecordFileEnd> ReadRecordFile(ByteView file, const RecordVisitor& visit) {
  return RecordReader(file).Read(visit);
}

}  // namespace spor::ledger
