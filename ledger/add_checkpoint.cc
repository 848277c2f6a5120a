// SPDX-License-Identifier: Apache-2.0
#include "ledger/add_checkpoint.h"

#include <charconv>

namespace spor::ledger {
namespace {

constexpr std::string_view kOld = "old ";

Status Bad(const std::string& what) { return Status(Code::kInvalidArgument, "invalid input: " + what); }

// Decimal without leading zeroes.
Result<uint64_t> ParseSize(std::string_view text) {
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || text != std::to_string(size)) {
    return Bad("a size is a decimal number below 2^64 without leading zeroes");
  }
  return size;
}

// Takes one line off the front of `rest`, without its end.
Result<std::string_view> TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return Bad("a line does not end, or the empty line is missing");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string EncodeAddCheckpoint(const AddCheckpoint& request) {
  CHECK(request.proof.size() <= kMaxConsistencyLines);
  std::string out = std::string(kOld) + std::to_string(request.old_size) + "\n";
  for (const Hash32& hash : request.proof) out += Base64Encode(hash) + "\n";
  return out + "\n" + request.note;
}

Result<AddCheckpoint> ParseAddCheckpoint(std::string_view body) {
  if (body.size() > kMaxAddCheckpointBytes) {
    return Bad("longer than " + std::to_string(kMaxAddCheckpointBytes) + " bytes");
  }
  AddCheckpoint out;
  ASSIGN_OR_RETURN(const std::string_view first, TakeLine(body));
  if (!first.starts_with(kOld)) return Bad("the first line is 'old SIZE'");
  ASSIGN_OR_RETURN(out.old_size, ParseSize(first.substr(kOld.size())));
  for (;;) {
    ASSIGN_OR_RETURN(const std::string_view line, TakeLine(body));
    if (line.empty()) break;
    if (out.proof.size() == kMaxConsistencyLines) return Bad("more than 63 lines of consistency proof");
    const Result<Bytes> raw = Base64Decode(line);
    if (!raw.ok() || raw->size() != 32) return Bad("a line of the consistency proof is no base64 of 32 bytes");
    ASSIGN_OR_RETURN(const Hash32 hash, ToHash32(*raw));
    out.proof.push_back(hash);
  }
  out.note = body;
  return out;
}

std::string EncodeTlogSize(uint64_t size) { return std::to_string(size) + "\n"; }

Result<uint64_t> ParseTlogSize(std::string_view body) {
  if (!body.ends_with('\n')) return Bad("a size stands on a line that ends");
  body.remove_suffix(1);
  return ParseSize(body);
}

}  // namespace spor::ledger
