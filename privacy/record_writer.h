// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "privacy/people_edit.h"

namespace spor::privacy {

enum class RowOutcome { kCreated, kUpdated, kUnchanged, kRefused };

// One record of one person: field -> value; empty values say nothing.
struct RecordRow {
  std::string external_id;
  std::map<std::string, std::string> values;
};

// Checks a row against the category: why it must be refused, or an empty text.
std::string RefusalReason(const Category& category, const RecordRow& row);

// Puts the record into the vault: makes person and unit where needed, seals the fields that changed, starts the clocks
// that the record carries, notes the facts that conditions ask for, and adds the event that commits to each value.
// `refusal` says why nothing was put for kRefused.
Result<RowOutcome> WriteRecord(const Parts& parts, PeopleEdit& edit, const Category& category, const RecordRow& row,
                               std::string_view import, std::string& refusal);

}  // namespace spor::privacy
