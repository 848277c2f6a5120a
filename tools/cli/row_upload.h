// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "privacy/csv.h"
#include "privacy/json.h"
#include "tools/cli/console.h"
#include "tools/cli/service_client.h"

namespace spor::cli {

inline constexpr size_t kMaxChunkRows = 512;
inline constexpr size_t kMaxChunkBytes = size_t{4} << 20;

// What was refused, with the first reasons.
class Refusals {
 public:
  static constexpr size_t kShown = 20;
  // Takes `count` and the reasons of one answer; each reason has `number_key` ("row", "line") and "reason". `offset` is
  // added to the numbers.
  void Take(int64_t count, const privacy::JsonValue& answer, std::string_view number_key, int64_t offset);
  // "row 12: ..." for the first, then how many more there are; on standard error.
  void Note(Console& console, std::string_view number_key) const;
  // Appends "reasons":[...] to an open object.
  void Write(privacy::JsonWriter& json, std::string_view number_key) const;
  int64_t count() const { return count_; }

 private:
  int64_t count_ = 0;
  std::vector<std::pair<int64_t, std::string>> first_;
};

// A long act of the service that takes rows in chunks.
struct UploadPlan {
  std::string target;  // "/v1/import/chunk"
  std::string id_key;  // "import"
  const privacy::JsonValue* id = nullptr;
  std::string label;  // for the progress bar
  uint64_t rows = 0;  // in the file
};

// Reads the file to its end and counts its rows, so that a broken file is refused before anything is sent.
Outcome<uint64_t> CheckCsv(const std::string& path);

// Sends all rows that `csv` still has: {ID_KEY, first_row (1 is the first row below the header), rows}.
Outcome<Refusals> UploadRows(privacy::CsvReader& csv, const UploadPlan& plan, ServiceClient& client, Console& console);

// Shows the end's answer, with the first refusals.
void ShowTotals(const privacy::JsonValue& totals, const Refusals& refusals, Console& console);

}  // namespace spor::cli
