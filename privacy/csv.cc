// SPDX-License-Identifier: Apache-2.0
#include "privacy/csv.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "crypto/utf8.h"

namespace spor::privacy {
namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Comma or semicolon: what stands oftener in the header line outside quotes. Excel writes semicolons where the comma
// is the decimal mark, as in Norway.
char DetectSeparator(std::string_view start) {
  size_t commas = 0;
  size_t semicolons = 0;
  bool quoted = false;
  for (char c : start) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n') break;
    commas += c == ',';
    semicolons += c == ';';
  }
  return semicolons > commas ? ';' : ',';
}

}  // namespace

// A buffer over a file, or over a text without one.
class CsvReader::Input {
 public:
  explicit Input(std::FILE* file) : file_(file) { Fill(); }
  explicit Input(std::string text) : buffer_(std::move(text)) {}

  int Peek() {
    if (at_ == buffer_.size() && !Fill()) return -1;
    return static_cast<uint8_t>(buffer_[at_]);
  }
  void Skip(size_t bytes) { at_ += bytes; }
  std::string_view ahead() const { return std::string_view(buffer_).substr(at_); }
  bool failed() const { return file_ != nullptr && std::ferror(file_.get()) != 0; }

 private:
  bool Fill() {
    if (file_ == nullptr) return false;
    buffer_.resize(kBufferBytes);
    buffer_.resize(std::fread(buffer_.data(), 1, kBufferBytes, file_.get()));
    at_ = 0;
    return !buffer_.empty();
  }

  std::unique_ptr<std::FILE, CloseFile> file_;
  std::string buffer_;
  size_t at_ = 0;
};

CsvReader::CsvReader(std::unique_ptr<Input> input, std::string name)
    : input_(std::move(input)), name_(std::move(name)) {}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

Result<CsvReader> CsvReader::Open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) {
    const Code code = errno == ENOENT ? Code::kNotFound : Code::kIo;
    return Status(code, Shown(path) + ": " + std::strerror(errno));
  }
  CsvReader reader(std::make_unique<Input>(file), std::filesystem::path(path).filename().string());
  RETURN_IF_ERROR(reader.ReadHeader());
  return reader;
}

Result<CsvReader> CsvReader::FromText(std::string text, std::string name) {
  CsvReader reader(std::make_unique<Input>(std::move(text)), std::move(name));
  RETURN_IF_ERROR(reader.ReadHeader());
  return reader;
}

Status CsvReader::Wrong(std::string what) const {
  return Status(Code::kInvalidArgument, Shown(name_) + ":" + std::to_string(line_) + ": " + std::move(what));
}

int CsvReader::Peek() { return input_->Peek(); }

int CsvReader::Take() {
  const int c = input_->Peek();
  if (c < 0) return c;
  input_->Skip(1);
  ++bytes_read_;
  return c;
}

Status CsvReader::ReadHeader() {
  if (input_->ahead().starts_with(kByteOrderMark)) {
    input_->Skip(kByteOrderMark.size());
    bytes_read_ += kByteOrderMark.size();
  }
  if (Peek() < 0) return input_->failed() ? Status(Code::kIo, Shown(name_) + ": can't be read") : Wrong("empty file");
  separator_ = DetectSeparator(input_->ahead());
  ASSIGN_OR_RETURN(header_, ReadFields());
  for (size_t i = 0; i < header_.size(); ++i) {
    if (header_[i].empty()) return Wrong("column " + std::to_string(i + 1) + " of the header has no name");
    for (size_t k = 0; k < i; ++k) {
      if (header_[i] == header_[k]) return Wrong("column '" + Shown(header_[i]) + "' stands twice in the header");
    }
  }
  ++line_;
  return OkStatus();
}

Result<std::optional<CsvRow>> CsvReader::Next() {
  Stop empty_line = Stop::kNone;
  do {
    ASSIGN_OR_RETURN(empty_line, TakeEmptyLine());
    if (empty_line == Stop::kRowEnd) ++line_;
  } while (empty_line == Stop::kRowEnd);
  if (empty_line == Stop::kFileEnd) {
    if (input_->failed()) return Status(Code::kIo, Shown(name_) + ": can't be read");
    return std::optional<CsvRow>();
  }
  CsvRow row;
  row.line = line_;
  row.number = ++rows_;
  ASSIGN_OR_RETURN(row.fields, ReadFields());
  if (row.fields.size() != header_.size()) {
    line_ = row.line;
    return Wrong(std::to_string(row.fields.size()) + " fields, the header has " + std::to_string(header_.size()));
  }
  ++line_;
  return std::optional<CsvRow>(std::move(row));
}

Result<CsvReader::Stop> CsvReader::TakeEmptyLine() { return Peek() == separator_ ? Stop::kNone : TakeStop(); }

Result<std::vector<std::string>> CsvReader::ReadFields() {
  std::vector<std::string> fields;
  fields.reserve(header_.size());
  size_t row_bytes = 0;
  for (Stop stop = Stop::kSeparator; stop == Stop::kSeparator;) {
    std::string field;
    if (Peek() == '"') {
      ASSIGN_OR_RETURN(stop, ReadQuoted(field, row_bytes));
    } else {
      ASSIGN_OR_RETURN(stop, ReadPlain(field, row_bytes));
    }
    if (!IsUtf8(field)) return Wrong("text that is not UTF-8; save the file as \"CSV UTF-8\"");
    row_bytes += field.size() + 1;
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<CsvReader::Stop> CsvReader::ReadPlain(std::string& field, size_t row_bytes) {
  while (true) {
    ASSIGN_OR_RETURN(const Stop stop, TakeStop());
    if (stop != Stop::kNone) return stop;
    const int c = Take();
    if (c == '"') return Wrong("a quotation mark inside a field; put the field in quotes and double the mark");
    field += static_cast<char>(c);
    RETURN_IF_ERROR(CheckSize(field.size(), row_bytes));
  }
}

Result<CsvReader::Stop> CsvReader::ReadQuoted(std::string& field, size_t row_bytes) {
  const uint64_t opened = line_;
  Take();
  for (int c = Take();; c = Take()) {
    if (c < 0) {
      line_ = opened;
      return Wrong("a quoted field that starts here has no end");
    }
    if (c == '"' && Peek() != '"') break;
    if (c == '"') Take();
    if (c == '\n') ++line_;
    field += static_cast<char>(c);
    RETURN_IF_ERROR(CheckSize(field.size(), row_bytes));
  }
  ASSIGN_OR_RETURN(const Stop stop, TakeStop());
  if (stop == Stop::kNone) return Wrong("text behind a closing quotation mark");
  return stop;
}

Result<CsvReader::Stop> CsvReader::TakeStop() {
  const int c = Peek();
  if (c < 0) return Stop::kFileEnd;
  if (c != separator_ && c != '\n' && c != '\r') return Stop::kNone;
  Take();
  if (c == separator_) return Stop::kSeparator;
  if (c == '\r' && Take() != '\n') return Wrong("a carriage return without a line feed");
  return Stop::kRowEnd;
}

Status CsvReader::CheckSize(size_t field_bytes, size_t row_bytes) const {
  if (field_bytes > kMaxCsvFieldBytes) {
    return Wrong("a field of more than " + std::to_string(kMaxCsvFieldBytes >> 10) + " KiB");
  }
  if (row_bytes + field_bytes > kMaxCsvRowBytes) {
    return Wrong("a row of more than " + std::to_string(kMaxCsvRowBytes >> 20) + " MiB");
  }
  return OkStatus();
}

}  // namespace spor::privacy
