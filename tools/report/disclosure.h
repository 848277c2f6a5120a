// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/report/evidence.h"

// What an extract or a receipt opens of an entry: its audit sections, and those of one person where she is asked for.
namespace spor::report {

// A person's sections of one entry, by number.
using OwnSections = std::map<uint8_t, std::pair<ledger::UnitId, Bytes>>;

// Every section of hers in these entries, by entry.
Result<std::map<uint64_t, OwnSections>> OwnSectionsOf(const ReportParts& parts, const privacy::Profile& profile,
                                                      const EntryRange& entries);

// Audit sections opened, those of `own` too, everything else closed.
Result<std::vector<DisclosedSection>> Disclose(const AuditedEntry& audited, const OwnSections& own, SectionKeys& keys);

}  // namespace spor::report
