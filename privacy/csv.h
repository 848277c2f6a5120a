// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/result.h"

namespace spor::privacy {

inline constexpr size_t kMaxCsvFieldBytes = size_t{64} << 10;
inline constexpr size_t kMaxCsvRowBytes = size_t{1} << 20;

struct CsvRow {
  uint64_t number = 0;  // 1 is the first row below the header
  uint64_t line = 0;    // line of the file on which the row starts; the header stands on line 1
  std::vector<std::string> fields;
};

// Reads CSV (RFC 4180) row by row: quoted fields with line breaks and doubled quotes, CRLF or LF, an UTF-8 byte order
// mark, comma or semicolon (what the header line has more of). Empty lines between rows are skipped.
//
// Threads: one. Ownership: owns its input.
// Errors: kInvalidArgument names file and line: a quote out of place, another number of fields than the header, bytes
// that are not UTF-8, limits, an empty or repeated column name. After an error there is nothing more to read.
class CsvReader {
 public:
  // kNotFound when there is no such file, kIo when it can't be read.
  static Result<CsvReader> Open(const std::string& path);
  // Reads `text`; `name` stands in the messages.
  static Result<CsvReader> FromText(std::string text, std::string name);

  const std::vector<std::string>& header() const { return header_; }
  char separator() const { return separator_; }
  // Nothing after the last row.
  Result<std::optional<CsvRow>> Next();
  // Bytes of the input that are read so far.
  uint64_t bytes_read() const { return bytes_read_; }

  CsvReader(CsvReader&&) noexcept;
  CsvReader& operator=(CsvReader&&) noexcept;
  ~CsvReader();

 private:
  class Input;
  enum class Stop { kNone, kSeparator, kRowEnd, kFileEnd };
  explicit CsvReader(std::unique_ptr<Input> input, std::string name);
  Status ReadHeader();
  Result<std::vector<std::string>> ReadFields();
  // Each takes what belongs to it and the stop behind it, and answers the stop.
  Result<Stop> ReadQuoted(std::string& field, size_t row_bytes);
  Result<Stop> ReadPlain(std::string& field, size_t row_bytes);
  // Takes a separator, CRLF, LF or the end of the file; kNone, with nothing taken, when something else comes.
  Result<Stop> TakeStop();
  Result<Stop> TakeEmptyLine();
  Status CheckSize(size_t field_bytes, size_t row_bytes) const;
  Status Wrong(std::string what) const;
  int Peek();
  int Take();

  std::unique_ptr<Input> input_;
  std::string name_;
  std::vector<std::string> header_;
  char separator_ = ',';
  uint64_t line_ = 1;
  uint64_t rows_ = 0;
  uint64_t bytes_read_ = 0;
};

}  // namespace spor::privacy
