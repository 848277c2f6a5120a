// SPDX-License-Identifier: Apache-2.0
#include "ledger/blobs.h"

#include "crypto/codec.h"

namespace spor::ledger {
namespace {

constexpr size_t kMaxBlob = size_t{1} << 20;

Status Malformed() { return Status(Code::kCorrupt, "a row of sealed sections is malformed"); }

// Both visit one row and return whether to go on; `bad` is set for a malformed row.
bool VisitSubjectRow(ByteView key, ByteView value, const BlobVisitor& visitor, Status& bad) {
  Reader in(key);
  StoredBlob blob;
  blob.unit = in.Fixed<16>();
  blob.entry = in.U64();
  blob.section = in.U8();
  if (!in.Finish("blob key").ok() || value.size() < 32) return bad = Malformed(), false;
  std::copy_n(value.begin(), 32, blob.fields_hash.begin());
  blob.blob = value.subspan(32);
  return visitor(blob);
}

bool VisitAuditRow(ByteView key, ByteView value, uint64_t begin, uint64_t end, const BlobVisitor& visitor,
                   Status& bad) {
  StoredBlob blob;
  Reader row(key);
  blob.unit = row.Fixed<16>();
  const uint64_t first = row.U64();
  if (!row.Finish("blob key").ok() || value.empty()) return bad = Malformed(), false;
  Reader in(value);
  while (in.left() > 0) {
    const bool is_first = in.left() == value.size();
    const uint64_t last = is_first ? first : blob.entry;
    blob.entry = in.U64();
    blob.section = in.U8();
    blob.fields_hash = in.Fixed<32>();
    blob.blob = in.Str32(kMaxBlob);
    // Where a row lies is where it is looked for.
    if (in.failed() || blob.entry < last || (is_first && blob.entry != first)) return bad = Malformed(), false;
    if (blob.entry < begin) continue;
    if (blob.entry >= end || !visitor(blob)) return false;
  }
  return true;
}

Bytes RowKey(const UnitId& unit, uint64_t entry) { return Writer().Raw(unit).U64(entry).Take(); }

Bytes UnitEnd(const UnitId& unit) { return Writer().Raw(unit).U64(~uint64_t{0}).U8(0xff).Take(); }

}  // namespace

Status ScanSubjectBlobs(const Store& store, const UnitId& unit, uint64_t begin, uint64_t end,
                        const BlobVisitor& visitor) {
  Status bad;
  RETURN_IF_ERROR(store.Scan(Family::kSubjectBlob, RowKey(unit, begin), RowKey(unit, end),
                             [&](ByteView key, ByteView value) { return VisitSubjectRow(key, value, visitor, bad); }));
  return bad;
}

Status ScanAuditBlobs(const Store& store, const UnitId& unit, uint64_t begin, uint64_t end,
                      const BlobVisitor& visitor) {
  // The row that holds `begin` may start before it.
  ASSIGN_OR_RETURN(const auto before, store.Before(Family::kAuditBlob, RowKey(unit, begin)));
  Bytes from = RowKey(unit, begin);
  if (before && before->first.size() == 24 && std::equal(unit.begin(), unit.end(), before->first.begin())) {
    from = before->first;
  }
  Status bad;
  RETURN_IF_ERROR(store.Scan(Family::kAuditBlob, from, RowKey(unit, end), [&](ByteView key, ByteView value) {
    return VisitAuditRow(key, value, begin, end, visitor, bad);
  }));
  return bad;
}

Status ScanBlobs(const Store& store, Family family, uint16_t first, uint16_t end, const BlobVisitor& visitor) {
  const Bytes from = {static_cast<uint8_t>(first)};
  const Bytes to = end < 256 ? Bytes{static_cast<uint8_t>(end)} : Bytes();
  Status bad;
  RETURN_IF_ERROR(store.Scan(family, from, to, [&](ByteView key, ByteView value) {
    return family == Family::kSubjectBlob ? VisitSubjectRow(key, value, visitor, bad)
                                          : VisitAuditRow(key, value, 0, ~uint64_t{0}, visitor, bad);
  }));
  return bad;
}

void DropBlobs(const UnitId& unit, Batch& batch) {
  batch.DeleteRange(Family::kSubjectBlob, RowKey(unit, 0), UnitEnd(unit));
  batch.DeleteRange(Family::kAuditBlob, RowKey(unit, 0), UnitEnd(unit));
}

}  // namespace spor::ledger
