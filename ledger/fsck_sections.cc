// SPDX-License-Identifier: Apache-2.0
#include "ledger/fsck_sections.h"

#include "ledger/section.h"

namespace spor::ledger {
namespace {

std::string Named(uint64_t entry) { return "entry " + std::to_string(entry) + ": "; }

}  // namespace

Status SectionCheck::Work() {
  for (size_t task = next_++; task < kTasks; task = next_++) RETURN_IF_ERROR(Range(task));
  return OkStatus();
}

Status SectionCheck::Range(size_t task) {
  const Family family = task < kRanges ? Family::kSubjectBlob : Family::kAuditBlob;
  constexpr uint16_t kWidth = 256 / kRanges;
  const uint16_t first = static_cast<uint16_t>(task % kRanges * kWidth);
  std::vector<Seen>& units = units_[task];
  uint64_t count = 0;
  const Status scanned = ScanBlobs(store_, family, first, first + kWidth, [&](const StoredBlob& blob) {
    if (units.empty() || units.back().unit != blob.unit) units.push_back({blob.unit, blob.entry, blob.section});
    if (blob.entry < limit_) Check(blob);
    if (++count % 1024 == 0) present_ += 1024;
    return true;
  });
  present_ += count % 1024;
  if (scanned.code() != Code::kCorrupt) return scanned;
  damage_.Note(kNoEntry, FirstDamage::Kind::kSection, "sealed sections: " + scanned.message());
  return OkStatus();
}

void SectionCheck::Check(const StoredBlob& blob) const {
  const std::optional<uint64_t> root = kept_.SectionRoot(blob.entry, blob.section);
  if (root && *root == SectionTable::Short(SectionRoot(blob.blob, blob.fields_hash))) return;
  damage_.Note(
      blob.entry, FirstDamage::Kind::kSection,
      Named(blob.entry) + "its sealed section " + std::to_string(blob.section) + " is not what the entry commits to");
}

void SectionCheck::CheckUnits(const Map& live) const {
  for (const std::vector<Seen>& units : units_) {
    for (const Seen& seen : units) {
      if (live.Peek(seen.unit)) continue;
      damage_.Note(seen.entry, FirstDamage::Kind::kSection,
                   Named(seen.entry) + "its sealed section " + std::to_string(seen.section) +
                       " lies under a unit that is not live");
    }
  }
}

}  // namespace spor::ledger
