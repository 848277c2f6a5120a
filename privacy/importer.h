// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "privacy/people_edit.h"

namespace spor::privacy {

inline constexpr size_t kMaxRowsPerChunk = 1024;

struct RowRefusal {
  uint64_t row = 0;  // as the client counts its rows
  std::string reason;
};

struct ImportCounts {
  uint64_t created = 0;
  uint64_t updated = 0;
  uint64_t unchanged = 0;
  uint64_t refused = 0;
  std::vector<RowRefusal> reasons;
  uint64_t entry = 0;
};

// People and records into the vault, field by field. An import is a begin entry, atomic chunks and an end entry; what
// a chunk answered is durable. Repeating a chunk changes nothing.
//
// Threads: any.
// Errors: kInvalidArgument for a column that no field of the category takes (nothing is stored then), kNotFound for an
// import that is not open (a restart of the service ends them).
class Importer {
 public:
  explicit Importer(const Parts& parts) : parts_(parts) {}

  struct Request {
    std::string category;
    std::vector<std::string> columns;
    std::map<std::string, std::string> map;  // field -> column
  };
  Result<std::string> Begin(const auth::Actor& actor, const Request& request);
  Result<ImportCounts> Chunk(const auth::Actor& actor, std::string_view import, uint64_t first_row,
                             std::span<const std::vector<std::string>> rows);
  Result<ImportCounts> End(const auth::Actor& actor, std::string_view import);

 private:
  struct Open {
    std::string id;
    Id16 account{};
    const Category* category = nullptr;
    std::vector<std::string> fields;  // by column; "" for a column that is left out, "external_id" for the reserved one
    ImportCounts totals;
    uint64_t begin_entry = 0;
  };
  Result<std::vector<std::string>> PlaceColumns(const Category& category, const Request& request) const;
  Result<Open> Find(const auth::Actor& actor, std::string_view import) const;
  Result<ImportCounts> TryChunk(const auth::Actor& actor, const Open& open, uint64_t first_row,
                                std::span<const std::vector<std::string>> rows);

  const Parts& parts_;
  mutable Mutex mutex_;
  std::map<std::string, Open, std::less<>> open_ GUARDED_BY(mutex_);
};

}  // namespace spor::privacy
