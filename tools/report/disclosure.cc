// SPDX-License-Identifier: Apache-2.0
#include "tools/report/disclosure.h"

#include <set>

#include "ledger/blobs.h"

namespace spor::report {

using ledger::UnitId;

Result<std::map<uint64_t, OwnSections>> OwnSectionsOf(const ReportParts& parts, const privacy::Profile& profile,
                                                      const EntryRange& entries) {
  std::set<UnitId> units = {profile.identity};
  for (const privacy::SubjectUnit& unit : profile.units) units.insert(unit.unit);
  std::map<uint64_t, OwnSections> own;
  for (const UnitId& unit : units) {
    RETURN_IF_ERROR(
        ledger::ScanSubjectBlobs(*parts.store, unit, entries.begin, entries.end, [&](const ledger::StoredBlob& blob) {
          own[blob.entry][blob.section] = {blob.unit, ToBytes(blob.blob)};
          return true;
        }));
  }
  return own;
}

Result<std::vector<DisclosedSection>> Disclose(const AuditedEntry& audited, const OwnSections& own, SectionKeys& keys) {
  std::vector<DisclosedSection> sections(audited.entry.sections.size());
  const auto open = [&](uint8_t number, const UnitId& unit, ByteView blob) -> Status {
    if (number >= sections.size()) return Status(Code::kCorrupt, "a sealed section has no entry");
    Result<Opening> opening = keys.Open(audited.entry, number, unit, blob);
    if (!opening.ok() && opening.error().code() != Code::kNotFound) return opening.error();
    sections[number].state = opening.ok() ? DisclosedSection::State::kOpening : DisclosedSection::State::kDestroyed;
    if (opening.ok()) sections[number].opening = std::move(*opening);
    return OkStatus();
  };
  for (const AuditedEntry::Section& section : audited.audits) {
    RETURN_IF_ERROR(open(section.number, section.unit, section.blob));
  }
  for (const auto& [number, section] : own) RETURN_IF_ERROR(open(number, section.first, section.second));
  // An audit section is the first of its event. With one section alone it may be a person's: that stays "closed".
  if (audited.audit_destroyed && sections.size() > 1) sections[0].state = DisclosedSection::State::kDestroyed;
  return sections;
}

}  // namespace spor::report
